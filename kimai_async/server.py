"""Which Kimai this is, as plain values that every room may know."""

from __future__ import annotations

from dataclasses import dataclass

SEES_EVERYTHING = frozenset({"ROLE_ADMIN", "ROLE_SUPER_ADMIN"})
"""Roles with `view_all_data` in Kimai's `config/packages/kimai.yaml`; others see their own teams' rows only."""


@dataclass(frozen=True, slots=True)
class Server:
    """Which Kimai this is, and who the token belongs to."""

    version: tuple[int, ...]
    version_text: str
    user: str
    roles: frozenset[str]

    @property
    def sees_everything(self) -> bool:
        """Whether the lists show this user every team's rows."""
        return bool(self.roles & SEES_EVERYTHING)
