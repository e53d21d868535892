"""Query strings as Kimai's controllers take them (FOSRestBundle's ParamFetcher, all parameters `strict`)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from kimai_async.sandbox.http.answers import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.datastructures import QueryParams

    from kimai_async.sandbox.http.call import Call
    from kimai_async.sandbox.storage.store import Level, Row

ID = r"\d+"
YES_NO = "0|1"
DAY_OR_TIME = r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d)?"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
ANY = ".*"


def read(query: QueryParams, allowed: Mapping[str, str]) -> dict[str, str]:
    """The known parameters; unknown and empty ones do not matter (Symfony's Regex constraint takes the empty text),
    a known one with a bad value is a 400."""
    values = {name: query[name] for name in allowed if query.get(name) or (name in query and allowed[name] == ANY)}
    for name, value in values.items():
        if not re.fullmatch(allowed[name], value, re.ASCII):
            raise ApiError(400)
        if allowed[name] in {DAY_OR_TIME, TIME}:
            _real(value)
    return values


def is_time(value: str) -> bool:
    """Whether this is a date and a time of day, as parameters take them."""
    try:
        return re.fullmatch(TIME, value, re.ASCII) is not None and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def texts(query: QueryParams, many: str) -> list[str]:
    """`tags[]=a&tags[]=b`."""
    lists = re.compile(rf"{many}\[\d*\]")
    return [value for name, value in query.multi_items() if lists.fullmatch(name)]


def ids(query: QueryParams, one: str, many: str) -> list[int]:
    """`project=1` and `projects[]=1&projects[]=2` together."""
    lists = re.compile(rf"{many}\[\d*\]")
    found = [value for name, value in query.multi_items() if name == one or lists.fullmatch(name)]
    found = [value for value in found if value not in {"", "all"}]
    if not all(re.fullmatch(r"\d{1,18}", value, re.ASCII) for value in found):
        raise ApiError(400)
    return list(dict.fromkeys(int(value) for value in found))


def existing(call: Call, level: Level, wanted: list[int]) -> dict[int, Row]:
    """The rows to filter by; an unknown one is a 404 or, in newer versions, as if it had not been given;
    they answer 403 to one that belongs to a team."""
    found = {row_id: row for row_id in wanted if (row := call.store.get(level, row_id))}
    if len(found) < len(wanted) and not call.profile.unknown_filter_ignored:
        raise ApiError(404)
    if call.profile.unknown_filter_ignored and not all(call.sees(level, row) for row in found.values()):
        raise ApiError(403)
    return found


def _real(value: str) -> None:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise ApiError(400) from None
