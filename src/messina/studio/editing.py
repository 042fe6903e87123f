"""Changes of a project's sounds: takes cut apart and put together, and undo.

A recording is cut where more begins in it, and pieces of one recording are put together again: new
sounds are written beside the old ones, which stay and are no longer used. Before each change a copy
of the table is kept, so that it can be undone after a restart, too:

    projects/ID/undo/000012.csv     the table as it was
    projects/ID/undo/000012.json    names of sounds that the change has made
"""

from __future__ import annotations

import functools
import re
import shutil
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from messina.atomic import Version, replacing, version_of
from messina.audio_files import write_wav
from messina.corpus import read_audio
from messina.corpus.slicing import slice_recording
from messina.corpus.sound import Array
from messina.corpus.table import TABLE_NAME, read_table
from messina.errors import MessinaError

__all__ = ["History", "joined", "pieces_of", "sound_audio", "write_takes"]


MOST_CHANGES: Final = 50


class History:
    """Undo history of one project's table of sounds. folder: where the copies are."""

    def __init__(self, folder: Path, sounds: Path) -> None:
        self._folder = folder
        self._sounds = sounds

    @property
    def count(self) -> int:
        """How many changes can be undone."""
        return len(self._copies())

    def remember(self, made: list[str] | None = None) -> None:
        """Saves the table before a change, and which sounds the change will make."""
        copies = self._copies()
        number = int(copies[-1].stem) + 1 if copies else 1
        self._folder.mkdir(exist_ok=True)
        with replacing(self._folder / f"{number:06d}.json") as aside:
            aside.write_bytes(msgspec.json.encode(made or []))
        with replacing(self._folder / f"{number:06d}.csv") as aside:
            shutil.copyfile(self._sounds / TABLE_NAME, aside)
        for old in copies[: max(0, len(copies) + 1 - MOST_CHANGES)]:
            self._forget(old)

    def undo(self) -> None:
        """Restores the table before the last change. Raises MessinaError when there is none."""
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
        """Drops the last entry, as the change it was saved for did not happen."""
        self._forget(self._copies()[-1])

    def _forget(self, copy: Path) -> None:
        copy.unlink(missing_ok=True)
        copy.with_suffix(".json").unlink(missing_ok=True)

    def _copies(self) -> list[Path]:
        """The oldest first."""
        return sorted(path for path in self._folder.glob("*.csv") if path.stem.isdigit())


_SLICE: Final = re.compile(r"(.+)#(\d{3,})")


def pieces_of(sounds: Path, name: str) -> dict[str, Array]:
    """What begins in a sound, one after the other, by the names of files to be.

    Raises MessinaError where only one sound is heard in it.
    """
    pieces = slice_recording(sound_audio(sounds, name), "always")
    if len(pieces) < 2:
        raise MessinaError(f"{name}: only one beginning is heard in it, so it stays as it is")
    return dict(
        zip(
            _free_names(sounds, [f"{_stem(name)} part {n + 1}" for n in range(len(pieces))]),
            pieces,
            strict=True,
        )
    )


def joined(sounds: Path, names: list[str]) -> dict[str, Array]:
    """Pieces of one recording that follow each other as one sound, by the name of a file to be.

    Raises MessinaError for what is none.
    """
    found = sorted((match[1], int(match[2])) for name in names if (match := _SLICE.fullmatch(name)))
    numbers = [number for _, number in found]
    follow = numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else False
    if len(found) != len(names) or len(found) < 2 or len({file for file, _ in found}) > 1:
        raise MessinaError(
            "only pieces of one recording can be put together: choose two or more that were cut "
            "from the same file"
        )
    if not follow:
        raise MessinaError("choose pieces that follow each other")
    pieces = _slices(sounds / found[0][0])
    if numbers[-1] > len(pieces):
        raise MessinaError("the recording has changed; read the sounds again")
    audio = np.concatenate(pieces[numbers[0] - 1 : numbers[-1]])
    stem = f"{_stem(found[0][0])} {numbers[0]} to {numbers[-1]}"
    return dict(zip(_free_names(sounds, [stem]), [audio], strict=True))


def write_takes(sounds: Path, takes: dict[str, Array]) -> None:
    """Writes sounds as WAV files. Raises OSError."""
    for name, audio in takes.items():
        write_wav(sounds / name, audio, sample_format="float")


def sound_audio(sounds: Path, name: str) -> Array:
    """A sound of the table, audio [N, C]: a file, or a piece of one. Raises MessinaError."""
    match = _SLICE.fullmatch(name)
    if match is None or (sounds / name).is_file():
        return _whole(sounds, name)
    pieces = _slices(sounds / match[1])
    number = int(match[2])
    if not 1 <= number <= len(pieces):
        raise MessinaError("the recording has changed; read the sounds again")
    return pieces[number - 1]


def _whole(sounds: Path, name: str) -> Array:
    return read_audio(sounds / name)


def _slices(path: Path) -> list[Array]:
    return _slices_of(path, version_of(path))


@functools.lru_cache(maxsize=1)  # pieces of one recording are asked for one after the other
def _slices_of(path: Path, version: Version | None) -> list[Array]:
    del version  # another one is another file
    return slice_recording(read_audio(path), "auto")


def _stem(name: str) -> str:
    """
    >>> _stem("takes/kick.wav"), _stem("takes/kick.wav#003")
    ('takes/kick', 'takes/kick 3')
    """
    match = _SLICE.fullmatch(name)
    if match is not None:
        return f"{_stem(match[1])} {int(match[2])}"
    return name.rpartition(".")[0]


def _free_names(sounds: Path, stems: list[str]) -> list[str]:
    """File names of which none is taken."""
    number = 1
    while True:
        more = "" if number == 1 else f" ({number})"
        names = [f"{stem}{more}.wav" for stem in stems]
        if not any((sounds / name).exists() for name in names):
            return names
        number += 1
