"""The command as a process of its own, against a sandbox on a real socket."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kimai_async.sandbox.serve import Serving

COMMAND = (sys.executable, "-m", "kimai_async")
PATIENCE = 120.0
"""Seconds after which a process hangs."""


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


def start(
    *arguments: object, server: Serving, url: str | None = None, program: tuple[str, ...] = COMMAND, **options: Any
) -> subprocess.Popen[str]:
    """Start the command, or another program that runs it, with its output in pipes unless *options* say otherwise."""
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL, **options}
    environment = {**os.environ, "KIMAI_URL": url or server.url, "KIMAI_TOKEN": server.token, **options.pop("env", {})}
    return subprocess.Popen([*program, *map(str, arguments)], env=environment, text=True, **options)


def run(*arguments: object, server: Serving, shell: str | None = None, **options: Any) -> Ended:
    """Run the command to its end; *shell* is a line in which it stands as `"$@"`, for redirections."""
    if shell is not None:
        options["program"] = ("bash", "-c", shell, "bash", *COMMAND)
    process = start(*arguments, server=server, **options)
    try:
        out, err = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return Ended(process.returncode, out or "", err or "")
