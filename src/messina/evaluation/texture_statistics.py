"""Texture statistics: moments, correlations and modulation of cochlear envelopes.

Rain, a crowd, a drone are recognised by statistics over time of the bands of the cochlea, not
by when what happens. Audio is mono float [N] at 44.1 kHz. It is heard in CHANNELS bands, evenly
spaced in ERB numbers from 50 Hz to 16 kHz, whose responses are half cosines that overlap by half
(squares sum to 1); the envelope of each, to the power of 0.3, is taken ENVELOPE_HZ times a second.
Of a window of WINDOW_S (what is shorter is repeated until it fills one):

moments      [CHANNELS, 3]          standard deviation over mean, skewness, kurtosis of the envelope
correlation  [CHANNELS, CHANNELS]   of the envelopes of every two bands
modulation   [CHANNELS, MODULATIONS] share of the envelope's variance in octaves round
                                    MODULATION_HZ, 0.7 to 181 Hz

Ref: McDermott & Simoncelli (2011), Neuron 71(5), whose envelope statistics these are but for the
correlations between modulation bands; Glasberg & Moore (1990) for the ERB scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from messina.evaluation.signal_levels import Audio
from messina.units import SAMPLE_RATE

__all__ = [
    "CHANNELS",
    "CHANNELS_HZ",
    "MODULATION_HZ",
    "TextureStatistics",
    "correlation_distance",
    "mean_statistics",
    "modulation_distance_db",
    "moments_distance",
    "window_statistics",
]

Real = NDArray[np.float64]

CHANNELS: Final = 28
MODULATION_HZ: Final = 2.0 ** np.arange(8)
"""Middle of each octave of the modulation, 1 to 128 Hz."""
WINDOW_SAMPLES: Final = 1 << 17
"""3 s."""
DECIMATION: Final = 64
ENVELOPE_HZ: Final = SAMPLE_RATE / DECIMATION
RINGING: Final = 4096
"""Samples at either end that are not heard: a window's end and its beginning do not join."""

_LOW_HZ, _HIGH_HZ = 50.0, 16_000.0
_COMPRESSION = 0.3
_SILENCE = 1e-12
_LEAST_SHARE = 1e-3
"""Of the variance: modulation 30 dB under all of it is none."""
_MOMENT_SCALES = np.array([1.0, 4.0, 16.0])
"""About how far each moment differs between sounds that nobody takes for each other."""


def _erb_number(hz: NDArray[np.floating]) -> Real:
    return np.asarray(21.4 * np.log10(1.0 + 0.00437 * hz))


_EDGES = np.interp(
    np.linspace(0, 1, CHANNELS + 2), [0, 1], _erb_number(np.array([_LOW_HZ, _HIGH_HZ]))
)

CHANNELS_HZ: Final = (10.0 ** (_EDGES[1:-1] / 21.4) - 1.0) / 0.00437
"""Middle of each band [CHANNELS]."""


class TextureStatistics(NamedTuple):
    """Statistics of the band envelopes of one window, or their means over several."""

    moments: Real
    correlation: Real
    modulation: Real


@lru_cache(maxsize=1)
def _responses() -> NDArray[np.float32]:
    """Of the bands at the bins of a window [CHANNELS, WINDOW_SAMPLES / 2 + 1]."""
    places = _erb_number(np.fft.rfftfreq(WINDOW_SAMPLES, 1.0 / SAMPLE_RATE))
    away = (places - _EDGES[1:-1, None]) / (_EDGES[1] - _EDGES[0])
    return np.where(np.abs(away) < 1.0, np.cos(0.5 * np.pi * away), 0.0).astype(np.float32)


def _envelopes(window: Audio) -> Real:
    """Compressed envelopes [CHANNELS, what is heard of a window / DECIMATION]."""
    spectrum = np.fft.rfft(window, WINDOW_SAMPLES)
    rows = np.empty((CHANNELS, (WINDOW_SAMPLES - 2 * RINGING) // DECIMATION))
    for row, response in zip(rows, _responses(), strict=True):
        analytic = np.zeros(WINDOW_SAMPLES, np.complex128)
        analytic[: len(spectrum)] = 2.0 * spectrum * response
        power = np.abs(np.fft.ifft(analytic)[RINGING:-RINGING]) ** 2
        row[:] = power.reshape(-1, DECIMATION).mean(axis=1) ** (_COMPRESSION / 2.0)
    return rows


def _statistics(window: Audio) -> TextureStatistics:
    envelopes = _envelopes(window)
    mean = envelopes.mean(axis=1, keepdims=True)
    around = envelopes - mean
    spread = np.sqrt(np.square(around).mean(axis=1, keepdims=True))
    heard = spread > _SILENCE + 1e-6 * mean
    normal = np.where(heard, around / np.where(heard, spread, 1.0), 0.0)
    moments = np.stack(
        [
            (spread / (mean + _SILENCE))[:, 0],
            (normal**3).mean(axis=1),
            (normal**4).mean(axis=1),
        ],
        axis=1,
    )
    power = np.square(np.abs(np.fft.rfft(normal, axis=1)))
    octave = np.rint(np.log2(np.fft.rfftfreq(normal.shape[1], 1 / ENVELOPE_HZ)[1:]))
    shares = np.stack([power[:, 1:][:, octave == k].sum(axis=1) for k in range(8)], axis=1)
    total = np.maximum(power[:, 1:].sum(axis=1, keepdims=True), _SILENCE)
    return TextureStatistics(moments, normal @ normal.T / normal.shape[1], shares / total)


def window_statistics(sounds: Sequence[Audio]) -> list[TextureStatistics]:
    """Statistics of all whole windows of some sounds, one after the other.

    Raises ValueError where a sound is empty.
    """
    found = []
    for sound in sounds:
        if len(sound) == 0:
            raise ValueError("an empty sound has no statistics")
        whole = np.resize(sound, max(len(sound), WINDOW_SAMPLES))
        for start in range(0, len(whole) - WINDOW_SAMPLES + 1, WINDOW_SAMPLES):
            found.append(_statistics(whole[start : start + WINDOW_SAMPLES]))
    return found


def mean_statistics(windows: Sequence[TextureStatistics]) -> TextureStatistics:
    """Mean of each statistic over windows; at least one."""
    return TextureStatistics(*(np.mean(part, axis=0) for part in zip(*windows, strict=True)))


def moments_distance(a: TextureStatistics, b: TextureStatistics) -> float:
    """Mean difference of the moments, in steps that are plain to hear; 0 for the same."""
    return float((np.abs(a.moments - b.moments) / _MOMENT_SCALES).mean())


def correlation_distance(a: TextureStatistics, b: TextureStatistics) -> float:
    """Mean difference of the correlations between two bands, 0 … 2."""
    return float(np.abs(a.correlation - b.correlation)[np.triu_indices(CHANNELS, 1)].mean())


def modulation_distance_db(a: TextureStatistics, b: TextureStatistics) -> float:
    """Mean difference of the share of each octave of modulation in each band, in dB."""
    levels = [10.0 * np.log10(np.maximum(part.modulation, _LEAST_SHARE)) for part in (a, b)]
    return float(np.abs(levels[0] - levels[1]).mean())
