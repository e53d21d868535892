"""How often and how long a question is asked again, and when it is given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
from asking import NO_LIST, REFUSED, Answer, Asked, after_an_answer, customers, version

from kimai_async.errors import OverloadedError
from kimai_async.kimai.transport import TooLargeError
from kimai_async.kimai.tries import TRIES

if TYPE_CHECKING:
    from kimai_async.kimai.connection import Connection


@pytest.mark.parametrize("away", [httpx.Response(429), httpx.Response(502), httpx.Response(503), REFUSED])
def test_a_server_that_is_away_is_waited_for_until_patience_is_used_up(away: Answer) -> None:
    asked = Asked(lambda connection: after_an_answer(connection, customers), NO_LIST, away)

    assert isinstance(asked.error, OverloadedError)
    assert sum(asked.waits) == pytest.approx(100)
    assert len(asked.waits) > TRIES
    assert len(asked.requests) == len(asked.waits) + 2


@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(500),
        httpx.Response(504),
        httpx.Response(520),
        httpx.Response(408),
        httpx.ReadTimeout("no answer in time"),
        httpx.ReadError("the answer was cut short"),
        httpx.Response(200, content=b"[{", headers={"Content-Type": "application/json"}),
    ],
)
@pytest.mark.parametrize("ask", [customers, version])
def test_a_question_that_is_too_much_is_given_up_after_four_tries(ask: Any, failure: Answer) -> None:
    asked = Asked(ask, failure)

    assert isinstance(asked.error, OverloadedError)
    assert "4 tries" in str(asked.error)
    assert (len(asked.requests), len(asked.waits)) == (TRIES, TRIES - 1)


@pytest.mark.parametrize("away", [httpx.Response(503, headers={"Retry-After": "0"}), REFUSED])
def test_without_patience_a_server_that_is_away_is_asked_four_times(away: Answer) -> None:
    asked = Asked(lambda connection: after_an_answer(connection, customers), NO_LIST, away, patience=None)

    assert isinstance(asked.error, OverloadedError)
    assert len(asked.requests) == TRIES + 1


def test_without_patience_no_server_is_waited_for_longer_than_five_minutes() -> None:
    asked = Asked(customers, httpx.Response(503, headers={"Retry-After": "86400"}), patience=None)

    assert sum(asked.waits) == pytest.approx(300)
    assert len(asked.requests) == 2


def test_patience_also_bounds_what_is_slow_to_fail() -> None:
    asked = Asked(version, httpx.ReadTimeout("no answer in time"), patience=50, seconds=60)

    assert len(asked.requests) == 2


def test_a_run_that_is_to_end_and_waits_no_more_lets_no_question_be_asked_without_end() -> None:
    class Woken(Asked):
        async def _wait(self, seconds: float, _: str) -> None:
            self.waits.append(seconds)

    asked = Woken(customers, httpx.Response(503))

    assert sum(asked.waits) == pytest.approx(100)
    assert len(asked.requests) < 20


def test_once_given_up_a_server_that_is_away_gets_no_more_patience_until_it_answers() -> None:
    async def ask(connection: Connection) -> list[float]:
        ends = []
        for _ in range(3):
            with pytest.raises(OverloadedError):
                await customers(connection)
            ends.append(anyio.current_time())
        return ends

    asked = Asked(ask, httpx.Response(503))

    assert asked.result == pytest.approx([100, 100, 100])
    assert len(asked.requests) == len(asked.waits) + 3


def test_a_list_that_is_too_large_is_not_asked_for_again() -> None:
    asked = Asked(customers, TooLargeError("kimai.test:80: the answer has more than 512 MiB"))

    assert isinstance(asked.error, OverloadedError)
    assert "the answer has more than 512 MiB, 1 try" in str(asked.error)
    assert len(asked.requests) == 1
