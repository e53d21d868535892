"""Time entries over httpx's own MockTransport: pages that are asked for and checked, creates and what answers mean."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from kimai_async.errors import AccessError, NotKimaiError, OverloadedError
from kimai_async.kimai.connection import Connection
from kimai_async.kimai.outcomes import Again, Busy, Refused, Unclear
from kimai_async.kimai.timesheets import (
    Booked,
    ListChangedError,
    TimesheetClient,
    TimesheetRow,
    create_body,
    moment,
    read_booked,
    seconds,
)
from kimai_async.settings import Access
from kimai_async.tree.entry import Entry
from kimai_async.tree.nodes import Node

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.anyio
NINE = 1_767_603_600  # 2026-01-05 09:00 UTC
Handler = "Callable[[httpx.Request], httpx.Response]"


class Asked:
    """A client whose requests are kept."""

    def __init__(self, handler: Callable[[httpx.Request], httpx.Response], *, everybody: bool = True) -> None:
        self.requests: list[httpx.Request] = []

        def handle(request: httpx.Request) -> httpx.Response:
            self.requests.append(request)
            return handler(request)

        async def wait(_seconds: float, _reason: str) -> None:
            pass

        self.connection = Connection(
            Access(url="https://kimai.example.com", token="sentinel"),
            lanes=4,
            wait=wait,
            transport=httpx.MockTransport(handle),
            chance=random.Random(1),
        )
        self.client = TimesheetClient(self.connection, everybody=everybody, lanes=4)

    async def entries(self) -> tuple[int, list[TimesheetRow]]:
        found: list[TimesheetRow] = []
        async with self.connection:
            total = await self.client.entries(NINE, NINE + 86_400, found.extend)
        return total, found


def line(entry_id: int, **other: Any) -> dict[str, Any]:
    return {
        "id": entry_id,
        "user": 1,
        "project": 5,
        "activity": 7,
        "begin": "2026-01-05T10:00:00+0100",
        "end": "2026-01-05T11:30:00+0100",
        "duration": 5400,
        "description": "  Work ",
        "tags": ["a", "b"],
        "billable": True,
        "exported": False,
        "metaFields": [],
        **other,
    }


def pages(*sizes: int, totals: dict[int, int] | None = None) -> Callable[[httpx.Request], httpx.Response]:
    """A list whose pages have so many entries; *totals* has the pages that say something else of the whole."""

    def handle(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["page"])
        start = sum(sizes[: number - 1])
        return httpx.Response(
            200,
            json=[line(start + index + 1) for index in range(sizes[number - 1])],
            headers={
                "X-Page": str(number),
                "X-Total-Count": str((totals or {}).get(number, sum(sizes))),
                "X-Total-Pages": str(len(sizes)),
            },
        )

    return handle


async def test_all_pages_are_asked_for_by_id_in_the_span_with_a_day_on_either_side() -> None:
    asked = Asked(pages(3, 3, 3, 1))
    total, rows = await asked.entries()

    assert total == 10
    assert sorted(row.id for row in rows) == list(range(1, 11))
    assert {request.url.params["page"] for request in asked.requests} == {"1", "2", "3", "4"}
    first = dict(asked.requests[0].url.params)
    assert first == {
        "size": "500",
        "user": "all",
        "begin": "2026-01-04T09:00:00",
        "end": "2026-01-07T09:00:00",
        "orderBy": "id",
        "order": "ASC",
        "page": "1",
    }


async def test_who_books_only_for_themselves_asks_for_nobody_else() -> None:
    asked = Asked(pages(1), everybody=False)
    await asked.entries()

    assert "user" not in asked.requests[0].url.params


async def test_a_line_is_read_with_instants_and_a_trimmed_description() -> None:
    _, rows = await Asked(pages(1)).entries()

    assert rows == [
        TimesheetRow(1, 1, 5, 7, NINE, NINE + 5400, "Work", 5400, ("a", "b"), billable=True, exported=False)
    ]


async def test_a_running_entry_has_no_end_and_no_length() -> None:
    lines = [line(1, end=None, duration=None, description=None, tags=[])]
    _, (row,) = await Asked(lambda _: httpx.Response(200, json=lines)).entries()

    assert (row.end, row.seconds, row.description) == (None, 0, None)


async def test_entries_that_go_away_meanwhile_are_told() -> None:
    with pytest.raises(ListChangedError):
        await Asked(pages(3, 3, 3, totals={2: 8})).entries()


async def test_a_page_that_is_gone_is_entries_that_went_away() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404) if request.url.params["page"] == "3" else pages(3, 3, 3)(request)

    with pytest.raises(ListChangedError):
        await Asked(handle).entries()


async def test_entries_that_others_add_meanwhile_do_not_matter() -> None:
    total, rows = await Asked(pages(3, 3, 2, totals={2: 9, 3: 9})).entries()

    assert (total, len(rows)) == (9, 8)


@pytest.mark.parametrize(
    ("response", "told"),
    [
        (httpx.Response(200, json={"a": 1}), "another shape: expected `array`"),
        (httpx.Response(200, json=[{"id": True}]), "`id`: expected `int`"),
        (httpx.Response(200, json=[line(1, begin="yesterday")]), "another shape: Invalid isoformat string"),
        (httpx.Response(200, json=[line(1, begin="2026-01-05T10:00:00")]), "a time without its zone"),
        (httpx.Response(200, json=[line(1, end="99999-01-05T10:00:00+0000")]), "another shape"),
        (httpx.Response(200, json=[line(0)]), "another shape"),
        (httpx.Response(200, content=b"[" * 100_000), "another shape"),
        (httpx.Response(200, json=[], headers={"X-Page": "7"}), "page 7 of time entries where 1 was asked for"),
        (httpx.Response(404), "404 Not Found"),
    ],
)
async def test_a_list_of_another_shape_is_no_kimai(response: httpx.Response, told: str) -> None:
    with pytest.raises(NotKimaiError) as error:
        await Asked(lambda _: response).entries()

    assert told in str(error.value)


async def test_a_page_that_is_empty_though_there_are_more_ends_the_run_and_not_after_a_billion_requests() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        number = request.url.params["page"]
        headers = {"X-Page": number, "X-Total-Count": "900000000", "X-Total-Pages": "1000000000"}
        return httpx.Response(200, json=[line(1)] if number == "1" else [], headers=headers)

    asked = Asked(handle)
    with pytest.raises(NotKimaiError, match="is empty"):
        await asked.entries()
    assert len(asked.requests) < 10


async def test_a_token_that_may_not_is_said() -> None:
    with pytest.raises(AccessError):
        await Asked(lambda _: httpx.Response(403)).entries()


async def test_the_newest_are_asked_for_until_an_id_is_known() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        number, size = int(request.url.params["page"]), int(request.url.params["size"])
        ids = list(range(1200, 0, -1))[(number - 1) * size : number * size]
        return httpx.Response(
            200,
            json=[line(each) for each in ids],
            headers={"X-Page": str(number), "X-Total-Pages": str(1200 // size + 1)},
        )

    asked = Asked(handle)
    async with asked.connection:
        assert [row.id for row in await asked.client.newest(600)] == list(range(1200, 600, -1))
        assert len(asked.requests) == 2
        assert len(await asked.client.newest(0)) == 1200
        assert await asked.client.highest_id() == 1200
    assert asked.requests[-1].url.params["size"] == "1"


async def test_a_kimai_without_entries_has_no_highest_id() -> None:
    asked = Asked(lambda _: httpx.Response(200, json=[]))
    async with asked.connection:
        assert await asked.client.highest_id() == 0


def entry(end: int | None = NINE + 5400, description: str | None = "Work") -> Entry:
    project = Node("Acme", None, 2).add("Web", 2)
    activity = project.add("Design", 2)
    project.id, activity.id = 5, 7
    return Entry(activity, 2, NINE, end, description=description, offset=0)


def test_times_are_sent_with_their_offset_and_an_end_is_never_left_out() -> None:
    assert create_body(entry(), {"billable": False}) == {
        "project": 5,
        "activity": 7,
        "begin": "2026-01-05T09:00:00+00:00",
        "end": "2026-01-05T10:30:00+00:00",
        "billable": False,
        "description": "Work",
    }
    assert create_body(entry(None, None), {})["end"] is None


def test_an_entry_without_an_activity_on_the_server_is_never_sent() -> None:
    homeless = entry()
    homeless.parent.id = None

    with pytest.raises(AssertionError, match="no activity"):
        create_body(homeless, {})


def test_times_read_back() -> None:
    assert seconds("2026-01-05T10:00:00+0100") == NINE
    assert seconds(moment(NINE)) == NINE
    assert moment(-1) == "1969-12-31T23:59:59+00:00"


SENT = create_body(entry(), {"user": 1})


def test_the_answer_that_shows_the_entry_as_it_was_rounded_is_believed() -> None:
    shown = line(9, begin="2026-01-05T08:45:00+0000", end="2026-01-05T11:00:00+0000", duration=8100)

    assert read_booked(json.dumps(shown).encode(), SENT) == Booked(
        9, None, begin=NINE - 900, end=NINE + 7200, seconds=8100, tags=("a", "b")
    )


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        ({"project": 6}, "another project, 6 (id 9)"),
        ({"activity": 6}, "another activity, 6"),
        ({"user": 6}, "another user, 6"),
        ({"description": "Lunch"}, "another description, 'Lunch'"),
        ({"description": None}, "another description, 'None'"),
        ({"begin": "2026-01-05T07:00:00+0000"}, "another begin"),
        ({"end": None}, "another end"),
        ({"end": "2026-01-06T10:30:00+0000"}, "another end, 2026-01-06"),
    ],
)
def test_the_answer_that_shows_another_entry_is_unclear(shown: dict[str, Any], reason: str) -> None:
    outcome = read_booked(json.dumps(line(9, **shown)).encode(), SENT)

    assert isinstance(outcome, Unclear)
    assert reason in outcome.reason
    assert outcome.shown == 9


@pytest.mark.parametrize(
    ("content", "shown"),
    [(b"<html>", None), (b'{"id": 4}', 4), (b'{"id": true}', None), (b"[" * 100_000, None), (b"[]", None)],
)
def test_an_answer_that_is_not_kimais_is_unclear(content: bytes, shown: int | None) -> None:
    assert read_booked(content, SENT) == Unclear("200 OK with a body that is not Kimai's", shown=shown)


async def create(response: httpx.Response | Exception) -> Any:
    def handle(_: httpx.Request) -> httpx.Response:
        if isinstance(response, Exception):
            raise response
        return response

    asked = Asked(handle)
    async with asked.connection:
        return await asked.client.create(entry(), {})


async def test_what_answers_to_a_create_mean() -> None:
    refusal = {"code": 400, "message": "Validation Failed", "errors": {"errors": ["This period is locked."]}}

    assert await create(httpx.Response(400, json=refusal)) == Refused("This period is locked.")
    assert await create(httpx.Response(503, headers={"Retry-After": "3"})) == Busy("503 Service Unavailable", 3.0)
    assert isinstance(await create(httpx.Response(502)), Unclear)
    assert await create(httpx.ConnectError("connection refused")) == Again("connection refused")
    assert await create(httpx.ReadTimeout("no answer in time")) == Unclear("no answer in time", overload=True)
    assert isinstance(await create(httpx.DecodingError("bad gzip")), Unclear)
    assert isinstance(await create(httpx.Response(200, json=line(3, description="Work"))), Booked)


async def test_a_list_that_fails_time_and_again_ends_the_run() -> None:
    with pytest.raises(OverloadedError):
        await Asked(lambda _: httpx.Response(500)).entries()


async def test_the_newest_are_read_again_where_entries_go_away_meanwhile() -> None:
    counts = iter([1200, 1199, 1199, 1199, 1199])

    def handle(request: httpx.Request) -> httpx.Response:
        total = next(counts)
        number = int(request.url.params["page"])
        ids = list(range(total, 0, -1))[(number - 1) * 500 : number * 500]
        shown = {"X-Page": str(number), "X-Total-Pages": "3", "X-Total-Count": str(total)}
        return httpx.Response(200, json=[line(each) for each in ids], headers=shown)

    asked = Asked(handle)
    async with asked.connection:
        assert [row.id for row in await asked.client.newest(0)] == list(range(1199, 0, -1))


async def test_a_list_that_grows_with_every_page_has_no_end() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["page"])
        shown = {"X-Page": str(number), "X-Total-Pages": str(number + 1), "X-Total-Count": str(number + 1)}
        return httpx.Response(200, json=[line(number)], headers=shown)

    asked = Asked(handle)
    with pytest.raises(NotKimaiError, match="it has no end"):
        await asked.entries()
    assert len(asked.requests) == 100


async def test_rows_that_come_twice_are_a_list_that_changed() -> None:
    with pytest.raises(ListChangedError):
        await Asked(lambda _: httpx.Response(200, json=[line(1), line(1)])).entries()
