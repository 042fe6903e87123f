"""The table of a project's sounds: read, corrected, cut apart and put together, seen and heard.

Outlines are drawn when a line is looked at, and kept in memory: of thousands, those in view.
"""

from __future__ import annotations

import contextlib
import functools
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from messina.atomic import Version, version_of
from messina.corpus.table import NOT_WANTED, correct_table, read_cells
from messina.errors import MessinaError, SoundError
from messina.studio.editing import History, joined, pieces_of, sound_audio, write_takes
from messina.studio.home import Home
from messina.studio.jobs import Finish, Jobs
from messina.studio.merging import EDITABLE, Corrections, merged_corrections, with_sources
from messina.studio.store import Job, Store
from messina.studio.versions import name_of
from messina.text import printable

if TYPE_CHECKING:
    from messina.corpus.sound import Array

__all__ = ["Tables"]

LONGEST_LABEL: Final = 120
"""Characters that a person may give a label; those of names may be longer."""
_MOST_HEARD_BYTES: Final = 64 << 20
_NUMBERED: Final = re.compile(r"#\d+$")
"""Ends the names of pieces that were cut from one recording."""
_MOST_OUTLINES: Final = 200
_COLUMNS: Final = 48
_LARGEST_BYTES: Final = 64 << 20
"""A larger recording is not read for a picture this small."""
_KEPT: Final = 20_000


class Tables:
    """Reads and edits the tables of sounds of one studio's projects."""

    def __init__(self, home: Home, store: Store, jobs: Jobs) -> None:
        self._home, self._store, self._jobs = home, store, jobs
        self._tables = threading.Lock()
        self._drawing = threading.Lock()
        self._decoding = threading.Lock()

    def look(self, project: str) -> Job:
        """Reads the sounds and writes the table."""
        self._store.idle(project)
        return self.read(project)

    def read(self, project: str, finish: Finish | None = None) -> Job:
        """Starts reading a project's sounds into its table; finish: called with the outcome."""
        words = [str(self._home.sounds(project)), "--json"]
        return self._jobs.add(
            project,
            "corpus",
            words,
            shown=self._home.shown(self._store.project(project)),
            finish=finish,
        )

    def rows(self, project: str) -> dict[str, Any]:
        """The sounds as they are understood, and how many corrections can be undone."""
        self._store.project(project)
        path = self._home.table(project)
        table = name_of(path)  # before its rows are read: what changes meanwhile is read again
        rows = read_cells(path) if path.is_file() else []
        for row in rows:
            if row.get("reason") == NOT_WANTED:
                row["reason"] = "excluded"  # here is no table to say so
        return {"rows": rows, "undoable": self._history(project).count, "table": table}

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
                rows = correct_table(self._home.table(project), wanted, amend=_amended)
            except BaseException:
                history.forget_last()
                raise
            table = name_of(self._home.table(project))
            return {"rows": rows, "undoable": history.count, "table": table}

    def undo(self, project: str) -> dict[str, Any]:
        """Takes back the last correction; returns the whole table."""
        with self._editing(project) as history:
            history.undo()
        return self.rows(project)

    def split(self, project: str, name: object) -> Job:
        """A sound becomes what begins in it."""
        sounds = self._home.sounds(project)
        with self._editing(project):
            return self._replace(project, [str(name)], lambda: pieces_of(sounds, str(name)))

    def join(self, project: str, names: object) -> Job:
        """Pieces that were cut from one recording become one sound."""
        try:
            files = msgspec.convert(names, list[str])
        except msgspec.ValidationError:
            raise MessinaError("which pieces? a list of them is wanted") from None
        with self._editing(project):
            return self._replace(project, files, lambda: joined(self._home.sounds(project), files))

    def _replace(self, project: str, names: list[str], make: Callable[[], dict[str, Array]]) -> Job:
        """New sounds in the place of others, called as the first of those."""
        table, sounds = self._home.table(project), self._home.sounds(project)
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
        return self.read(project, finish=lambda: merged_corrections(table, wanted))

    @contextlib.contextmanager
    def _editing(self, project: str) -> Iterator[History]:
        """One change of a table at a time."""
        with self._tables:
            self._store.idle(project)
            if not self._home.table(project).is_file():
                raise MessinaError("the sounds have not been read yet")
            yield self._history(project)

    def _history(self, project: str) -> History:
        return History(self._home.project(project) / "undo", self._home.sounds(project))

    def sound(self, project: str, name: str) -> Path:
        """The file of a sound in the table; of a slice, the recording it is cut from."""
        self._store.project(project)
        path = self._home.sound_path(project, _NUMBERED.sub("", name))
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

        path = self.sound(project, name)  # refuses what is not there, or elsewhere
        if path.stat().st_size > _MOST_HEARD_BYTES or name not in self._usable(project):
            return path
        try:
            with self._decoding:
                return wav_of(sound_audio(self._home.sounds(project), name))
        except SoundError:
            return path

    def _usable(self, project: str) -> set[str]:
        """The sounds of the table that were read, used or not."""
        path = self._home.table(project)
        rows = read_cells(path) if path.is_file() else []
        return {row["file"] for row in rows if row.get("use") in ("yes", "no")}

    def outlines(self, project: str, names: object) -> dict[str, str]:
        """What sounds look like at a glance, by their names; "" where there is none."""
        try:
            files = msgspec.convert(names, list[str])
        except msgspec.ValidationError:
            raise MessinaError("of which sounds? a list of them is wanted") from None
        if len(files) > _MOST_OUTLINES:
            raise MessinaError(f"{len(files)} sounds at once; at most {_MOST_OUTLINES} are drawn")
        sounds, found = self._home.sounds(project), {}
        # in order: pieces of one recording follow each other, and it is decoded once
        for name in sorted(self._usable(project).intersection(files)):
            with self._drawing, contextlib.suppress(MessinaError):
                found[name] = outline_of(sounds, name, self.sound(project, name))
        return found


def _amended(row: Mapping[str, str], cells: Mapping[str, str]) -> dict[str, str]:
    """Corrections of a line, with their source. Raises MessinaError for a `use` that is none."""
    if "use" in cells and (row.get("use") == "-" or cells["use"] not in ("yes", "no")):
        raise MessinaError(
            f"{printable(row['file'])}: use can be yes or no, of sounds that could be read"
        )
    return with_sources(row, cells)


def outline_of(sounds: Path, name: str, path: Path) -> str:
    """The peaks of a sound from its beginning to its end, two hexadecimal digits each.

    They are relative to the loudest, and roots, so that the tail is seen; "" of what cannot be
    drawn. path: the file it is in.
    """
    try:
        return _outline(sounds, name, version_of(path))
    except (MessinaError, OSError):
        return ""


@functools.lru_cache(maxsize=_KEPT)
def _outline(sounds: Path, name: str, version: Version | None) -> str:
    if version is None or version[2] > _LARGEST_BYTES:
        return ""
    level = np.abs(sound_audio(sounds, name)).max(axis=1)
    columns = np.array_split(level, min(_COLUMNS, len(level)))
    peaks = np.sqrt([column.max() for column in columns] / max(level.max(), 1e-9))
    return np.round(255 * peaks).astype(np.uint8).tobytes().hex()
