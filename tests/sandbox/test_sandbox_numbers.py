"""How a new row is numbered, and what looking for its number costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
from virtual_clock import run

from kimai_async.sandbox import create_app
from kimai_async.sandbox.in_process import in_process

if TYPE_CHECKING:
    from kimai_async.sandbox.storage.state import Sandbox


class Numbered:
    """A sandbox with customers that have these numbers, and what becomes of another one."""

    def __init__(self, *there: str | None, **setup: Any) -> None:
        self.app = create_app(**setup)
        sandbox: Sandbox = self.app.state.sandbox
        for index, number in enumerate(there):
            sandbox.store.insert("customers", None, {"name": f"Old {index}", "number": number, "visible": True})

    def create(self, **body: Any) -> tuple[str | None, float]:
        """Return the number of a new customer, and how many seconds its create took."""

        async def go() -> tuple[str | None, float]:
            async with (
                in_process(self.app) as transport,
                httpx.AsyncClient(transport=transport, timeout=None) as client,
            ):
                started = anyio.current_time()
                headers = {"Authorization": "Bearer susan-token-0123456789"}
                response = await client.post(
                    "http://kimai.test/api/customers", json={"name": "New", **body}, headers=headers
                )
                took = anyio.current_time() - started
            return response.json().get("number"), took

        try:
            return run(go)[0]
        finally:
            self.app.state.sandbox.close()


@pytest.mark.parametrize(
    ("number_format", "there", "number"),
    [
        ("{cc,4}", [], "0002"),
        ("{cc,4}", ["0002", "0003"], "0004"),
        ("{cc,4}", ["0004"], "0003"),
        ("{cc,4}", ["0003"], "0004"),
        ("{cc}", ["2"], "3"),
        ("{cc+1,4}", [], "0002"),
        ("{cc+1000,5}", ["01001"], "01002"),
        ("{cc-1}", [None, None], "2"),
        ("K-{cc,3}-2026", ["K-002-2026"], "K-003-2026"),
        ("{pc,4}", [], "{pc,4}"),
        ("", ["0002"], None),
    ],
)
def test_a_new_row_is_numbered_by_the_format_and_the_count_of_rows(
    number_format: str, there: list[str], number: str | None
) -> None:
    assert Numbered(*there, settings={"customer.number_format": number_format}).create()[0] == number


def test_a_format_without_a_count_gives_one_row_its_number_and_no_other() -> None:
    assert Numbered("K", settings={"customer.number_format": "K"}).create()[0] is None


@pytest.mark.parametrize(
    ("there", "number_format", "body", "scans"),
    [
        (["0002", "0003"], "{cc,4}", {"number": "X"}, 2),
        (["0002", "0003"], "{cc,4}", {}, 2),
        (["0002", "0003"], "{cc,4}", {"number": None}, 1),
        (["0004", "0005"], "{cc,4}", {"number": None}, 3),
        (["0002", "0003"], "", {"number": "X"}, 1),
        (["0002", "0003"], "", {}, 0),
        ([], "{cc,4}", {}, 0),
    ],
)
def test_each_look_for_a_number_costs_as_much_as_there_are_rows(
    there: list[str], number_format: str, body: dict[str, Any], scans: int
) -> None:
    server = Numbered(*there, scan_cost=0.5, settings={"customer.number_format": number_format})

    assert server.create(**body)[1] == pytest.approx(scans * 0.5 * len(there))


def test_where_the_highest_number_is_far_above_the_count_a_hundred_and_one_are_looked_up_and_none_is_given() -> None:
    numbers = [f"{count:04}" for count in range(150, 350)]

    number, seconds = Numbered(*numbers, scan_cost=0.01).create()

    assert number is None
    assert seconds == pytest.approx(101 * 0.01 * len(numbers))
