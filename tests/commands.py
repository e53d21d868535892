"""The commands, called in this process as a user would call them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from kimai_async.terminal import cli

TOKEN = "sentinel-token-0123456789"


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Result]


def commands(
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    name: str = "kimai-aimport",
    main: Callable[[], None] = cli.main,
) -> Command:
    """Return what runs the command, with environment variables as keywords; it never shows a traceback or a token."""

    def run(*arguments: object, **environment: str) -> Result:
        for variable, value in environment.items():
            monkeypatch.setenv(variable, value)
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            main()
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        for token in (TOKEN, os.environ.get("KIMAI_TOKEN") or TOKEN):
            assert token not in out + err
        return Result(int(exit_.value.code or 0), out, err)

    return run
