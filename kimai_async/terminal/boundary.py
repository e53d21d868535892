"""The one error boundary of every command: an exception becomes a sentence and an exit code."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from typing import TYPE_CHECKING

from kimai_async.errors import KimaiImportError
from kimai_async.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import typer

EXIT_BUG = 70
EXIT_INTERRUPTED = 130


def redact(text: str, secrets: Iterable[str]) -> str:
    """Return the text with every secret replaced by `***`."""
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    return text


def guarded(app: typer.Typer) -> Callable[[], None]:
    """Return a console script's entry point that runs *app* and exits with the documented code.

    The app finds a list in `context.obj`: secrets that it appends there never reach the traceback of a bug.
    """

    def main() -> None:
        secrets = [os.environ.get("KIMAI_TOKEN", "")]
        try:
            app(obj=secrets)
        except KimaiImportError as error:
            sys.exit(_say(f"error: {error}", error.exit_code))
        except KeyboardInterrupt:
            sys.exit(_say("interrupted", EXIT_INTERRUPTED))
        except Exception as error:  # noqa: BLE001 - the boundary
            sys.exit(_say(_report_bug(error, secrets), EXIT_BUG))

    return main


def _say(text: str, code: int) -> int:
    print(plain_lines(text), file=sys.stderr)  # noqa: T201 - the boundary's one line
    return code


def plain_lines(text: str) -> str:
    """Return the text with its line breaks, and nothing else that a terminal would obey."""
    return "\n".join(map(plain, text.split("\n")))


def _report_bug(error: Exception, secrets: list[str]) -> str:
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    trace = redact("".join(traceback.format_exception(error)), secrets)
    with tempfile.NamedTemporaryFile(
        "w", prefix="kimai-aimport-", suffix=".log", delete=False, encoding="utf-8"
    ) as file:
        file.write(trace)
    return f"error: this is a bug ({type(error).__name__}); the details are in {file.name}, please report them"
