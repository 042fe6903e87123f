"""Levels in dB: what a mono signal is, how loud it is, and the same sound at another level.

Audio is mono float [N] at 44.1 kHz, nominally ±1, unless a name says otherwise. Levels are RMS in
dB re full scale (a full-scale square is 0 dB, a full-scale sine -3 dB), never under -120 dB.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.units import SAMPLE_RATE

__all__ = [
    "LOUDEST_S",
    "SILENCE_POWER",
    "at_level",
    "block_levels_db",
    "check_mono",
    "level_db",
    "loudest_db",
    "matched",
    "mid",
]

Audio = NDArray[np.floating]
Floats = NDArray[np.float64]

LOUDEST_S: Final = 0.05
"""A sound is as loud as its loudest stretch of this length."""

SILENCE_POWER: Final = 1e-12
"""Added to every mean square: -120 dB."""


def mid(audio: Audio) -> Audio:
    """Mono [N] from mono [N] or stereo [N, C]: the mean of the channels.

    >>> mid(np.array([[1.0, 0.0], [0.5, 0.5]])).tolist()
    [0.5, 0.5]
    """
    audio = np.asarray(audio)
    return audio if audio.ndim == 1 else audio.mean(axis=1)


def check_mono(audio: Audio) -> None:
    """Raises ValueError for what is not mono [N]."""
    if np.ndim(audio) != 1:
        raise ValueError(f"audio of shape {np.shape(audio)}; mono [N] is wanted")


def matched(reference: Audio, other: Audio) -> tuple[Audio, Audio]:
    """Pads the shorter of two mono sounds with silence to the length of the longer one.

    Raises ValueError for what is not mono.
    """
    for audio in (reference, other):
        check_mono(audio)
    samples = max(len(reference), len(other))
    first, second = (np.pad(x, (0, samples - len(x))) for x in (reference, other))
    return first, second


def level_db(audio: Audio) -> float:
    """RMS level of the whole signal in dB.

    >>> round(level_db(np.full(100, 0.1)))
    -20
    """
    power = float(np.mean(np.square(audio, dtype=np.float64))) if len(audio) else 0.0
    return float(10.0 * np.log10(power + SILENCE_POWER))


def block_levels_db(audio: Audio, block_samples: int) -> Floats:
    """RMS level of each whole block of this many samples, in dB; a rest at the end is left out."""
    blocks = len(audio) // block_samples
    shaped = np.asarray(audio[: blocks * block_samples], np.float64).reshape(blocks, block_samples)
    return np.asarray(10.0 * np.log10(np.mean(shaped**2, axis=1) + SILENCE_POWER))


def loudest_db(audio: Audio, *, window_s: float = LOUDEST_S) -> float:
    """Level of the loudest stretch of `window_s`, in steps of half of it, in dB."""
    window = round(window_s * SAMPLE_RATE)
    starts = range(0, max(1, len(audio) - window), window // 2)
    return max(level_db(audio[start : start + window]) for start in starts)


def at_level(audio: Audio, level: float) -> Audio:
    """Scales a sound so that its loudest 50 ms are at `level` dB; silence stays silence."""
    if not np.any(audio):
        return audio
    return np.asarray(audio * 10.0 ** ((level - loudest_db(audio)) / 20.0))
