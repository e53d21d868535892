"""The tree of a file: who stands below whom, and whose names meet."""

from __future__ import annotations

from kimai_async.tree.lookalikes import collisions
from kimai_async.tree.names import sanitize
from kimai_async.tree.nodes import LEVELS, Level, Tree


def test_a_child_is_found_by_its_name_or_by_the_key_under_which_it_stands() -> None:
    customer = Tree().add("Acme", 2)
    assert customer.child("Web") is None

    web, shop = customer.add("Web", 2), customer.add("Shop", 3, key="shop")

    assert (customer.child("Web"), customer.child("shop"), customer.child("Shop")) == (web, shop, None)
    assert shop.path == ("Acme", "Shop")


def test_global_activities_are_the_last_of_their_level() -> None:
    tree = Tree()
    travel = tree.add_global("Travel", 2)
    design = tree.add("Acme", 3).add("Web", 3).add("Design", 3)

    assert list(tree.level(Level.ACTIVITY)) == [design, travel]
    assert [tree.size(level) for level in LEVELS] == [1, 1, 2]
    assert tree.siblings(travel) == {"Travel": travel}
    assert tree.siblings(design) == {"Design": design}
    assert tree
    assert not Tree()


def test_a_new_name_that_a_sibling_has_is_a_collision_and_a_cousins_is_none() -> None:
    tree = Tree()
    first, second = tree.add('"Acme"', 2), tree.add("'Acme'", 3)
    cousin = second.add('"Acme"', 4)
    for node in (first, cousin):
        node.name = sanitize(node.name)

    assert list(collisions(tree, [first, cousin])) == [(first, second)]


def test_each_forbidden_character_has_its_stand_in() -> None:
    assert sanitize('a "b" <c> =d') == "a 'b' \u2039c\u203a -d"
