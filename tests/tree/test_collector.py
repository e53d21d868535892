"""Python's garbage collector while something grows, and what is kept aside for the end of the memory."""

from __future__ import annotations

import gc
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING

import pytest

import kimai_async
from kimai_async.tree.collector import collector_paused

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALL = 256
"""The greatest number that CPython keeps ready, so that it needs no memory for it."""


def functions(code: CodeType) -> Iterator[CodeType]:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield inner
            yield from functions(inner)


def test_the_collector_rests_in_the_block_and_works_again_afterwards() -> None:
    with collector_paused():
        assert not gc.isenabled()
        with collector_paused():
            pass
        assert not gc.isenabled()

    assert gc.isenabled()


def test_the_collector_works_again_after_an_error() -> None:
    with pytest.raises(MemoryError), collector_paused():
        raise MemoryError

    assert gc.isenabled()


def test_the_collector_rests_in_short_functions_alone_which_an_error_can_leave_without_memory() -> None:
    package = Path(kimai_async.__file__).parent
    modules = [compile(path.read_text("utf-8"), path, "exec") for path in package.rglob("*.py")]
    pausing = [code for each in modules for code in functions(each) if "collector_paused" in code.co_names]

    assert len(pausing) > 3
    assert {code.co_qualname: len(code.co_code) // 2 for code in pausing if len(code.co_code) // 2 > SMALL} == {}
