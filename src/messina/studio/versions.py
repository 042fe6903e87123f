"""Earlier versions of an instrument, kept beside it when it is learnt anew.

    projects/ID/versions/VERSION.messina
    projects/ID/versions/today.json    what the instrument was called as a version, if it was one

A version is called by when it was learnt, in nanoseconds, in hexadecimal, also after it has been
the instrument again, whose file is then a new one: keeping the same one twice keeps it once.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from pathlib import Path
from typing import Any, Final

import msgspec

from messina.atomic import move, place_aside, replacing, unfinished, version_of
from messina.errors import MessinaError
from messina.studio.home import Home

__all__ = ["Versions", "name_of"]

MOST: Final = 8
_NAME: Final = re.compile(r"[0-9a-f]{1,20}")
_TODAY: Final = "today.json"


def name_of(path: Path) -> str | None:
    """Version stamp of a file as it is now; None where there is none."""
    version = version_of(path)
    return None if version is None else f"{version[1]:x}"


class _Today(msgspec.Struct, frozen=True, kw_only=True):
    """An instrument that was a version before."""

    file: str
    """What its file is called by; another one is another instrument."""
    version: str


class Versions:
    """The earlier versions of the instruments of one home."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def rows(self, project: str) -> list[dict[str, Any]]:
        """The versions beside today's instrument, the newest first."""
        today = self._today(project)
        return [
            {"id": path.stem, "made": int(path.stem, 16) / 1e9, "bytes": path.stat().st_size}
            for path in self._paths(project)
            if path.stem != today
        ]

    def learnt_since(self, project: str, when: float) -> str | None:
        """The newest that was learnt after a time, in seconds since 1970: "" is today's."""
        today = self._today(project)
        found = [path.stem for path in self._paths(project)]
        if today is not None:
            found.append(today)
        newest = max(found, key=lambda name: int(name, 16), default="0")
        if int(newest, 16) / 1e9 < when:
            return None
        return "" if newest == today else newest

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

    def keep(self, project: str, *, spare: str = "") -> None:
        """Keeps the instrument there is, if there is one, before another takes its place.

        spare: a version that stays, however old.
        """
        name = self._today(project)
        if name is not None:
            self._take(project, self._home.instrument(project), name, spare=spare)

    def settle(self, project: str) -> None:
        """Keeps what was learnt but did not become the instrument: it was stopped, or killed."""
        from messina.play.catalogue import kind_of

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
            self.keep(project, spare=version)
            os.utime(path, ns=(time.time_ns(),) * 2)  # what was made of another is not of this
            instrument = self._home.instrument(project)
            move(path, instrument)
            today = _Today(file=name_of(instrument) or "", version=version)
            with replacing(self._folder(project) / _TODAY) as aside:
                aside.write_bytes(msgspec.json.encode(today))

    def drop(self, project: str, version: str) -> None:
        """Deletes a version."""
        if version:
            self.path(project, version).unlink()

    def _take(self, project: str, source: Path, name: str, *, spare: str = "") -> None:
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
        others = [path for path in self._paths(project) if path.stem not in (name, spare)]
        for path in others[MOST - 1 :]:
            path.unlink(missing_ok=True)

    def _today(self, project: str) -> str | None:
        """What the instrument is called as a version; None: there is none."""
        name = name_of(self._home.instrument(project))
        with contextlib.suppress(OSError, msgspec.DecodeError):
            kept = (self._folder(project) / _TODAY).read_bytes()
            today = msgspec.json.decode(kept, type=_Today)
            if today.file == name and _NAME.fullmatch(today.version):
                return today.version
        return name

    def _paths(self, project: str) -> list[Path]:
        found = self._folder(project).glob("*.messina")
        named = [path for path in found if _NAME.fullmatch(path.stem)]
        return sorted(named, key=lambda path: int(path.stem, 16), reverse=True)

    def _folder(self, project: str) -> Path:
        return self._home.project(project) / "versions"
