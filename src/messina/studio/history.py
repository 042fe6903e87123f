"""Undo for a project's table: a copy from before each change, and which sounds came of it.

    projects/ID/undo/000012.csv     the table as it was
    projects/ID/undo/000012.json    names of sounds that the change has made

A change can be undone after a restart, too.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import msgspec

from messina.atomic import replacing
from messina.corpus.table import TABLE_NAME, read_table
from messina.errors import MessinaError

__all__ = ["History"]

MOST: Final = 50


class History:
    """Of one project's sounds. folder: where the copies are."""

    def __init__(self, folder: Path, sounds: Path) -> None:
        self._folder = folder
        self._sounds = sounds

    @property
    def count(self) -> int:
        """How many changes can be undone."""
        return len(self._copies())

    def remember(self, made: list[str] | None = None) -> None:
        """Before a change: what the table is now, and which sounds the change makes."""
        copies = self._copies()
        number = int(copies[-1].stem) + 1 if copies else 1
        self._folder.mkdir(exist_ok=True)
        with replacing(self._folder / f"{number:06d}.json") as aside:
            aside.write_bytes(msgspec.json.encode(made or []))
        with replacing(self._folder / f"{number:06d}.csv") as aside:
            shutil.copyfile(self._sounds / TABLE_NAME, aside)
        for old in copies[: max(0, len(copies) + 1 - MOST)]:
            self._forget(old)

    def undo(self) -> None:
        """The table as it was before the last change. Raises MessinaError when there is none."""
        copies = self._copies()
        if not copies:
            raise MessinaError("there is nothing to undo")
        last = copies[-1]
        names = msgspec.json.decode(last.with_suffix(".json").read_bytes(), type=list[str])
        with replacing(self._sounds / TABLE_NAME, check=read_table) as aside:
            shutil.copyfile(last, aside)
        for name in names:
            (self._sounds / name).unlink(missing_ok=True)
        self._forget(last)

    def forget_last(self) -> None:
        """The change that was to come did not: nothing to undo."""
        self._forget(self._copies()[-1])

    def _forget(self, copy: Path) -> None:
        copy.unlink(missing_ok=True)
        copy.with_suffix(".json").unlink(missing_ok=True)

    def _copies(self) -> list[Path]:
        """The oldest first."""
        return sorted(path for path in self._folder.glob("*.csv") if path.stem.isdigit())
