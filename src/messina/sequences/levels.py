"""How loud each phrase of a groove is, and the gains that bring them nearer to each other.

Loops of one folder may be 20 dB apart, for they were never meant to follow each other. Whoever
plays them one after the other turns the soft ones up; their own dynamics stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.events import TICKS_PER_BEAT
from messina.instrument import Instrument
from messina.sequences.model import EventModel

__all__ = ["levelling_gains_db", "loudness_of_styles_db"]

Floats = NDArray[np.float64]

LONGEST_S: Final = 0.4
LEAST_S: Final = 0.05
"""A hit is as loud as it was for so long, of what is known of its decay."""
MOST_DB: Final = 12.0


def loudness_of_styles_db(
    model: EventModel, instrument: Instrument, sounds: Sequence[int | None]
) -> Floats:
    """About how loud each phrase is; NaN where nothing is known of its hits.

    sounds: those of its exemplars, as `exemplar_sounds` finds them.
    """
    controls = instrument.known.controls
    ends = np.cumsum([0, *(style.events for style in model.manifest.styles)])
    loudness = []
    for style, first, end in zip(model.manifest.styles, ends[:-1], ends[1:], strict=True):
        own = [controls[sound] for sound in sounds[first:end] if sound is not None]
        energy = sum(
            10 ** (c.loudness_db / 10) * (min(c.decay_s, LONGEST_S) + LEAST_S) for c in own
        )
        seconds = style.ticks * 60.0 / (style.tempo_bpm * TICKS_PER_BEAT)
        missing = max(style.events, 1) / max(len(own), 1)
        loudness.append(10 * np.log10(energy * missing / seconds) if own else np.nan)
    return np.array(loudness)


def levelling_gains_db(loudness_db: Floats, lengths: Floats) -> Floats:
    """Gain of each phrase towards the middle one, half of the time being louder; 0 if not known.

    >>> levelling_gains_db(np.array([-20.0, np.nan, -14.0, -50.0]), np.ones(4)).tolist()
    [0.0, 0.0, -6.0, 12.0]
    """
    known = np.flatnonzero(np.isfinite(loudness_db))
    gains = np.zeros(len(loudness_db))
    if len(known):
        order = known[np.argsort(loudness_db[known])]
        reached = np.cumsum(lengths[order])
        middle = loudness_db[order[np.searchsorted(reached, reached[-1] / 2)]]
        gains[known] = np.clip(middle - loudness_db[known], -MOST_DB, MOST_DB)
    return gains
