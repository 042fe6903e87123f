"""A sound as a point: levels in mel bands over time, on which distances mean something.

Audio is mono float [N] at 44.1 kHz with its onset at sample 0.

Log-mel spectrogram [T, 64]: power of a periodic Hann window of 1024 samples every 256, centred,
through 64 triangles of equal area between 30 Hz and 20 kHz, equally wide on Slaney's mel scale,
in dB, never under -60 dB (white noise at -69 dBFS).

Descriptor [832] of a one-shot, over its first 1.5 s (silence where it is shorter): the mean level
of each band in 8 stretches of time that grow from 12 ms to 0.6 s, / 10, and its standard deviation
in the last 5 of them, / 5. Level counts; use `levels.at_level` before where it should not.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.evaluation.levels import Audio, Floats
from messina.evaluation.spectra import power_spectrogram
from messina.units import SAMPLE_RATE

__all__ = [
    "DESCRIPTOR_SIZE",
    "FLOOR_DB",
    "descriptor",
    "descriptors",
    "log_mel",
    "mel_filters",
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
    frames = STRETCHES[-1]
    levels = log_mel(audio[: frames * HOP_SAMPLES + WINDOW_SAMPLES])[:frames]
    levels = np.pad(levels, ((0, frames - len(levels)), (0, 0)), constant_values=FLOOR_DB)
    stretches = [levels[a:b] for a, b in pairwise(STRETCHES)]
    means = [stretch.mean(axis=0) / 10.0 for stretch in stretches]
    spreads = [stretch.std(axis=0) / 5.0 for stretch in stretches[SPREAD_FROM:]]
    return np.concatenate([*means, *spreads])


def descriptors(sounds: Sequence[Audio]) -> NDArray[np.float32]:
    """Several one-shots as points.

    Args:
        sounds: Mono [N] each, at 44.1 kHz.

    Returns:
        float32 [n, 832], see `descriptor`.
    """
    if not sounds:
        return np.empty((0, DESCRIPTOR_SIZE), np.float32)
    return np.stack([descriptor(sound) for sound in sounds])
