"""Noise at two resolutions: what it measures in a sound and how it is played.

The body's noise is STFT frames of NOISE_SIZE every HOP, its bins in GROUPS groups: one bin wide
below 5.5 kHz, two below 11 kHz, four above. Played, it is the STFT of real white noise times the
levels, summed with overlap: a filter that moves with time, and no phase to invent. What that is too
slow for, the onset, is a second such filter after it: STFT frames of ATTACK_SIZE every ATTACK_HOP
with gains in ERBS groups, all 1 when the onset is done.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from messina.frames.layout import ATTACK_HOP, ERBS, GROUPS, HOP, NOISE_FLOOR, STEPS
from messina.frames.oscillators import audible
from messina.frames.spectrum import hann, overlap_add, stft
from messina.frames.white import TWIN_KEY, white_noise
from messina.units import SAMPLE_RATE

__all__ = [
    "ATTACK_SIZE",
    "BINS_IN_GROUP",
    "FIRST_STEP",
    "NOISE_BINS",
    "NOISE_SIZE",
    "SHAPED_SAMPLES",
    "STEP_GROUP_OF_BIN",
    "TAPER",
    "BodyNoise",
    "OnsetShaper",
    "attack_noise_power",
    "body_gains",
    "group_at",
    "noise_levels",
]

Real = NDArray[np.float32]

NOISE_SIZE: Final = 1024
NOISE_BINS: Final = NOISE_SIZE // 2 + 1
ATTACK_SIZE: Final = 256

_EVEN_MAGNITUDE = np.float32(np.sqrt(0.375 * NOISE_SIZE))
"""RMS magnitude of the spectra of unit white noise under a Hann window."""
_LEAK = 1e-3
SHAPED_SAMPLES: Final = 2048
"""Samples of the stream that go through the gains of the onset."""
FIRST_STEP: Final = 5
"""Window of the stream whose middle is the onset."""
TAPER: Final = np.minimum(np.arange(STEPS, 0, -1) / 6.0, 1.0).astype(np.float32)
"""How far each step of the onset's noise counts [STEPS]."""

_LN_MEDIAN_POWER = {1: np.log(np.log(2.0)), 2: np.log(0.8392), 4: np.log(0.9180)}
"""ln of the median over the mean of the power of white noise averaged over 1, 2 or 4 bins
(a chi-square of 2, 4 or 8 degrees of freedom; neighbours under a Hann window are not independent,
which moves the last two by less than 0.1 dB)."""


def _group_of_bin() -> NDArray[np.int64]:
    groups = [*range(128), *np.repeat(np.arange(128, 192), 2), *np.repeat(np.arange(192, 257), 4)]
    return np.minimum(np.array(groups[: NOISE_SIZE // 2 + 1]), GROUPS - 1)


def _step_group_of_bin() -> NDArray[np.int64]:
    """ERBS groups over the bins of ATTACK_SIZE: single bins first, then about a third octave."""
    ratio, bins = 1.05, ATTACK_SIZE // 2 + 1
    while True:
        edges = [0]
        while edges[-1] < bins:
            edges.append(max(edges[-1] + 1, round(edges[-1] * ratio)))
        if len(edges) - 1 <= ERBS:
            break
        ratio += 0.001
    return np.minimum(np.searchsorted(edges, np.arange(bins), side="right") - 1, ERBS - 1)


_GROUP_OF_BIN = _group_of_bin()
BINS_IN_GROUP: Final = np.bincount(_GROUP_OF_BIN, minlength=GROUPS)
"""Bins in each group [GROUPS]: 1 below 5.5 kHz, 2 below 11 kHz, 4 above, the last one 5."""
STEP_GROUP_OF_BIN: Final = _step_group_of_bin()
"""Group of each bin of ATTACK_SIZE."""
_BINS_IN_STEP_GROUP = np.bincount(STEP_GROUP_OF_BIN, minlength=ERBS)
_MEDIAN_CORRECTION = np.array(
    [0.5 * _LN_MEDIAN_POWER[1 if n == 1 else 2 if n == 2 else 4] for n in BINS_IN_GROUP]
)


def _mean_over(powers: Real, counts: NDArray[np.int64]) -> Real:
    """Mean power [T, groups] over runs of `counts` bins."""
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    sums = np.add.reduceat(powers, starts, axis=1)
    return np.asarray(sums / counts, np.float32)


def group_powers(powers: Real) -> Real:
    """Mean power in each group [T, GROUPS] of bin powers [T, NOISE_SIZE/2 + 1]."""
    return _mean_over(powers, BINS_IN_GROUP)


def group_at(frequencies_hz: NDArray[np.float64]) -> NDArray[np.int64]:
    """Group that the noise at these frequencies [K] belongs to."""
    bins = np.rint(frequencies_hz * (NOISE_SIZE / SAMPLE_RATE)).astype(np.int64)
    return _GROUP_OF_BIN[np.clip(bins, 0, NOISE_SIZE // 2)]


def _window_energy(size: int, hop: int, frames: int) -> Real:
    """Energy of the window of each frame that lies after sample 0 [frames]."""
    squares = hann(size).astype(np.float64) ** 2
    energy = np.full(frames, squares.sum())
    for frame in range(min(frames, size // 2 // hop)):
        energy[frame] = squares[size // 2 - frame * hop :].sum()
    return energy.astype(np.float32)


def noise_levels(residual: Real, tonal: Real, frames: int) -> Real:
    """ln RMS [frames, GROUPS] of white noise as loud as the residual in each group.

    What a strong sinusoid leaves beside it when it is taken away is not noise: where the residual
    is less than _LEAK times the `tonal` part in power, the level is read from the groups around.
    One frame of noise says little about its level; the median over many frames is right.
    """
    powers = _powers(residual, frames)
    leaked = _powers(tonal, frames) * _LEAK
    leaked[:, 1:-1] = np.maximum(leaked[:, 1:-1], np.maximum(leaked[:, :-2], leaked[:, 2:]))
    powers, leaked = group_powers(powers), group_powers(leaked)
    levels = 0.5 * np.log(
        np.maximum(powers, 1e-14) / _window_energy(NOISE_SIZE, HOP, frames)[:, None]
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


def attack_noise_power(residual: Real) -> Real:
    """Power [STEPS, ERBS] of white noise as loud as the residual at the onset."""
    spectra = stft(residual, size=ATTACK_SIZE, hop=ATTACK_HOP, frames=STEPS)
    powers = _mean_over(spectra.real**2 + spectra.imag**2, _BINS_IN_STEP_GROUP)
    return powers / _window_energy(ATTACK_SIZE, ATTACK_HOP, STEPS)[:, None]


class SpectralFilter:
    """A signal through gains that move from frame to frame, as a stream [channels, N].

    Windows of `size` samples (at least four hops) lie a hop apart; with all gains 1 the signal
    comes out as it went in, `lead` samples late.
    """

    def __init__(self, *, size: int, hop: int, channels: int) -> None:
        self._size, self._hop = size, hop
        self.lead = size - hop
        self._past = np.zeros((channels, self.lead), np.float32)
        self._tail = np.zeros((channels, self.lead), np.float32)
        overlapped_squares = 0.375 * size / hop  # sum of the squared Hann windows over each sample
        self._window = hann(size) / np.float32(overlapped_squares)

    def spectra(self, signal: Real) -> NDArray[np.complex64]:
        """Spectra [channels, T, size/2 + 1] of the windows that T more hops complete."""
        if signal.shape[1] == 0:
            return np.zeros((len(signal), 0, self._size // 2 + 1), np.complex64)
        joined = np.concatenate([self._past, signal], axis=1)
        self._past = joined[:, signal.shape[1] :]
        windows = sliding_window_view(joined, self._size, axis=1)[:, :: self._hop]
        spectra = np.fft.rfft(windows * hann(self._size), axis=2)
        return spectra.astype(np.complex64, copy=False)

    def overlapped(self, spectra: NDArray[np.complex64]) -> Real:
        """Shaped spectra [channels, T, bins] back to the next T hops of sound [channels, N]."""
        if spectra.shape[1] == 0:
            return np.zeros((len(spectra), 0), np.float32)
        frames = np.fft.irfft(spectra, self._size, axis=2).astype(np.float32, copy=False)
        frames *= self._window
        total = np.stack([overlap_add(channel, hop=self._hop) for channel in frames])
        total[:, : self._tail.shape[1]] += self._tail
        new = spectra.shape[1] * self._hop
        self._tail = total[:, new:]
        return total[:, :new]


class BodyNoise:
    """The noise of the body as a stream of blocks of HOP samples, from HOP before the onset on.

    mix [channels, (M, M'), bins]: two white noises of the key make the channels. With `even`, only
    their phases count: levels measured on one sound already fluctuate as noise does.
    """

    LEAD: Final = NOISE_SIZE // 2 // HOP
    """Rows that must follow a row before its block is complete."""

    def __init__(self, mix: Real, *, key: int, even: bool) -> None:
        self._mix = mix
        self._even = even
        self._keys = [key, key ^ TWIN_KEY][: 2 if mix[:, 1].any() else 1]
        self._drawn = 0
        self._white = SpectralFilter(size=NOISE_SIZE, hop=HOP, channels=len(self._keys))
        self._out = SpectralFilter(size=NOISE_SIZE, hop=HOP, channels=len(mix))
        self._started = False

    def step(self, levels: Real) -> Real:
        """Rows of ln levels [T, GROUPS] to sound [channels, N]; N is T * HOP but for the first."""
        if len(levels) == 0:
            return np.zeros((len(self._mix), 0), np.float32)
        gains = body_gains(levels)
        skipped = 0
        if not self._started:  # before the onset the levels stood still
            gains = np.concatenate([np.repeat(gains[:1], self.LEAD, axis=0), gains])
            skipped = self._white.lead
            self._white.spectra(self._white_noise(skipped // HOP))
            self._started = True
        white = self._white.spectra(self._white_noise(len(gains)))
        if self._even:
            white *= _EVEN_MAGNITUDE / np.maximum(np.abs(white), 1e-3)
        shaped = np.stack(
            [
                sum(gains * part * noise for part, noise in zip(weights, white, strict=False))
                for weights in self._mix
            ]
        )
        return self._out.overlapped(shaped)[:, skipped:]

    def _white_noise(self, hops: int) -> Real:
        start, self._drawn = self._drawn, self._drawn + hops * HOP
        return np.stack([white_noise(key, start, hops * HOP) for key in self._keys])


class OnsetShaper:
    """Gains at ATTACK_HOP on the body noise while the onset lasts.

    Takes the stream from HOP before the onset on and gives it from the onset on: a little late
    while it shapes, caught up afterwards.
    """

    def __init__(self, levels: Real, *, channels: int) -> None:
        self._gains = np.ones((SHAPED_SAMPLES // ATTACK_HOP, ATTACK_SIZE // 2 + 1), np.float32)
        shaped = np.exp(levels * TAPER[:, None])[:, STEP_GROUP_OF_BIN]
        self._gains[:FIRST_STEP] = shaped[0]
        self._gains[FIRST_STEP : FIRST_STEP + STEPS] = shaped
        self._filter = SpectralFilter(size=ATTACK_SIZE, hop=ATTACK_HOP, channels=channels)
        self._behind = np.zeros((channels, 0), np.float32)
        self._taken = 0

    def step(self, noise: Real) -> Real:
        """Samples [channels, N] in, N a multiple of ATTACK_HOP; those that are ready out."""
        split = min(max(SHAPED_SAMPLES - self._taken, 0), noise.shape[1])
        shaped = self._shaped(noise[:, :split])
        self._taken += noise.shape[1]
        if split == noise.shape[1]:
            return shaped
        behind, self._behind = self._behind, self._behind[:, :0]
        return np.concatenate([shaped, behind, noise[:, split:]], axis=1)

    def _shaped(self, noise: Real) -> Real:
        lead = self._filter.lead
        self._behind = np.concatenate([self._behind, noise], axis=1)[:, -lead:]
        first = self._taken // ATTACK_HOP
        gains = self._gains[first : first + noise.shape[1] // ATTACK_HOP]
        sound = self._filter.overlapped(self._filter.spectra(noise) * gains)
        before_onset = HOP + lead - self._taken
        return sound[:, max(before_onset, 0) :]


def body_gains(levels: Real) -> Real:
    """Gain of each bin [T, NOISE_SIZE/2 + 1] of ln levels [T, GROUPS]; silence is exactly 0."""
    return audible(levels, NOISE_FLOOR)[:, _GROUP_OF_BIN]
