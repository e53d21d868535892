"""The shape of the package: what is pure stays pure, and what is public is listed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import kimai_async

PACKAGE = Path(kimai_async.__file__).parent
PURE = (
    *(
        "addresses",
        "amounts",
        "bodies",
        "cells",
        "choices",
        "codes",
        "collector",
        "dialect",
        "errors",
        "events",
        "fields",
        "headings",
        "kimai",
        "lookalikes",
        "name_checks",
        "names",
        "notes",
        "numbers",
        "outcomes",
        "overview",
        "plan",
        "reconcile",
        "rejects",
        "report",
    ),
    *("rows", "sanitize", "settings", "summary", "text", "tree", "value_type", "values", "vocabulary", "words"),
)
IO_LIBRARIES = {"httpx", "anyio", "typer", "tqdm", "aiohttp", "starlette", "uvicorn"}


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


@pytest.mark.parametrize("module", PURE)
def test_a_pure_module_knows_no_library_that_does_io(module: str) -> None:
    assert imported(PACKAGE / f"{module}.py") & IO_LIBRARIES == set()


@pytest.mark.parametrize(("library", "home"), [("httpx", "client connection transport"), ("aiohttp", "transport")])
def test_a_library_has_one_home(library: str, home: str) -> None:
    outside_sandbox = PACKAGE.glob("*.py")
    users = {
        path.stem
        for path in outside_sandbox
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.Import) and any(alias.name == library for alias in node.names)
    }

    assert users == set(home.split())


def test_every_public_name_is_there() -> None:
    assert all(getattr(kimai_async, name) is not None for name in kimai_async.__all__)
    assert sorted(kimai_async.__all__) == kimai_async.__all__


def test_another_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = kimai_async.nonsense


def test_help_loads_neither_httpx_nor_aiohttp_nor_tqdm() -> None:
    script = (
        "import sys; sys.argv[1:] = ['--version']\n"
        "from kimai_async.cli import main\n"
        "try: main()\n"
        "except SystemExit: print(sorted({'httpx', 'aiohttp', 'tqdm', 'anyio', 'starlette'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == [f"kimai-aimport {kimai_async.__version__}", "[]"]
