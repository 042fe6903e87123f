"""Features of sounds as points: a mel-spectrogram descriptor, and a finer timbre.

Audio is mono float [N] at 44.1 kHz with its onset at sample 0.

Log-mel spectrogram [T, 64]: power of a periodic Hann window of 1024 samples every 256, centred,
through 64 triangles of equal area between 30 Hz and 20 kHz, equally wide on Slaney's mel scale,
in dB, never under -60 dB (white noise at -69 dBFS).

Descriptor [832] of a one-shot, over its first 1.5 s (silence where it is shorter): the mean level
of each band in 8 stretches of time that grow from 12 ms to 0.6 s, / 10, and its standard deviation
in the last 5 of them, / 5. Level counts; use `levels.at_level` before where it should not.

Timbre is what a sharp ear tells sounds by, of the first 1.5 s from the attack on, at one peak
level; what lies more than 60 dB under the sound's strongest cell is not heard, and nothing above
15 kHz is. Bands are equally wide on O'Shaughnessy's mel scale.

Course [520]: levels of 40 bands in stretches of time that grow from 12 ms to 0.6 s, and their
spread in the last 5 of them.
Fine spectrum [180]: how log magnitudes lie apart within 20 bands at windows of 46, 186 and 743 ms:
standard deviation, level over mean log magnitude (flatness), difference from bin to bin. Noise has
the values of noise at every window; modes that ring have others, the more the finer the window.
Steadiness [40]: correlation of that fine structure with itself 186 and 372 ms later, × 20. It is 0
where noise is drawn anew, and high where modes stay.
Ref: O'Shaughnessy (1987); Peeters et al. (2011), The Timbre Toolbox, for flatness.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.arguments import checked
from messina.evaluation.signal_levels import Audio, Floats, check_mono, mid
from messina.evaluation.spectra import power_spectrogram, triangles
from messina.units import SAMPLE_RATE

__all__ = [
    "DESCRIPTOR_SIZE",
    "FLOOR_DB",
    "HEARD_SAMPLES",
    "TIMBRE_SIZE",
    "descriptor",
    "descriptors",
    "from_attack",
    "log_mel",
    "mel_filters",
    "timbre",
]

WINDOW_SAMPLES: Final = 1024
HOP_SAMPLES: Final = 256
MEL_BANDS: Final = 64
MEL_RANGE_HZ: Final = (30.0, 20_000.0)
FLOOR_POWER: Final = 1e-6
FLOOR_DB: Final = -60.0

STRETCHES: Final = (0, 2, 5, 10, 20, 40, 80, 160, 259)
"""Edges in hops of the stretches of time."""

SPREAD_FROM: Final = 3
"""The first stretch long enough for a standard deviation."""

DESCRIPTOR_SIZE: Final = MEL_BANDS * (2 * (len(STRETCHES) - 1) - SPREAD_FROM)

# Slaney's scale (1998): linear below 1 kHz, 27 steps per factor of 6.4 above.
_LINEAR_HZ: Final = 200.0 / 3.0
_KNEE_HZ: Final = 1000.0
_KNEE_MEL: Final = _KNEE_HZ / _LINEAR_HZ
_LOG_STEP: Final = np.log(6.4) / 27.0


def _hz_to_mel(frequency_hz: float) -> float:
    if frequency_hz < _KNEE_HZ:
        return frequency_hz / _LINEAR_HZ
    return float(_KNEE_MEL + np.log(frequency_hz / _KNEE_HZ) / _LOG_STEP)


def _mel_to_hz(mel: Floats) -> Floats:
    above = _KNEE_HZ * np.exp(_LOG_STEP * (mel - _KNEE_MEL))
    return np.where(mel < _KNEE_MEL, mel * _LINEAR_HZ, above)


@cache
def mel_filters() -> NDArray[np.float32]:
    """Weights [MEL_BANDS, K] of the bins of a power spectrum; each triangle has area 1 over Hz."""
    lowest, highest = (_hz_to_mel(frequency_hz) for frequency_hz in MEL_RANGE_HZ)
    edges = _mel_to_hz(np.linspace(lowest, highest, MEL_BANDS + 2))
    bins_hz = np.fft.rfftfreq(WINDOW_SAMPLES, 1.0 / SAMPLE_RATE)
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (bins_hz - low) / (centre - low), (high - bins_hz) / (high - centre)
    triangles = np.maximum(np.minimum(rising, falling), 0.0)
    return (triangles * 2.0 / (high - low)).astype(np.float32)


def log_mel(audio: Audio) -> NDArray[np.float32]:
    """Levels of mel bands over time.

    Args:
        audio: Mono [N] at 44.1 kHz.

    Returns:
        float32 [T, 64], dB, one row every 256 samples.
    """
    samples = max(len(audio), 2 * WINDOW_SAMPLES)
    half = WINDOW_SAMPLES // 2
    padded = np.pad(np.asarray(audio, np.float32), (half, half + samples - len(audio)))
    power = power_spectrogram(padded, WINDOW_SAMPLES, HOP_SAMPLES)
    levels: NDArray[np.float32] = 10.0 * np.log10(power @ mel_filters().T + np.float32(FLOOR_POWER))
    return levels


def descriptor(audio: Audio) -> NDArray[np.float32]:
    """A one-shot as a point, over its first 1.5 s.

    Args:
        audio: Mono [N] at 44.1 kHz, its onset at sample 0.

    Returns:
        float32 [832]: means and standard deviations of 64 mel bands in stretches of time.
    """
    check_mono(audio)
    frames = STRETCHES[-1]
    levels = log_mel(audio[: frames * HOP_SAMPLES + WINDOW_SAMPLES])[:frames]
    levels = np.pad(levels, ((0, frames - len(levels)), (0, 0)), constant_values=FLOOR_DB)
    stretches = [levels[a:b] for a, b in pairwise(STRETCHES)]
    means = [stretch.mean(axis=0) / 10.0 for stretch in stretches]
    spreads = [stretch.std(axis=0) / 5.0 for stretch in stretches[SPREAD_FROM:]]
    return np.concatenate([*means, *spreads])


@checked
def descriptors(sounds: Sequence[Audio]) -> NDArray[np.float32]:
    """Mel spectrograms of several one-shots as points, by which sets of sounds are compared.

    Args:
        sounds: Mono [N] each, at 44.1 kHz.

    Returns:
        float32 [n, 832], see `descriptor`.

    Raises:
        ValueError: A sound is not mono.
    """
    if not sounds:
        return np.empty((0, DESCRIPTOR_SIZE), np.float32)
    return np.stack([descriptor(sound) for sound in sounds])


Real = NDArray[np.float32]
Edges = NDArray[np.intp]

HEARD_SAMPLES: Final = round(1.5 * SAMPLE_RATE)
UNHEARD: Final = np.float32(1e-6)
"""Power re the strongest cell under which nothing is heard: -60 dB."""
RANGE_HZ: Final = (40.0, 15_000.0)
_TINY: Final = np.float32(1e-20)

COURSE_BANDS: Final = 40
COURSE_WINDOW: Final = 1024
COURSE_HOP: Final = 256
"""Edges in hops of the stretches of time."""
"""The first stretch long enough for a standard deviation."""

FINE_BANDS: Final = 20
FINE_WINDOWS: Final = (2048, 8192, 32_768)
STEADY_WINDOW: Final = 8192
STEADY_LAGS: Final = (2, 4)
"""In hops of half a window."""
STEADY_DB: Final = 20.0
"""Full correlation counts as a difference of so many dB elsewhere."""

TIMBRE_SIZE: Final = COURSE_BANDS * (2 * (len(STRETCHES) - 1) - SPREAD_FROM) + FINE_BANDS * (
    3 * len(FINE_WINDOWS) + len(STEADY_LAGS)
)

_ATTACK_DB: Final = -35.0
_ATTACK_BLOCK: Final = 32
_BEFORE_ATTACK: Final = 48


def from_attack(audio: Audio) -> Real:
    """The first 1.5 s of a sound [N] or [N, C] from its attack on, mono [N], its peak at 1.

    Of nothing it is a sample of silence.
    """
    before = _BEFORE_ATTACK + _ATTACK_BLOCK // 2
    mono = np.pad(np.asarray(mid(audio), np.float32), (before, 1))
    power = np.convolve(mono * mono, np.full(_ATTACK_BLOCK, 1.0 / _ATTACK_BLOCK, np.float32))
    start = int(np.argmax(power > power.max(initial=0.0) * 10.0 ** (_ATTACK_DB / 10.0)))
    heard = mono[max(0, start - before) :][:HEARD_SAMPLES]
    return heard / np.float32(np.abs(heard).max(initial=0.0) + 1e-9)


@checked
def timbre(audio: Audio) -> Real:
    """Timbre of a sound: its spectrum in fine bands, how it moves, and how steady it is.

    Args:
        audio: [N] or [N, C] at 44.1 kHz.

    Returns:
        float32 [740], on the scale of decibels.
    """
    heard = from_attack(audio)
    return np.concatenate([_course(heard), *map(_fine, _long_spectra(heard)), _steadiness(heard)])


def _hz_edges(count: int) -> NDArray[np.float64]:
    """Edges [count + 1] of bands over RANGE_HZ, equally wide in mel."""
    low, high = (2595.0 * np.log10(1.0 + hz / 700.0) for hz in RANGE_HZ)
    return 700.0 * (10.0 ** (np.linspace(low, high, count + 1) / 2595.0) - 1.0)


@cache
def _triangles() -> Real:
    """Weights [COURSE_BANDS, K] of the bins of a power spectrum; they sum to 1."""
    edges = _hz_edges(COURSE_BANDS + 1)
    bins_hz = np.fft.rfftfreq(COURSE_WINDOW, 1.0 / SAMPLE_RATE)
    weights, centre = triangles(edges, bins_hz), edges[1:-1, None]
    # A band narrower than a bin takes the nearest one.
    empty = np.flatnonzero(weights.sum(axis=1) == 0.0)
    weights[empty, np.abs(bins_hz - centre[empty]).argmin(axis=1)] = 1.0
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


@cache
def _bins(window: int) -> Edges:
    """First bins [FINE_BANDS + 1] of the bands; each holds at least one."""
    bins_hz = np.fft.rfftfreq(window, 1.0 / SAMPLE_RATE)
    bins = np.searchsorted(bins_hz, _hz_edges(FINE_BANDS))
    return np.maximum.accumulate(bins + np.arange(len(bins))) - np.arange(len(bins))


def _spectra(heard: Real, window: int, hop: int) -> Real:
    """Power [T, K], centred; silence follows the sound."""
    after = window // 2 + max(0, window - len(heard))
    return power_spectrogram(np.pad(heard, (window // 2, after)), window, hop)


def _db(power: Real, least: np.float32) -> Real:
    return np.asarray(10.0 * np.log10(np.maximum(power, least)), np.float32)


def _course(heard: Real) -> Real:
    frames = STRETCHES[-1]
    power = _spectra(heard, COURSE_WINDOW, COURSE_HOP)[:frames] @ _triangles().T
    least = power.max() * UNHEARD + _TINY
    levels = _db(power, least) - 10.0 * np.log10(least)
    levels = np.pad(levels, ((0, frames - len(levels)), (0, 0)))
    stretches = [levels[a:b] for a, b in pairwise(STRETCHES)]
    spreads = [stretch.std(axis=0) for stretch in stretches[SPREAD_FROM:]]
    return np.concatenate([*(stretch.mean(axis=0) for stretch in stretches), *spreads])


def _long_spectra(heard: Real) -> list[Real]:
    return [_spectra(heard, window, window // 2) for window in FINE_WINDOWS]


def _fine(power: Real) -> Real:
    """Spread, flatness and roughness [3 * FINE_BANDS] of log magnitudes within bands."""
    edges = _bins(2 * (power.shape[1] - 1))
    first, last = edges[0], edges[-1]
    counts = np.diff(edges)
    heard = power[:, first:last]
    quietest = power.max() * UNHEARD + _TINY
    levels = _db(heard, quietest)

    def mean(values: Real) -> Real:
        sums = np.add.reduceat(values, edges[:-1] - first, axis=1)
        return np.asarray(sums / counts, np.float32)

    level_db = _db(mean(heard), quietest)
    mean_db = mean(levels)
    spread = np.sqrt(np.maximum(mean(levels * levels) - mean_db * mean_db, 0.0))
    rough = mean(np.abs(np.diff(levels, axis=1, append=levels[:, -1:])))
    # Windows count by how far the band stands out of what is not heard.
    weight = np.maximum(level_db - 10.0 * np.log10(quietest), 0.0)
    weight /= weight.sum(axis=0) + np.float32(1e-3)
    parts = (spread, level_db - mean_db, rough)
    return np.concatenate([(part * weight).sum(axis=0) for part in parts])


def _steadiness(heard: Real) -> Real:
    """Correlation [2 * FINE_BANDS] of the fine structure with itself a little later."""
    power = _spectra(heard, STEADY_WINDOW, STEADY_WINDOW // 2)
    edges = _bins(STEADY_WINDOW)
    counts, starts = np.diff(edges), edges[:-1] - edges[0]
    levels = _db(power[:, edges[0] : edges[-1]], power.max() * UNHEARD + _TINY)
    means = np.add.reduceat(levels, starts, axis=1) / counts
    fine = levels - np.repeat(means, counts, axis=1)
    return np.concatenate([_correlation(fine, lag, starts, counts) for lag in STEADY_LAGS])


def _correlation(fine: Real, lag: int, starts: Edges, counts: Edges) -> Real:
    if len(fine) <= lag:
        return np.zeros(len(starts), np.float32)
    now, later = fine[:-lag], fine[lag:]

    def total(values: Real) -> NDArray[np.float64]:
        return np.add.reduceat(values, starts, axis=1).sum(axis=0, dtype=np.float64)

    # 30 dB² a bin: two bands that are nearly flat do not resemble each other by chance.
    size = np.sqrt(total(now * now) * total(later * later)) + 30.0 * counts
    return (STEADY_DB * total(now * later) / size).astype(np.float32)
