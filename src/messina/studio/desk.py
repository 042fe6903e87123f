"""What can be done in the studio; the server asks for it, processes do it.

What the first screen does without is loaded when it is first asked for.

Every method may come from any thread and raises MessinaError with a sentence for the page.
"""

from __future__ import annotations

import contextlib
import secrets
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from messina.atomic import move, version_of
from messina.corpus.table import read_cells
from messina.errors import InstrumentError, MessinaError
from messina.export_targets import TARGETS
from messina.instrument.about import LONGEST, About, read_about, with_about
from messina.instrument.container import LARGEST_BYTES
from messina.locking import is_held
from messina.play.catalogue import kind_of
from messina.ready import READY
from messina.studio.catalogues import Catalogues
from messina.studio.home import Home, allowed_suffixes, file_stem, reveal, shown_name
from messina.studio.jobs import Jobs
from messina.studio.learning import Learning, settle_earlier
from messina.studio.merging import (
    Corrections,
    copy_sounds,
    corrections_of,
    folders_for,
    merged_corrections,
)
from messina.studio.results import Results
from messina.studio.sound_tables import Tables
from messina.studio.store import Job, Store
from messina.studio.versions import Versions, name_of
from messina.text import printable
from messina.torch_build import SIZES, Machine, has_torch

if TYPE_CHECKING:
    pass

__all__ = ["Desk"]

_MOST_MINUTES: Final = 600.0
_MOST_STEPS: Final = 1_000_000
_NO_PROJECT: Final = ""
"""What work belongs to that is done for the studio itself."""


class Desk:
    """Everything that can be done with the projects of one home folder."""

    def __init__(self, home: Home) -> None:
        home.prepare()
        self.home = home
        self.store = Store(home.database)
        self._jobs = Jobs(self.store, home.work)
        self.versions = Versions(home)
        self.tables = Tables(home, self.store, self._jobs)
        self.results = Results(home, self.store, self._jobs, self.versions)
        settle_earlier(self.store, home, self.versions.settle)
        self.catalogues = Catalogues(home, self.store, self.versions)
        self._learning = Learning(home, self.store, self._jobs, self.versions, self.catalogues)
        self._learns = False  # until torch is found, looked for each time
        self._machine = Machine.this()
        for project in self.store.projects():
            if not is_held(home.instrument(project.id)):  # else it is settled once it is saved
                self.versions.settle(project.id)

    def close(self) -> None:
        """Ends all work, and closes the store."""
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
            "torch": {
                "there": self._can_learn(),
                "size": SIZES[self._machine.build],
                "job": next(map(msgspec.to_builtins, jobs.get(_NO_PROJECT, [])), None),
            },
        }

    def formats(self) -> list[str]:
        """Endings of files that are taken."""
        return sorted(allowed_suffixes())

    def _can_learn(self) -> bool:
        self._learns = self._learns or has_torch()
        return self._learns

    def install_torch(self) -> Job:
        """Installs what learning needs, beside Messina itself."""
        if self._can_learn():
            raise MessinaError("torch is there already, so learning can begin")
        if any(job.project == _NO_PROJECT for job in self.store.under_way()):
            raise MessinaError("torch is being installed already; wait for that, or stop it")
        return self._jobs.add(_NO_PROJECT, "install-torch", ["--yes"])

    def _facts(self, project: str, jobs: list[Job]) -> dict[str, Any]:
        instrument = self.home.instrument(project)
        version = version_of(instrument)
        newest: dict[str, dict[str, Any]] = {}
        for job in jobs:  # a download for each target, of all else the last
            key = f"export {job.options.get('to')}" if job.verb == "export" else job.verb
            if job.state == "done" and job.verb == "export" and _is_older(job.began, version):
                continue  # of what was learnt before
            newest.setdefault(key, msgspec.to_builtins(job))
        preview = self.catalogues.preview(project)
        report = version_of(self.home.report(project))
        blind = version_of(self.home.blind(project))
        return {
            "bytes": None if version is None else version[2],
            "version": name_of(instrument),
            "has_sounds": self.home.sounds(project).is_dir(),
            "has_table": self.home.table(project).is_file(),
            "table": name_of(self.home.table(project)),
            "has_report": report is not None and not _is_older(report[1] / 1e9, version),
            "has_blind": blind is not None and not _is_older(blind[1] / 1e9, version),
            "listeners": len(list(self.home.heard(project).glob("*.json"))),
            "versions": self.versions.rows(project),
            "about": msgspec.to_builtins(self.store.about(project)),
            "curve": [] if preview is None else preview.curve,
            "jobs": newest,
        }

    def new(self, name: object) -> str:
        """Makes an empty project of this name; returns its ID."""
        project = self.store.new_project(shown_name(name))
        self.home.sounds(project).mkdir(parents=True)
        return project

    def demo(self) -> str:
        """A project of sounds made from nothing."""
        from messina.demo_sounds import write_demo_sounds

        with self._made("Demo sounds") as project:
            self.home.sounds(project).mkdir(parents=True)
            write_demo_sounds(self.home.sounds(project))
            self.tables.look(project)
        return project

    @contextlib.contextmanager
    def _made(self, name: str) -> Iterator[str]:
        """A new project, of which nothing is left where it cannot be filled."""
        project = self.store.new_project(name)
        try:
            yield project
        except BaseException as error:
            shutil.rmtree(self.home.project(project), ignore_errors=True)
            with contextlib.suppress(MessinaError):
                self.store.forget(project)
            if isinstance(error, shutil.Error):  # a list of paths
                raise MessinaError("not everything could be copied; is the disk full?") from None
            raise

    def ready_made(self) -> str:
        """Copies of the instruments that come with the program; the first of them."""
        projects = []
        for each in READY.values():
            copy = self.home.arriving / f"{secrets.token_hex(8)}.messina"
            copy.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copyfile(each.path, copy)
                projects.append(self.take_in(copy.name, copy))
            finally:
                copy.unlink(missing_ok=True)
        return projects[0]

    def learn(self, project: str, *, minutes: object, steps: object = None) -> Job:
        """Starts learning of a project within minutes, or for exactly so many steps."""
        self._check_can_learn(project)
        if isinstance(minutes, bool) or not isinstance(minutes, int | float):
            raise MessinaError("for how many minutes? type a number above 0, at most 600")
        if not 0 < minutes <= _MOST_MINUTES:
            raise MessinaError(f"{minutes:g} minutes; type a number above 0, at most 600")
        more = ["--force"]
        if isinstance(steps, int) and 1 <= steps <= _MOST_STEPS:
            more += ["--steps", str(steps)]
        return self._learning.begin(
            project, minutes, more, shown=self.home.shown(self.store.project(project))
        )

    def go_on(self, project: str) -> Job:
        """Goes on with a learning that was stopped, or ended before its time."""
        self._check_can_learn(project)
        return self._learning.go_on(project, shown=self.home.shown(self.store.project(project)))

    def _check_can_learn(self, project: str) -> None:
        if not self._can_learn():
            raise MessinaError(
                "learning needs torch, which is not installed (playing needs none): install it "
                "on the instrument's own page, under Learn"
            )
        self.store.idle(project)
        rows = read_cells(self.home.table(project)) if self.home.table(project).is_file() else []
        if rows and not any(row.get("use") == "yes" for row in rows):
            raise MessinaError("all sounds are excluded; include at least one to learn from")

    def stop(self, job: int) -> None:
        """Stops a piece of work; what it has is kept."""
        self._jobs.stop(self.store.job(job).id)

    def rename(self, project: str, name: object) -> str:
        """Renames a project; returns the name it has now."""
        self.store.project(project)
        shown = shown_name(name)
        self.store.rename(project, shown)
        return shown

    def duplicate(self, project: str) -> str:
        """Copies a project; returns the ID of the copy."""
        known = self.store.idle(project)
        source = self.home.project(project)
        with self._made(shown_name(f"{known.name[:110]} copy")) as copy:
            shutil.copytree(source, self.home.project(copy), ignore=partial(_not_copied, source))
            self.store.tell_about(copy, self.store.about(project))
        return copy

    def merge(self, projects: object) -> str:
        """Makes a project of the sounds and corrections of several; returns its ID."""
        try:
            ids = list(dict.fromkeys(msgspec.convert(projects, list[str])))
        except msgspec.ValidationError:
            raise MessinaError("which projects? a list of them is wanted") from None
        known = [self.store.idle(one) for one in ids]
        with_sounds = [one for one in known if self.home.sounds(one.id).is_dir()]
        if len(with_sounds) < 2:
            raise MessinaError("two projects with sounds are needed; choose another one")
        wanted: Corrections = {}
        folders = folders_for([one.name for one in with_sounds])
        with self._made(shown_name(" + ".join(k.name for k in with_sounds)[:110])) as merged:
            for one, folder in zip(with_sounds, folders, strict=True):
                sounds = self.home.sounds(one.id)
                copy_sounds(sounds, self.home.sounds(merged) / folder)
                wanted |= corrections_of(sounds, folder)
            self.tables.read(
                merged, finish=lambda: merged_corrections(self.home.table(merged), wanted)
            )
        return merged

    def delete(self, project: str) -> None:
        """Moves a project to the bin, which is a folder of the home."""
        self.store.idle(project)
        self.home.throw_away(project)
        self.catalogues.forget(project)
        self.store.forget(project)

    def take_in(self, name: str, arrived: Path) -> str:
        """Imports an instrument file, which is checked whole before it is taken.

        Returns the project's ID.
        """
        if arrived.stat().st_size > LARGEST_BYTES:
            raise MessinaError(
                f"no instrument is larger than {LARGEST_BYTES >> 20} MB; not imported"
            )
        data = arrived.read_bytes()
        try:
            kind_of(data)
        except InstrumentError as error:
            raise MessinaError(f"{shown_name(name)}: {error}; not imported") from None
        about = read_about(data)
        with self._made(shown_name(printable(about.name) or Path(name).stem)) as project:
            self.store.tell_about(project, about)
            self.home.project(project).mkdir(parents=True)
            move(arrived, self.home.instrument(project))
        return project

    def restore(self, project: str, version: object) -> None:
        """Makes an earlier version the project's instrument."""
        self.store.idle(project)
        self.versions.restore(project, str(version))

    def drop(self, project: str, version: object) -> None:
        """Deletes an earlier version."""
        self.store.idle(project)
        self.versions.drop(project, str(version))

    def tell_about(self, project: str, about: object) -> None:
        """Where the sounds came from, and under which licence, in a person's own words."""
        self.store.project(project)
        try:
            self.store.tell_about(project, msgspec.convert(about, About))
        except msgspec.ValidationError:
            raise MessinaError(f"texts of at most {LONGEST} characters are wanted") from None

    def instrument_file(self, project: str) -> tuple[str, bytes]:
        """Name and bytes of the instrument to take along, with what is said about it."""
        known = self.store.project(project)
        data = self.versions.path(project, "").read_bytes()
        about = msgspec.structs.replace(self.store.about(project), name=known.name)
        return f"{file_stem(known.name)}.messina", with_about(data, about)

    def reveal(self, project: str) -> None:
        """Opens the project's folder on this machine."""
        self.store.project(project)
        reveal(self.home.project(project))


def _not_copied(project: Path, folder: str, names: list[str]) -> set[str]:
    """What a copy of a project does without; folders of sounds may be called the same."""
    own = ("exports", "versions", "heard", "undo") if Path(folder) == project else ()
    return shutil.ignore_patterns(*own, ".messina-*", "*.checkpoint")(folder, names)


def _is_older(made_s: float, version: tuple[int, int, int] | None) -> bool:
    """Whether something was made, at this time, of an earlier version of the instrument."""
    return version is not None and made_s < version[1] / 1e9
