from __future__ import annotations

import pytest

from kimai_async.errors import UsageError
from kimai_async.kimai.messages import Form, create_body, list_query, read_server
from kimai_async.settings import api_root
from kimai_async.tree.nodes import Level, Tree


@pytest.mark.parametrize(
    ("given", "root"),
    [
        ("https://kimai.example.com", "https://kimai.example.com/api"),
        ("https://kimai.example.com/", "https://kimai.example.com/api"),
        ("https://kimai.example.com/api", "https://kimai.example.com/api"),
        (" https://kimai.example.com/api/ ", "https://kimai.example.com/api"),
        ("http://example.com:8001/kimai//", "http://example.com:8001/kimai/api"),
        ("http://[::1]:8001/kimai/api", "http://[::1]:8001/kimai/api"),
    ],
)
def test_the_address_is_taken_with_or_without_api_and_slashes(given: str, root: str) -> None:
    assert api_root(given) == root


@pytest.mark.parametrize(
    "given",
    ["kimai.example.com", "ftp://kimai.example.com", "https://", "", "http://host:port", "http://[", "file:///x"],
)
def test_an_address_that_is_no_web_address_is_a_usage_error(given: str) -> None:
    with pytest.raises(UsageError, match="--url"):
        api_root(given)


def test_an_address_with_a_password_is_refused_without_showing_it() -> None:
    with pytest.raises(UsageError) as caught:
        api_root("https://susan:secret@kimai.example.com")

    assert "secret" not in str(caught.value)


def test_lists_ask_for_hidden_and_ended_rows_and_for_pages() -> None:
    assert list_query(Level.PROJECT) == {"visible": "3", "ignoreDates": "1", "page": "1", "size": "500"}
    assert list_query(Level.ACTIVITY) == {"visible": "3", "page": "1", "size": "500"}


def test_every_boolean_and_the_parent_are_sent() -> None:
    customer = Tree().add("DEMO", 2)
    customer.id = 4
    project = customer.add("FOO", 2)
    project.id = 9
    activity = project.add("Sales talk", 2)

    assert create_body(customer, {"country": "DE"}) == {
        "name": "DEMO",
        "visible": True,
        "billable": True,
        "country": "DE",
    }
    assert create_body(project, {"number": None}) == {
        "name": "FOO",
        "visible": True,
        "billable": True,
        "number": None,
        "customer": 4,
        "globalActivities": True,
    }
    assert create_body(activity, {}) == {"name": "Sales talk", "visible": True, "billable": True, "project": 9}


def test_a_row_without_its_parents_id_is_never_built() -> None:
    project = Tree().add("DEMO", 2).add("FOO", 2)

    with pytest.raises(AssertionError, match="no parent"):
        create_body(project.add("Sales talk", 2), {})


@pytest.mark.parametrize(
    ("roles", "everything"),
    [([], False), (["ROLE_TEAMLEAD"], False), (["ROLE_ADMIN"], True), (["ROLE_SUPER_ADMIN"], True)],
)
def test_only_admins_see_every_teams_rows(roles: list[str], everything: bool) -> None:
    server = read_server({"version": "2.65.0-beta"}, {"username": "anna", "roles": roles})

    assert server.version == (2, 65, 0)
    assert server.sees_everything is everything


def test_roles_that_php_wrote_as_an_object_count_as_a_list() -> None:
    server = read_server({"version": "2.65.0"}, {"username": "anna", "roles": {"1": "ROLE_ADMIN", "3": None}})

    assert server.roles == {"ROLE_ADMIN"}


def test_an_empty_create_tells_the_fields_and_what_is_lacking() -> None:
    children = {"name": {"errors": ["blank"]}, "number": {}, "country": {"errors": ["blank"]}}
    form = Form.from_json({"code": 400, "errors": {"children": children}})

    assert form.fields == {"name", "number", "country"}
    assert form.lacks(["country", "currency"]) == ["country"]
