"""For how much is asked, what is taken of an answer, and what of it can be used."""

from __future__ import annotations

import httpx
from asking import NO_LIST, Asked, after_an_answer, customers, version

from kimai_async.errors import UsageError
from kimai_async.kimai.client import KimaiClient
from kimai_async.tree.nodes import Level


def test_a_list_gets_ten_times_the_time_and_thirty_two_times_the_bytes_of_anything_else() -> None:
    asked = Asked(lambda connection: after_an_answer(connection, version), NO_LIST, timeout=7)

    of_list, of_version = (request.extensions for request in asked.requests)
    assert (of_list["timeout"]["whole"], of_list["timeout"]["read"], of_list["most"]) == (70, 7, 512 * 2**20)
    assert (of_version["timeout"]["whole"], of_version["timeout"]["read"], of_version["most"]) == (7, 7, 16 * 2**20)
    assert (of_list["fresh"], "fresh" in of_version) == (True, False)


def test_only_what_can_be_unpacked_within_limits_is_asked_for() -> None:
    assert Asked(version, NO_LIST).requests[0].headers["accept-encoding"] == "gzip, deflate"


def test_a_web_page_is_no_kimai_at_once() -> None:
    for ask in (customers, version):
        asked = Asked(ask, httpx.Response(200, html="<h1>Welcome</h1>"))

        assert str(asked.error).endswith("(text/html where JSON was expected). Check --url.")
        assert len(asked.requests) == 1


def test_a_change_is_made_by_its_status_whatever_its_body() -> None:
    cut = httpx.Response(200, content=b"{", headers={"Content-Type": "application/json"})

    assert Asked(lambda connection: KimaiClient(connection).patch(Level.PROJECT, 7, {}), cut).error is None


def test_an_empty_create_whose_answer_is_cut_is_sent_again() -> None:
    json = {"Content-Type": "application/json"}
    whole = httpx.Response(400, json={"errors": {"children": {"name": {"errors": ["blank"]}}}})
    asked = Asked(
        lambda connection: KimaiClient(connection).form(Level.PROJECT, {}),
        httpx.Response(400, content=whole.content[:-3], headers=json),
        whole,
    )

    assert asked.result.fields == {"name"}


def test_a_path_that_no_request_can_name_is_a_usage_error() -> None:
    asked = Asked(lambda connection: connection.send("GET", "customers/\x00"), NO_LIST)

    assert isinstance(asked.error, UsageError)
    assert asked.requests == []
