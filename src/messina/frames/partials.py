"""Partials: which spectral peaks are sinusoids that last, and how loud they are in each band.

A peak of the STFT counts when its lobe is as sharp as that of a sinusoid and a peak of nearly the
same frequency and level stands LAG frames before and after it. The sinusoids found are subtracted
to leave the noise; their energy in each band is the level of the band's one oscillator.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import BANDS, HOP, PARTIAL_FLOOR, REFERENCE_HZ, band_edges_hz
from messina.frames.spectrum import stft
from messina.units import SAMPLE_RATE

__all__ = [
    "FIRST_FRAME",
    "PartialConfig",
    "Peaks",
    "band_levels",
    "dominant",
    "find_partials",
    "resting_offsets",
    "spectrum_levels",
    "sum_sines",
    "without_others",
]

Real = NDArray[np.float32]
Double = NDArray[np.float64]
Index = NDArray[np.int64]

PARTIAL_SIZE: Final = 2048
LAG: Final = 4
FIRST_FRAME: Final = 4
"""First frame whose window lies wholly after the onset."""

_RANGE_DB = 75.0  # peaks this far below the loudest are left to the noise
_LEAST = 1e-5
_SHORTEST_RUN = 4  # frames
_LOBE_ENERGY = 1.5  # of a sinusoid's squared magnitudes under a Hann window, its peak's being 1
_SAME_PARTIAL = 0.012  # ln frequency (20 cents): peaks averaged into one oscillator's frequency
_ANOTHER = 0.0578  # ln frequency (a semitone): as far off a peak is another partial
_FAR_SOFTER = 0.1  # of the energy of a band: less, and another partial than its harmonic is its own


@dataclass(frozen=True, kw_only=True)
class PartialConfig:
    """Thresholds by which a spectral peak counts as a sinusoid that lasts."""

    size: int = PARTIAL_SIZE
    """Samples of a window."""
    sharpness: float = 1.5
    """ln drop from a sinusoid's bin to two bins away; Hann: 1.9, noise: rarely over 1.5."""
    lag: int = LAG
    """Frames before and after it where it must be found, too."""
    level_change: float = 2.0
    """ln: by which it may differ there at most."""


ONE_SHOT_PARTIALS: Final = PartialConfig()


@dataclass(frozen=True, kw_only=True)
class Peaks:
    """Sinusoidal peaks of all frames, sorted by frame; every array is [P]."""

    frame: Index
    frequency_hz: Double
    amplitude: Double
    phase: Double
    """Radians at the middle of the frame, of a cosine."""

    def __len__(self) -> int:
        return len(self.frame)

    def where(self, keep: NDArray[np.bool_]) -> Peaks:
        """Those of the peaks that a mask [P] keeps."""
        return Peaks(
            frame=self.frame[keep],
            frequency_hz=self.frequency_hz[keep],
            amplitude=self.amplitude[keep],
            phase=self.phase[keep],
        )


def find_partials(signal: Real, frames: int, config: PartialConfig = ONE_SHOT_PARTIALS) -> Peaks:
    """The sinusoidal peaks of a signal [N] that persist in neighbouring frames.

    Ref: McAulay & Quatieri (1986), "Speech analysis/synthesis based on a sinusoidal
    representation".
    """
    spectra = stft(signal, size=config.size, hop=HOP, frames=frames)
    peaks = _sharp_peaks(spectra, config)
    return peaks.where(_lasting(peaks, frames, config))


def dominant(
    peaks: Peaks, signal: Real, frames: int, *, share: float, reference_hz: float = REFERENCE_HZ
) -> Peaks:
    """The peaks of the bands [BANDS] of which sinusoids are more than this share of all energy.

    Where many modes lie side by side a few of them stand out as peaks now and then; the fine
    spectrum of the noise holds all of them alike.
    """
    spectra = stft(signal, size=PARTIAL_SIZE, hop=HOP, frames=frames)
    power = (np.square(spectra.real) + np.square(spectra.imag)).sum(axis=0, dtype=np.float64)
    edges = band_edges_hz(reference_hz)
    bin_bands = np.searchsorted(edges, np.arange(len(power)) * SAMPLE_RATE / PARTIAL_SIZE)
    peak_bands = np.searchsorted(edges, peaks.frequency_hz)
    whole = np.bincount(bin_bands, power, BANDS + 2) * (16 / PARTIAL_SIZE**2 / _LOBE_ENERGY)
    tonal = np.bincount(peak_bands, peaks.amplitude**2, BANDS + 2)
    return peaks.where((tonal > share * whole)[peak_bands])


def without_others(peaks: Peaks, *, reference_hz: float) -> Peaks:
    """The peaks without those of other partials than the one that their band's oscillator plays.

    The quint of an organ lies half way between its fundamental and its octave. Added to an
    oscillator it would be heard an octave or a fifth away; as it is, the noise has it as a line.
    The oscillator's is the harmonic, unless that is far softer: of all notes alike, so that what
    is learnt of them agrees. What is alone in its band at the time is the same partial on its way.
    """
    edges = np.log(band_edges_hz(reference_hz))
    middles = np.exp(0.5 * (edges[1:] + edges[:-1])) / reference_hz
    harmonics = np.log(np.maximum(np.round(middles), 1.0) * reference_hz)
    own = edges[:-1] + (resting_offsets(peaks, reference_hz=reference_hz) + 0.5) * np.diff(edges)
    band = np.clip(_bands_of(peaks, reference_hz), 0, BANDS - 1)
    log_hz, energy = np.log(peaks.frequency_hz), peaks.amplitude**2
    harmonic = np.abs(log_hz - harmonics[band]) < _ANOTHER
    whole = np.bincount(band, energy, BANDS)
    own = np.where(
        np.bincount(band, harmonic * energy, BANDS) > _FAR_SOFTER * whole, harmonics, own
    )
    near = np.abs(log_hz - own[band]) < _ANOTHER
    at = peaks.frame * BANDS + band
    return peaks.where(near | ~np.isin(at, at[near]))


def _sharp_peaks(spectra: NDArray[np.complex64], config: PartialConfig) -> Peaks:
    """Local maxima with a sinusoid's lobe.

    Under a Hann window a sinusoid d bins from a bin has magnitude a sinc(d) / (1 - d²) there, so
    the ratio r of the larger neighbour to the peak gives d = (2 r - 1) / (r + 1) exactly.
    """
    magnitudes = np.abs(spectra) * np.float32(4 / config.size)
    loudest = float(magnitudes.max(initial=0.0))
    threshold = max(loudest * 10 ** (-_RANGE_DB / 20), _LEAST)
    middle = magnitudes[:, 2:-2]
    peak = (middle > magnitudes[:, 1:-3]) & (middle >= magnitudes[:, 3:-1]) & (middle > threshold)
    frame, place = np.nonzero(peak)
    bins = place + 2
    around = np.log(magnitudes[frame[:, None], bins[:, None] + np.arange(-2, 3)] + 1e-12)
    sharp = around[:, 2] - 0.5 * (around[:, 0] + around[:, 4]) >= config.sharpness
    frame, bins, around = frame[sharp], bins[sharp], np.exp(around[sharp].astype(np.float64))
    left, top, right = around[:, 1], around[:, 2], around[:, 3]
    ratio = np.maximum(left, right) / top
    shift = np.where(right >= left, 1.0, -1.0) * (2 * ratio - 1) / (ratio + 1)
    turn = np.where(bins % 2, -1.0, 1.0)  # phase at the middle of the frame, not at its start
    return Peaks(
        frame=frame,
        frequency_hz=(bins + shift) * (SAMPLE_RATE / config.size),
        amplitude=top * (1 - shift**2) / np.sinc(shift),
        phase=np.angle(spectra[frame, bins] * turn),
    )


def _lasting(peaks: Peaks, frames: int, config: PartialConfig) -> NDArray[np.bool_]:
    """Peaks with a like one a lag before and after (one side is enough near the onset)."""
    frequency, log_amplitude = peaks.frequency_hz, np.log(peaks.amplitude)
    tolerance = np.where(frequency > 400, np.maximum(7.0, 0.006 * frequency), 20.0)
    tolerance = np.where(frequency > 400, tolerance, np.maximum(7.0, 0.05 * frequency))
    key = peaks.frame * float(SAMPLE_RATE) + frequency
    found = np.zeros((2, len(peaks)), bool)
    possible = np.zeros((2, len(peaks)), bool)
    for side, lag in enumerate((-config.lag, config.lag)):
        wanted = key + lag * float(SAMPLE_RATE)
        right = np.searchsorted(key, wanted)
        for near in (right - 1, right):
            near = np.clip(near, 0, len(peaks) - 1)
            close = np.abs(key[near] - wanted) < tolerance
            found[side] |= close & (
                np.abs(log_amplitude[near] - log_amplitude) < config.level_change
            )
        possible[side] = (peaks.frame + lag >= 0) & (peaks.frame + lag < frames)
    early = peaks.frame < 3 * config.lag
    return (found | ~possible).all(axis=0) & found.any(axis=0) | (early & found.any(axis=0))


def sum_sines(peaks: Peaks, frames: int) -> Real:
    """The sinusoids as sound [(frames - 1) * HOP], each frame's over its neighbourhood, Hann-faded.

    Around its frame a peak sounds a cos(p + w n), n = -HOP … HOP. With n = 32 i + j the sum over
    peaks is one product of matrices, (a e^(j(p + 32 w i))) by e^(j w j), a frame.
    """
    angle = 2 * np.pi * peaks.frequency_hz / SAMPLE_RATE
    coarse = np.arange(-HOP, HOP, 32)
    left = np.exp(1j * (peaks.phase[:, None] + angle[:, None] * coarse)) * peaks.amplitude[:, None]
    right = np.exp(1j * angle[:, None] * np.arange(32))
    left, right = left.astype(np.complex64), right.astype(np.complex64)
    fade = (0.5 + 0.5 * np.cos(np.pi * np.arange(-HOP, HOP) / HOP)).astype(np.float32)
    total = np.zeros((frames + 1, HOP), np.float32)
    bounds = np.searchsorted(peaks.frame, np.arange(frames + 1))
    for frame, (start, end) in enumerate(pairwise(bounds)):
        if end > start:
            wave = (left[start:end].T @ right[start:end]).real.reshape(-1) * fade
            total[frame : frame + 2] += wave.reshape(2, HOP)
    return total[1:-1].reshape(-1)


def _bands_of(peaks: Peaks, reference_hz: float) -> Index:
    """Band of each peak; -1 below, BANDS above the axis."""
    return np.searchsorted(band_edges_hz(reference_hz), peaks.frequency_hz) - 1


def band_levels(peaks: Peaks, frames: int, *, reference_hz: float) -> Real:
    """ln amplitude [frames, BANDS] of each band's peaks together; short runs are left out."""
    band = _bands_of(peaks, reference_hz)
    inside = (band >= 0) & (band < BANDS)
    place = peaks.frame[inside] * BANDS + band[inside]
    energy = np.bincount(place, peaks.amplitude[inside] ** 2, frames * BANDS)
    energy = energy.reshape(frames, BANDS)
    energy *= _long_runs(energy > 0)
    return np.maximum(0.5 * np.log(energy + 1e-30), PARTIAL_FLOOR).astype(np.float32)


def _long_runs(on: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where a run of at least _SHORTEST_RUN frames goes on [T, K]."""
    if len(on) < _SHORTEST_RUN:
        return np.zeros_like(on)
    windows = np.lib.stride_tricks.sliding_window_view(on, _SHORTEST_RUN, axis=0)
    whole = np.asarray(windows.all(axis=-1))
    long = np.zeros_like(on)
    for shift in range(_SHORTEST_RUN):
        long[shift : shift + len(whole)] |= whole
    return long


def spectrum_levels(signal: Real, frequencies_hz: Double, frames: int) -> Real:
    """ln amplitude [frames, K] that the first frames' spectra have at these frequencies [K]."""
    spectra = stft(signal, size=PARTIAL_SIZE, hop=HOP, frames=frames)
    bins = np.rint(frequencies_hz * (PARTIAL_SIZE / SAMPLE_RATE)).astype(np.int64)
    bins = np.clip(bins, 1, PARTIAL_SIZE // 2 - 1)
    around = np.abs(spectra[:, bins[:, None] + np.arange(-1, 2)]).max(axis=2) * (4 / PARTIAL_SIZE)
    return np.maximum(np.log(around + 1e-12), PARTIAL_FLOOR).astype(np.float32)


def resting_offsets(peaks: Peaks, *, reference_hz: float) -> Double:
    """Place of each band's oscillator in its band [BANDS], -0.5 … 0.5; 0 where nothing sounds.

    Two partials in one band must not be averaged into a third: the energy-weighted median picks
    one, and the peaks near it give its mean.
    """
    band = _bands_of(peaks, reference_hz)
    inside = (band >= 0) & (band < BANDS)
    band, energy = band[inside], peaks.amplitude[inside]
    log_hz = np.log(peaks.frequency_hz[inside])
    median = np.zeros(BANDS)
    order = np.lexsort((log_hz, band))
    bounds = np.searchsorted(band[order], np.arange(BANDS + 1))
    for number, (start, end) in enumerate(pairwise(bounds)):
        if end > start:
            rising = np.cumsum(energy[order[start:end]])
            median[number] = log_hz[order[start + np.searchsorted(rising, 0.5 * rising[-1])]]
    near = np.abs(log_hz - median[band]) < _SAME_PARTIAL
    weight = np.bincount(band[near], energy[near], BANDS)
    mean = np.bincount(band[near], energy[near] * log_hz[near], BANDS)
    edges = np.log(band_edges_hz(reference_hz))
    offsets = np.zeros(BANDS)
    sounding = weight > 0
    low, high = edges[:-1][sounding], edges[1:][sounding]
    offsets[sounding] = (mean[sounding] / weight[sounding] - low) / (high - low) - 0.5
    return np.clip(offsets, -0.5, 0.5)
