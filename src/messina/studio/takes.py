"""A recording cut where more begins in it, and pieces of one recording put together again.

New sounds are written beside the old ones, which stay and are no longer used.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np

from messina.audio_files import write_wav
from messina.corpus import read_audio
from messina.corpus.slicing import slice_recording
from messina.corpus.sound import Array
from messina.errors import MessinaError

__all__ = ["joined", "pieces_of", "write_takes"]

_SLICE: Final = re.compile(r"(.+)#(\d{3,})")


def pieces_of(sounds: Path, name: str) -> dict[str, Array]:
    """What begins in a sound, one after the other, by the names of files to be.

    Raises MessinaError where only one sound is heard in it.
    """
    pieces = slice_recording(_audio(sounds, name), "always")
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
    pieces = slice_recording(_whole(sounds, found[0][0]), "auto")
    if numbers[-1] > len(pieces):
        raise MessinaError("the recording has changed; read the sounds again")
    audio = np.concatenate(pieces[numbers[0] - 1 : numbers[-1]])
    stem = f"{_stem(found[0][0])} {numbers[0]} to {numbers[-1]}"
    return dict(zip(_free_names(sounds, [stem]), [audio], strict=True))


def write_takes(sounds: Path, takes: dict[str, Array]) -> None:
    """Raises OSError."""
    for name, audio in takes.items():
        write_wav(sounds / name, audio, sample_format="float")


def _audio(sounds: Path, name: str) -> Array:
    match = _SLICE.fullmatch(name)
    if match is None or (sounds / name).is_file():
        return _whole(sounds, name)
    pieces = slice_recording(_whole(sounds, match[1]), "auto")
    number = int(match[2])
    if not 1 <= number <= len(pieces):
        raise MessinaError("the recording has changed; read the sounds again")
    return pieces[number - 1]


def _whole(sounds: Path, name: str) -> Array:
    return read_audio(sounds / name)


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
