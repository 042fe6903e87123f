"""What the studio keeps, in SQLite: the instruments' names, and every piece of work asked for.

Whatever happens to the studio, what is written here is there when it starts again, work that was
under way then, too.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any, Final

import msgspec

from messina.errors import MessinaError
from messina.instrument.about import About

__all__ = ["Job", "Project", "Store"]

_SCHEMA: Final = """
create table if not exists projects (
    id text primary key, name text not null, made real not null
);
create table if not exists jobs (
    id integer primary key, project text not null, verb text not null, options text not null,
    state text not null, progress text, message text not null default '', result text,
    began real not null, ended real
);
create table if not exists about (project text primary key, told text not null);
"""
_LISTED: Final = 200


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """A project: an instrument, learnt or to be, and its sounds."""

    id: str
    name: str
    made: float
    """Seconds since 1970."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of work: waiting, running, done, failed, stopped or interrupted."""

    id: int
    project: str
    verb: str
    options: dict[str, Any]
    state: str
    progress: dict[str, Any] | None
    message: str
    result: Any
    began: float
    ended: float | None


class Store:
    """The SQLite store; calls may come from any thread.

    Raises MessinaError where the file is unusable.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._naming = threading.Lock()
        try:
            self._base = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._base.row_factory = sqlite3.Row
            self._base.execute("pragma journal_mode = wal")
            self._base.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise MessinaError(f"{path}: cannot be used ({error}); move it away") from None

    def close(self) -> None:
        """Closes the file."""
        self._base.close()

    def _run(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        try:
            with self._lock:
                return self._base.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise MessinaError(f"what the studio knows cannot be kept: {error}") from None

    def under_way(self) -> list[Job]:
        """Work that waits or runs, the newest first."""
        rows = self._run(
            "select * from jobs where state in ('waiting', 'running') order by id desc"
        )
        return [_job(row) for row in rows]

    def new_project(self, name: str) -> str:
        """One of this name, or with a number behind it where there is one already: "kit 2"."""
        project = secrets.token_hex(8)
        with self._naming:
            taken = {known.name.casefold() for known in self.projects()}
            free, count = name, 1
            while free.casefold() in taken:
                count += 1
                free = f"{name} {count}"
            self._run("insert into projects values (?, ?, ?)", project, free, time.time())
        return project

    def project(self, project: str) -> Project:
        """A project by its ID. Raises MessinaError when there is none."""
        for row in self._run("select * from projects where id = ?", project):
            return Project(**dict(row))
        raise MessinaError("there is no such instrument any more; load the page again")

    def idle(self, project: str) -> Project:
        """A project that nothing is being done with. Raises MessinaError otherwise."""
        known = self.project(project)
        if any(job.project == project for job in self.under_way()):
            raise MessinaError("something is being done with it; wait for that, or stop it")
        return known

    def projects(self) -> list[Project]:
        """All projects, the newest first."""
        return [
            Project(**dict(row)) for row in self._run("select * from projects order by made desc")
        ]

    def rename(self, project: str, name: str) -> None:
        """Renames a project. Raises MessinaError where another is called so."""
        with self._naming:
            for known in self.projects():
                if known.id != project and known.name.casefold() == name.casefold():
                    raise MessinaError(f"there is a {known.name} already; choose another name")
            self._run("update projects set name = ? where id = ?", name, project)

    def about(self, project: str) -> About:
        """The words of a person about a project's sounds."""
        for row in self._run("select told from about where project = ?", project):
            return msgspec.json.decode(row["told"], type=About)
        return About()

    def tell_about(self, project: str, about: About) -> None:
        """Keeps a person's words about a project's sounds."""
        self._run(
            "insert or replace into about values (?, ?)",
            project,
            msgspec.json.encode(about).decode(),
        )

    def forget(self, project: str) -> None:
        """Deletes a project's rows."""
        self._run("delete from about where project = ?", project)
        self._run("delete from jobs where project = ?", project)
        self._run("delete from projects where id = ?", project)

    def new_job(self, project: str, verb: str, options: dict[str, Any]) -> Job:
        """Adds a piece of work that waits."""
        rows = self._run(
            "insert into jobs (project, verb, options, state, began) "
            "values (?, ?, ?, 'waiting', ?) returning *",
            project,
            verb,
            msgspec.json.encode(options).decode(),
            time.time(),
        )
        return _job(rows[0])

    def job(self, job: int) -> Job:
        """A piece of work by its number. Raises MessinaError when there is none."""
        for row in self._run("select * from jobs where id = ?", job):
            return _job(row)
        raise MessinaError("there is no such work any more; load the page again")

    def jobs(self) -> list[Job]:
        """All work, the newest first."""
        rows = self._run("select * from jobs order by id desc limit ?", _LISTED)
        return [_job(row) for row in rows]

    def begin(self, job: int) -> None:
        """Marks a piece of work as running."""
        self._run("update jobs set state = 'running', began = ? where id = ?", time.time(), job)

    def report(self, job: int, progress: dict[str, Any]) -> None:
        """Keeps the latest progress of a piece of work."""
        text = msgspec.json.encode(progress).decode()
        self._run("update jobs set progress = ? where id = ?", text, job)

    def end(self, job: int, state: str, *, message: str = "", result: Any = None) -> None:
        """Marks a piece of work as ended, with its state, message and result."""
        self._run(
            "update jobs set state = ?, message = ?, result = ?, ended = ? where id = ?",
            state,
            message,
            None if result is None else msgspec.json.encode(result).decode(),
            time.time(),
            job,
        )


def _job(row: sqlite3.Row) -> Job:
    values = dict(row)
    for name in ("options", "progress", "result"):
        values[name] = None if values[name] is None else msgspec.json.decode(values[name])
    return Job(**values)
