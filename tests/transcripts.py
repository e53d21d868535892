"""The pages' commands, run in a shell against a sandbox.

`python tests/transcripts.py` writes the transcripts of all pages anew.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sysconfig
import tempfile
import textwrap
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from kimai_async.sandbox.serve import serving

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))

SHELL = None if os.name == "nt" else shutil.which("sh")
"""What runs the commands; None where there is none."""

WIDTH = 96
"""Longer lines of output are folded in a transcript: so many columns are seen of a block on GitHub."""

SERVERS = {"kimai-sandbox": (8010, ()), "kimai-api browse": (8020, ("--no-open",))}
"""Commands that run until they are stopped: their port, and what keeps them from disturbing who runs the tests."""

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_EXPORT = re.compile(r"export KIMAI_URL=(\S+)(?: KIMAI_USER=(\S+))? KIMAI_TOKEN=(\S+)")
_ADDRESS = re.compile(r"127\.0\.0\.1:\d+")
_SECRET = re.compile(r"(?<=/)[\w-]{32}(?=/ )")
_SECONDS = re.compile(r'\b\d+\.\d(?= s\b)|(?<="seconds": )[\d.]+|(?<="at": ")[^"]+')
"""What is another at each run."""


class Block(NamedTuple):
    """A fenced block of a page."""

    page: Path
    language: str
    text: str

    def __str__(self) -> str:
        first = self.text.partition("\n")[0]
        return f"{self.page.name}: {first[:60]}"


def blocks(pages: Iterable[Path]) -> Iterator[Block]:
    """Yield the fenced blocks of pages in their order."""
    for page in pages:
        for match in _BLOCK.finditer(page.read_text("utf-8")):
            yield Block(page, match[1], match[2])


class Terminal:
    """A shell in a folder with the files that the pages name, and a sandbox as its Kimai."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(ROOT / "tests" / "csv", folder / "tests" / "csv", dirs_exist_ok=True)
        shutil.copy(ROOT / "tests" / "csv" / "demo.csv", folder / "big.csv")
        self._open = ExitStack()
        self._address, self._said = "127.0.0.1:8010", ""
        path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
        plain = {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", "COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"}
        self.environment = {**os.environ, **plain, "HOME": str(folder), "PATH": path}

    def __enter__(self) -> Self:
        server = self._open.enter_context(serving())
        self._log_in(server.url, None, server.token)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _log_in(self, url: str, user: str | None, token: str) -> None:
        self.environment |= {"KIMAI_URL": url, "KIMAI_TOKEN": token}
        if user is not None:
            self.environment["KIMAI_USER"] = user

    def run(self, script: str) -> tuple[int, str]:
        """Run a script that stops at its first error; return its exit code and all that it printed."""
        assert SHELL
        done = subprocess.run(
            [SHELL, "-eu", "-c", script],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=120,
        )
        return done.returncode, done.stdout

    def play(self, transcript: str) -> str:
        """Return the transcript with what its commands print now; where only what varies has changed, as it was."""
        return "".join(f"$ {command}\n{self._play(command, shown)}" for command, shown in _steps(transcript))

    def _play(self, command: str, shown: str) -> str:
        if command.startswith("export "):
            assert command in self._said, f"no sandbox told to {command}"
            return ""
        for server, (port, extra) in SERVERS.items():
            if command.startswith(server):
                self._address = f"127.0.0.1:{port}"
                printed = self._said = self._start(command, extra)
                break
        else:
            code, printed = self.run(command)
            assert code in range(4), printed
        printed, self._said = (_ADDRESS.sub(self._address, text) for text in (printed, self._said))
        return shown if _same(printed, shown) else _folded(printed)

    def _start(self, command: str, extra: tuple[str, ...]) -> str:
        """Start a server on a free port and return what it says; what follows goes to it if it is a Kimai."""
        program, *arguments = shlex.split(command)
        found = shutil.which(program, path=self.environment["PATH"])
        assert found
        process = self._open.enter_context(
            subprocess.Popen(
                [found, *arguments, *extra, "--port", "0"],
                cwd=self.folder,
                env=self.environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
            )
        )
        self._open.callback(process.terminate)
        assert process.stdout
        said = ""
        while "Ctrl-C" not in said and (line := process.stdout.readline()):
            said += line
        if login := _EXPORT.search(said):
            self._log_in(login[1], login[2], login[3])
        return _SECRET.sub("…", said)


def _steps(transcript: str) -> Iterator[tuple[str, str]]:
    """Yield the commands of a transcript, each with what stands below it."""
    first, *steps = re.split(r"^\$ ", transcript, flags=re.MULTILINE)
    assert first == "", f"a transcript begins with $: {transcript}"
    for step in steps:
        command, _, shown = step.partition("\n")
        yield command, shown


def _same(printed: str, shown: str) -> bool:
    """Tell whether a page shows what was printed, apart from seconds and from where long lines are folded."""
    there, here = (_SECONDS.sub("…", text) for text in (printed, shown))
    if _widest(shown) <= WIDTH < _widest(printed):
        return there.split() == here.split()
    return there.splitlines() == here.splitlines()


def _widest(text: str) -> int:
    return max(map(len, text.splitlines()), default=0)


def _folded(text: str) -> str:
    return "".join(f"{part}\n" for line in text.splitlines() for part in _fold(line))


def _fold(line: str) -> list[str]:
    if len(line) <= WIDTH:
        return [line]
    return textwrap.wrap(line, WIDTH, break_long_words=False, break_on_hyphens=False)


def replay(page: Path, folder: Path) -> str:
    """Return a page's text with every transcript as it comes out now, played in order in one folder."""
    with Terminal(folder) as terminal:
        return _BLOCK.sub(
            lambda match: f"```console\n{terminal.play(match[2])}```" if match[1] == "console" else match[0],
            page.read_text("utf-8"),
        )


def main() -> None:
    """Write the transcripts of all pages anew."""
    for page in PAGES:
        with tempfile.TemporaryDirectory() as folder:
            page.write_text(replay(page, Path(folder)), "utf-8")


if __name__ == "__main__":
    main()
