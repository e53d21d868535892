"""JSON answers and error bodies as Kimai writes them (config/packages/fos_rest.yaml, FormErrorHandler)."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

_HEADERS = {"Cache-Control": "max-age=0, must-revalidate, private", "X-Robots-Tag": "noindex"}


class ApiError(Exception):
    """Ends the handling of a request with an error answer."""

    def __init__(self, status: int, body: Any = None, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body: Any = {"code": status, "message": HTTPStatus(status).phrase} if body is None else body
        self.headers = headers

    def response(self) -> Response:
        """The answer."""
        return answer(self.body, self.status, self.headers)


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Serialise as Kimai does: ASCII only, slashes as they are; `""` is an empty body."""
    content = b"" if body == "" else json.dumps(body, separators=(",", ":")).encode()
    return Response(content, status, _HEADERS | dict(headers or {}), media_type="application/json")


def no_content() -> Response:
    """What a DELETE answers."""
    return Response(status_code=204, headers=_HEADERS)


def form_error(children: Mapping[str, list[str]], names: list[str], form: list[str]) -> ApiError:
    """A refused form: every field it has is named, `{}` when nothing is wrong with it."""
    errors: dict[str, Any] = {"errors": form} if form else {}
    errors["children"] = {name: {"errors": children[name]} if name in children else {} for name in names}
    return ApiError(400, {"code": 400, "message": "Validation Failed", "errors": errors})


def save_error(children: Mapping[str, list[str]]) -> ApiError:
    """Refused when saving, after the form was fine; the code is a string, only the failing fields are named
    (ValidationFailedExceptionErrorHandler.php)."""
    errors = {"children": {name: {"errors": messages} for name, messages in children.items()}}
    return ApiError(400, {"code": "400", "message": "There was a problem saving.", "errors": errors})
