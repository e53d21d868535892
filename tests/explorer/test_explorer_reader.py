"""All pages of a list, for people."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from asking import NO_LIST, Answer, Asked

from kimai_async.errors import NotKimaiError
from kimai_async.explorer.calls import Call
from kimai_async.explorer.reader import Reader
from kimai_async.settings import Access


def page(*rows: object, pages: int = 1) -> httpx.Response:
    return httpx.Response(200, json=rows, headers={"X-Total-Pages": str(pages), "X-Total-Count": "9" * 5_000})


def read_all(*script: Answer, everything: bool = False) -> Asked:
    call = Call("timesheets", all_pages=True, everything=() if everything else None)
    access = Access(url="http://kimai.test", token="x")
    return Asked(lambda connection: Reader(connection, access, lambda _: None).read(call), *script)


ONE, TWO, THREE = ({"id": number} for number in (1, 2, 3))


@pytest.mark.parametrize(
    ("script", "rows"),
    [
        ((page(ONE, pages=10**9), page(TWO, pages=10**9), page()), [ONE, TWO]),
        ((page(ONE, pages=10**9),), [ONE]),
        ((page("a", pages=10**9),), ["a"]),
        ((page(ONE, TWO, pages=2), page(TWO, THREE, pages=3), page(ONE)), [ONE, TWO, THREE]),
        ((page(ONE, ONE),), [ONE, ONE]),
    ],
)
def test_all_pages_end_with_the_one_that_brings_nothing_new(script: tuple[Answer, ...], rows: list[Any]) -> None:
    assert read_all(*script).result == rows


@pytest.mark.parametrize("everything", [False, True])
def test_a_page_that_is_no_list_is_no_kimai(*, everything: bool) -> None:
    first = page(ONE) if everything else page(ONE, pages=2)

    assert isinstance(read_all(first, httpx.Response(200, json={}), everything=everything).error, NotKimaiError)


def test_one_of_too_many_pages_is_shown_with_a_number_that_can_be_read() -> None:
    said: list[str] = []
    access = Access(url="http://kimai.test", token="x")
    asked = Asked(
        lambda connection: Reader(connection, access, said.append).read(Call("timesheets", rows="timesheets")),
        page(ONE, pages=3),
    )

    assert asked.result == [ONE]
    assert said == ["1 of 0 timesheets, page 1 of 3; --all gets every page"]


def test_a_version_that_is_no_object_is_no_kimai_for_people_either() -> None:
    access = Access(url="http://kimai.test", token="x")
    call = Call("version", tells_import=True)

    assert isinstance(Asked(lambda it: Reader(it, access, lambda _: None).read(call), NO_LIST).error, NotKimaiError)
