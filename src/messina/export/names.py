"""File names that every system and every sampler takes, whatever a label is called."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

__all__ = ["file_stems"]

_LONGEST: Final = 48
"""So that folder, label, note, velocity and alternation stay far under 255 bytes together."""

_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
)
"""What Windows keeps for devices, with any ending."""


def file_stems(names: Sequence[str], *, otherwise: str = "sound") -> list[str]:
    """For each name a stem of its own, in ASCII letters, digits, - and _ only.

    Samplers read sample names up to the next sign that means something to them ($, #, =, <), so
    there is none. Stems differ by more than case.

    >>> file_stems(["Hi-Hat/open", "hi-hat open", "Trommel 🥁", "CON", "太鼓"])
    ['Hi-Hat_open', 'hi-hat_open-2', 'Trommel', 'CON_', 'sound']
    """
    taken: set[str] = set()
    stems = []
    for name in names:
        plain = _plain(name) or otherwise
        stem, count = plain, 1
        while stem.casefold() in taken:
            count += 1
            stem = f"{plain}-{count}"
        taken.add(stem.casefold())
        stems.append(stem)
    return stems


def _plain(name: str) -> str:
    """ASCII, without what surrounds it; may be nothing."""
    decomposed = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9-]+", "_", decomposed)
    stem = stem[:_LONGEST].strip("_-")
    return f"{stem}_" if stem.casefold() in _RESERVED else stem
