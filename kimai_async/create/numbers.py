"""The number of a new customer, project or activity: continue Kimai's own sequence from the client.

From Kimai 2.63 a create without `number` gets one by counting rows (`CustomerService.php`,
`calculateNextCustomerNumber`), which concurrent creates race for: most are refused. So every create carries its own.
The number is also the one idempotency key that Kimai has: it refuses a second create of a number that is taken. Hence
a row keeps its number however often it is sent, and a run that was killed and the next one give the same row the
same number: numbers are given in the file's order, from where the server itself would go on.
"""

from __future__ import annotations

import heapq
import itertools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kimai_async.choices import MOST_LANES
from kimai_async.fields.catalogue import NUMBER_LENGTHS
from kimai_async.tree.lookalikes import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from kimai_async.survey.listing import Listing
    from kimai_async.tree.nodes import Level, Node

NUMBERED_SINCE = (2, 63)
"""The version whose creates get a number by themselves (`API/CustomerController.php`, "API default values")."""

_SAMPLES = 4
_NEWEST = 20
_LONGEST_COUNT = 18

MOST_TRIES = 100
"""Numbers that are taken, after which Kimai gives a new row none (`ActivityService.php`)."""

_DIGITS = re.compile(r"(\d+)", re.ASCII)
_YEAR = re.compile(r"20\d\d", re.ASCII)


@dataclass(slots=True)
class Sequence:
    """Numbers that differ in one run of digits: `K-0004-2026`, `K-0005-2026`, and so on."""

    head: str
    width: int
    tail: str

    def text(self, count: int) -> str:
        """Return the number with that count in it."""
        return f"{self.head}{count:0{self.width}}{self.tail}"

    def count(self, number: str) -> int | None:
        """Return the count that a number of this sequence has, compared without letter case and accents; else None."""
        folded, head, tail = fold(number), fold(self.head), fold(self.tail)
        digits = folded[len(head) : len(folded) - len(tail)]
        if not (digits.isascii() and digits.isdigit()) or len(digits) > max(self.width, _LONGEST_COUNT):
            return None
        return int(digits) if fold(self.text(int(digits))) == folded else None


def common_sequence(one: str, other: str) -> Sequence | None:
    """Return the sequence that two numbers belong to: they differ in exactly one run of digits; else None."""
    before, after = _DIGITS.split(one), _DIGITS.split(other)
    changed = [index for index, (old, new) in enumerate(zip(before, after, strict=False)) if old != new]
    if len(before) != len(after) or len(changed) != 1 or changed[0] % 2 == 0:
        return None
    where = changed[0]
    width = len(min(before[where], after[where], key=int))
    return Sequence("".join(after[:where]), width, "".join(after[where + 1 :]))


def counting_sequence(number: str, expected: Callable[[Sequence], int]) -> Sequence | None:
    """Return the sequence of a number in which exactly one run of digits is the count *expected* of it, else None."""
    parts = _DIGITS.split(number)
    runs = range(1, len(parts), 2)
    sequences = [
        Sequence("".join(parts[:run]), len(parts[run]), "".join(parts[run + 1 :]))
        for run in runs
        if len(parts[run]) <= _LONGEST_COUNT
    ]
    found = [sequence for sequence in sequences if sequence.count(number) == expected(sequence)]
    return found[0] if len(found) == 1 else None


def likely_sequence(newest: Iterable[str | None], rows: int) -> Sequence | None:
    """Return the sequence that two or more of a server's newest rows show, newest first; else None.

    Where they show several, as when rows were brought along with numbers of their own, it is the one that is nearest to
    how Kimai counts: one more than there are *rows*.
    """
    given = [number for number in list(newest)[:_NEWEST] if number is not None]
    found = {
        (sequence.head, sequence.tail): sequence
        for index, number in reversed(list(enumerate(given)))
        for other in given[index + 1 :]
        if (sequence := common_sequence(other, number)) is not None
    }
    return min(found.values(), key=lambda each: abs(max(_counts(each, given)) - (rows + 1)), default=None)


def _counts(sequence: Sequence, numbers: Iterable[str | None]) -> Iterator[int]:
    """Yield the counts that numbers of a sequence have."""
    for number in numbers:
        count = None if number is None else sequence.count(number)
        if count is not None:
            yield count


def sequence_of(newest: Iterable[str | None], year: int, rows: int) -> Sequence | None:
    """Return the sequence that a server's newest rows show, newest first, if it can be relied on.

    Not if the newest row has no number, for the format may have been switched off since; nor if the sequence names
    another *year*, for who has put that into the format changes it with the calendar. *rows* as for `likely_sequence`.
    """
    numbers = list(newest)[:_NEWEST]
    sequence = likely_sequence(numbers, rows)
    if sequence is None or numbers[0] is None:
        return None
    years = _YEAR.findall(sequence.head) + _YEAR.findall(sequence.tail)
    return sequence if all(int(found) == year for found in years) else None


@dataclass(frozen=True, slots=True)
class Numbers:
    """What is known of the numbers of a level before its first create.

    `rows` is how many rows the server lists, `newest` the numbers of the newest of them, newest first, `all` yields
    every number that is in use or that the file gives. `order` are the file's nodes without a number of their own, in
    its order, each with the number that it has on the server, or None if it is to be created.
    """

    rows: int = 0
    newest: tuple[str | None, ...] = ()
    all: Callable[[], Iterable[str]] = tuple
    order: Callable[[], Iterable[tuple[Node, str | None]]] = tuple
    wanted: int = 0

    def tried_in_vain(self) -> int:
        """Return how many numbers Kimai tries in vain for each create, at most a hundred: they are taken.

        It begins with two more than there are rows. Rows that were deleted and numbers that were burnt leave the
        highest number above that.
        """
        sequence = likely_sequence(self.newest, self.rows)
        if sequence is None or max(_counts(sequence, self.newest)) < self.rows + 2:
            return 0
        taken = set(_counts(sequence, self.all()))
        return next(
            tried for tried in range(MOST_TRIES + 1) if tried == MOST_TRIES or self.rows + 2 + tried not in taken
        )


def known_numbers(listing: Listing, level_nodes: Iterable[Node], missing: Collection[Node]) -> Numbers:
    """Return what a server's list and the file's nodes of a level say; *missing* are those to be created."""
    newest = heapq.nlargest(_NEWEST, listing, key=lambda entry: entry.id)
    nodes = [node for node in level_nodes if node.id is not None or node in missing]
    own = [node.number for node in missing if node.number is not None]
    there = {node.id for node in nodes}
    by_id = {entry.id: entry.number or "" for entry in listing if entry.id in there}
    return Numbers(
        rows=len(listing),
        newest=tuple(entry.number for entry in newest),
        all=lambda: itertools.chain(listing.numbers(), own),
        order=lambda: (
            (node, None if node in missing else by_id.get(node.id or 0, "")) for node in nodes if node.number is None
        ),
        wanted=len(missing) - len(own),
    )


@dataclass(slots=True)
class _Giver:
    """Gives out the numbers of a sequence, the lowest free one first; `next` is where free ones are looked for."""

    sequence: Sequence
    next: int
    taken: set[int]
    returned: list[int] = field(default_factory=list)

    def take(self) -> str:
        if self.returned:
            return self.sequence.text(heapq.heappop(self.returned))
        while self.next in self.taken:
            self.next += 1
        self.next += 1
        return self.sequence.text(self.next - 1)

    def give_back(self, number: str) -> None:
        count = self.sequence.count(number)
        if count is not None:
            heapq.heappush(self.returned, count)


class Numbering:
    """Decides what one level's creates send as `number`, and learns from the answers.

    *accepted*: the server takes numbers of this level from this user, and some of the rows have none of their own;
    *by_server*: it gives them itself. While `one_at_a_time` is true, the sequence is not known: the next create must
    wait for the answer to the one before. `surprised` tells that the server counted rows that it did not list.

    A sequence that the list shows is followed at once, unless *check* asks for one create that goes alone: it tells
    whether the server gives numbers still. `gives` is what was learnt of that, None as long as nothing was.
    """

    def __init__(
        self,
        level: Level,
        known: Numbers,
        *,
        accepted: bool,
        send_null: bool,
        by_server: bool = True,
        year: int = 0,
        check: bool = False,
    ) -> None:
        self.surprised = False
        self.gives: bool | None = None
        self._fields: dict[str, str | None] = {"number": None} if accepted and send_null else {}
        self._longest = NUMBER_LENGTHS[level]
        self._known = known
        self._stored = known.rows
        self._seen: list[str] = []
        self._giver: _Giver | None = None
        self._given: dict[Node, str] = {}
        self._listed = likely_sequence(known.newest, known.rows)
        self.one_at_a_time = accepted and not send_null and by_server
        sequence = sequence_of(known.newest, year, known.rows) if self.one_at_a_time else None
        if sequence is not None and not self._leaps(sequence):
            # Where a hundred numbers are tried in vain none is given, though the format is there.
            self._follow(sequence, check=check and known.tried_in_vain() < MOST_TRIES)

    def fields(self, node: Node) -> dict[str, str | None]:
        """Return the part of a create's body that says its number: nothing, null, or a number that the node keeps."""
        if node not in self._given:
            if self._giver is None:
                return self._fields
            self._given[node] = self._giver.take()
        return {"number": self._given[node]}

    def given(self, node: Node) -> str | None:
        """Return the number that a node was given and keeps, or None."""
        return self._given.get(node)

    def created(self, node: Node, number: str | None) -> None:
        """Note a created row, and learn from the number that came back with it; None means that it has none."""
        if self.one_at_a_time and node.number is None and node not in self._given:
            self._learn(number)
        self.found(node)

    def found(self, node: Node) -> None:
        """Note a row that is on the server, whatever was answered."""
        self._given.pop(node, None)
        self._stored += 1

    def refused(self, node: Node) -> None:
        """Note that a row will never be stored: its number is free again."""
        number = self._given.pop(node, None)
        if number is not None and self._giver is not None:
            self._giver.give_back(number)

    def lost(self, node: Node) -> None:
        """Note that a node's number belongs to somebody else: it gets another one."""
        self._given.pop(node, None)

    def ask_server(self) -> None:
        """Let the server say again how it counts, for numbers that nobody shows are taken; who has one keeps it."""
        if self._giver is not None:
            self._giver = self._listed = None
            self._seen.clear()
            self.one_at_a_time = True

    def _learn(self, number: str | None) -> None:
        self.gives = number is not None
        if number is None:  # formats are switched off
            self.one_at_a_time = False
            return
        if len(self._seen) >= _SAMPLES:
            return
        self._seen.append(number)
        sequence = self._explain(number) if len(self._seen) == 1 else None
        if sequence is None and len(self._seen) > 1:
            sequence = common_sequence(*self._seen[-2:])
            if sequence is not None and not self._counts_up(sequence, *self._seen[-2:]):
                sequence = None
        if sequence is not None:
            self._follow(sequence)

    def _explain(self, number: str) -> Sequence | None:
        """Return the sequence of the first number that came back: it is Kimai's next, or goes on with the list's."""
        sequence = counting_sequence(number, self._next)
        self.surprised |= sequence is None
        if sequence is None and self._listed is not None and self._listed.count(number) is not None:
            return self._listed
        return sequence

    def _leaps(self, sequence: Sequence) -> bool:
        """Tell whether the newest rows are further above Kimai's next count than a run that was killed leaves them.

        The format may add to the count (`{ac+1000,4}`), rows may have been deleted: the server knows how it goes on.
        """
        return max(_counts(sequence, self._known.newest)) > self._next(sequence) + MOST_LANES

    def _next(self, sequence: Sequence) -> int:
        """Return which count Kimai gives a row next: two more than there are rows, and on while that is taken."""
        taken = set(self._taken(sequence))
        return next(count for count in itertools.count(self._stored + 2) if count not in taken)

    def _counts_up(self, sequence: Sequence, before: str, after: str) -> bool:
        low, high = sequence.count(before), sequence.count(after)
        if low is None or high is None or low > high:
            return False
        return set(range(low + 1, high)) <= set(self._taken(sequence))

    def _taken(self, sequence: Sequence) -> Iterator[int]:
        return _counts(sequence, self._known.all())

    def _follow(self, sequence: Sequence, *, check: bool = False) -> None:
        """Give out the numbers of a sequence from now on, if every one that may be needed is short enough for Kimai.

        With *check* only the nodes get theirs that a run which was killed may have sent, and the server is asked first.
        """
        seen = list(_counts(sequence, self._seen))
        taken = {*self._taken(sequence), *seen, *_counts(sequence, self._given.values())}
        start = max(self._stored + 2, *(count + 1 for count in seen[-1:]), 0)
        if len(sequence.text(start + self._known.wanted + len(taken))) > self._longest:
            return
        if not self._seen:  # a run that was killed can have left holes only where this one goes on at once
            holes = dict(_holes(sequence, start, taken, self._known.order()))
            taken.update(holes.values())
            self._given.update({node: sequence.text(count) for node, count in holes.items()})
        if not check:
            self._giver = _Giver(sequence, start, taken)
            self.one_at_a_time = False


def _holes(
    sequence: Sequence, start: int, taken: set[int], order: Iterable[tuple[Node, str | None]]
) -> Iterator[tuple[Node, int]]:
    """Yield the nodes that a run which was killed gave a number, and that number, though it may not be stored yet.

    Such nodes stand right before one of the file that has its number, and the numbers in between, as many as they are,
    are free and follow on one that is taken. Further back than a run has lanes there are none.
    """
    waiting: list[Node] = []
    found: list[tuple[list[Node], int]] = []
    others = start - 2
    highest = 0
    for node, number in order:
        if number is None:
            waiting.append(node)
            continue
        others -= 1
        count = sequence.count(number)
        if count is not None:
            highest = max(highest, count)
            found.append((waiting, count))
        waiting = []
    before_ours = {*taken, others + 1}
    for nodes, count in found:
        numbers = range(count - len(nodes), count)
        if nodes and count > highest - MOST_LANES and taken.isdisjoint(numbers) and numbers[0] - 1 in before_ours:
            yield from zip(nodes, numbers, strict=True)
