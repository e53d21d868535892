"""The options' form: the command that it shows does the same."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kimai_async.errors import UsageError
from kimai_async.page.form import Field, Form, settings
from kimai_async.settings import Access, Settings
from kimai_async.terminal import cli
from kimai_async.terminal.form import NOT_IN_A_FORM, form_of

if TYPE_CHECKING:
    from commands import Command

ACCESS = Access(url="https://kimai.example.com", token="secret-token-1234", insecure=True)
POSIX = pytest.mark.skipif(os.name == "nt", reason="the command is quoted for a POSIX shell")

CHOSEN: dict[str, Any] = {
    "concurrency": "32",
    "timeout": 12.5,
    "give_up_after": 60,
    "numbers": "none",
    "country": "DE",
    "delimiter": ";",
    "date_format": "%d.%m.%Y",
    "on_existing": "update",
    "match": "number",
    "match_case": "no",
    "default_customer": "Müller & Söhne 'A'",
    "global_activities": True,
    "timesheets": True,
    "new_tags": False,
    "open_entries": "skip",
    "day_begin": "08:30",
}
COLUMNS = {"customer": "Cost centre", "project.comment": "", "activity": "It's"}


def fields() -> dict[str, dict[str, Any]]:
    return {field["name"]: field for field in form_of(cli.aimport).plain()}


def test_every_setting_of_the_command_is_in_the_form() -> None:
    assert set(fields()) == set(Settings.__dataclass_fields__) - NOT_IN_A_FORM


def test_a_field_says_what_the_help_says() -> None:
    found = fields()

    assert found["concurrency"]["help"] == "Creates under way at once, 1 to 256."
    assert (found["concurrency"]["kind"], found["concurrency"]["default"]) == ("number", 8)
    assert (found["numbers"]["kind"], found["numbers"]["choices"]) == ("choice", ("continue", "none"))
    assert (found["new_tags"]["flag"], found["new_tags"]["off"]) == ("--new-tags", "--no-new-tags")
    assert (found["sanitize"]["kind"], found["user_map"]["kind"]) == ("flag", "file")


@POSIX
def test_the_command_means_what_the_form_means(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def run(_: Any, settings: Settings) -> int:
        seen.append(settings)
        return 0

    monkeypatch.setattr("kimai_async.terminal.session.Session.run", run)
    form = form_of(cli.aimport)
    values = form.read(CHOSEN)
    line = form.command("-big.csv", ACCESS, values, COLUMNS)
    program, file, *options = shlex.split(line)
    command(file, *options, "--rejects", "r.csv", "--dry-run", KIMAI_TOKEN=ACCESS.token)

    assert (program, file) == ("kimai-aimport", "./-big.csv")
    assert ACCESS.token not in line
    assert seen == [settings(ACCESS, values, COLUMNS, dry_run=True, rejects=Path("r.csv"))]


def test_without_choices_the_command_is_short() -> None:
    form = form_of(cli.aimport)

    assert form.command("a.csv", None, form.initial, {}) == "kimai-aimport a.csv"


def test_an_old_kimais_user_and_certificates_are_in_the_command() -> None:
    form = form_of(cli.aimport)
    access = Access(url="https://a.example", token="password", user="anna", ca_bundle=Path("ca.pem"))

    expected = "kimai-aimport a.csv --url https://a.example --user anna --ca-bundle ca.pem --user-map w.csv"
    assert form.command("a.csv", access, {**form.initial, "user_map": Path("/tmp/x/w.csv")}, {}) == expected


def test_an_option_that_a_variable_sets_is_named_also_at_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIMAI_CONCURRENCY", "32")
    form = form_of(cli.aimport, {"concurrency": 32})

    assert form.initial["concurrency"] == 32
    assert form.command("a.csv", None, form.read({"concurrency": 8}), {}) == "kimai-aimport a.csv --concurrency 8"


def test_an_empty_field_is_the_default() -> None:
    form = form_of(cli.aimport, {"concurrency": 4, "country": "DE"})
    values = form.read({"concurrency": "", "country": "", "day_begin": None})

    assert (values["concurrency"], values["country"], values["day_begin"]) == (8, None, "09:00")


@pytest.mark.parametrize("value", ["x", [], {}, "1e999"])
def test_what_is_no_number_is_a_sentence(value: Any) -> None:
    form = Form([Field("concurrency", "--concurrency", "number", "", 8, 8)])
    with pytest.raises(UsageError, match="--concurrency takes a number"):
        form.read({"concurrency": value})


def test_on_windows_the_command_is_quoted_for_its_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kimai_async.page.form.os.name", "nt")
    form = form_of(cli.aimport)

    assert form.command("my file.csv", None, form.initial, {}) == 'kimai-aimport "my file.csv"'
