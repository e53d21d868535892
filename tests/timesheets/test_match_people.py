"""Whom the persons of a file are taken for: by options, address and names; and what is told of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from connected import VERSIONS, add_user, connected

from kimai_async.csvfile.notes import Notes
from kimai_async.csvfile.user_map import Mapped
from kimai_async.errors import UsageError
from kimai_async.kimai.people import PeopleClient, User
from kimai_async.sandbox.serve import serving
from kimai_async.timesheets.people import Users, ask_users, give_to, match_people
from kimai_async.tree.entry import Entry, Person
from kimai_async.tree.nodes import Tree

if TYPE_CHECKING:
    from collections.abc import Sequence

ME = User(1, "susan_super", None, None, "susan@example.com", True, "Europe/Berlin")
ANNA = User(5, "anna", "Anna Muster", None, "anna@example.com", True, "Asia/Tokyo")
OLD = User(6, "berta", "Berta Beier", None, "berta@example.com", False, "UTC")
TWIN = User(7, "carl1", "Carl Conrad", None, "carl@example.com", True, "UTC")
TWIN2 = User(8, "carl2", "carl conrad", None, "carl@example.org", True, "UTC")
BOT = User(9, "bot", None, None, "bot@example.com", True, "UTC", True)
ALL = (ME, ANNA, OLD, TWIN, TWIN2, BOT)
HEADINGS = {"user": "User", "email": "E-mail", "firstName": "First Name", "lastName": "Last Name"}


class Match:
    def __init__(
        self,
        *people: Person,
        users: Sequence[User] | None = ALL,
        by_email: dict[str, User] | None = None,
        mapped: Sequence[Mapped] = (),
        entry_user: str | None = None,
    ) -> None:
        problems, warnings = Notes(), Notes()
        known = Users(ME, users, by_email or {})
        self.nobody = match_people(people, known, mapped, entry_user, HEADINGS, problems, warnings)
        self.problems, self.warnings = problems.lines(), warnings.lines()


def person(count: int = 12, **names: Any) -> Person:
    found = Person(3, **names)
    found.count = count
    return found


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"email": "Anna@Example.com"}, ANNA),
        ({"user": "ANNA"}, ANNA),
        ({"user": "anna@example.com"}, ANNA),
        ({"user": "Ánna  muster"}, ANNA),
        ({"full_name": "anna muster"}, ANNA),
        ({"full_name": "susan_super"}, ME),
        ({"email": "anna@example.com", "full_name": "Carl Conrad"}, ANNA),
        ({"email": "anna@old.example.com", "user": "carl1", "full_name": "Anna Muster"}, TWIN),
    ],
)
def test_the_surest_name_that_kimai_knows_counts(names: dict[str, str], expected: User) -> None:
    one = person(**dict[str, Any](names))
    match = Match(one)

    assert (one.id, one.zone) == (expected.id, expected.timezone)
    assert (match.problems, match.warnings, match.nobody) == ([], [], None)


REFUSED = {
    "Dora": "Kimai has no user 'Dora' (12 entries); create the user in Kimai, or name one by --user-map FILE or "
    "--entry-user NAME",
    "carl conrad": "'carl conrad' (12 entries) may be any of 2 users of Kimai: carl1 (id 7), carl2 (id 8); name one by "
    "--user-map FILE",
    "berta": "in Kimai 'berta' (12 entries) is disabled (id 6), and nobody can book for such a user; enable the user "
    "in Kimai, or name another by --user-map FILE",
    "bot": "in Kimai 'bot' (12 entries) is a system account (id 9), and nobody can book for such a user; name another "
    "by --user-map FILE",
}


@pytest.mark.parametrize("name", REFUSED)
def test_who_cannot_be_booked_for_is_one_problem(name: str) -> None:
    one = person(user=name)

    assert Match(one).problems == [f"line 3, User: {REFUSED[name]}"]
    assert one.id is None


@pytest.mark.parametrize(("key", "heading"), [("user", "User"), ("email", "E-mail"), ("full_name", "First Name")])
def test_a_problem_names_the_column_that_names_the_person(key: str, heading: str) -> None:
    (told,) = Match(person(**dict[str, Any]({key: "dora@example.com"}))).problems

    assert told.startswith(f"line 3, {heading}: Kimai has no user 'dora@example.com' (12 entries);")


def test_without_the_users_list_only_the_tokens_own_user_is_known() -> None:
    me, other = person(email="susan@example.com"), person(1, user="anna")
    match = Match(me, other, users=None)

    assert (me.id, other.id) == (1, None)
    (told,) = match.problems
    assert told == (
        "line 3, User: 'anna' (1 entry) cannot be looked for: this token may not read Kimai's users, which takes the "
        "permission view_user (ROLE_SUPER_ADMIN has it); give the id in Kimai by --user-map FILE"
    )


def test_ids_of_the_map_are_taken_without_the_users_list() -> None:
    one, me = person(user="Anna"), person(user="Susi")
    match = Match(
        one, me, users=None, mapped=[Mapped(1, "Name", "User"), Mapped(2, "anna", "5"), Mapped(3, "Susi", "1")]
    )

    assert (one.id, one.zone, me.id, me.zone, match.problems) == (5, None, 1, "Europe/Berlin", [])


@pytest.mark.parametrize("target", ["5", "anna", "ANNA@example.com", "Anna Muster"])
def test_the_map_names_a_user_by_id_or_any_name(target: str) -> None:
    one, two = person(user="Dora", full_name="Dora Dorn"), person(user="anna")
    match = Match(one, two, mapped=[Mapped(1, "DORA DORN", target), Mapped(2, "somebody else", "susan_super")])

    assert (one.id, two.id, match.problems) == (5, 5, [])


@pytest.mark.parametrize(
    ("mapped", "users", "told"),
    [
        ([Mapped(1, "Dora", "dorn")], ALL, ["line 1: Kimai has no user 'dorn'"]),
        ([Mapped(1, "Name", "User"), Mapped(2, "x", "99")], ALL, ["line 2: Kimai has no user '99'"]),
        (
            [Mapped(2, "Dora", "6")],
            ALL,
            ["line 2: in Kimai 6 is disabled (id 6), and nobody can book for such a user"],
        ),
        ([Mapped(2, "Dora", "Carl Conrad")], ALL, ["line 2: Carl Conrad may be any of 2 users"]),
        ([Mapped(2, "Dora", "anna")], None, ["line 2: 'anna' cannot be looked for: this token may not read"]),
        (
            [Mapped(1, "dora", "5"), Mapped(2, "Dora", "1"), Mapped(3, "DORA", "5")],
            ALL,
            ["line 2: line 1 names another user for 'Dora'; delete one of them"],
        ),
        ([Mapped(n, "Dora", "x") for n in range(1, 15)], ALL, ["line 10: Kimai", "and 4 more"]),
    ],
)
def test_a_map_that_names_nobody_is_refused_with_its_lines(
    mapped: list[Mapped], users: Sequence[User] | None, told: list[str]
) -> None:
    with pytest.raises(UsageError) as raised:
        Match(person(user="Dora"), users=users, mapped=mapped)

    assert all(text in str(raised.value) for text in told)


def test_the_entry_user_gets_what_belongs_to_nobody_there() -> None:
    there, gone, old = person(user="anna"), person(user="Dora"), person(user="berta")
    match = Match(there, gone, old, entry_user="susan_super")

    assert (there.id, gone.id, gone.zone) == (5, 1, "Europe/Berlin")
    assert match.warnings == [
        "line 3, User: Kimai has no user 'Dora' (12 entries); what is theirs goes to susan_super (--entry-user)"
    ]
    assert len(match.problems) == 1  # who is disabled is there


def test_the_entry_user_may_be_the_tokens_own_without_the_users_list() -> None:
    gone = person(user="Dora")
    match = Match(gone, users=None, entry_user="susan@example.com")

    assert (gone.id, match.problems) == (1, [])
    assert match.warnings[0].startswith("line 3, User: this token knows of no user 'Dora' (12 entries);")


def test_an_entry_user_whom_kimai_does_not_have_is_refused() -> None:
    with pytest.raises(UsageError, match="--entry-user nobody: Kimai has no user 'nobody'"):
        Match(entry_user="nobody")


def test_entries_that_name_nobody_are_given_to_the_entry_user() -> None:
    customer = Tree().add("Acme", 2)
    somebody = person(user="anna")
    entries = [Entry(customer, 2, 0, 60), Entry(customer, 3, 0, 60, person=somebody)]
    nobody = Match(entry_user="anna").nobody
    assert nobody is not None
    give_to(entries, nobody)

    assert [entry.person for entry in entries] == [nobody, somebody]
    assert (nobody.id, nobody.zone, nobody.count) == (5, "Asia/Tokyo", 1)


def test_two_hundred_people_are_matched_and_problems_stay_few() -> None:
    people = [person(user=f"user{n}") for n in range(200)]
    users = [User(n + 10, f"USER{n}") for n in range(150)]

    match = Match(*people, users=users)

    assert [one.id for one in people[:150]] == list(range(10, 160))
    assert (len(match.problems), match.problems[-1]) == (21, "and 30 more like these")


@pytest.mark.anyio
@pytest.mark.parametrize("version", VERSIONS)
async def test_a_sandbox_is_asked_for_no_more_than_is_needed(version: str) -> None:
    with serving(version, record=True) as server:
        add_user(server, "little", "little-john@example.com", timezone="Asia/Tokyo")
        asked = server.sandbox.requests
        async with connected(server) as connection:
            client = PeopleClient(connection)
            asked.clear()
            assert (await ask_users(client, [], [], None)).all is None
            alone = len(asked)
            john, none = person(email="john@example.com"), person(user="ohn@example.com")
            users = await ask_users(client, [john, none], [Mapped(1, "x", "y")], "little-john@example.com")
        nobody = match_people([john, none], users, [], "little-john@example.com", HEADINGS, Notes(), Notes())

    assert alone == 1
    assert nobody is not None
    assert (john.id, john.zone, none.id, none.zone) == (2, "UTC", 5, "Asia/Tokyo")


@pytest.mark.anyio
@pytest.mark.parametrize("version", VERSIONS)
async def test_an_admin_who_may_not_read_users_learns_of_himself_alone(version: str) -> None:
    with serving(version) as server:
        async with connected(server, "anna") as connection:
            users = await ask_users(PeopleClient(connection), [person(user="anna_admin")], [], None)

    assert (users.me.username, users.all) == ("anna_admin", None)
