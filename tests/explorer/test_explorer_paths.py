"""Whatever path is typed: what may do more than read is not asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from explorer_paths import ACTING, NOWHERE, READ

if TYPE_CHECKING:
    from commands import Command
    from explorer_fixtures import Stub

pytest_plugins = ["explorer_fixtures"]


@pytest.mark.parametrize(("typed", "asked"), READ.items())
def test_what_is_only_read_is_asked_for(api: Command, stub: Stub, typed: str, asked: str) -> None:
    api("get", typed, *stub.options)

    (sent,) = map(httpx.URL, stub.asked)
    wanted = httpx.URL(f"/api/{asked}")
    assert (sent.path, sent.params) == (wanted.path, wanted.params)


@pytest.mark.parametrize("typed", [path for path in ACTING if "\x00" not in path])
def test_what_may_act_is_refused_before_anything_is_sent(api: Command, stub: Stub, typed: str) -> None:
    result = api("get", typed, *stub.options)

    assert (result.code, result.out) == (2, "")
    assert result.err.endswith(
        " may do more than read, so it was not sent. PATH is a list (customers), one thing in it (customers/1), or its "
        "rates or comments (customers/1/rates).\n"
    )
    assert len(result.err.splitlines()) == 1
    assert stub.asked == []


@pytest.mark.parametrize("typed", NOWHERE)
def test_what_names_no_path_is_not_asked_for(api: Command, stub: Stub, typed: str) -> None:
    result = api("get", typed, *stub.options)

    assert (result.code, stub.asked) == (2, [])
    assert result.err == "error: PATH is what follows /api/, such as customers/1 or 'activities?project=1'.\n"


@pytest.mark.parametrize("typed", ["https://kimai.example.com/api/ping", "http://[", "http://a..b/%"])
def test_an_address_is_no_path(api: Command, stub: Stub, typed: str) -> None:
    result = api("get", typed, *stub.options)

    assert (result.code, stub.asked) == (2, [])
    assert result.err == "error: PATH is what follows /api/, such as customers/1; the address goes into --url.\n"
