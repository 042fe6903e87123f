"""How hard: levels of a take as velocities of a label."""

from __future__ import annotations

from typing import Final

import numpy as np

from messina.instrument.responses import VELOCITIES, Response

__all__ = ["velocity_of"]

LOUDEST: Final = 112.0
"""Of loud strokes and notes: there is room above, as a player leaves it."""
LEAST_DB: Final = 0.2
"""For each velocity: half of what makes loops' velocities out of their levels."""


def velocity_of(loudness_db: float, loud_db: float, response: Response) -> float:
    """The velocity at which a label is as far below its loud sounds as a sound is in the take.

    By the label's own curve of loudness: dB of the take are dB of the instrument, as far as it has
    them. One that is hardly softer at any velocity is not struck with 1 for a few dB less.

    Args:
        loudness_db: Of the sound.
        loud_db: Of the loud ones of its kind.
        response: The label's.
    """
    rises = np.maximum(np.diff(response.played_db), LEAST_DB * np.diff(VELOCITIES))
    curve = np.concatenate([[0.0], np.cumsum(rises)])
    wanted = float(np.interp(LOUDEST, VELOCITIES, curve)) + loudness_db - loud_db
    return round(float(np.interp(wanted, curve, VELOCITIES)), 1)
