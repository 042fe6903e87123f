"""What the noise of a sound measures: its levels, its fine spectrum, its onset (`frames/noise`)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.frames.excitation import CELL_HZ, loop_powers, quantised, smooth_loop_powers
from messina.frames.layout import ATTACK_HOP, ERBS, FINE_CELLS, GROUPS, HOP, NOISE_FLOOR, STEPS
from messina.frames.noise import (
    ATTACK_SIZE,
    GROUP_WEIGHTS,
    NOISE_SIZE,
    STEP_GROUP_OF_BIN,
    weights_at,
)
from messina.frames.spectrum import hann, overlap_add, stft
from messina.units import SAMPLE_RATE

__all__ = [
    "STEADY_REACH",
    "WHITENED",
    "attack_noise_power",
    "fine_spectrum",
    "levels_at",
    "noise_levels",
    "whitened",
    "window_energy",
]

Real = NDArray[np.float32]
Codes = NDArray[np.uint8]

WHITENED: Final = 1e-4
"""Of the loudest level: what is softer is not brought up when a signal is whitened."""

STEADY_REACH: Final = 2
_STEADY_SHARE = 0.25
"""Power is averaged over this share of the frames passed on either side, STEADY_REACH at most."""
_LEAK = 1e-3
_LEAST_SURE = 0.25  # of a group's bins
_LEAST_POWER = 1e-14
_SETTLED = 1024  # samples the fine spectrum listens in over

_GROUP_SHARES = GROUP_WEIGHTS / GROUP_WEIGHTS.sum(axis=0)
_CELL_WEIGHTS = weights_at((np.arange(FINE_CELLS) + 0.5) * CELL_HZ * NOISE_SIZE / SAMPLE_RATE)
_BINS_IN_STEP_GROUP = np.bincount(STEP_GROUP_OF_BIN, minlength=ERBS)


def _mean_over(powers: Real, counts: NDArray[np.int64]) -> Real:
    """Mean power [T, groups] over runs of `counts` bins."""
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    sums = np.add.reduceat(powers, starts, axis=1)
    return np.asarray(sums / counts, np.float32)


def window_energy(size: int, hop: int, frames: int) -> Real:
    """Energy of the part of each frame's window that lies after sample 0 [frames]."""
    squares = hann(size).astype(np.float64) ** 2
    energy = np.full(frames, squares.sum())
    for frame in range(min(frames, size // 2 // hop)):
        energy[frame] = squares[size // 2 - frame * hop :].sum()
    return energy.astype(np.float32)


def levels_at(levels: Real, frequencies_hz: NDArray[np.float64]) -> Real:
    """Levels by group [T, GROUPS], interpolated at frequencies in Hz [K]: [T, K]."""
    weights = weights_at(frequencies_hz * (NOISE_SIZE / SAMPLE_RATE)).astype(np.float32)
    at: Real = levels @ weights.T
    return at


def noise_levels(residual: Real, tonal: Real, frames: int, *, reach: int = STEADY_REACH) -> Real:
    """ln RMS [frames, GROUPS] of white noise as loud as the residual round each group's place.

    Power is averaged over a few frames, up to `reach` on either side, fewer at the onset: what one
    take's noise happens to do is chance. What a strong sinusoid leaves beside it when it is taken
    away is not noise: bins in which the residual is less than _LEAK times the `tonal` part in power
    do not count, and where they are most of a group, its level is read from the groups around.
    """
    spectra = _spectra(residual, frames)
    powers = spectra.real**2 + spectra.imag**2
    sure = _not_leaked(powers, tonal)
    counted = sure.astype(np.float32) @ _GROUP_SHARES
    powers = (powers * sure) @ _GROUP_SHARES / np.maximum(counted, _LEAST_SURE)
    powers /= window_energy(NOISE_SIZE, HOP, frames)[:, None]
    doubtful = counted < _LEAST_SURE
    for row in np.flatnonzero(doubtful.any(axis=1)):
        _read_from_around(powers[row], doubtful[row])
    at = np.arange(frames)
    spans = np.minimum((at * _STEADY_SHARE).astype(np.int64), reach)
    sums = np.concatenate([np.zeros((1, GROUPS)), np.cumsum(powers, axis=0, dtype=np.float64)])
    ends, starts = np.minimum(at + spans + 1, frames), at - spans
    steady = (sums[ends] - sums[starts]) / (ends - starts)[:, None]
    levels = 0.5 * np.log(np.maximum(steady, _LEAST_POWER))
    return np.maximum(levels, NOISE_FLOOR).astype(np.float32)


def _spectra(signal: Real, frames: int) -> NDArray[np.complex64]:
    return stft(signal, size=NOISE_SIZE, hop=HOP, frames=frames)


def _not_leaked(powers: Real, tonal: Real) -> NDArray[np.bool_]:
    """Where a residual's bin powers [T, bins] are more than sinusoids [N] leave beside them."""
    spectra = _spectra(tonal, len(powers))
    leaked = (spectra.real**2 + spectra.imag**2) * _LEAK
    leaked[:, 1:-1] = np.maximum(leaked[:, 1:-1], np.maximum(leaked[:, :-2], leaked[:, 2:]))
    return powers >= leaked


def _read_from_around(powers: Real, doubtful: NDArray[np.bool_]) -> None:
    """Lower doubtful powers to the straight line (in ln) between the sure ones, in place."""
    sure = np.flatnonzero(~doubtful)
    places = np.flatnonzero(doubtful)
    if len(sure) == 0:
        powers[places] = 0.0
        return
    ln = np.log(np.maximum(powers[sure], _LEAST_POWER))
    powers[places] = np.exp(np.interp(places, sure, ln))


def fine_spectrum(
    residual: Real, levels: Real, *, pitched: bool = False, kept_up: bool = False
) -> Codes:
    """Fine spectrum [FINE_CELLS] of a residual [N] with these levels [T, GROUPS].

    pitched: its contrast is left as measured. kept_up: what is between its ends stands for all of
    it, so that its lines can be told apart.

    The residual is whitened by its levels, so that every moment counts alike, however it has died
    away; what is left has a spectrum that stands still.
    """
    gains = np.exp(levels @ GROUP_WEIGHTS.T)
    white = whitened(residual, np.maximum(gains, WHITENED * gains.max()))
    settling = min(_SETTLED, len(white))
    white[:settling] *= np.linspace(0, 1, settling, dtype=np.float32)
    powers = smooth_loop_powers(white) if kept_up else loop_powers(white)
    return quantised(powers, _CELL_WEIGHTS, deepens=not pitched)


def whitened(signal: Real, gains: Real) -> Real:
    """A signal [N] divided by gains [T, NOISE_SIZE/2 + 1], all over 0, frame by frame.

    It is what through a filter of these gains would be the signal. The last gains hold to its end.
    """
    ahead = NOISE_SIZE // HOP - 1
    spectra = _spectra(signal, len(gains) + ahead)
    spectra /= np.concatenate([gains, np.repeat(gains[-1:], ahead, axis=0)])
    windows = np.fft.irfft(spectra, NOISE_SIZE, axis=1).astype(np.float32)
    windows *= hann(NOISE_SIZE) / np.float32(0.375 * NOISE_SIZE / HOP)
    return overlap_add(windows, hop=HOP)[NOISE_SIZE // 2 :][: len(signal)]


def attack_noise_power(residual: Real) -> Real:
    """Power [STEPS, ERBS] of white noise as loud as the residual at the onset."""
    spectra = stft(residual, size=ATTACK_SIZE, hop=ATTACK_HOP, frames=STEPS)
    powers = _mean_over(spectra.real**2 + spectra.imag**2, _BINS_IN_STEP_GROUP)
    return powers / window_energy(ATTACK_SIZE, ATTACK_HOP, STEPS)[:, None]
