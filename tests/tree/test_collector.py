"""Python's garbage collector while something grows, and what is kept aside for the end of the memory."""

from __future__ import annotations

import gc

import pytest

from kimai_async.tree.collector import collector_paused


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
