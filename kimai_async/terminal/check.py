"""A check in words: a table, then a line for each finding, always in the same order."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from kimai_async.findings import KINDS, Differs, Extra, Missing, Twin
from kimai_async.terminal.hours import in_hours
from kimai_async.text import path_text, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kimai_async.findings import Finding, HoursOf
    from kimai_async.tree.nodes import Level

SHOWN = 200
"""How many findings are spelled out without `--verbose`."""

_HEADINGS = {Missing.kind: "missing", Differs.kind: "differs", Twin.kind: "twice", Extra.kind: "extra"}


def check_lines(findings: Sequence[Finding], levels: Sequence[Level], *, extra: bool) -> Iterator[str]:
    """Yield the counts as a small table: a heading, then a line a level; *extra* if that was looked for."""
    kinds = [kind for kind in KINDS if extra or kind != Extra.kind]
    counts = Counter((finding.kind, finding.level) for finding in findings)
    yield " " * 10 + "".join(f"{_HEADINGS[kind]:>9}" for kind in kinds)
    for level in levels:
        yield f"{level.heading:<10}" + "".join(f"{counts[kind, level]:>9,}" for kind in kinds)


def finding_lines(findings: Sequence[Finding], most: int | None = SHOWN) -> Iterator[str]:
    """Yield a line for each finding, and how many more there are."""
    for finding in findings[:most]:
        yield _sentence(finding)
    if most is not None and len(findings) > most:
        yield f"and {len(findings) - most:,} more; --verbose shows all"


def _sentence(finding: Finding) -> str:
    what = f"{finding.level.words[0]} {path_text(finding.path)}"
    match finding:
        case Missing():
            return f"line {finding.line}: {what} is missing" + (f": {finding.reason}" if finding.reason else "")
        case Differs():
            file, server = shorten(finding.file, 60), _shown(finding.server)
            where = f"{finding.heading!r} is {file!r} in the file and {server} on the server"
            return f"line {finding.line}: {what} (id {finding.id}) differs: {where}"
        case Twin():
            ids = " and ".join(map(str, finding.ids))
            return f"line {finding.line}: {what} is there {len(finding.ids)} times (ids {ids})"
        case Extra():
            return f"{what} (id {finding.id}) is on the server alone"


def project_hour_lines(hours: Sequence[HoursOf]) -> Iterator[str]:
    """Yield the hours of each project, in the file and of these on the server."""
    for each in hours:
        yield f"{path_text(each.path)}: {in_hours(each.file)} in the file, {in_hours(each.there)} of it on the server"


def _shown(value: object) -> str:
    if value is None or value == "":
        return "empty"
    if isinstance(value, bool):
        return repr("yes" if value else "no")
    return repr(shorten(str(value), 60))


def verdict(findings: Sequence[Finding], name: str) -> str:
    """Return the last line."""
    if not findings:
        return f"The server has all that {name} says."
    counts = Counter(finding.kind for finding in findings)
    parts = [f"{counts[kind]:,} {_HEADINGS[kind]}" for kind in KINDS if counts[kind]]
    return f"The server differs from {name}: {', '.join(parts)}."
