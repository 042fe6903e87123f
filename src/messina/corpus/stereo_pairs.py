"""Left and right in two files: `Harp C4-L.wav` and `Harp C4-R.wav` are one stereo sound.

Not everything that is called so is: L and R may be a drummer's hands. Channels of one recording are
mono, equally long to the sample, about as loud, and loudest at the same time; drums, whose hits all
look like that, are of one recording only where the waveforms agree as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final

import numpy as np

from messina.corpus.labels import is_drum
from messina.corpus.sound import Array
from messina.frames.correlation import correlation_near
from messina.units import SAMPLE_RATE

__all__ = ["joined", "stereo_pairs", "without_side"]

_SIDE: Final = re.compile(
    r"(?:[ _.\-]*[(\[](l|r|left|right)[)\]]|[ _.\-]+(l|r|left|right))(?![A-Za-z0-9])",
    re.IGNORECASE,
)
LEVEL_DB: Final = 15.0
"""More than this apart, one side is not the other's."""
TOGETHER_SAMPLES: Final = round(0.02 * SAMPLE_RATE)
COHERENT: Final = 0.4
LAG_SAMPLES: Final = round(0.003 * SAMPLE_RATE)
"""A metre between microphones."""
_BLOCK: Final = 128


def stereo_pairs(names: Iterable[str]) -> dict[str, str]:
    """The right file of each left one, by the names alone.

    >>> stereo_pairs(["Harp C4-L.wav", "Harp C4-R.wav", "Kick L.wav"])
    {'Harp C4-L.wav': 'Harp C4-R.wav'}
    """
    sides: dict[tuple[str, str], dict[str, str]] = {}
    for name in names:
        found = _last_side(name)
        if found:
            key = (name[: found.start()], name[found.end() :])
            side = (found[1] or found[2])[0].lower()
            sides.setdefault(key, {}).setdefault(side, name)
    return {pair["l"]: pair["r"] for pair in sides.values() if len(pair) == 2}


def _last_side(name: str) -> re.Match[str] | None:
    path = PurePosixPath(name)
    first = len(name) - len(path.name)
    found = [m for m in _SIDE.finditer(name, first) if m.start() > first]
    return found[-1] if found else None


def without_side(name: str) -> str:
    """The name of a stereo sound by that of its left or right file.

    >>> without_side("Harp C4-L.wav")
    'Harp C4.wav'
    """
    found = _last_side(name)
    return name[: found.start()] + name[found.end() :] if found else name


def joined(left: Array, right: Array, name: str) -> Array | None:
    """Two recordings [N, 1] as one [N, 2], or None where they are not its two channels."""
    if left.shape != right.shape or left.shape[1] != 1:
        return None
    levels = [float(np.sqrt(np.square(side, dtype=np.float64).mean())) for side in (left, right)]
    if abs(20 * np.log10(levels[0] / levels[1])) > LEVEL_DB:
        return None
    loudest = [_loudest(side[:, 0]) for side in (left, right)]
    if abs(loudest[0] - loudest[1]) > TOGETHER_SAMPLES:
        return None
    if is_drum(PurePosixPath(name).stem) and _coherence(left[:, 0], right[:, 0]) < COHERENT:
        return None
    return np.concatenate([left, right], axis=1)


def _loudest(signal: Array) -> int:
    """Sample at which the loudest block of a signal [N] begins."""
    blocks = signal[: len(signal) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
    return int(np.argmax(np.square(blocks).sum(axis=1))) * _BLOCK if len(blocks) else 0


def _coherence(left: Array, right: Array) -> float:
    """Largest normalised cross-correlation of the differences, 3 ms apart at most.

    Differences, because the low tones of any two hits on one drum agree.
    """
    a, b = (np.diff(side[: 4 * LAG_SAMPLES + 2 * SAMPLE_RATE]) for side in (left, right))
    most = correlation_near(a, b, size=2 * len(a), lag=LAG_SAMPLES)
    length = float(np.linalg.norm(a) * np.linalg.norm(b))
    return most / length if length > 0 else 0.0
