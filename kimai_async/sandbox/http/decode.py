"""A request body as Kimai's forms get it (FOSRestBundle's JsonToFormDecoder and CamelKeysNormalizer)."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from kimai_async.sandbox.http.answers import ApiError

Submitted = Any
"""`str`, `None` (what JSON `false` becomes), or a dict or list of them."""


def decode(body: bytes, content_type: str) -> dict[str, Submitted]:
    """The submitted form values; anything that is neither JSON nor a form by its content type counts as nothing."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return _form(body.decode(errors="replace"))
    if kind not in {"", "application/json"} or not body:
        return {}
    data = _parse(body)
    if isinstance(data, list):
        data = {str(index): value for index, value in enumerate(data)}
    if not isinstance(data, dict):
        raise ApiError(400)
    return {key: _form_value(value) for key, value in _camel_keys(data).items()}


def _form(body: str) -> dict[str, Submitted]:
    """Fields as PHP reads them; `teams[]` adds to a list."""
    values: dict[str, Submitted] = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        if name.endswith("[]"):
            values.setdefault(name[:-2], []).append(value)
        else:
            values[name] = value
    return values


def _parse(body: bytes) -> Any:
    try:
        data = json.loads(body.decode(), parse_constant=_refuse)
        json.dumps(data, ensure_ascii=False).encode()  # PHP refuses lone surrogates
    except (ValueError, RecursionError):
        raise ApiError(400) from None
    return data


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _camel_keys(data: dict[str, Any]) -> dict[str, Any]:
    camel: dict[str, Any] = {}
    for key, value in data.items():
        name = _camel(key)
        if name in camel:
            raise ApiError(400)
        camel[name] = _camel_keys(value) if isinstance(value, dict) else value
    return camel


def _camel(key: str) -> str:
    rest = key.lstrip("_")
    return key[: len(key) - len(rest)] + re.sub("_([a-zA-Z0-9])", lambda match: match[1].upper(), rest)


def _form_value(value: Any) -> Submitted:
    """As an HTML form would send it: `false` is nothing, `true` is "1", `null` is "", a number is its digits."""
    if isinstance(value, dict):
        return {key: _form_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_form_value(item) for item in value]
    if value is None or isinstance(value, bool):
        return {None: "", True: "1", False: None}[value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:  # PHP goes on in scientific notation
        return str(int(value))
    return str(value)
