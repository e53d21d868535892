from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest
from virtual_clock import run

from kimai_async.errors import StoppedError
from kimai_async.kimai.together import at_once

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def question(seconds: float, answer: str, told: list[str], error: str | None = None) -> Callable[[], Awaitable[str]]:
    async def ask() -> str:
        await anyio.sleep(seconds)
        if error is not None:
            raise StoppedError(error)
        told.append(answer)
        return answer

    return ask


def test_questions_asked_at_once_take_as_long_as_the_slowest_and_are_answered_in_their_order() -> None:
    told: list[str] = []
    answers, seconds = run(at_once, question(3, "a", told), question(1, "b", told), question(2, "c", told))

    assert answers == ["a", "b", "c"]
    assert told == ["b", "c", "a"]
    assert seconds == 3


def test_the_first_question_in_order_that_fails_is_told_and_those_after_it_are_not_waited_for() -> None:
    told: list[str] = []

    async def go() -> None:
        with pytest.raises(StoppedError, match="first"):
            await at_once(
                question(1, "before", told),
                question(2, "failing", told, "the first in order"),
                question(0.5, "failing sooner", told, "the first in time"),
                question(90, "never", told),
            )

    _, seconds = run(go)

    assert told == ["before"]
    assert seconds == 2


def test_no_question_has_no_answer() -> None:
    assert run(at_once) == ([], 0)
