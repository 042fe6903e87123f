"""Noise at two resolutions: what its levels are, and how it is played.

The noise of the body is STFT frames of NOISE_SIZE every HOP, with levels at GROUPS frequencies: a
bin apart in the lows, 2.9 kHz in the highs, interpolated in straight lines. It is synthesised as
the STFT of the sound's own excitation times the levels, overlap-added: a time-varying filter, which
needs no phases of its own. The onset, for which that is too slow, is a second such filter after it:
STFT frames of ATTACK_SIZE every ATTACK_HOP with gains in ERBS bands, all 1 when the onset is done.

Ref: Crochiere (1980), "A weighted overlap-add method of short-time Fourier analysis/synthesis".
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from messina.frames.excitation import (
    Excitation,
)
from messina.frames.layout import (
    ATTACK_HOP,
    ERBS,
    GROUPS,
    HOP,
    NOISE_FLOOR,
    STEPS,
)
from messina.frames.oscillators import audible
from messina.frames.spectrum import hann, overlap_add

__all__ = [
    "ATTACK_SIZE",
    "FIRST_STEP",
    "GROUP_BINS",
    "GROUP_WEIGHTS",
    "NOISE_BINS",
    "NOISE_SIZE",
    "SHAPED_SAMPLES",
    "STEP_GROUP_OF_BIN",
    "TAPER",
    "TAPER_STEPS",
    "BodyNoise",
    "OnsetShaper",
    "SpectralFilter",
    "body_gains",
    "weights_at",
]

Real = NDArray[np.float32]
Codes = NDArray[np.uint8]
Double = NDArray[np.float64]

NOISE_SIZE: Final = 1024
NOISE_BINS: Final = NOISE_SIZE // 2 + 1
ATTACK_SIZE: Final = 256

SHAPED_SAMPLES: Final = 2048
"""Samples of the stream that go through the gains of the onset."""
FIRST_STEP: Final = 5
"""Window of the stream whose middle is the onset."""
TAPER_STEPS: Final = 6  # steps before the last over which it falls
TAPER: Final = np.minimum(np.arange(STEPS, 0, -1) / TAPER_STEPS, 1.0).astype(np.float32)
"""How far each step of the onset's noise counts [STEPS]."""


def _group_bins() -> NDArray[np.float64]:
    """Frequencies of the levels [GROUPS], in bins of NOISE_SIZE: even steps of a warped axis.

    Bins are sinh-like in the axis: a bin apart in the lows, ever wider in the highs.
    """
    places = np.arange(GROUPS) / (GROUPS - 1)
    low, high = 0.1, 20.0
    for _ in range(60):  # the steepest axis whose first step is a bin
        middle = 0.5 * (low + high)
        first = np.expm1(middle * places[1]) / np.expm1(middle) * (NOISE_SIZE // 2)
        low, high = (middle, high) if first >= 1.0 else (low, middle)
    return np.asarray(np.expm1(low * places) / np.expm1(low) * (NOISE_SIZE // 2))


GROUP_BINS: Final = _group_bins()
"""Frequency of each level [GROUPS], in bins of NOISE_SIZE, 0 to half of it."""


def weights_at(bins: NDArray[np.floating | np.integer]) -> NDArray[np.float64]:
    """Interpolation weights of the noise groups [K, GROUPS] at these bins [K].

    Each row sums to 1.
    """
    rows = [np.interp(bins, GROUP_BINS, row) for row in np.eye(GROUPS)]
    return np.stack(rows, axis=1)


GROUP_WEIGHTS: Final = weights_at(np.arange(NOISE_SIZE // 2 + 1)).astype(np.float32)
"""How much each group counts in each bin [NOISE_SIZE/2 + 1, GROUPS]."""


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


STEP_GROUP_OF_BIN: Final = _step_group_of_bin()
"""Group of each bin of ATTACK_SIZE."""


class SpectralFilter:
    """A time-varying filter by weighted overlap-add: a stream [channels, N] through gains by frame.

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
        """Takes in samples [channels, T * hop].

        Spectra [channels, T, size/2 + 1] of the windows they fill.
        """
        if signal.shape[1] == 0:
            return np.zeros((len(signal), 0, self._size // 2 + 1), np.complex64)
        joined = np.concatenate([self._past, signal], axis=1)
        self._past = joined[:, signal.shape[1] :]
        windows = sliding_window_view(joined, self._size, axis=1)[:, :: self._hop]
        spectra = np.fft.rfft(windows * hann(self._size), axis=2)
        return spectra.astype(np.complex64, copy=False)

    def overlapped(self, spectra: NDArray[np.complex64]) -> Real:
        """Overlap-adds filtered spectra [channels, T, bins].

        The next T hops of sound [channels, N].
        """
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

    mix [channels, (M, M'), bins]: the excitation and its decorrelated copy make the channels.
    """

    LEAD: Final = NOISE_SIZE // 2 // HOP
    """Rows that must follow a row before its block is complete."""

    def __init__(self, mix: Real, excitation: Excitation) -> None:
        self._mix = mix
        self._excitation = excitation
        self._copies = (False, True)[: 2 if mix[:, 1].any() else 1]
        self._place = 0.0  # in the excitation
        self._pace = 1.0  # at the last row
        self._even = SpectralFilter(size=NOISE_SIZE, hop=HOP, channels=len(self._copies))
        self._out = SpectralFilter(size=NOISE_SIZE, hop=HOP, channels=len(mix))
        self._started = False

    def step(
        self, levels: Real, *, louder: Real | None = None, paces: Double | None = None
    ) -> Real:
        """Rows of ln levels [T, GROUPS] to sound [channels, N]; N is T * HOP but for the first.

        louder: nepers [T, GROUPS] by which they are played louder; paces [T]: how fast the
        excitation is read, 1 at rest.
        """
        if len(levels) == 0:
            return np.zeros((len(self._mix), 0), np.float32)
        paces = np.ones(len(levels)) if paces is None else paces
        gains = body_gains(levels)
        if louder is not None:
            gains *= np.exp(louder @ GROUP_WEIGHTS.T)
        skipped = 0
        if not self._started:  # before the onset the levels stood still
            gains = np.concatenate([np.repeat(gains[:1], self.LEAD, axis=0), gains])
            paces = np.concatenate([np.repeat(paces[:1], self.LEAD), paces])
            skipped = self._even.lead
            self._pace = float(paces[0])
            self._even.spectra(self._samples(np.repeat(paces[:1], skipped // HOP)))
            self._started = True
        spectra = self._even.spectra(self._samples(paces))
        return self._out.overlapped(self._mixed(spectra * gains))[:, skipped:]

    def _mixed(self, shaped: NDArray[np.complex64]) -> NDArray[np.complex64]:
        """The channels [channels, T, bins] of the excitation and its copy, if there is one."""
        if len(shaped) == 1:
            return shaped if len(self._mix) == 1 else shaped * self._mix[:, :1]
        middle, decorrelated = shaped
        mixed = self._mix[:, :1] * middle
        mixed += self._mix[:, 1:] * decorrelated
        return mixed

    def _samples(self, paces: Double) -> Real:
        """The next hops of the excitation and its decorrelated copy, one a pace."""
        start, count = self._place, len(paces) * HOP
        before = np.append(self._pace, paces[:-1])
        self._pace = float(paces[-1])
        if start.is_integer() and (before == 1.0).all() and (paces == 1.0).all():
            self._place = start + count
            return np.stack(
                [
                    self._excitation.read(int(start), count, decorrelated=copy)
                    for copy in self._copies
                ]
            )
        passed = np.cumsum(np.append(start, 0.5 * HOP * (before + paces)))
        self._place = float(passed[-1])
        n = np.arange(HOP)
        faster = (paces - before)[:, None] / (2 * HOP)
        places = (passed[:-1, None] + n * (before[:, None] + n * faster)).reshape(-1)
        return np.stack(
            [self._excitation.read_at(places, decorrelated=copy) for copy in self._copies]
        )


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
    return audible(levels @ GROUP_WEIGHTS.T, NOISE_FLOOR)
