"""Points moved in frequency or tilted: what controls do beyond what the corpus teaches."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import BANDS, BODY_FLOOR, GROUPS, NOISE_FLOOR
from messina.frames.noise import GROUP_BINS
from messina.instrument.descriptors import FREQUENCIES_LN
from messina.instrument.timegrid import read_between

__all__ = ["MOST_TILT", "OCTAVES", "PIVOT_HZ", "tilted", "transposed"]

Real = NDArray[np.float32]

PIVOT_HZ: Final = 1_000.0
"""Round which a tilt turns."""
OCTAVES: Final[Real] = (FREQUENCIES_LN - float(np.log(PIVOT_HZ))) / np.float32(np.log(2.0))
"""How far each level [BODY_SIZE] lies over the frequency round which sounds are tilted."""
MOST_TILT: Final = 3.0
"""Nepers by which a tilt changes a level at most."""


def transposed(points: Real, ratio: float, *, beyond: float = NOISE_FLOOR) -> Real:
    """The noise of a sound moved up by a ratio. Partials move with the sound's reference_hz.

    beyond: what is where there was no noise that high.
    """
    moved = points.copy()
    places = np.interp(GROUP_BINS / ratio, GROUP_BINS, np.arange(GROUPS))
    moved[:, BANDS:] = read_between(points[:, BANDS:].T, places).T
    moved[:, BANDS:][:, GROUP_BINS / ratio > GROUP_BINS[-1]] = beyond
    return moved


def tilted(points: Real, nepers_per_octave: float) -> Real:
    """Brighter or duller by a slope around 1 kHz; silence stays silence."""
    change = np.clip(nepers_per_octave * OCTAVES, -MOST_TILT, MOST_TILT).astype(np.float32)
    sounding = points > BODY_FLOOR + 0.5
    moved: Real = np.maximum(np.where(sounding, points + change, points), BODY_FLOOR)
    return moved
