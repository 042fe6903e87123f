"""What can be done in the studio; the server asks for it, processes do it.

Every method may come from any thread and raises MessinaError with a sentence for the page.
"""

from __future__ import annotations

import re
import shutil
import threading
from pathlib import Path
from typing import Any, Final

import msgspec

from messina.atomic import unfinished, version_of
from messina.corpus.table import TABLE_NAME, correct_table, read_cells
from messina.demo_sounds import write_demo_sounds
from messina.errors import InstrumentError, MessinaError
from messina.export_targets import TARGETS
from messina.instrument.container import LARGEST_BYTES
from messina.play.shelf import Shelf, kind_of
from messina.studio.earlier import settle_earlier
from messina.studio.exporting import packed
from messina.studio.home import Home, shown_name
from messina.studio.jobs import Jobs
from messina.studio.listening import Listening
from messina.studio.store import Job, Store

__all__ = ["Desk"]

_EDITABLE: Final = frozenset({"use", "label", "note", "velocity"})
_MOST_MINUTES: Final = 600.0
_MOST_STEPS: Final = 1_000_000
_UNDER_WAY: Final = ("waiting", "running")


class Desk:
    """The instruments of one home."""

    def __init__(self, home: Home) -> None:
        home.prepare()
        self.home = home
        self.store = Store(home.database)
        settle_earlier(self.store, home)
        self._jobs = Jobs(self.store, home.work)
        self._shelves: dict[str, tuple[Any, Shelf]] = {}
        self._shelving = threading.Lock()
        self._listening: dict[str, Listening] = {}

    def close(self) -> None:
        self._jobs.close()
        self.store.close()

    def state(self) -> dict[str, Any]:
        """Everything the page lists: instruments with what they hold, and work."""
        jobs: dict[str, list[Job]] = {}
        for job in self.store.jobs():
            jobs.setdefault(job.project, []).append(job)
        return {
            "projects": [
                {
                    **msgspec.to_builtins(project),
                    **self._facts(project.id, jobs.get(project.id, [])),
                }
                for project in self.store.projects()
            ],
            "targets": [{"name": t.name, "shown": t.shown} for t in TARGETS.values()],
        }

    def _facts(self, project: str, jobs: list[Job]) -> dict[str, Any]:
        instrument = self.home.instrument(project)
        version = version_of(instrument)
        newest: dict[str, dict[str, Any]] = {}
        for job in jobs:  # a download for each target, of all else the last
            key = f"export {job.options.get('to')}" if job.verb == "export" else job.verb
            if job.state == "done" and job.verb == "export" and _is_older(job.began, version):
                continue  # of what was learnt before
            newest.setdefault(key, msgspec.to_builtins(job))
        report = version_of(self.home.report(project))
        return {
            "bytes": None if version is None else version[2],
            "version": None if version is None else f"{version[1]:x}",
            "has_sounds": self.home.sounds(project).is_dir(),
            "has_table": (self.home.sounds(project) / TABLE_NAME).is_file(),
            "has_report": report is not None and not _is_older(report[1] / 1e9, version),
            "jobs": newest,
        }

    def new(self, name: object) -> str:
        project = self.store.new_project(shown_name(name))
        self.home.sounds(project).mkdir(parents=True)
        return project

    def demo(self) -> str:
        """A project of sounds made from nothing."""
        project = self.new("Demo sounds")
        write_demo_sounds(self.home.sounds(project))
        self.look(project)
        return project

    def look(self, project: str) -> Job:
        """Reads the sounds and writes the table."""
        self._check_idle(project)
        sounds = self.home.sounds(project)
        return self._jobs.add(
            project, "corpus", [str(sounds), "--json"], shown=self._shown(project)
        )

    def _shown(self, project: str) -> dict[str, str]:
        """What a process says of the paths it was given, in words that the page knows."""
        name = self.store.project(project).name
        return {
            str(self.home.sounds(project)): name,
            str(self.home.instrument(project)): name,
            str(self.home.project(project)): name,
        }

    def table(self, project: str) -> list[dict[str, str]]:
        self.store.project(project)
        path = self.home.sounds(project) / TABLE_NAME
        return read_cells(path) if path.is_file() else []

    def correct(self, project: str, corrections: object) -> list[dict[str, str]]:
        """Other labels, notes, velocities, and what is used; returns the table as it is then."""
        self._check_idle(project)
        try:
            wanted = msgspec.convert(corrections, dict[str, dict[str, str]])
        except msgspec.ValidationError:
            raise MessinaError("corrections are wanted by file and column") from None
        if odd := {column for cells in wanted.values() for column in cells} - _EDITABLE:
            raise MessinaError(f"{min(odd)} cannot be corrected")
        correct_table(self.home.sounds(project) / TABLE_NAME, wanted)
        return self.table(project)

    def sound(self, project: str, name: str) -> Path:
        """The file of a sound in the table; of a slice, the recording it is cut from."""
        self.store.project(project)
        path = self.home.sound_path(project, re.sub(r"#\d+$", "", name))
        if not path.is_file():
            raise MessinaError("there is no such sound")
        return path

    def learn(self, project: str, *, minutes: object, steps: object = None) -> Job:
        self._check_idle(project)
        instrument = self.home.instrument(project)
        words = [str(self.home.sounds(project)), "-o", str(instrument)]
        if isinstance(minutes, bool) or not isinstance(minutes, int | float):
            raise MessinaError("for how many minutes? type a number above 0, at most 600")
        if not 0 < minutes <= _MOST_MINUTES:
            raise MessinaError(f"{minutes:g} minutes; type a number above 0, at most 600")
        if isinstance(steps, int) and 1 <= steps <= _MOST_STEPS:
            words += ["--steps", str(steps)]
        words += ["--minutes", f"{minutes:g}", "--force", "--json"]
        place = unfinished(instrument) if instrument.exists() else instrument
        listening = Listening(place, instrument, self.store.project(project).name)
        with self._shelving:
            self._listening[project] = listening
        return self._jobs.add(
            project,
            "learn",
            words,
            options={"minutes": minutes},
            shown=self._shown(project),
            saves=place,
            watch=listening.watch,
        )

    def stop(self, job: int) -> None:
        self._jobs.stop(self.store.job(job).id)

    def rename(self, project: str, name: object) -> str:
        self.store.project(project)
        shown = shown_name(name)
        self.store.rename(project, shown)
        with self._shelving:
            self._shelves.pop(project, None)
        return shown

    def duplicate(self, project: str) -> str:
        known = self._check_idle(project)
        copy = self.store.new_project(shown_name(f"{known.name[:110]} copy"))
        skip = shutil.ignore_patterns("exports", ".messina-*", "*.checkpoint")
        shutil.copytree(self.home.project(project), self.home.project(copy), ignore=skip)
        return copy

    def delete(self, project: str) -> None:
        """To the bin, which is a folder of the home."""
        self._check_idle(project)
        self.home.throw_away(project)
        with self._shelving:
            self._shelves.pop(project, None)
            self._listening.pop(project, None)
        self.store.forget(project)

    def take_in(self, name: str, arrived: Path) -> str:
        """An instrument from elsewhere, which is looked at whole before it is taken."""
        if arrived.stat().st_size > LARGEST_BYTES:
            raise MessinaError("no instrument is that large")
        try:
            kind_of(arrived.read_bytes())
        except InstrumentError as error:
            raise MessinaError(f"{shown_name(name)}: {error}; not imported") from None
        project = self.store.new_project(shown_name(Path(name).stem))
        self.home.project(project).mkdir(parents=True)
        arrived.replace(self.home.instrument(project))
        return project

    def export(self, project: str, to: object) -> Job:
        self._check_learnt(project)
        target = TARGETS.get(to) if isinstance(to, str) else None
        if target is None:
            raise MessinaError(f"there is no such format; {', '.join(TARGETS)} are possible")
        known = self.store.project(project)
        stem = re.sub(r"[^\w -]", "_", known.name)[:60].strip(" ") or "instrument"
        folder = self.home.exports(project) / target.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        made = folder / f"{stem}{target.suffix}"
        words = [str(self.home.instrument(project)), "--to", target.name, "-o", str(made)]
        return self._jobs.add(
            project,
            "export",
            [*words, "--force", "--json"],
            options={"to": target.name},
            shown=self._shown(project),
            finish=lambda: packed(made).name,
        )

    def download(self, job: int) -> Path:
        """The zip of an export that is done."""
        done = self.store.job(job)
        if done.verb == "export" and done.result:
            path = self.home.exports(done.project) / done.options["to"] / done.result["made"]
            if path.is_file():
                return path
        raise MessinaError("there is nothing to download; export it first")

    def evaluate(self, project: str) -> Job:
        self._check_learnt(project)
        words = [str(self.home.instrument(project))]
        sounds = self.home.sounds(project)
        words += [str(sounds)] if sounds.is_dir() else []
        words += ["--name", self.store.project(project).name]
        return self._jobs.add(
            project,
            "evaluate",
            [*words, "-o", str(self.home.report(project))],
            shown=self._shown(project),
        )

    def listening(self, project: str) -> Listening | None:
        """The last learning of this studio's, for the pages that hear it."""
        with self._shelving:
            return self._listening.get(project)

    def shelf(self, project: str) -> Shelf:
        """What the page for playing is given: the instrument, or its stages while it is learnt."""
        listening = self.listening(project)
        if listening is not None and not listening.over:
            return listening.shelf
        path = self.home.instrument(project)
        version = version_of(path)
        with self._shelving:
            known = self._shelves.get(project)
            if known is not None and known[0] == version:
                return known[1]
            name = self.store.project(project).name
            if version is None:
                raise MessinaError("nothing is learnt yet")
            shelf = Shelf()
            shelf.add(name, path.read_bytes())
            self._shelves[project] = (version, shelf)
            return shelf

    def instrument_of(self, route: str) -> Shelf | None:
        """The shelf that has an instrument by this route."""
        with self._shelving:
            shelves = [shelf for _, shelf in self._shelves.values()]
            shelves += [listening.shelf for listening in self._listening.values()]
        return next((s for s in shelves if any(r["route"] == route for r in s.rows)), None)

    def _check_idle(self, project: str) -> Any:
        known = self.store.project(project)
        if any(job.state in _UNDER_WAY for job in self.store.jobs(project)):
            raise MessinaError("something is being done with it; wait for that, or stop it")
        return known

    def _check_learnt(self, project: str) -> None:
        self._check_idle(project)
        if not self.home.instrument(project).exists():
            raise MessinaError("nothing is learnt yet")


def _is_older(made_s: float, version: tuple[int, int, int] | None) -> bool:
    """Whether something was made, at this time, of an earlier version of the instrument."""
    return version is not None and made_s < version[1] / 1e9
