"""Where in the bar a moment is, as numbers a network can read.

A position is a tick counted from a bar line. Its features are sines and cosines of its phase in
the beat, the bar, two bars and four, so that metre is given anew with every event and cannot be
lost. Material without a grid has none of it: zeros.

P = PHASES.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.events import TICKS_PER_BEAT
from messina.rounding import on_grid

__all__ = ["BARS", "PHASES", "period", "phase_table"]

BARS: Final = 4
"""Bars after which positions repeat."""

BEAT_CYCLES: Final = (1, 2, 3, 4, 6)
BAR_CYCLES: Final = (1, 2, 3)
LONG_BARS: Final = (2, BARS)

PHASES: Final = 2 * (len(BEAT_CYCLES) + len(BAR_CYCLES) + len(LONG_BARS)) + 1


def period(beats_per_bar: int, metric: bool) -> int:
    """Ticks after which features repeat: the rows of `phase_table`."""
    return BARS * beats_per_bar * TICKS_PER_BEAT if metric else 1


def phase_table(beats_per_bar: int, metric: bool) -> NDArray[np.float64]:
    """Features of every position [period, P].

    Columns: sin and cos for each cycle count within the beat, the bar, then two and four bars;
    last a 1. Without a grid one row of zeros.

    >>> phase_table(4, True).shape, phase_table(3, True).shape, phase_table(4, False).shape
    ((384, 21), (288, 21), (1, 21))
    """
    if not metric:
        return np.zeros((1, PHASES))
    ticks = np.arange(period(beats_per_bar, metric))
    bar = beats_per_bar * TICKS_PER_BEAT
    cycles = [
        *(ticks * n / TICKS_PER_BEAT for n in BEAT_CYCLES),
        *(ticks * n / bar for n in BAR_CYCLES),
        *(ticks / (n * bar) for n in LONG_BARS),
    ]
    angles = [2 * np.pi * c for c in cycles]
    waves = [wave(angle) for angle in angles for wave in (np.sin, np.cos)]
    return on_grid(np.stack([*waves, np.ones(len(ticks))], axis=-1))
