"""A whole phrase as an instrument would make it: taken apart, each stroke by itself, put together.

Strokes are told apart where they begin; what each still sounds when the next begins is made up and
what earlier ones still sound is taken off, so that the sum of all is the phrase again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.slicing import find_cuts
from messina.corpus.sound import Array
from messina.errors import ControlError
from messina.instrument import Instrument
from messina.limiter import limited
from messina.rhythm.hits import ringing_hits
from messina.rhythm.onsets import find_onsets
from messina.rhythm.recognising import kind_of
from messina.transcription.performing import LONGEST_TAKE_S
from messina.units import SAMPLE_RATE

__all__ = ["Resynthesised", "is_phrase", "resynth_phrase"]

LEAST_ONSETS: Final = 2
MOST_STROKES: Final = 3_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Resynthesised:
    """A phrase that was taken apart and put together again."""

    audio: NDArray[np.float32]
    """[N, 2], as long as what was given, or as its last stroke rings."""
    strokes: int
    left_out: int
    """Strokes in which there was nothing to be heard."""


def is_phrase(audio: Array) -> bool:
    """Whether a recording [N, C] is more than one sound: a rhythm, or hits with rests between."""
    if len(find_onsets(audio)) < LEAST_ONSETS:
        return False
    kind = kind_of(audio)
    return kind == "groove" or (kind == "hits" and len(find_cuts(audio, "auto")) >= LEAST_ONSETS)


def resynth_phrase(
    instrument: Instrument,
    audio: Array,
    *,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Resynthesised:
    """Resynthesises a phrase stroke by stroke.

    Args:
        instrument: What makes it.
        audio: The phrase [N, C] at 44.1 kHz.
        seed: Seed of the noise.
        progress: Called with strokes done, strokes there are.

    Returns:
        The phrase, each stroke where it was.

    Raises:
        ControlError: It is too long, or nothing begins in it.
    """
    length_s = len(audio) / SAMPLE_RATE
    if length_s > LONGEST_TAKE_S:
        raise ControlError(
            f"the phrase is {length_s / 60:.1f} minutes long; it can be up to "
            f"{LONGEST_TAKE_S / 60:.0f}, so cut it into parts"
        )
    hits = ringing_hits(audio, find_onsets(audio))
    if len(hits) > MOST_STROKES:
        raise ControlError(
            f"the phrase has {len(hits)} strokes; it can have up to {MOST_STROKES}, so cut it "
            "into parts"
        )
    longest = max((hit.start + len(hit.audio) for hit in hits), default=0)
    sound = np.zeros((max(len(audio), longest), 2), np.float32)
    left_out = 0
    for number, hit in enumerate(hits):
        try:
            made = instrument.resynth(hit.audio, sample_rate=SAMPLE_RATE, seed=seed + number)
        except ControlError:  # nothing to be heard in it
            left_out += 1
            continue
        sound[hit.start : hit.start + len(made)] += made[: len(sound) - hit.start]
        if progress:
            progress(number + 1, len(hits))
    if left_out == len(hits):
        raise ControlError("nothing begins in the phrase; give one with sounds in it")
    return Resynthesised(audio=limited(sound), strokes=len(hits) - left_out, left_out=left_out)
