"""What the page is about: one server, one file, one import at a time."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kimai_async import __version__
from kimai_async.errors import UsageError
from kimai_async.page.form import settings
from kimai_async.page.job import Job, open_named
from kimai_async.page.look import choose, look
from kimai_async.settings import Access, api_root
from kimai_async.text import plain, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kimai_async.page.form import Form
    from kimai_async.page.job import Explain, Recorder
    from kimai_async.settings import Settings
    from kimai_async.text import Secrets

_NOBODY = Access(url="https://kimai.invalid", token="none")  # noqa: S106 - a file can be looked at before the server


class BusyError(UsageError):
    """An import is under way, or what was asked for is about something that is no longer there."""


@dataclass(frozen=True, slots=True)
class Start:
    """With what a page begins: the address and the access that the command line or the environment gave, if any.

    Whatever is signed in with later has the same certificates. *recorder* keeps a record of each run.
    """

    form: Form
    url: str | None = None
    access: Access | None = None
    ca_bundle: Path | None = None
    insecure: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    recorder: Recorder | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in the folder, and how its owner calls it."""

    number: int
    path: Path
    name: str
    size: int


class Desk:
    """All state of a page; every tab that shows it sees the same.

    Files are kept in *folder*. *secrets* learns each token, `explain` makes a sentence of an error. Methods raise
    UsageError for what cannot be meant and BusyError for what cannot be done now; all may be called in any thread.
    """

    def __init__(self, folder: Path, start: Start, secrets: Secrets, explain: Explain) -> None:
        self.folder = folder
        self.form = start.form
        self._start = start
        self._secrets = secrets
        self._explain = explain
        self._lock = threading.RLock()
        self._numbers = 0
        self.access: Access | None = None
        self._who: dict[str, Any] | None = None
        self.upload: Upload | None = None
        self._values = start.form.initial
        self._columns = dict(start.columns)
        self._seen: dict[str, Any] | None = None
        self._plan: Job | None = None
        self._run: Job | None = None
        self.closing = False
        if start.access is not None:
            secrets.append(start.access.token)

    # The server

    def find_access(self, given: Mapping[str, Any]) -> Access:
        """Return the access that was typed, or that the command has, if nothing was; raises UsageError.

        The command's token is for the command's address alone.
        """
        url, token, user = (str(given.get(name) or "").strip() for name in ("url", "token", "user"))
        if not token and not user and self._start.access is not None and url in ("", self._start.access.url):
            return self._start.access
        if not url:
            raise UsageError("Which Kimai? Its address is missing.")
        if not token:
            raise UsageError("The token is missing; Kimai makes one under your name, API Access.")
        self._secrets.append(token)
        typed = url if "://" in url else f"https://{url}"
        start = self._start
        return Access(url=typed, token=token, user=user or None, ca_bundle=start.ca_bundle, insecure=start.insecure)

    def sign_in(self, access: Access, who: dict[str, Any]) -> None:
        """Take a server that has said who this is, whatever it has put into that."""
        shown = {
            name: plain(self._secrets.redact(value)) if isinstance(value, str) else value for name, value in who.items()
        }
        with self._lock:
            self._idle()
            self.access, self._who = access, shown
            self._plan = None

    def sign_out(self) -> None:
        """Forget the server and the token."""
        with self._lock:
            self._idle()
            self.access = self._who = self._plan = self._run = None

    # The file

    def new_path(self) -> tuple[int, Path]:
        """Return a number and where the next file goes."""
        with self._lock:
            self._idle()
            number = self._next()
            return number, self.folder / f"{number}.csv"

    def take(self, upload: Upload) -> None:
        """Take a file that has arrived in place of the one before."""
        with self._lock:
            try:
                self._idle()
            except BusyError:
                upload.path.unlink(missing_ok=True)
                raise
            self._drop_file()
            self.upload = upload
            self._columns = dict(self._start.columns)

    def take_table(self, name: str, path: Path) -> None:
        """Take a file that an option names."""
        with self._lock:
            self._idle()
            self._values = {**self._values, name: path}
            self._plan = None

    def put_away(self) -> None:
        """Forget the file and what was made of it."""
        with self._lock:
            self._idle()
            self._drop_file()

    def _drop_file(self) -> None:
        if self.upload is not None:
            self.upload.path.unlink(missing_ok=True)
        made = [path for job in (self._plan, self._run) if job for path in (job.rejects, job.record) if path]
        for path in made:
            path.unlink(missing_ok=True)
        self.upload = self._seen = self._plan = self._run = None

    def choose(self, values: Mapping[str, Any]) -> None:
        """Take the options' values, as a browser sends them."""
        with self._lock:
            self._idle()
            read = self.form.read(values)
            chosen = {**self._values, **{name: read[name] for name in values}}
            self._settings(chosen, self._columns)  # raises
            self._values = chosen
            self._plan = None

    def set_column(self, index: int, target: str | None) -> None:
        """Say what a column is to be taken for; *index* -1 forgets all that was said."""
        with self._lock:
            self._idle()
            if self._seen is None:
                raise BusyError("There is no file yet.")
            columns = {} if index < 0 else choose(self._columns, self._seen, index, target)
            self._settings(self._values, columns)  # raises
            self._columns = columns
            self._plan = None

    def look(self) -> None:
        """Look at the file; this takes as long as reading it."""
        with self._lock:
            self._idle()
            if self.upload is None:
                raise BusyError("There is no file yet.")
            chosen = self._settings(self._values, self._columns)
            with open_named(self.upload.path, self.upload.name) as file:
                self._seen = {"number": self._next(), **look(file, chosen)}

    # The import

    def plan(self) -> None:
        """Begin to find out what an import would do."""
        with self._lock:
            self._idle()
            self._run = None
            self._plan = self._job(dry_run=True)
            self._plan.start()

    def run(self, plan: int) -> None:
        """Begin the import whose plan was seen, or go on with it."""
        with self._lock:
            self._idle()
            if self._plan is None or self._plan.number != plan:
                raise BusyError("Something was changed since this plan was made, in another tab perhaps; make it anew.")
            self._run = self._job(dry_run=False)
            self._plan.fell()
            self._run.start()

    def stop(self) -> None:
        """End what is under way, as Ctrl-C does."""
        job = self.busy
        if job is not None:
            job.stop()

    @property
    def busy(self) -> Job | None:
        """What is under way."""
        for job in (self._run, self._plan):
            if job is not None and not job.done.is_set():
                return job
        return None

    def job(self, number: int) -> Job:
        """Return the plan or run of that number; raises BusyError if it is gone."""
        for job in (self._run, self._plan):
            if job is not None and job.number == number:
                return job
        raise BusyError("This is no longer there.")

    def _job(self, *, dry_run: bool) -> Job:
        if self.upload is None or self.access is None:
            raise BusyError("Sign in and choose a file first.")
        chosen = self._settings(self._values, self._columns, dry_run=dry_run)
        return Job(self._next(), self.upload.path, self.upload.name, chosen, self._explain, self._start.recorder)

    def _settings(self, values: Mapping[str, Any], columns: Mapping[str, str], *, dry_run: bool = True) -> Settings:
        rejects = self.folder / f"{self._numbers}.rejects.csv"
        return settings(self.access or _NOBODY, values, columns, dry_run=dry_run, rejects=rejects)

    def _idle(self) -> None:
        if self.busy is not None:
            raise BusyError("An import is under way; stop it first, or wait for its end.")

    def _next(self) -> int:
        self._numbers += 1
        return self._numbers

    # The page

    def plain(self) -> dict[str, Any]:
        """Return the whole state as JSON has it; no token is in it."""
        upload, access = self.upload, self.access
        shown = replace(access, token="-") if access is not None else None  # noqa: S106 - none
        name = "FILE" if upload is None else upload.name
        server, file = None, None
        if access is not None:
            server = {"url": api_root(access.url).removesuffix("/api"), **(self._who or {})}
        if upload is not None:
            file = {"number": upload.number, "name": shorten(upload.name), "size": upload.size}
        return {
            "version": __version__,
            "url": self._start.url or "",
            "given": self._start.access is not None,
            "server": server,
            "file": file,
            "seen": self._seen,
            "values": {name: value.name if isinstance(value, Path) else value for name, value in self._values.items()},
            "columns": self._columns,
            "command": self.form.command(name, shown, self._values, self._columns),
            "plan": None if self._plan is None else self._plan.plain(),
            "run": None if self._run is None else self._run.plain(),
        }
