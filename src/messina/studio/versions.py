"""Earlier versions of an instrument, kept beside it when it is learnt anew.

    projects/ID/versions/VERSION.messina

A version is called by when its file was written, in nanoseconds, in hexadecimal: keeping the same
one twice keeps it once.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from pathlib import Path
from typing import Any, Final

from messina.atomic import move, place_aside, unfinished, version_of
from messina.errors import MessinaError
from messina.studio.home import Home

__all__ = ["Versions", "name_of"]

MOST: Final = 8
_NAME: Final = re.compile(r"[0-9a-f]{1,20}")


def name_of(path: Path) -> str | None:
    """What the version in a file is called; None: there is none."""
    version = version_of(path)
    return None if version is None else f"{version[1]:x}"


class Versions:
    """Those of one home."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def rows(self, project: str) -> list[dict[str, Any]]:
        """What there is beside the instrument of today, the newest first."""
        today = name_of(self._home.instrument(project))
        return [
            {"id": path.stem, "made": int(path.stem, 16) / 1e9, "bytes": path.stat().st_size}
            for path in self._paths(project)
            if path.stem != today
        ]

    def path(self, project: str, version: str) -> Path:
        """The file of a version, or of the instrument as it is (""). Raises MessinaError."""
        if not version:
            path = self._home.instrument(project)
        elif _NAME.fullmatch(version):
            path = self._folder(project) / f"{version}.messina"
        else:
            raise MessinaError("there is no such version")
        if not path.is_file():
            raise MessinaError("there is no such version" if version else "nothing is learnt yet")
        return path

    def keep(self, project: str) -> None:
        """Keeps the instrument there is, if there is one, before another takes its place."""
        instrument = self._home.instrument(project)
        name = name_of(instrument)
        if name is not None:
            self._take(project, instrument, name)

    def settle(self, project: str) -> None:
        """Keeps what was learnt but did not become the instrument: it was stopped, or killed."""
        from messina.play.shelf import kind_of

        left = unfinished(self._home.instrument(project))
        name = name_of(left)
        if name is None:
            return
        with contextlib.suppress(MessinaError):  # of no use to anybody
            kind_of(left.read_bytes())
            self._take(project, left, name)
        for path in (left, left.with_name(f"{left.name}.checkpoint")):
            path.unlink(missing_ok=True)

    def restore(self, project: str, version: str) -> None:
        """Makes a version the instrument; what is the instrument now becomes a version."""
        path = self.path(project, version)
        if version:
            self.keep(project)
            os.utime(path, ns=(time.time_ns(),) * 2)  # what was made of another is not of this
            move(path, self._home.instrument(project))

    def drop(self, project: str, version: str) -> None:
        if version:
            self.path(project, version).unlink()

    def _take(self, project: str, source: Path, name: str) -> None:
        """Puts a file among the versions: a second name of it, where that is possible."""
        target = self._folder(project) / f"{name}.messina"
        if target.exists():
            return
        aside = place_aside(target)
        try:
            os.link(source, aside)
        except OSError:
            shutil.copy2(source, aside)
        move(aside, target)
        for path in self._paths(project)[MOST:]:
            path.unlink(missing_ok=True)

    def _paths(self, project: str) -> list[Path]:
        found = self._folder(project).glob("*.messina")
        named = [path for path in found if _NAME.fullmatch(path.stem)]
        return sorted(named, key=lambda path: int(path.stem, 16), reverse=True)

    def _folder(self, project: str) -> Path:
        return self._home.project(project) / "versions"
