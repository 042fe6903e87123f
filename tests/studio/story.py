"""What the studio is shown with: sixty files, and what has to be in the packs of what they make."""

from __future__ import annotations

import gzip
import re
import zipfile
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np

from messina.audio_files import write_wav
from studio.running import hit

__all__ = ["BAD", "check_pack", "write_sixty"]

NOTES: Final = {"tom": 90.0, "bell": 900.0, "wood": 350.0, "click": 2200.0, "deep": 55.0}
SOUND: Final = (".wav", ".flac")
BAD: Final = {
    "empty.wav": b"",
    "text.wav": b"no sound at all",
    "cut.wav": b"RIFF\x24\0\0\0WAVEfmt ",
    "noise.mp3": bytes(range(256)) * 8,
    "silent.wav": None,
}


def write_sixty(folder: Path) -> list[Path]:
    """55 decaying tones of five labels, and five files that are none."""
    folder.mkdir()
    for label, low_hz in NOTES.items():
        for number in range(11):
            write_wav(folder / f"{label}_{number + 1}.wav", hit(low_hz * (1 + 0.03 * number)))
    for name, data in BAD.items():
        if data is None:
            write_wav(folder / name, np.zeros(8_000, np.float32))
        else:
            (folder / name).write_bytes(data)
    return sorted(folder.iterdir())


def check_pack(shown: str, archive: zipfile.ZipFile, *, labels: set[str]) -> None:
    """Asserts that a download is whole, and holds what its format needs.

    shown: what the studio calls the format. labels: of sounds without pitch.
    """
    assert archive.testzip() is None
    {"SFZ": _check_sfz, "Ableton Live": _check_rack, "SoundFont 2": _check_soundfont}[shown](
        archive, labels
    )


def _check_sfz(archive: zipfile.ZipFile, labels: set[str]) -> None:
    names = set(archive.namelist())
    text = ""
    for map_ in (name for name in names if name.endswith(".sfz")):
        own = archive.read(map_).decode()
        (beside,) = re.findall(r"default_path=(\S+)", own)
        samples = {f"{beside}{sample}" for sample in re.findall(r"\bsample=(\S+)", own)}
        assert samples, map_
        assert {str(PurePosixPath(map_).parent / sample) for sample in samples} <= names, map_
        text += own
    assert all(archive.read(n)[:4] in (b"RIFF", b"fLaC") for n in names if n.endswith(SOUND))
    assert all(label in text for label in labels)


def _check_rack(archive: zipfile.ZipFile, labels: set[str]) -> None:
    (name,) = [name for name in archive.namelist() if name.endswith(".adg")]
    rack = gzip.decompress(archive.read(name))  # such a file is XML, packed
    pads = {name.decode() for name in re.findall(rb'<Name Value="([^"]+)"', rack)}
    # what has no pitch is a pad of the rack, what has one a device of its own
    own = {Path(name).stem for name in archive.namelist() if name.endswith(".adv")}
    assert labels <= pads
    pitched = set(NOTES) - pads
    assert all(any(label in name for name in own) for label in pitched), own
    assert sum(name.endswith(".wav") for name in archive.namelist()) >= 6


def _check_soundfont(archive: zipfile.ZipFile, labels: set[str]) -> None:
    del labels  # its names are cut short
    (name,) = archive.namelist()
    assert archive.read(name)[8:12] == b"sfbk"
