"""The fine structure of a sound's noise: a spectrum that stands still, and the signal it excites.

Cymbals, snares and plates have hundreds of modes a few Hz wide which do not move while they die
away. Levels of groups of bins cannot hold them, nor need they: what is kept once is a power
spectrum in cells of CELL_HZ, even on average round every group but those whose level is leaked from
a loud line beside it; what changes, the levels, is slow and coarse. Played, the spectrum is a loop
with random phases, begun anywhere, through gains.

The lines of a sound with a pitch lie at its harmonics, as wide as those of an ensemble are, and so
the loop is read as fast as its oscillators run: what moves its pitch moves its noise alike.

The phases are a hash of the bin's number, so that the loop of a spectrum is the same wherever it is
played; two plays of it differ by where they begin, and so do the middle and its decorrelated copy.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from messina.counter_rng import mixed, mixed_array
from messina.frames.interpolation import cubic
from messina.frames.layout import (
    CELL_BINS,
    FINE_CELLS,
    FINE_LOW_DB,
    FINE_STEP_DB,
    FLAT_FINE,
    LOOP_SIZE,
    LOWEST_BIN,
    MOST_FINE,
)
from messina.frames.spectrum import hann
from messina.units import SAMPLE_RATE

__all__ = [
    "CELL_HZ",
    "POWER_OF_CODE",
    "Excitation",
    "cell_powers",
    "codes_of",
    "deepened",
    "loop_powers",
    "power_around",
    "quantised",
    "smooth_loop_powers",
]

Real = NDArray[np.float32]
Codes = NDArray[np.uint8]

CELL_HZ: Final = SAMPLE_RATE / LOOP_SIZE * CELL_BINS
"""Width of a cell of the fine spectrum: 2.7 Hz."""

POWER_OF_CODE: Final[Real] = np.power(
    10.0, (FINE_LOW_DB + FINE_STEP_DB * np.arange(MOST_FINE + 1)) / 10
).astype(np.float32)
"""Power of each code of a fine spectrum [MOST_FINE + 1]."""

_AMPLITUDE_OF_CODE: Final[Real] = np.sqrt(POWER_OF_CODE)
_UNLEAKED: Final = 0.8
"""Of the groups, by their mean power: one whose level is not leaked."""
_LEAST_MEAN: Final = 0.03
"""Mean power of a group whose level is all leaked: -15 dB."""
_LEAST_POWER: Final = 1e-12
_KEPT_LOOPS: Final = 48  # of 0.5 MB
_ROUNDS: Final = 4
_AROUND_HZ: Final = 21.5  # half a bin of short spectra
_BINS: Final = LOOP_SIZE // 2 + 1
_CONTRAST: Final = 1.35
"""That the fine spectrum of a sound is given, beside that of its mean over it."""
_DEEPENED_BELOW_HZ: Final = 2_000.0
_DEEPENED_AROUND: Final = 15  # cells to each side, 40 Hz


@lru_cache(maxsize=1)
def _phases() -> NDArray[np.complex64]:
    """e^(i phase) of each bin of the loop [LOOP_SIZE/2 + 1]; 0 under LOWEST_BIN and at the top."""
    cycles = mixed_array(np.arange(_BINS, dtype=np.uint32)) / 2.0**32
    phases = np.exp(2j * np.pi * cycles)
    phases[:LOWEST_BIN] = phases[-1] = 0.0
    return (phases * np.sqrt(LOOP_SIZE)).astype(np.complex64)


@lru_cache(maxsize=_KEPT_LOOPS)
def _loop(codes: bytes, ratio: float) -> Real:
    """One period [LOOP_SIZE], of unit variance where the codes are flat."""
    amplitudes = _AMPLITUDE_OF_CODE[np.frombuffer(codes, np.uint8)]
    if ratio == 1.0:
        of_bins = np.append(np.repeat(amplitudes, CELL_BINS), np.float32(0))
    else:
        cells = (np.arange(_BINS) / (CELL_BINS * ratio)).astype(np.int64)
        above = np.full(max(int(cells[-1]) + 1 - FINE_CELLS, 0), _AMPLITUDE_OF_CODE[FLAT_FINE])
        of_bins = np.concatenate([amplitudes, above])[cells]
    loop = np.fft.irfft(_phases() * of_bins, LOOP_SIZE).astype(np.float32, copy=False)
    loop.setflags(write=False)
    return loop


class Excitation:
    """The white noise of one sound, coloured by its fine spectrum.

    A loop, begun where its key says.
    """

    def __init__(self, codes: Codes, *, key: int, ratio: float = 1.0) -> None:
        """Args: codes: fine spectrum [FINE_CELLS]; ratio: how much higher its modes are played."""
        self._loop = _loop(codes.tobytes(), ratio)
        self._start = mixed(key) % LOOP_SIZE

    def __deepcopy__(self, memo: object) -> Excitation:
        return self  # nothing in it changes

    def read(self, start: int, count: int, *, decorrelated: bool = False) -> Real:
        """Samples start … start + count - 1 of the loop, or of its decorrelated copy.

        That copy is the loop half its length later.
        """
        first = self._start + start + (LOOP_SIZE // 2 if decorrelated else 0)
        return np.take(self._loop, np.arange(first, first + count), mode="wrap")

    def read_at(self, places: NDArray[np.float64], *, decorrelated: bool = False) -> Real:
        """The loop, or its decorrelated copy, at fractional samples [N] by cubic interpolation."""
        whole = np.floor(places)
        first = self._start + whole.astype(np.int64) + (LOOP_SIZE // 2 if decorrelated else 0)
        around = (np.take(self._loop, first + shift, mode="wrap") for shift in (-1, 0, 1, 2))
        return cubic(around, (places - whole).astype(np.float32))


def loop_powers(signal: Real) -> NDArray[np.float64]:
    """Mean power spectrum [LOOP_SIZE/2 + 1] of a signal [N], over frames as long as the loop."""
    stretches = range(0, max(len(signal), 1), LOOP_SIZE)
    spectra = [np.fft.rfft(signal[start : start + LOOP_SIZE], LOOP_SIZE) for start in stretches]
    powers = sum(np.square(spectrum.real) + np.square(spectrum.imag) for spectrum in spectra)
    return np.asarray(powers, np.float64)


def smooth_loop_powers(signal: Real) -> NDArray[np.float64]:
    """Mean power spectrum [LOOP_SIZE/2 + 1] of a signal [N], by Hann windows with half overlap.

    As `loop_powers`, but no line leaks over what lies between lines. What is near the ends hardly
    counts, as with a sound whose middle stands for all of it.
    """
    size = min(max(len(signal), 2), LOOP_SIZE)
    powers = np.zeros(_BINS)
    for start in range(0, max(len(signal) - size, 0) + 1, size // 2):
        spectrum = np.fft.rfft(signal[start : start + size] * hann(size)[: len(signal)], LOOP_SIZE)
        powers += np.square(spectrum.real) + np.square(spectrum.imag)
    return powers


def power_around(codes: Codes, frequencies_hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean power of a fine spectrum within _AROUND_HZ of each frequency [K]."""
    reach = round(_AROUND_HZ / CELL_HZ)
    sums = np.concatenate([[0.0], np.cumsum(POWER_OF_CODE[codes], dtype=np.float64)])
    at = np.clip((frequencies_hz / CELL_HZ).astype(np.int64), reach, FINE_CELLS - 1 - reach)
    return np.asarray((sums[at + reach + 1] - sums[at - reach]) / (2 * reach + 1))


def cell_powers(powers: NDArray[np.floating]) -> NDArray[np.float64]:
    """Mean power of each cell [FINE_CELLS] of powers at the loop's bins [LOOP_SIZE/2 + 1]."""
    return np.asarray(powers[:-1].reshape(FINE_CELLS, CELL_BINS).mean(axis=1), np.float64)


def deepened(db: NDArray[np.float64], contrast: float) -> NDArray[np.float64]:
    """Powers of cells [FINE_CELLS] in dB with their contrast to neighbours times `contrast` in the
    lows.

    Each mode dies away at a pace of its own: at any moment fewer of them sound than in the mean
    over the sound, and these stand out and stand still where noise as wide as a cell wavers.
    """
    size = 2 * _DEEPENED_AROUND + 1
    around = sliding_window_view(np.pad(db, _DEEPENED_AROUND, mode="edge"), size).mean(axis=1)
    low = np.arange(FINE_CELLS) * CELL_HZ < _DEEPENED_BELOW_HZ
    return np.where(low, around + contrast * (db - around), db)


def codes_of(powers_db: NDArray[np.float64]) -> Codes:
    """The codes nearest to powers in dB.

    >>> codes_of(np.array([-90.0, 0.0, 1.6, 90.0])).tolist()
    [0, 10, 11, 15]
    """
    steps = np.rint((powers_db - FINE_LOW_DB) / FINE_STEP_DB)
    return np.clip(steps, 0, MOST_FINE).astype(np.uint8)


def quantised(
    powers: NDArray[np.float64], weights: NDArray[np.float64], *, deepens: bool = False
) -> Codes:
    """Codes [FINE_CELLS] of powers at the loop's bins [LOOP_SIZE/2 + 1].

    weights [FINE_CELLS, G]: how much each cell counts for each group of the noise, sum 1 over G;
    the codes are such that the weighted mean power of most groups is 1, rounding included. Beside
    a loud line a level is too high by what the window of the analysis leaks: there the spectrum is
    as much softer as it was measured.

    deepens: whether the contrast of the lows is to be deeper than measured, as in what is struck
    and has no pitch.
    """
    cells = cell_powers(powers)
    codes = np.full(FINE_CELLS, FLAT_FINE, np.uint8)
    if not cells.any():
        return codes
    share = weights / weights.sum(axis=0)
    db = 10 * np.log10(np.maximum(cells, 1e-9 * cells.max()))
    powers = np.power(10.0, db / 10)
    measured = powers @ share
    unleaked = max(float(np.quantile(measured, _UNLEAKED)), _LEAST_POWER)
    wanted = np.clip(measured / unleaked, _LEAST_MEAN, 1.0)
    if deepens:
        db = deepened(db, _CONTRAST)
        powers = np.power(10.0, db / 10)
    for _ in range(_ROUNDS):
        db -= weights @ (10 * np.log10(np.maximum(powers @ share, _LEAST_POWER) / wanted))
        codes = codes_of(db)
        powers = POWER_OF_CODE[codes].astype(np.float64)
    return codes
