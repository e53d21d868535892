"""The fixtures of the page's tests: a sandbox, and a page that knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from page_client import Client, access_to, pages

from kimai_async.sandbox.serve import Serving, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Serving]:
    with serving(record=True) as kimai:
        yield kimai


@pytest.fixture
def client(sandbox: Serving) -> Iterator[Client]:
    """A page whose environment has the sandbox's token."""
    with pages(access_to(sandbox)) as client:
        yield client


@pytest.fixture(scope="module")
def site(sandbox: Serving) -> Iterator[Client]:
    """A page for tests that change nothing of it."""
    with pages(access_to(sandbox)) as client:
        yield client
