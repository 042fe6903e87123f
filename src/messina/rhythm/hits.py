"""A recording cut at its onsets: hits that start at sample 0 and keep their level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from messina.corpus.alignment import MAX_LENGTH_S, fade_out
from messina.corpus.sound import Array
from messina.rhythm.onsets import Onsets
from messina.units import SAMPLE_RATE

__all__ = ["Hit", "cut_hits"]

FADE_S: Final = 0.003


@dataclass(frozen=True, kw_only=True, eq=False)
class Hit:
    """One event's sound."""

    start: int
    """The sample of the recording it starts at."""
    audio: Array  # [N, C]
    strength_db: float
    """How much the spectrum grew with it."""


def cut_hits(audio: Array, onsets: Onsets) -> list[Hit]:
    """The hits of a recording [N, C], each until the next onset."""
    starts = [int(sample) for sample in onsets.samples]
    ends = [*starts[1:], len(audio)]
    longest = round(MAX_LENGTH_S * SAMPLE_RATE)
    hits = []
    for start, end, strength in zip(starts, ends, onsets.strength_db, strict=True):
        part = np.array(audio[start : min(end, start + longest)], np.float32)
        hits.append(Hit(start=start, audio=fade_out(part, FADE_S), strength_db=float(strength)))
    return hits
