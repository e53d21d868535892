from __future__ import annotations

from typing import TYPE_CHECKING

from kimai_async.events import Kind
from kimai_async.kimai.messages import Entry
from kimai_async.survey.listing import Listing, twins, unmistaken
from kimai_async.survey.reconcile import Reconciler, ambiguous
from kimai_async.tree.nodes import LEVELS, Level, Node, Tree

if TYPE_CHECKING:
    from collections.abc import Iterable

SHOWN = True


def entry(own: int, name: str, parent: int | None = None, *, visible: bool = SHOWN, number: str | None = None) -> Entry:
    return Entry(own, name, parent, visible, number)


def tree(*paths: tuple[str, ...]) -> Tree:
    grown = Tree()
    for line, path in enumerate(paths, 2):
        node = grown.customers.get(path[0]) or grown.add(path[0], line)
        for name in path[1:]:
            node = node.child(name) or node.add(name, line)
    return grown


def compare(
    wanted: Tree,
    customers: Iterable[Entry] = (),
    projects: Iterable[Entry] = (),
    activities: Iterable[Entry] = (),
) -> dict[tuple[str, ...], tuple[Kind | None, str | None]]:
    listings = dict(zip(LEVELS, map(Listing, (customers, projects, activities)), strict=True))
    failed: dict[Node, str] = {}
    found = {}
    reconciler = Reconciler(wanted, failed)
    for level in LEVELS:
        for finding in reconciler.compare(level, listings[level]):
            if finding.kind in (Kind.REFUSED, Kind.SKIPPED):
                failed[finding.node] = finding.reason or ""
            found[finding.node.path] = (finding.kind, finding.reason)
    return found


def test_what_is_not_on_the_server_is_missing() -> None:
    assert compare(tree(("AA", "PP", "XX"))) == {
        ("AA",): (None, None),
        ("AA", "PP"): (None, None),
        ("AA", "PP", "XX"): (None, None),
    }


def test_what_is_there_gets_its_id_and_is_not_created() -> None:
    wanted = tree(("AA", "PP", "XX"))

    found = compare(wanted, [entry(1, "AA")], [entry(2, "PP", 1)], [entry(3, "XX", 2)])

    assert {kind for kind, _ in found.values()} == {Kind.EXISTS}
    assert [node.id for level in LEVELS for node in wanted.level(level)] == [1, 2, 3]


def test_a_name_counts_only_under_its_own_parent() -> None:
    found = compare(tree(("AA", "PP")), [entry(1, "AA"), entry(2, "BB")], [entry(3, "PP", 2)])

    assert found["AA", "PP"] == (None, None)


def test_names_are_compared_with_letter_case() -> None:
    assert compare(tree(("AA",)), [entry(1, "aa")])[("AA",)] == (None, None)


def test_a_global_activity_is_no_projects_activity() -> None:
    found = compare(tree(("AA", "PP", "XX")), [entry(1, "AA")], [entry(2, "PP", 1)], [entry(3, "XX", None)])

    assert found["AA", "PP", "XX"] == (None, None)


def test_a_name_that_stands_twice_is_refused_with_both_ids_and_its_subtree_skipped() -> None:
    found = compare(tree(("AA", "PP", "XX"), ("BB",)), [entry(1, "AA"), entry(7, "AA"), entry(8, "BB")])

    assert found[("AA",)] == (
        Kind.REFUSED,
        "the server has 2 customers of this name here (ids 1 and 7); rename or delete all but one",
    )
    assert found["AA", "PP"] == (Kind.SKIPPED, "its customer was not imported")
    assert found["AA", "PP", "XX"] == (Kind.SKIPPED, "its project was not imported")
    assert found[("BB",)] == (Kind.EXISTS, None)


def test_what_several_rows_may_be_is_refused_with_their_names() -> None:
    node = Node("acme", None, 2)

    assert ambiguous(node, [entry(3, "Acme"), entry(4, "ACME")]) == (
        "the server has 2 customers that this may be: 'Acme' (id 3) and 'ACME' (id 4); rename or delete all but one"
    )


def test_a_hidden_parent_refuses_new_children_with_its_id_but_not_those_that_are_there() -> None:
    found = compare(tree(("AA", "PP"), ("AA", "QQ", "XX")), [entry(4, "AA", visible=False)], [entry(5, "PP", 4)])

    assert found[("AA",)] == (Kind.EXISTS, None)
    assert found["AA", "PP"] == (Kind.EXISTS, None)
    kind, reason = found["AA", "QQ"]
    assert kind is Kind.REFUSED
    assert "the customer 'AA' (id 4) is hidden" in (reason or "")
    assert found["AA", "QQ", "XX"][0] is Kind.SKIPPED


def test_a_hidden_customer_closes_its_visible_projects_too() -> None:
    found = compare(tree(("AA", "PP", "XX")), [entry(4, "AA", visible=False)], [entry(5, "PP", 4)])

    assert "the customer 'AA' (id 4) is hidden" in (found["AA", "PP", "XX"][1] or "")


def test_a_hidden_project_refuses_new_activities() -> None:
    found = compare(tree(("AA", "PP", "XX")), [entry(4, "AA")], [entry(5, "PP", 4, visible=False)])

    assert "the project 'PP' (id 5) is hidden" in (found["AA", "PP", "XX"][1] or "")


def test_a_listing_knows_the_numbers_in_use() -> None:
    listing = Listing([entry(1, "AA", number="0002"), entry(2, "AA", number=None), entry(3, "BB", number="7")])

    assert sorted(listing.numbers()) == ["0002", "7"]


def test_unclear_nodes_that_arrived_get_the_oldest_id_and_the_others_stay_missing() -> None:
    first, second = tree(("AA",), ("BB",)).level(Level.CUSTOMER)

    assert list(unmistaken([first, second], Listing([entry(9, "AA"), entry(3, "AA")]))) == [second]
    assert first.id == 3


def test_twins_are_named_once_with_all_ids() -> None:
    first, second = tree(("AA",), ("BB",)).level(Level.CUSTOMER)
    listing = Listing([entry(9, "AA"), entry(3, "AA"), entry(4, "BB")])

    assert list(twins([first, second, first], listing)) == [(first, [3, 9])]
