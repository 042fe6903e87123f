"""A plain sound for scores where there is no instrument: plucked harmonics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.events import Phrase, Voice
from messina.units import SAMPLE_RATE, note_to_hz

__all__ = ["plucked"]

Audio = NDArray[np.float32]

_HARMONICS: Final = 8
_LONGEST_S: Final = 3.0
_LET_GO_S: Final = 0.08
_PEAK: Final = 0.8


def plucked(phrase: Phrase, vocabulary: Sequence[Voice]) -> Audio:
    """The phrase [N, 2] at 44.1 kHz, its highest peak 2 dB under full scale."""
    length_s = phrase.ticks * phrase.tick_s + _LONGEST_S
    out = np.zeros(round(length_s * SAMPLE_RATE) + 1)
    for event in phrase.events:
        tone = _tone(vocabulary[event.voice].note or 60, event.length_ticks * phrase.tick_s)
        start = max(round((event.tick * phrase.tick_s + event.late_s) * SAMPLE_RATE), 0)
        here = out[start : start + len(tone)]
        here += (event.velocity / 127) ** 2 * tone[: len(here)]
    peak = np.abs(out).max(initial=0.0)
    mono = (out * (_PEAK / peak if peak else 0.0)).astype(np.float32)
    return np.stack([mono, mono], axis=1)


def _tone(note: int, held_s: float) -> NDArray[np.float64]:
    """One note: harmonics that decay, the high ones sooner, and end when it is let go."""
    hz = float(note_to_hz(note))
    time_s = np.arange(round(min(held_s + _LET_GO_S, _LONGEST_S) * SAMPLE_RATE)) / SAMPLE_RATE
    tone = np.zeros(len(time_s))
    for harmonic in range(1, _HARMONICS + 1):
        if harmonic * hz < 0.4 * SAMPLE_RATE:
            decay = np.exp(-time_s * (1.5 + 1.2 * harmonic))
            tone += decay * np.sin(2 * np.pi * harmonic * hz * time_s) / harmonic
    return tone * np.clip((time_s[-1:] - time_s) / _LET_GO_S, 0.0, 1.0)
