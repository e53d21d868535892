"""The one error boundary of every command: an exception becomes a sentence and an exit code."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from kimai_async.errors import BugError, OutputError, as_error, first_of
from kimai_async.terminal.interrupts import EXIT_INTERRUPTED, NOTHING_SENT
from kimai_async.terminal.streams import secure_streams, silence, stdout_error, why
from kimai_async.text import Secrets, plain_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import typer

    from kimai_async.errors import KimaiImportError


def guarded(app: typer.Typer) -> Callable[[], None]:
    """Return a console script's entry point that runs *app* and exits with the documented code.

    The app finds `Secrets` in `context.obj`: what it appends there leaves the program in no sentence and no log.
    """

    def main() -> None:
        secure_streams()
        secrets = Secrets(_secrets_of_environment())
        sys.exit(_flush(_run(app, secrets), secrets))

    return main


def _secrets_of_environment() -> Iterator[str]:
    """Yield the token, and the passwords of proxies."""
    yield os.environ.get("KIMAI_TOKEN", "")
    for name, value in os.environ.items():
        if name.lower().endswith("_proxy") and "@" in value:
            _, _, password = urlsplit(value).netloc.rpartition("@")[0].partition(":")
            yield from (password, unquote(password))


def _run(app: typer.Typer, secrets: Secrets) -> int:
    try:
        app(obj=secrets)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        return _say(NOTHING_SENT, EXIT_INTERRUPTED, secrets)
    except Exception as error:  # noqa: BLE001 - the boundary
        if error is stdout_error():
            return _lost_stdout(error, 0, secrets)
        problem = as_error(error)
        return _say(f"error: {sentence(problem, secrets)}", problem.exit_code, secrets)
    return 0


def _flush(code: int, secrets: Secrets) -> int:
    """Write what stdout still holds; return the exit code, that of an output error if it cannot be written."""
    try:
        sys.stdout.flush()
    except OSError as error:
        return _lost_stdout(error, code, secrets)
    return code


def _lost_stdout(error: OSError, code: int, secrets: Secrets) -> int:
    silence(sys.stdout)
    if isinstance(error, BrokenPipeError):  # whose reader has seen enough
        return code
    return _say(f"error: standard output cannot be written: {why(error)}.", code or OutputError.exit_code, secrets)


def _say(text: str, code: int, secrets: Secrets) -> int:
    print(plain_lines(secrets.redact(text)), file=sys.stderr)  # noqa: T201 - the boundary's one line
    return code


def sentence(error: KimaiImportError, secrets: Secrets) -> str:
    """Return an error's sentence without secrets; that of a bug says in which temporary file its traceback is."""
    if isinstance(error, BugError) and error.__cause__ is not None:
        return secrets.redact(f"{error}{_details(error.__cause__, secrets)}")
    return secrets.redact(str(error))


def _details(error: BaseException, secrets: Secrets) -> str:
    try:
        name = _write_log(secrets.redact("".join(traceback.format_exception(error))))
    except OSError as problem:
        reason = (problem.strerror or str(problem)).lower()
        return f", in {_place(first_of(error))}; the details cannot be written to a temporary file: {reason}"
    return f"; the details are in {name}, please report them"


def _write_log(trace: str) -> str:
    with tempfile.NamedTemporaryFile(
        "w", prefix="kimai-aimport-", suffix=".log", delete=False, encoding="utf-8", errors="backslashreplace"
    ) as file:
        file.write(trace)
    return file.name


def _place(error: BaseException) -> str:
    """Return where an error was raised: `sender.py, line 83`."""
    last = traceback.extract_tb(error.__traceback__)[-1:]
    return f"{os.path.basename(last[0].filename)}, line {last[0].lineno}" if last else "an unknown place"  # noqa: PTH119
