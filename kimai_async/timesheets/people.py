"""Who of Kimai's users is meant by each person whom the file's time entries name."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kimai_async.csvfile.notes import FEW, About, listed
from kimai_async.errors import UsageError
from kimai_async.kimai.people import User
from kimai_async.kimai.together import together
from kimai_async.text import shorten
from kimai_async.tree.entry import Person
from kimai_async.tree.lookalikes import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from kimai_async.csvfile.notes import Notes
    from kimai_async.csvfile.user_map import Mapped
    from kimai_async.kimai.people import PeopleClient
    from kimai_async.tree.entry import Entry

MOST_LOOK_UPS = 1000
"""E-mail addresses that a Kimai before 2.45 is asked for, three requests each."""

LANES = 4

_UNREADABLE = (
    "this token may not read Kimai's users, which takes the permission view_user (ROLE_SUPER_ADMIN has it); give the "
    "id in Kimai"
)


@dataclass(frozen=True, slots=True)
class Users:
    """Whom this token can know of: its own user, all users if it may read them, and whose the addresses are.

    `by_email` has folded addresses, and is for Kimai before 2.45, which finds by them and does not show them.
    """

    me: User
    all: Sequence[User] | None = None
    by_email: Mapping[str, User] = field(default_factory=dict)


async def ask_users(
    client: PeopleClient, people: Sequence[Person], mapped: Sequence[Mapped], entry_user: str | None
) -> Users:
    """Ask for the token's user, and for the others if anybody is named; raises StoppedError.

    Of the addresses, only the first thousand are looked up, one after another, on a Kimai that shows none.
    """
    me = await client.me()
    if not people and entry_user is None:
        return Users(me)
    users = await client.users()
    if users is None or any(user.email for user in users):
        return Users(me, users)
    named = [person.email or person.user for person in people]
    named += [row.user for row in mapped] + ([entry_user] if entry_user else [])
    emails = {_key(name): name for name in named if "@" in name}
    found: dict[str, User] = {}

    async def look_up(key: str) -> None:
        user = await client.user_by_email(emails[key])
        if user is not None:
            found[key] = user

    await together(LANES, list(emails)[:MOST_LOOK_UPS], look_up)
    return Users(me, users, found)


def match_people(
    people: Sequence[Person],
    users: Users,
    mapped: Sequence[Mapped],
    entry_user: str | None,
    headings: Mapping[str, str],
    problems: Notes,
    warnings: Notes,
) -> Person | None:
    """Set the id and the zone of every person; return who gets what names nobody, if `--entry-user` says so.

    *mapped* are the lines of `--user-map`, which count first; then the e-mail address, the user name and the display
    name count, without letter case and accents. Who is not there is given to *entry_user*. *headings* are the file's,
    by the keys of `Columns.of_entries`. Each person who is unknown, ambiguous or disabled is one problem. Raises
    UsageError for users of the options whom Kimai does not have.
    """
    matching = _Matching(users, headings, problems, warnings)
    nobody = None if entry_user is None else matching.named(entry_user)
    wanted = matching.targets(people, mapped)
    for person in people:
        target = next((wanted[key] for key in map(_key, person.names) if key in wanted), None)
        if target is not None:
            _set(person, target)
        else:
            matching.match(person, nobody)
    return nobody


def give_to(entries: Iterable[Entry], nobody: Person) -> None:
    """Give the entries that name nobody to a person."""
    for entry in entries:
        if entry.person is None:
            entry.person = nobody
            nobody.count += 1


class _Matching:
    def __init__(self, users: Users, headings: Mapping[str, str], problems: Notes, warnings: Notes) -> None:
        self._me = users.me
        self._readable = users.all is not None
        self._headings = headings
        self._problems = problems
        self._warnings = warnings
        known = users.all if users.all is not None else [users.me]
        self._by_id = {user.id: user for user in known}
        self._emails = _index(known, lambda user: user.email)
        self._emails.update({key: [user] for key, user in users.by_email.items()})
        self._names = _index(known, lambda user: user.username)
        self._aliases = _index(known, lambda user: user.alias)

    def named(self, name: str) -> Person:
        """Return the person whom `--entry-user` names."""
        found = self._resolve(name)
        if isinstance(found, str):
            raise UsageError(f"--entry-user {shorten(name, 60)}: {found}.")
        person = Person(0, user=name)
        _set(person, found)
        return person

    def targets(self, people: Iterable[Person], mapped: Sequence[Mapped]) -> dict[str, User]:
        """Return who is meant by each name of `--user-map`, by the folded name."""
        named = {key for person in people for key in map(_key, person.names)} if mapped else set()
        wanted: dict[str, tuple[int, User]] = {}
        wrong: list[str] = []
        for row in mapped:
            key, found = _key(row.name), self._resolve(row.user)
            if isinstance(found, str):
                if row is not mapped[0] or key in named:  # else a line of headings
                    wrong.append(f"line {row.line}: {found}")
            elif wanted.setdefault(key, (row.line, found))[1].id != found.id:
                first = f"line {wanted[key][0]} names another user for {shorten(row.name, 60)!r}; delete one of them"
                wrong.append(f"line {row.line}: {first}")
        if wrong:
            more = len(wrong) - FEW
            raise UsageError(
                "\n  ".join(["--user-map cannot be used.", *wrong[:FEW], *([f"and {more:,} more"] * (more > 0))])
            )
        return {key: user for key, (_, user) in wanted.items()}

    def match(self, person: Person, nobody: Person | None) -> None:
        """Find a person by what the file tells of them, or say why not."""
        found = self._find(person)
        if len(found) == 1 and found[0].bookable:
            _set(person, found[0])
        elif found:
            self._refuse(person, self._why_not(person, found))
        elif nobody is not None:
            person.id, person.zone = nobody.id, nobody.zone
            self._note(
                self._warnings, person, f"{self._unknown(person)}; what is theirs goes to {nobody} (--entry-user)"
            )
        elif self._readable:
            advice = "create the user in Kimai, or name one by --user-map FILE or --entry-user NAME"
            self._refuse(person, f"{self._unknown(person)}; {advice}")
        else:
            self._refuse(person, f"{_shown(person)} cannot be looked for: {_UNREADABLE} by --user-map FILE")

    def _unknown(self, person: Person) -> str:
        known = "Kimai has" if self._readable else "this token knows of"
        return f"{known} no user {_shown(person)}"

    def _find(self, person: Person) -> list[User]:
        ways = (
            (person.email, (self._emails, self._names)),
            (person.user, (self._names, self._emails, self._aliases)),
            (person.full_name, (self._aliases, self._names)),
        )
        return next((index[_key(name)] for name, indexes in ways for index in indexes if _key(name) in index), [])

    def _resolve(self, text: str) -> User | str:
        """Return the user whom an option means by an id or a name, or what is wrong."""
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
        if number in self._by_id:
            found = [self._by_id[number]]
        elif number and not self._readable:
            return User(number, text)  # only Kimai can tell, when it is booked for
        else:
            found = next((index[_key(text)] for index in self._indexes if _key(text) in index), [])
        if len(found) == 1 and found[0].bookable:
            return found[0]
        if found:
            return self._trouble(shorten(text, 60), found)
        shown = repr(shorten(text, 60))
        return f"Kimai has no user {shown}" if self._readable else f"{shown} cannot be looked for: {_UNREADABLE}"

    @property
    def _indexes(self) -> tuple[Mapping[str, list[User]], ...]:
        return (self._names, self._emails, self._aliases)

    def _why_not(self, person: Person, found: Sequence[User]) -> str:
        some = "one" if len(found) > 1 else "another"
        enable = "" if len(found) > 1 or found[0].enabled else "enable the user in Kimai, or "
        return f"{self._trouble(_shown(person), found)}; {enable}name {some} by --user-map FILE"

    def _trouble(self, shown: str, found: Sequence[User]) -> str:
        if len(found) > 1:
            who = listed(f"{user.username} (id {user.id})" for user in found)
            return f"{shown} may be any of {len(found)} users of Kimai: {who}"
        kind = "a system account" if found[0].enabled else "disabled"
        return f"in Kimai {shown} is {kind} (id {found[0].id}), and nobody can book for such a user"

    def _refuse(self, person: Person, text: str) -> None:
        self._note(self._problems, person, text)

    def _note(self, notes: Notes, person: Person, text: str) -> None:
        keys = ("name", "firstName", "lastName") if person.full_name else ("user",) if person.user else ("email",)
        heading = next((self._headings[key] for key in keys if key in self._headings), "")
        notes.add(person.line, heading, text, About.SERVER)


def _key(name: str) -> str:
    return fold(" ".join(name.split()))


def _index(users: Iterable[User], name_of: Callable[[User], str | None]) -> dict[str, list[User]]:
    found: defaultdict[str, list[User]] = defaultdict(list)
    for user in users:
        name = name_of(user)
        if name:
            found[_key(name)].append(user)
    return dict(found)


def _set(person: Person, user: User) -> None:
    person.id, person.zone = user.id, user.timezone or None


def _shown(person: Person) -> str:
    entries = "1 entry" if person.count == 1 else f"{person.count:,} entries"
    return f"{shorten(str(person), 60)!r} ({entries})"
