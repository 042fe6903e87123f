"""What can be done in the studio; the server asks for it, processes do it.

What the first screen does without is loaded when it is first asked for.

Every method may come from any thread and raises MessinaError with a sentence for the page.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from messina.atomic import move, version_of
from messina.corpus.table import NOT_WANTED, TABLE_NAME, correct_table, read_cells
from messina.errors import InstrumentError, MessinaError, SoundError
from messina.export_targets import TARGETS
from messina.instrument.about import LONGEST, About, read_about, with_about
from messina.instrument.container import LARGEST_BYTES
from messina.locking import is_held
from messina.play.shelf import kind_of
from messina.ready import READY
from messina.studio.earlier import settle_earlier
from messina.studio.editing import History
from messina.studio.exports import packed, reveal
from messina.studio.home import Home, allowed_suffixes, shown_name
from messina.studio.jobs import Finish, Jobs
from messina.studio.learning import Learning
from messina.studio.merging import (
    EDITABLE,
    Corrections,
    copy_sounds,
    corrections_of,
    folders_for,
    merged_corrections,
    with_sources,
)
from messina.studio.shelves import Shelves
from messina.studio.store import Job, Store
from messina.studio.versions import Versions
from messina.text import is_device, printable
from messina.torch_build import SIZES, Machine, has_torch

if TYPE_CHECKING:
    from messina.corpus.sound import Array
    from messina.studio.audition import Asked

__all__ = ["Desk"]

_MOST_MINUTES: Final = 600.0
LONGEST_LABEL: Final = 120
"""Characters that a person may give a label; those of names may be longer."""
_MOST_STEPS: Final = 1_000_000
_MOST_HEARD_BYTES: Final = 64 << 20
_NUMBERED: Final = re.compile(r"#\d+$")
"""Ends the names of pieces that were cut from one recording."""
_MOST_OUTLINES: Final = 200
_NO_PROJECT: Final = ""
"""What work belongs to that is done for the studio itself."""


class Desk:
    """The instruments of one home."""

    def __init__(self, home: Home) -> None:
        home.prepare()
        self.home = home
        self.store = Store(home.database)
        self._tables = threading.Lock()
        self._drawing = threading.Lock()
        self._decoding = threading.Lock()
        self._jobs = Jobs(self.store, home.work)
        self.versions = Versions(home)
        settle_earlier(self.store, home, self.versions.settle)
        self.shelves = Shelves(home, self.store, self.versions)
        self._learning = Learning(home, self.store, self._jobs, self.versions, self.shelves)
        self._learns = False  # until torch is found, looked for each time
        self._machine = Machine.this()
        for project in self.store.projects():
            if not is_held(home.instrument(project.id)):  # else it is settled once it is saved
                self.versions.settle(project.id)

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
        listening = self.shelves.listening(project)
        report = version_of(self.home.report(project))
        blind = version_of(self.home.blind(project))
        return {
            "bytes": None if version is None else version[2],
            "version": None if version is None else f"{version[1]:x}",
            "has_sounds": self.home.sounds(project).is_dir(),
            "has_table": self._table(project).is_file(),
            "has_report": report is not None and not _is_older(report[1] / 1e9, version),
            "has_blind": blind is not None and not _is_older(blind[1] / 1e9, version),
            "listeners": len(list(self.home.heard(project).glob("*.json"))),
            "versions": self.versions.rows(project),
            "about": msgspec.to_builtins(self.store.about(project)),
            "curve": [] if listening is None else listening.curve,
            "jobs": newest,
        }

    def new(self, name: object) -> str:
        project = self.store.new_project(shown_name(name))
        self.home.sounds(project).mkdir(parents=True)
        return project

    def demo(self) -> str:
        """A project of sounds made from nothing."""
        from messina.demo_sounds import write_demo_sounds

        with self._made("Demo sounds") as project:
            self.home.sounds(project).mkdir(parents=True)
            write_demo_sounds(self.home.sounds(project))
            self.look(project)
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

    def look(self, project: str) -> Job:
        """Reads the sounds and writes the table."""
        self._check_idle(project)
        return self._read(project)

    def _read(self, project: str, finish: Finish | None = None) -> Job:
        words = [str(self.home.sounds(project)), "--json"]
        return self._jobs.add(project, "corpus", words, shown=self._shown(project), finish=finish)

    def _shown(self, project: str) -> dict[str, str]:
        """What a process says of the paths it was given, in words that the page knows."""
        name = self.store.project(project).name
        return {
            str(self.home.sounds(project)): name,
            str(self.home.instrument(project)): name,
            str(self.home.project(project)): name,
        }

    def table(self, project: str) -> dict[str, Any]:
        """The sounds as they are understood, and how many corrections can be undone."""
        self.store.project(project)
        path = self._table(project)
        rows = read_cells(path) if path.is_file() else []
        for row in rows:
            if row.get("reason") == NOT_WANTED:
                row["reason"] = "excluded"  # here is no table to say so
        return {"rows": rows, "undoable": self._history(project).count}

    def correct(self, project: str, corrections: object) -> dict[str, Any]:
        """Other labels, notes, velocities, and what is used; returns the lines that changed."""
        try:
            wanted = msgspec.convert(corrections, dict[str, dict[str, str]])
        except msgspec.ValidationError:
            raise MessinaError("corrections are wanted by file and column") from None
        if odd := {column for cells in wanted.values() for column in cells}.difference(EDITABLE):
            raise MessinaError(f"{min(odd)} cannot be corrected")
        for name, cells in wanted.items():
            if (length := len(cells.get("label", ""))) > LONGEST_LABEL:
                raise MessinaError(
                    f"{printable(name)}: a label of {length} characters; it can have at most "
                    f"{LONGEST_LABEL}"
                )
        with self._editing(project) as history:
            history.remember()
            try:
                rows = correct_table(self._table(project), wanted, amend=_amended)
            except BaseException:
                history.forget_last()
                raise
            return {"rows": rows, "undoable": history.count}

    def undo(self, project: str) -> dict[str, Any]:
        """Takes back the last correction; returns the whole table."""
        with self._editing(project) as history:
            history.undo()
        return self.table(project)

    def split(self, project: str, name: object) -> Job:
        """A sound becomes what begins in it."""
        from messina.studio.editing import pieces_of

        sounds = self.home.sounds(project)
        with self._editing(project):
            return self._replace(project, [str(name)], lambda: pieces_of(sounds, str(name)))

    def join(self, project: str, names: object) -> Job:
        """Pieces that were cut from one recording become one sound."""
        from messina.studio.editing import joined

        try:
            files = msgspec.convert(names, list[str])
        except msgspec.ValidationError:
            raise MessinaError("which pieces? a list of them is wanted") from None
        with self._editing(project):
            return self._replace(project, files, lambda: joined(self.home.sounds(project), files))

    def _replace(self, project: str, names: list[str], make: Callable[[], dict[str, Array]]) -> Job:
        """New sounds in the place of others, called as the first of those."""
        from messina.studio.editing import write_takes

        table, sounds = self._table(project), self.home.sounds(project)
        known = {row["file"]: row for row in read_cells(table)}
        for name in names:
            self.sound(project, name)  # refuses what is not there, or elsewhere
            if known.get(name, {}).get("use") not in ("yes", "no"):
                raise MessinaError(f"{printable(name)}: not among the sounds that can be used")
        takes = make()
        history = self._history(project)
        history.remember(list(takes))
        try:
            write_takes(sounds, takes)
            correct_table(table, {name: {"use": "no"} for name in names})
        except BaseException:
            history.undo()
            raise
        label = known[names[0]]["label"]
        wanted: Corrections = {name: {"label": label} for name in takes}
        return self._read(project, finish=lambda: merged_corrections(table, wanted))

    @contextlib.contextmanager
    def _editing(self, project: str) -> Iterator[History]:
        """One change of a table at a time."""
        with self._tables:
            self._check_idle(project)
            if not self._table(project).is_file():
                raise MessinaError("the sounds have not been read yet")
            yield self._history(project)

    def _history(self, project: str) -> History:
        return History(self.home.project(project) / "undo", self.home.sounds(project))

    def sound(self, project: str, name: str) -> Path:
        """The file of a sound in the table; of a slice, the recording it is cut from."""
        self.store.project(project)
        path = self.home.sound_path(project, _NUMBERED.sub("", name))
        if not path.is_file():
            raise MessinaError("there is no such sound")
        return path

    def heard(self, project: str, name: str) -> bytes | Path:
        """What is heard of a sound: as WAV, which every browser plays, or its file as it is.

        A piece of a recording is heard alone. What is large is its file, and so is what could not
        be read: it is decoded here only once a process of its own has shown that this ends well.
        One at a time: ten minutes of sound take some hundred megabytes while they are decoded.
        """
        from messina.studio.audition import wav_of
        from messina.studio.editing import sound_audio

        path = self.sound(project, name)  # refuses what is not there, or elsewhere
        if path.stat().st_size > _MOST_HEARD_BYTES or name not in self._usable(project):
            return path
        try:
            with self._decoding:
                return wav_of(sound_audio(self.home.sounds(project), name))
        except SoundError:
            return path

    def _usable(self, project: str) -> set[str]:
        """The sounds of the table that were read, used or not."""
        path = self._table(project)
        rows = read_cells(path) if path.is_file() else []
        return {row["file"] for row in rows if row.get("use") in ("yes", "no")}

    def outlines(self, project: str, names: object) -> dict[str, str]:
        """What sounds look like at a glance, by their names; "" where that cannot be told."""
        from messina.studio.outlines import outline_of

        try:
            files = msgspec.convert(names, list[str])
        except msgspec.ValidationError:
            raise MessinaError("of which sounds? a list of them is wanted") from None
        if len(files) > _MOST_OUTLINES:
            raise MessinaError(f"{len(files)} sounds at once; at most {_MOST_OUTLINES} are drawn")
        sounds, found = self.home.sounds(project), {}
        # in order: pieces of one recording follow each other, and it is decoded once
        for name in sorted(self._usable(project).intersection(files)):
            with self._drawing, contextlib.suppress(MessinaError):
                found[name] = outline_of(sounds, name, self.sound(project, name))
        return found

    def learn(self, project: str, *, minutes: object, steps: object = None) -> Job:
        self._check_can_learn(project)
        if isinstance(minutes, bool) or not isinstance(minutes, int | float):
            raise MessinaError("for how many minutes? type a number above 0, at most 600")
        if not 0 < minutes <= _MOST_MINUTES:
            raise MessinaError(f"{minutes:g} minutes; type a number above 0, at most 600")
        more = ["--force"]
        if isinstance(steps, int) and 1 <= steps <= _MOST_STEPS:
            more += ["--steps", str(steps)]
        return self._learning.begin(project, minutes, more, shown=self._shown(project))

    def go_on(self, project: str) -> Job:
        """Goes on with a learning that was stopped, or ended before its time."""
        self._check_can_learn(project)
        return self._learning.go_on(project, shown=self._shown(project))

    def _check_can_learn(self, project: str) -> None:
        if not self._can_learn():
            raise MessinaError(
                "learning needs torch, which is not installed (playing needs none): install it "
                "on the instrument's own page, under Learn"
            )
        self._check_idle(project)
        rows = read_cells(self._table(project)) if self._table(project).is_file() else []
        if rows and not any(row.get("use") == "yes" for row in rows):
            raise MessinaError("all sounds are excluded; include at least one to learn from")

    def stop(self, job: int) -> None:
        self._jobs.stop(self.store.job(job).id)

    def rename(self, project: str, name: object) -> str:
        self.store.project(project)
        shown = shown_name(name)
        self.store.rename(project, shown)
        return shown

    def duplicate(self, project: str) -> str:
        known = self._check_idle(project)
        source = self.home.project(project)
        with self._made(shown_name(f"{known.name[:110]} copy")) as copy:
            shutil.copytree(source, self.home.project(copy), ignore=partial(_not_copied, source))
            self.store.tell_about(copy, self.store.about(project))
        return copy

    def merge(self, projects: object) -> str:
        """A project of the sounds of several, and of what was corrected in them."""
        try:
            ids = list(dict.fromkeys(msgspec.convert(projects, list[str])))
        except msgspec.ValidationError:
            raise MessinaError("which projects? a list of them is wanted") from None
        known = [self._check_idle(one) for one in ids]
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
            self._read(merged, finish=lambda: merged_corrections(self._table(merged), wanted))
        return merged

    def _table(self, project: str) -> Path:
        return self.home.sounds(project) / TABLE_NAME

    def delete(self, project: str) -> None:
        """To the bin, which is a folder of the home."""
        self._check_idle(project)
        self.home.throw_away(project)
        self.shelves.forget(project)
        self.store.forget(project)

    def take_in(self, name: str, arrived: Path) -> str:
        """An instrument from elsewhere, which is looked at whole before it is taken."""
        if arrived.stat().st_size > LARGEST_BYTES:
            raise MessinaError("no instrument is that large")
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

    def export(self, project: str, to: object) -> Job:
        self._check_learnt(project)
        target = TARGETS.get(to) if isinstance(to, str) else None
        if target is None:
            raise MessinaError(f"there is no such format; {', '.join(TARGETS)} are possible")
        known = self.store.project(project)
        stem = file_stem(known.name)
        folder = self.home.exports(project) / target.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        made = folder / f"{stem}{target.suffix}"
        words = [str(self.home.instrument(project)), "--to", target.name, "-o", str(made)]
        about = self.store.about(project)
        if about.license and target.license_place:
            words += ["--license", about.license]
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
        """Measures the instrument; what people said in its blind test goes into the report."""
        from messina.studio.audition import answers_about

        words = self._evaluating(project)
        instrument = self.home.instrument(project)
        for path in answers_about(self.home.heard(project), instrument):
            words += ["--heard", str(path)]
        words += ["-o", str(self.home.report(project))]
        return self._jobs.add(project, "evaluate", words, shown=self._shown(project))

    def blind(self, project: str) -> Job:
        """Makes the page of a blind test, of other sounds each time."""
        words = [*self._evaluating(project), "--blind", str(self.home.blind(project))]
        words += ["--seed", str(secrets.randbelow(1 << 31))]
        return self._jobs.add(
            project, "blind", words, command="evaluate", shown=self._shown(project)
        )

    def _evaluating(self, project: str) -> list[str]:
        from messina.studio.audition import knows_sounds

        self._check_learnt(project)
        sounds = self.home.sounds(project)
        if not sounds.is_dir() and not knows_sounds(self.home.instrument(project)):
            raise MessinaError(
                "the sounds it was learnt from did not come with it, so there is nothing to hold "
                "it against; drop them here and learn from them to measure that"
            )
        words = [str(self.home.instrument(project)), *([str(sounds)] if sounds.is_dir() else [])]
        return [*words, "--name", self.store.project(project).name]

    def answer(self, project: str, answers: object) -> str:
        """Takes what a listener said; returns what all have said, in words."""
        from messina.studio.audition import heard_so_far, take_answers

        instrument = self.versions.path(project, "")
        take_answers(self.home.heard(project), instrument, answers)
        return heard_so_far(self.home.heard(project), instrument)

    def card(self, project: str, version: str = "") -> dict[str, Any]:
        """What there is to say of an instrument, or of an earlier version of it."""
        from messina.studio.audition import card_of, heard_so_far

        self.store.project(project)
        path = self.versions.path(project, version)
        heard = "" if version else heard_so_far(self.home.heard(project), path)
        return {**card_of(path), "heard": heard}

    def sounding(self, project: str, asked: Asked, *, version: str, beside: str | None) -> bytes:
        """A sound of a version ("" is that of today) as WAV, at one level with another one's."""
        from messina.studio.audition import heard, heard_beside

        self.store.project(project)
        path = self.versions.path(project, version)
        if beside is None:
            return heard(path, asked)
        return heard_beside(path, self.versions.path(project, beside), asked)

    def restore(self, project: str, version: object) -> None:
        self._check_idle(project)
        self.versions.restore(project, str(version))

    def drop(self, project: str, version: object) -> None:
        self._check_idle(project)
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
        self.store.project(project)
        reveal(self.home.project(project))

    def _check_idle(self, project: str) -> Any:
        known = self.store.project(project)
        if any(job.project == project for job in self.store.under_way()):
            raise MessinaError("something is being done with it; wait for that, or stop it")
        return known

    def _check_learnt(self, project: str) -> None:
        self._check_idle(project)
        if not self.home.instrument(project).exists():
            raise MessinaError("nothing is learnt yet")


def file_stem(name: str) -> str:
    """The name of an instrument as a file may be called anywhere.

    >>> file_stem("Grandma's: kit"), file_stem("?"), file_stem("aux")
    ('Grandma_s_ kit', '_', 'aux_')
    """
    stem = re.sub(r"[^\w -]", "_", name)[:60].strip(" ") or "instrument"
    return f"{stem}_" if is_device(stem) else stem


def _amended(row: Mapping[str, str], cells: Mapping[str, str]) -> dict[str, str]:
    """Corrections of a line, with their source. Raises MessinaError for a `use` that is none."""
    if "use" in cells and (row.get("use") == "-" or cells["use"] not in ("yes", "no")):
        raise MessinaError(
            f"{printable(row['file'])}: use can be yes or no, of sounds that could be read"
        )
    return with_sources(row, cells)


def _not_copied(project: Path, folder: str, names: list[str]) -> set[str]:
    """What a copy of a project does without; folders of sounds may be called the same."""
    own = ("exports", "versions", "heard", "undo") if Path(folder) == project else ()
    return shutil.ignore_patterns(*own, ".messina-*", "*.checkpoint")(folder, names)


def _is_older(made_s: float, version: tuple[int, int, int] | None) -> bool:
    """Whether something was made, at this time, of an earlier version of the instrument."""
    return version is not None and made_s < version[1] / 1e9
