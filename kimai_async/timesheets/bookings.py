"""The file's time entries beside the server's, counted: an entry has no name, and equal ones may be meant."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from kimai_async.tree.rounding import LONGEST_STEP, NONE, Rounding, candidates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from kimai_async.kimai.timesheets import TimesheetRow
    from kimai_async.tree.entry import Entry

_STEP = LONGEST_STEP * 60
_BEGIN = attrgetter("begin")

ENOUGH = 20
"""Entries that are there but for their rounding, after which the rule that explains them is used for the rest."""

MOST_LEFT = 100_000
"""Rows that are kept until a rule is known; those of them that no rule explains are somebody else's."""


class Match(NamedTuple):
    """An entry of the file and the row of the server that it is."""

    entry: Entry
    row: TimesheetRow


class Bookings:
    """Finds the file's entries among the server's rows, which are given to `take` page by page.

    What makes an entry the same: its user, begin, end, project, activity and description (kimai-timesheets, §9). The
    file wants n of such a key, the server shows m: n - m are missing. Times are compared as they are first, and then as
    this Kimai rounds them: by *stated* if the user has said how, else by the rule that explains most of what is left.
    Entries must have absolute times, and activities with an id; *own* is the id of the token's user, *floor* the
    highest id when the list was asked for. `count` and `seconds` tell how many entries were found, and their durations
    as Kimai counts them, `by_rule` how many of them by `rounding` alone.
    """

    def __init__(
        self,
        entries: Iterable[Entry],
        own: int,
        *,
        floor: int = 0,
        stated: Rounding | None = None,
        matched: Callable[[Match], None] = lambda _: None,
    ) -> None:
        self.rounding = stated
        self.count = 0
        self.seconds = 0
        self.by_rule = 0
        self._stated = stated is not None
        self._own = own
        self._floor = floor
        self._recent: set[int] = set()
        self._matched = matched
        self._users: defaultdict[int, list[Entry]] = defaultdict(list)
        for entry in entries:
            self._users[self.user(entry)].append(entry)
        for theirs in self._users.values():
            theirs.sort(key=_BEGIN)
        self._left: list[TimesheetRow] = []
        self._enough = ENOUGH

    def user(self, entry: Entry) -> int:
        """Return the id of the user whom an entry belongs to."""
        return self._own if entry.person is None or entry.person.id is None else entry.person.id

    def take(self, rows: Iterable[TimesheetRow]) -> None:
        """Match rows of the server; each counts for one entry of the file at most."""
        for row in rows:
            if not self._match(row, NONE) and not self._match_rounded(row) and self._near(row):
                self._left.append(row)
        if len(self._left) >= self._enough and not self._stated:
            self._learn()
            self._enough = 2 * len(self._left) + ENOUGH
        del self._left[MOST_LEFT:]

    def end(self) -> None:
        """Match what is left, now that all rows are known."""
        if self._left and not self._stated:
            self._learn()

    @property
    def unexplained(self) -> bool:
        """Whether rows are left that may be entries of the file by a rule that is not known yet."""
        return bool(self._left) and any(map(self._near, self._left))

    def believe(self, rule: Rounding) -> None:
        """Match what is left by a rule that answers of the server have shown."""
        self.rounding, self._stated = rule, True
        self._left = [row for row in self._left if not self._match_rounded(row)]

    def knows(self, row_id: int) -> bool:
        """Tell whether a row that came after the list was asked for is an entry of the file that was found."""
        return row_id in self._recent

    def missing(self) -> Iterator[Entry]:
        """Yield the entries that no row was found for, user after user, by their begin."""
        return (entry for entries in self._users.values() for entry in entries if entry.id is None)

    def _match_rounded(self, row: TimesheetRow) -> bool:
        if self.rounding is None or not self._match(row, self.rounding):
            return False
        self.by_rule += 1
        return True

    def _match(self, row: TimesheetRow, rule: Rounding) -> bool:
        for entry in self._around(row, 0 if rule is NONE else _STEP):
            if self._is(entry, row) and _times(entry, rule) == (row.begin, None if entry.end is None else row.end):
                self._settle(entry, row)
                return True
        return False

    def _settle(self, entry: Entry, row: TimesheetRow) -> None:
        entry.id = row.id
        if row.id > self._floor:
            self._recent.add(row.id)
        self.count += 1
        self.seconds += row.seconds
        self._matched(Match(entry, row))

    def _around(self, row: TimesheetRow, apart: int = _STEP) -> Iterator[Entry]:
        """Yield the user's entries that were not found yet and begin at most so many seconds before or after a row."""
        entries = self._users.get(row.user, ())
        for index in range(bisect_left(entries, row.begin - apart, key=_BEGIN), len(entries)):
            entry = entries[index]
            if entry.begin > row.begin + apart:
                return
            if entry.id is None:
                yield entry

    @staticmethod
    def _is(entry: Entry, row: TimesheetRow) -> bool:
        activity = entry.parent
        return (
            entry.description == row.description
            and activity.id == row.activity
            and activity.parent is not None
            and activity.parent.id == row.project
        )

    def _near(self, row: TimesheetRow) -> bool:
        """Tell whether a row may be an entry of the file that was rounded."""
        return any(self._may_be(entry, row) for entry in self._around(row))

    def _may_be(self, entry: Entry, row: TimesheetRow) -> bool:
        if not self._is(entry, row) or entry.end is None or row.end is None:
            return False
        return abs(entry.begin - row.begin) < _STEP and abs(entry.end - row.end) < _STEP

    def _learn(self) -> None:
        """Find the rule that explains most of what is left, the finest of several, and match by it."""
        explained = self._explained()
        if not explained:
            return
        most = max(explained.values())
        self.rounding = next(rule for rule in candidates() if explained[rule] == most)
        left, self._left = self._left, []
        self._left = [row for row in left if not self._match_rounded(row)]

    def _explained(self) -> Counter[Rounding]:
        """Return how many of the rows that are left each rule explains; a few hundred of them tell enough.

        An entry explains one row at the most: of equal rows as many are explained as entries become what they show.
        """
        explained: Counter[Rounding] = Counter()
        equal: defaultdict[tuple[object, ...], list[TimesheetRow]] = defaultdict(list)
        for row in self._left[:200]:
            equal[row.user, row.project, row.activity, row.description, row.begin, row.end].append(row)
        for rows in equal.values():
            row = rows[0]
            pairs = Counter(
                (entry.begin, entry.end)
                for entry in self._around(row)
                if entry.end is not None and self._may_be(entry, row)
            )
            for rule in candidates():
                those = sum(n for pair, n in pairs.items() if rule.apply(*pair) == (row.begin, row.end))
                explained[rule] += min(those, len(rows))
        return +explained


def _times(entry: Entry, rule: Rounding) -> tuple[int, int | None]:
    if entry.end is None:
        return rule.apply(entry.begin, entry.begin)[0], None
    return rule.apply(entry.begin, entry.end)
