"""Sounds of the table at a glance: the outline of each, as small as a line of the table.

Drawn when a line is looked at, and kept in memory: of thousands, those that were in view.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Final

import numpy as np

from messina.atomic import Version, version_of
from messina.errors import MessinaError
from messina.studio.editing import sound_audio

__all__ = ["outline_of"]

_COLUMNS: Final = 48
_LARGEST_BYTES: Final = 64 << 20
"""A larger recording is not read for a picture this small."""
_KEPT: Final = 20_000


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
