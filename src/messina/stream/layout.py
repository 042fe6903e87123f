"""What a frame of a stream is: the language between its analysis, its models and its synthesis.

A stream has no onset and no end. One row every HOP samples holds [FRAME_SIZE] slow numbers:

    partials [BANDS]     ln amplitude of the one oscillator of each band, full scale 1
    offsets  [BANDS]     where in its band the oscillator lies now, -0.5 … 0.5 of log f
    noise    [GROUPS]    ln RMS of white noise as loud as the noise in each group of bins
    stereo   [2, ZONES]  pan (-1 left … 1 right) and width (side over mid), by zone

Groups are those of `messina.stream.noise`, zones those of single sounds; bands are as wide as
max(21.5 Hz, one semitone), half as wide in the lows, where what is sustained is dense. Models see
PATCH rows at a time.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import ZONES
from messina.frames.noise import NOISE_SIZE
from messina.stream.noise import GROUPS, group_at
from messina.units import SAMPLE_RATE

__all__ = [
    "BANDS",
    "EDGES_HZ",
    "FRAME_SIZE",
    "NOISE",
    "OFFSETS",
    "PARTIALS",
    "PATCH",
    "STEREO",
    "group_centres_hz",
    "log_frequencies",
]

PATCH: Final = 4
"""Frames a model draws at a time: 23 ms."""

NARROWEST_HZ = 21.53
TOP_HZ = 16_500.0


def _edges_hz() -> NDArray[np.float64]:
    edges = [0.75 * NARROWEST_HZ]
    while edges[-1] < TOP_HZ:
        edges.append(max(edges[-1] + NARROWEST_HZ, edges[-1] * 2 ** (1 / 12)))
    return np.array(edges)


EDGES_HZ: Final = _edges_hz()
"""Edges of the bands [BANDS + 1]."""

BANDS: Final = len(EDGES_HZ) - 1
PARTIALS: Final = slice(0, BANDS)
OFFSETS: Final = slice(BANDS, 2 * BANDS)
NOISE: Final = slice(2 * BANDS, 2 * BANDS + GROUPS)
STEREO: Final = slice(2 * BANDS + GROUPS, 2 * BANDS + GROUPS + 2 * ZONES)
FRAME_SIZE: Final = STEREO.stop


def log_frequencies(offsets: NDArray[np.floating]) -> NDArray[np.float64]:
    """ln Hz of oscillators [..., BANDS] that lie at these offsets in their bands."""
    edges = np.log(EDGES_HZ)
    return np.asarray(edges[:-1] + (np.clip(offsets, -0.5, 0.5) + 0.5) * np.diff(edges))


def group_centres_hz() -> NDArray[np.float64]:
    """About where each group of noise lies [GROUPS]."""
    bins = np.fft.rfftfreq(NOISE_SIZE, 1 / SAMPLE_RATE).astype(np.float64)
    groups = group_at(bins)
    return np.asarray(np.bincount(groups, bins, GROUPS) / np.bincount(groups, minlength=GROUPS))
