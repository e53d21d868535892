"""The Kimai that the contract tests run against: the sandbox in three versions, or a server of one's own.

`README.md` beside this file says how to run them against one's own, and what they leave there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from live_kimai import OWN, SERVERS, own_server, sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from live_kimai import Live


@pytest.fixture(scope="session" if OWN else "module", params=SERVERS)
def live(request: pytest.FixtureRequest) -> Iterator[Live]:
    """A Kimai; what the tests make there is deleted when the last of them is done.

    A sandbox ends with each file, or the last one would still run while other tests look for leftover threads.
    """
    with own_server(OWN) if OWN else sandbox(request.param) as found:
        yield found
