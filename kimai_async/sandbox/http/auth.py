"""Who is calling: Bearer tokens, and the older X-AUTH headers with an API password (TokenAuthenticator.php)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from kimai_async.sandbox.http.answers import ApiError

if TYPE_CHECKING:
    from starlette.requests import Request

    from kimai_async.sandbox.profile import Profile
    from kimai_async.sandbox.storage.people import People
    from kimai_async.sandbox.storage.users import User

_USER, _TOKEN = "X-AUTH-USER", "X-AUTH-TOKEN"
_INVALID_TOKEN = {"WWW-Authenticate": 'Bearer error="invalid_token",error_description="Invalid credentials."'}
_WINDOW = 60.0
_FAILURES = 5


class Logins:
    """Logs callers in, and counts the wrong API passwords of each address."""

    def __init__(self, profile: Profile, people: People) -> None:
        self._profile = profile
        self._people = people
        self._failures: dict[str, tuple[float, int]] = {}

    def user(self, request: Request) -> User:
        """The user the request's headers name, else the answer Kimai gives."""
        name, password = request.headers.get(_USER), request.headers.get(_TOKEN)
        if self._profile.bearer_tokens:
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            if scheme == "Bearer" and token and " " not in token:
                return self._by_token(token)
            if name is None or password is None:
                raise ApiError(401)
        if not name:
            raise _refused(f"Authentication required, missing user header: {_USER}")
        if not password:
            raise _refused(f"Authentication required, missing token header: {_TOKEN}")
        return self._by_password(name, password, request)

    def _by_token(self, token: str) -> User:
        user = self._people.with_token(token)
        if user is None or not user.enabled:
            raise invalid_token()
        return user

    def _by_password(self, name: str, password: str, request: Request) -> User:
        user = self._people.named(name)
        if user is None or not user.enabled or password != user.fields["apiPassword"]:
            self._count_failure(request.client.host if request.client else "")
            raise _refused("Invalid credentials")
        return user

    def _count_failure(self, address: str) -> None:
        if not self._profile.login_throttling:
            return
        now = anyio.current_time()
        began, failures = self._failures.get(address, (now, 0))
        if now - began >= _WINDOW:
            began, failures = now, 0
        if failures >= _FAILURES:
            raise ApiError(400)
        self._failures[address] = (began, failures + 1)


def invalid_token() -> ApiError:
    """What an unknown or expired token is answered."""
    return ApiError(401, "", _INVALID_TOKEN)


def _refused(message: str) -> ApiError:
    return ApiError(403, {"message": message})
