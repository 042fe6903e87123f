"""Where the studio keeps what it is given: one folder for each instrument, below one home.

    studio.sqlite                 names, and what was asked for
    projects/ID/sounds/           the sounds, with corpus.csv
    projects/ID/instrument.messina
    projects/ID/versions/         what was the instrument before
    projects/ID/exports/, report.html, blind.html, heard/
    bin/                          what was deleted, until somebody empties it
    arriving/                     instruments that are being imported
    work/                         where processes run; always empty

IDs are made here. A path is joined out of what a client sends only for sounds, by `sound_path`.
Files come from the browser one a request, straight to disk, in bounds.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from messina.atomic import move, place_aside
from messina.corpus.table import TABLE_NAME
from messina.errors import MessinaError
from messina.text import is_device, printable

if TYPE_CHECKING:
    from messina.studio.store import Project

__all__ = [
    "MOST_FILES",
    "Home",
    "Quota",
    "allowed_suffixes",
    "default_home",
    "file_stem",
    "receive",
    "reveal",
    "safe_folder",
    "safe_name",
    "shown_name",
]


_ID: Final = re.compile(r"[0-9a-f]{16}")
_MIDI: Final = ("mid", "midi")
_FORBIDDEN: Final = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')  # by Windows
_DEEPEST: Final = 12
_LONGEST_PART: Final = 200  # bytes; file systems hold 255
_LONGEST_ON_WINDOWS: Final = 240
"""Characters of a whole path; its limit is 260, and what is being written has a longer name."""
_LONGEST_NAME: Final = 120


def default_home() -> Path:
    """The platform's folder for a program's own data."""
    import platformdirs

    return Path(platformdirs.user_data_dir("messina", appauthor=False))


@dataclass(frozen=True)
class Home:
    """The folders of a studio's data."""

    root: Path

    def prepare(self) -> None:
        """Makes the folders, and lets go of what was still arriving. Raises OSError."""
        shutil.rmtree(self.arriving, ignore_errors=True)
        for folder in (self.projects, self.bin, self.work):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.root / "studio.sqlite"

    @property
    def projects(self) -> Path:
        """The folder of all projects."""
        return self.root / "projects"

    @property
    def bin(self) -> Path:
        """The folder of deleted projects."""
        return self.root / "bin"

    @property
    def work(self) -> Path:
        """The folder of temporary files of work."""
        return self.root / "work"

    @property
    def arriving(self) -> Path:
        """The folder of uploads that are not complete."""
        return self.root / "arriving"

    def project(self, project: str) -> Path:
        """The folder of a project. Raises MessinaError for what is no ID."""
        if not _ID.fullmatch(project):
            raise MessinaError("there is no such instrument any more; load the page again")
        return self.projects / project

    def sounds(self, project: str) -> Path:
        """The folder of a project's sounds."""
        return self.project(project) / "sounds"

    def table(self, project: str) -> Path:
        """The table of a project's sounds."""
        return self.sounds(project) / TABLE_NAME

    def instrument(self, project: str) -> Path:
        """The instrument file of a project."""
        return self.project(project) / "instrument.messina"

    def report(self, project: str) -> Path:
        """The report of a project's instrument."""
        return self.project(project) / "report.html"

    def blind(self, project: str) -> Path:
        """The page of a project's blind test."""
        return self.project(project) / "blind.html"

    def heard(self, project: str) -> Path:
        """The folder of answers to a project's blind test."""
        return self.project(project) / "heard"

    def exports(self, project: str) -> Path:
        """The folder of a project's exports."""
        return self.project(project) / "exports"

    def shown(self, project: Project) -> dict[str, str]:
        """What a process says of the paths it was given, in words that the page knows."""
        paths = (self.sounds, self.instrument, self.project)
        return {str(path(project.id)): project.name for path in paths}

    def sound_path(self, project: str, name: str) -> Path:
        """Where a sound of this name lies or will lie, below the project's sounds in any case.

        Raises MessinaError for names that cannot be made safe.
        """
        folder = self.sounds(project)
        path = folder / safe_name(name)
        if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
            raise MessinaError(f"{printable(name)}: outside the folder; left out")
        if sys.platform == "win32" and len(str(path)) > _LONGEST_ON_WINDOWS:
            over = len(str(path)) - _LONGEST_ON_WINDOWS
            raise MessinaError(
                f"{printable(name, longest=80)}: {over} letters too long for Windows, with the "
                "folders it lies in; shorten its name or those of its folders; left out"
            )
        return path

    def throw_away(self, project: str) -> None:
        """Moves a project to the bin; one without a folder has nothing to move. Raises OSError."""
        place = self.bin / f"{time.strftime('%Y-%m-%d')}-{project}-{secrets.token_hex(2)}"
        with contextlib.suppress(FileNotFoundError):
            move(self.project(project), place)


def safe_name(name: str) -> str:
    """A path within a folder as a browser names it, as every file system takes it.

    Raises MessinaError for names that lead elsewhere, hidden ones, and other files than sounds.

    >>> safe_name("kit/Snare: soft.wav")
    'kit/Snare_ soft.wav'
    """
    shown = printable(name, longest=80)
    text = unicodedata.normalize("NFC", name).replace("\\", "/")
    parts = text.split("/")
    if text.startswith("/") or ".." in parts or "" in parts or "\0" in text or ":" in parts[0][:2]:
        raise MessinaError(f"{shown}: not a name within a folder; left out")
    if any(part.startswith(".") or part == "__MACOSX" for part in parts):
        raise MessinaError(f"{shown}: a hidden file; left out")
    if len(parts) > _DEEPEST or any(
        len(p.encode("utf-8", "replace")) > _LONGEST_PART for p in parts
    ):
        raise MessinaError(
            f"{shown}: too long a name or too deep a folder; allowed are {_DEEPEST} folders and "
            f"{_LONGEST_PART} bytes for each name; left out"
        )
    suffix = parts[-1].rpartition(".")[2].lower() if "." in parts[-1] else ""
    if suffix not in allowed_suffixes():
        raise MessinaError(f"{shown}: not a kind of sound file that is read; left out")
    return "/".join(map(_safe_part, parts))


def allowed_suffixes() -> frozenset[str]:
    """Endings of the files that are taken, without the dot: sounds, and MIDI."""
    from messina.corpus.audio_decoding import AUDIO_EXTENSIONS  # the first screen does without it

    return AUDIO_EXTENSIONS | set(_MIDI)


def safe_folder(name: str) -> str:
    """The name of a folder for something called so.

    >>> safe_folder("a/b: c"), safe_folder("..")
    ('a_b_ c', '_')
    """
    text = re.sub(r"[/\\]", "_", printable(name, longest=60)).lstrip(". ")
    return _safe_part(text)


def _safe_part(part: str) -> str:
    text = _FORBIDDEN.sub("_", part.encode("utf-8", "replace").decode()).rstrip(" .") or "_"
    return f"_{text}" if is_device(text) else text


def shown_name(name: object) -> str:
    """The name a person gives to an instrument. Raises MessinaError for what is none."""
    text = " ".join(printable(name, longest=_LONGEST_NAME).split()) if isinstance(name, str) else ""
    if not text:
        raise MessinaError("a name is needed; type at least one letter")
    return text


LARGEST_FILE: Final = 2 << 30
LARGEST_PROJECT: Final = 8 << 30
MOST_FILES: Final = 20_000


class Quota:
    """A limit on the size of a project's sounds, counted on disk once and then as they come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: dict[Path, tuple[int, int]] = {}

    def take(self, folder: Path, count: int, size: int) -> None:
        """Counts files of this size in. Raises MessinaError when that is too much."""
        with self._lock:
            if folder not in self._used:
                files = [path for path in folder.rglob("*") if path.is_file()]
                self._used[folder] = (len(files), sum(path.stat().st_size for path in files))
            files_, bytes_ = self._used[folder]
            if files_ + count > MOST_FILES:
                raise MessinaError(f"more than {MOST_FILES} files are too many; left out")
            if bytes_ + size > LARGEST_PROJECT:
                raise MessinaError(f"more than {LARGEST_PROJECT >> 30} GiB are too many; left out")
            self._used[folder] = (files_ + count, bytes_ + size)


async def receive(
    chunks: AsyncIterator[bytes],
    target: Path,
    *,
    folder: Path,
    quota: Quota,
    largest: int = LARGEST_FILE,
) -> None:
    """Writes an upload to a file, whole or not at all. Raises MessinaError, OSError."""
    quota.take(folder, 1, 0)
    aside = place_aside(target)
    size = 0
    try:
        with aside.open("wb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > largest:
                    raise MessinaError(
                        f"{printable(target.name, longest=80)}: larger than {largest >> 20} MiB; "
                        "left out"
                    )
                quota.take(folder, 0, len(chunk))
                file.write(chunk)
        move(aside, target)
    except BaseException:
        aside.unlink(missing_ok=True)
        quota.take(folder, -1, -size)
        raise


def file_stem(name: str) -> str:
    """The name of an instrument as a file may be called anywhere.

    >>> file_stem("Grandma's: kit"), file_stem("?"), file_stem("aux")
    ('Grandma_s_ kit', '_', 'aux_')
    """
    stem = re.sub(r"[^\w -]", "_", name)[:60].strip(" ") or "instrument"
    return f"{stem}_" if is_device(stem) else stem


def reveal(folder: Path) -> None:
    """Opens a folder for the person at this machine. Raises MessinaError where that fails.

    Paths are words of their own, never read by a shell.
    """
    if not folder.is_dir():
        raise MessinaError("its folder is gone")
    if sys.platform == "win32":  # where a program of a name is first looked for where we are
        os.startfile(folder)  # noqa: S606
        return
    program = "open" if sys.platform == "darwin" else "xdg-open"
    if shutil.which(program) is None:
        raise MessinaError(f"no file manager is found here ({program}); the folder is {folder}")
    subprocess.Popen(
        [program, str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
