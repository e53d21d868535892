"""The shape of the package: imports run one way, what is pure stays pure, and what is public is listed."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import kimai_async

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(kimai_async.__file__).parent

ROOMS: dict[str, str] = {
    "errors": "",
    "text": "",
    "choices": "",
    "stop": "",
    "tree": "",
    "fields": "errors tree",
    "settings": "errors choices tree fields",
    "server": "",
    "findings": "tree",
    "events": "tree fields server findings",
    "report": "errors text tree events findings",
    "csvfile": "errors text tree fields",
    "plan": "errors text choices tree fields settings csvfile",
    "kimai": "errors text tree fields settings server",
    "survey": "errors text choices tree fields settings server findings events report csvfile plan kimai",
    "timesheets": "errors text choices tree fields settings server findings events report csvfile plan kimai survey",
    "create": "errors text choices stop tree fields settings events csvfile kimai survey timesheets",
    "undo": "errors text stop tree fields settings server events report kimai survey create",
    "importer": "errors text choices stop tree fields settings findings events report csvfile plan kimai survey "
    "timesheets create",
    "page": "errors text stop tree fields settings events report csvfile plan kimai importer",
    "terminal": "errors text choices stop tree fields settings findings events report undo importer page sandbox",
    "explorer": "errors text tree settings kimai page terminal",
    "sandbox": "fields",
}
"""Each room, and every module that stands beside the rooms, with what it may import: only what stands above it here,
but for the sandbox, which is a program of its own. `kimai_async/__init__.py` may import anything."""

SANDBOX_ROOMS: dict[str, str] = {
    "profile": "",
    "php_dates": "",
    "configuration": "php_dates",
    "storage": "profile configuration",
    "http": "profile configuration storage",
    "forms": "profile php_dates storage http",
    "entities": "profile php_dates storage http forms",
    "people": "profile storage http forms entities",
    "timesheets": "profile php_dates configuration storage http forms entities people",
    "faults": "profile storage http entities",
    "app": "profile configuration storage http entities people timesheets faults",
    "": "app configuration storage faults",
    "in_process": "http",
    "serve": " http storage faults",
    "cli": " configuration storage faults serve",
}

PURE = (
    "errors",
    "text",
    "choices",
    "tree",
    "fields",
    "settings",
    "server",
    "findings",
    "events",
    "report",
    "csvfile",
    "plan",
)
"""Rooms without input and output; in the others these modules."""
PURE_MODULES = (
    *("kimai.lists", "kimai.messages", "kimai.outcomes", "survey.listing", "survey.reconcile", "survey.name_checks"),
    *("create.numbers", "undo.record", "undo.report", "terminal.summary"),
    *(
        "page.watch",
        "page.form",
        "page.outcome",
        "page.branches",
        "page.look",
        "timesheets.bookings",
        "timesheets.closed",
    ),
)
IO_LIBRARIES = {"httpx", "anyio", "typer", "tqdm", "aiohttp", "starlette", "uvicorn"}
HOMES: dict[str, set[str]] = {
    "httpx": {"importer", "undo", "kimai", "explorer", "sandbox"},
    "aiohttp": {"kimai"},
    "tqdm": {"terminal"},
    "rich": {"explorer"},
    "msgspec": {"kimai"},
    "babel": {"fields", "sandbox"},
    "matplotlib": set(),  # the benchmarks draw with it
}


class Arrow(tuple[str, str, str]):
    """One import: from which module, of which module, and where it stands."""

    __slots__ = ()


def module_name(path: Path, package: Path = PACKAGE) -> str:
    """The module of a file, `create.lanes`, `create` for `create/__init__.py`."""
    parts = path.relative_to(package).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def arrows(package: Path = PACKAGE) -> Iterator[Arrow]:
    """Every import of the package by the package, those for type checkers and those in functions included."""
    modules = {module_name(path, package) for path in package.rglob("*.py")}
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for name in imported(node):
                if name.partition(".")[0] == "kimai_async":
                    inner = name.partition(".")[2]
                    target = inner if inner in modules else inner.rpartition(".")[0]
                    where = f"{path.relative_to(package.parent)}:{node.lineno}"  # type: ignore[attr-defined]
                    if target != module_name(path, package):
                        yield Arrow((module_name(path, package), target, where))


def imported(node: ast.AST) -> list[str]:
    """The full names that a statement imports; of `from a import b` both could be the module."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def room(module: str) -> str:
    return module.partition(".")[0]


def against_the_flow(package: Path = PACKAGE) -> list[str]:
    """Where an import runs against the table, with file and line."""
    found = []
    for source, target, where in arrows(package):
        if source in ("", "__main__") or target == "":
            continue
        allowed = {room(source), *ROOMS[room(source)].split()}
        if room(target) not in allowed:
            found.append(f"{where}: {room(source)} may not import {room(target)} ({target})")
        elif source.startswith("sandbox.") and target.startswith("sandbox"):
            inner, other = room(source.partition(".")[2]), room(target.partition(".")[2])
            if other not in {inner, *SANDBOX_ROOMS[inner].split(" ")}:
                found.append(f"{where}: sandbox.{inner} may not import sandbox.{other or '__init__'} ({target})")
    return found


def circle(package: Path = PACKAGE) -> list[str]:
    """The modules of a circle of imports, or nothing."""
    graph: dict[str, set[str]] = {}
    for source, target, _ in arrows(package):
        if "" not in (source, target):
            graph.setdefault(source, set()).add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_imports_between_rooms_run_one_way_only() -> None:
    assert against_the_flow() == []


def test_no_imports_run_in_a_circle() -> None:
    assert circle() == []


def test_each_room_stands_below_what_it_may_import() -> None:
    """The table itself has no circle, apart from the sandbox, which the terminal starts."""
    seen: set[str] = {"sandbox"}
    for name, allowed in ROOMS.items():
        assert set(allowed.split()) <= seen | {"terminal"} if name == "sandbox" else set(allowed.split()) <= seen
        seen.add(name)


def test_the_table_names_every_room_and_none_that_is_gone() -> None:
    there = {room(module_name(path)) for path in PACKAGE.rglob("*.py")} - {"", "__main__"}

    assert set(ROOMS) == there


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A package with a turned arrow and a circle in it."""
    for name in ("tree/nodes", "csvfile/table", "create/engine", "create/rounds"):
        path = tmp_path / "kimai_async" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return tmp_path / "kimai_async"


def test_a_turned_arrow_is_told_with_its_file_and_line(copy: Path) -> None:
    (copy / "tree/nodes.py").write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from kimai_async.csvfile.table import Table\n"
    )

    (told,) = against_the_flow(copy)

    where = Path("kimai_async", "tree", "nodes.py")
    assert told == f"{where}:3: tree may not import csvfile (csvfile.table)"


def test_a_circle_within_a_room_is_found(copy: Path) -> None:
    (copy / "create/engine.py").write_text("from kimai_async.create.rounds import LevelRun\n")
    (copy / "create/rounds.py").write_text("def run():\n    from kimai_async.create import engine\n")

    assert set(circle(copy)) == {"create.engine", "create.rounds"}


def libraries(path: Path) -> set[str]:
    return {name.partition(".")[0] for node in ast.walk(ast.parse(path.read_text("utf-8"))) for name in imported(node)}


def files(module: str) -> list[Path]:
    path = PACKAGE / module.replace(".", "/")
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


@pytest.mark.parametrize("module", [*PURE, *PURE_MODULES])
def test_a_pure_module_knows_no_library_that_does_io(module: str) -> None:
    assert {path.name: found for path in files(module) if (found := libraries(path) & IO_LIBRARIES)} == {}


@pytest.mark.parametrize(("library", "homes"), HOMES.items())
def test_a_library_has_its_homes(library: str, homes: set[str]) -> None:
    users = {room(module_name(path)) for path in PACKAGE.rglob("*.py") if library in libraries(path)}

    assert users == homes


def test_only_the_transport_knows_aiohttp() -> None:
    assert [path.name for path in PACKAGE.rglob("*.py") if "aiohttp" in libraries(path)] == ["transport.py"]


def test_every_room_says_what_it_is_for() -> None:
    rooms = [path for path in PACKAGE.rglob("__init__.py") if path.parent != PACKAGE]

    assert len(rooms) > 10
    assert [path for path in rooms if not ast.get_docstring(ast.parse(path.read_text("utf-8")))] == []


def test_every_public_name_is_there() -> None:
    assert all(getattr(kimai_async, name) is not None for name in kimai_async.__all__)
    assert sorted(kimai_async.__all__) == kimai_async.__all__


def test_another_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = kimai_async.nonsense


def test_help_loads_neither_httpx_nor_aiohttp_nor_tqdm() -> None:
    script = (
        "import sys; sys.argv[1:] = ['--version']\n"
        "from kimai_async.terminal.cli import main\n"
        "try: main()\n"
        "except SystemExit: print(sorted({'httpx', 'aiohttp', 'tqdm', 'anyio', 'starlette'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == [f"kimai-aimport {kimai_async.__version__}", "[]"]
