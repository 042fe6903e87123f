"""The layout of a texture's frames, between analysis, model and synthesis.

A texture has no onset and no end. One row every HOP samples holds [FRAME_SIZE] slow numbers:

    partials [BANDS]     ln amplitude of the one oscillator of each band, full scale 1
    offsets  [BANDS]     where in its band the oscillator lies now, -0.5 … 0.5 of log f
    noise    [GROUPS]    ln RMS of white noise as loud as the noise in each group of bins
    stereo   [2, ZONES]  pan (-1 left … 1 right) and width (side over mid), by zone

Groups are of bins of short spectra, one bin wide below 5.5 kHz, two below 11 kHz, four above: a
texture has no part that stands still, so what is fine in its noise has to move with its frames.
Zones are those of single sounds; bands are as wide as
max(21.5 Hz, one semitone), half as wide in the lows, where what is sustained is dense. Models see
PATCH rows at a time.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import HOP, NOISE_FLOOR, ZONES
from messina.frames.noise import NOISE_SIZE
from messina.frames.noise_levels import window_energy
from messina.frames.spectrum import stft
from messina.units import SAMPLE_RATE

__all__ = [
    "BANDS",
    "BINS_IN_GROUP",
    "EDGES_HZ",
    "FRAME_SIZE",
    "GROUPS",
    "NOISE",
    "OFFSETS",
    "PARTIALS",
    "PATCH",
    "STEREO",
    "group_at",
    "group_centres_hz",
    "log_frequencies",
    "noise_levels",
]

Real = NDArray[np.float32]

GROUPS: Final = 256
"""Groups of bins of NOISE_SIZE."""

_LEAK = 1e-3
_LN_MEDIAN_POWER = {1: np.log(np.log(2.0)), 2: np.log(0.8392), 4: np.log(0.9180)}
"""ln of the median over the mean of the power of white noise averaged over 1, 2 or 4 bins
(a chi-square of 2, 4 or 8 degrees of freedom; neighbours under a Hann window are not independent,
which moves the last two by less than 0.1 dB)."""


def _group_of_bin() -> NDArray[np.int64]:
    groups = [*range(128), *np.repeat(np.arange(128, 192), 2), *np.repeat(np.arange(192, 257), 4)]
    return np.minimum(np.array(groups[: NOISE_SIZE // 2 + 1]), GROUPS - 1)


_GROUP_OF_BIN = _group_of_bin()
BINS_IN_GROUP: Final = np.bincount(_GROUP_OF_BIN, minlength=GROUPS)
"""Bins in each group [GROUPS]: 1 below 5.5 kHz, 2 below 11 kHz, 4 above, the last one 5."""
_MEDIAN_CORRECTION = np.array(
    [0.5 * _LN_MEDIAN_POWER[1 if n == 1 else 2 if n == 2 else 4] for n in BINS_IN_GROUP]
)


def _group_powers(powers: Real) -> Real:
    """Mean power in each group [T, GROUPS] of bin powers [T, NOISE_SIZE/2 + 1]."""
    starts = np.concatenate([[0], np.cumsum(BINS_IN_GROUP)[:-1]])
    sums = np.add.reduceat(powers, starts, axis=1)
    return np.asarray(sums / BINS_IN_GROUP, np.float32)


def group_at(frequencies_hz: NDArray[np.float64]) -> NDArray[np.int64]:
    """Group that the noise at these frequencies [K] belongs to."""
    bins = np.rint(frequencies_hz * (NOISE_SIZE / SAMPLE_RATE)).astype(np.int64)
    return _GROUP_OF_BIN[np.clip(bins, 0, NOISE_SIZE // 2)]


def noise_levels(residual: Real, tonal: Real, frames: int) -> Real:
    """ln RMS [frames, GROUPS] of white noise as loud as the residual in each group.

    What a strong sinusoid leaves beside it when it is taken away is not noise: where the residual
    is less than _LEAK times the `tonal` part in power, the level is read from the groups around.
    One frame of noise says little about its level; the median over many frames is right.
    """
    powers = _powers(residual, frames)
    leaked = _powers(tonal, frames) * _LEAK
    leaked[:, 1:-1] = np.maximum(leaked[:, 1:-1], np.maximum(leaked[:, :-2], leaked[:, 2:]))
    powers, leaked = _group_powers(powers), _group_powers(leaked)
    levels = 0.5 * np.log(
        np.maximum(powers, 1e-14) / window_energy(NOISE_SIZE, HOP, frames)[:, None]
    )
    doubtful = powers < leaked
    for row in np.flatnonzero(doubtful.any(axis=1)):
        _read_from_around(levels[row], doubtful[row])
    return np.maximum(levels - _MEDIAN_CORRECTION, NOISE_FLOOR).astype(np.float32)


def _read_from_around(levels: Real, doubtful: NDArray[np.bool_]) -> None:
    """Lower doubtful values to the straight line between the sure ones beside them, in place."""
    sure = np.flatnonzero(~doubtful)
    places = np.flatnonzero(doubtful)
    around = np.interp(places, sure, levels[sure]) if len(sure) else NOISE_FLOOR
    levels[places] = np.minimum(levels[places], around)


def _powers(signal: Real, frames: int) -> Real:
    spectra = stft(signal, size=NOISE_SIZE, hop=HOP, frames=frames)
    return spectra.real**2 + spectra.imag**2


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
