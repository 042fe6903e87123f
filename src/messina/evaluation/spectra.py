"""Distances of spectrograms and envelopes; levels of attacks and tails.

Audio is mono float [N] at 44.1 kHz; the sounds start at the same sample, the shorter one goes on
in silence. Spectrograms: periodic Hann window of n samples, hop n/4, the first window centred on
sample 0, zeros on both sides.

Log-spectral distance: mean absolute difference of the two magnitudes in dB, both held at a floor
80 dB under the largest magnitude of the *reference*, over the points where at least one of them is
above that floor. At windows of 256, 1024 and 4096 samples: the short one resolves attacks, the
long one pitch. Two independent noises with the same envelope are 6.1/6.0/6.0 dB apart, so on noisy
sounds 6 is as good as perfect; identical sounds are 0 apart.

Spectral convergence: norm of the difference of the magnitudes over the norm of the reference's, in
dB, at a window of 2048; 0 dB is as bad as silence, two noises are at -3.7, lower is better.

Envelope: RMS of blocks of 88 samples (2 ms) plus 1e-4, in dB: nothing under -80 dBFS counts.
Envelope error: mean absolute difference of two envelopes. Attack error: the same over the first
30 ms. Attack level: level of the first 10 ms re the loudest 50 ms, in dB; about 0 and more for what
is struck, the lower the softer it sets in. Audible length: until blocks of 10 ms stay 60 dB under
the loudest 50 ms. Tail level: level of the last tenth re the loudest 50 ms, in dB; about -40 for a
sound that was left to ring out. Tail rise: the most that the level of blocks of 1024 samples
(23 ms), later than 140 ms after the loudest block, climbs above the lowest block before it, held at
a floor 50 dB under the loudest; a sound that only dies away has 0, decaying noise 1 to 2, a second
sound more.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from messina.arguments import checked
from messina.evaluation.signal_levels import (
    Audio,
    Floats,
    block_levels_db,
    level_db,
    loudest_db,
    matched,
)
from messina.units import SAMPLE_RATE

__all__ = [
    "LSD_WINDOWS",
    "attack_error_db",
    "attack_level_db",
    "audible_length_s",
    "envelope_db",
    "envelope_error_db",
    "hann",
    "log_spectral_distance",
    "power_spectrogram",
    "spectral_convergence",
    "tail_level_db",
    "tail_rise_db",
    "triangles",
]

LSD_WINDOWS: Final = (256, 1024, 4096)
"""Windows of the log-spectral distance, in samples: 5.8, 23 and 93 ms."""

LSD_FLOOR_DB: Final = -80.0
"""Where magnitudes stop to count, in dB re the largest one of the reference."""

_TINY: Final = np.float32(1e-30)


def hann(samples: int) -> Floats:
    """Periodic Hann window [N]."""
    return 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(samples) / samples)


def power_spectrogram(audio: Audio, window_samples: int, hop_samples: int) -> NDArray[np.float32]:
    """Squared magnitudes [T, K] of the windowed blocks of `audio`, without padding.

    Single precision: its rounding lies 140 dB under the largest bin, far beneath every floor here.
    """
    blocks = sliding_window_view(np.asarray(audio, np.float32), window_samples)[::hop_samples]
    spectrum = np.fft.rfft(blocks * hann(window_samples).astype(np.float32), axis=1)
    return np.asarray(spectrum.real**2 + spectrum.imag**2, np.float32)


def triangles(edges_hz: NDArray[np.floating], bins_hz: NDArray[np.floating]) -> NDArray[Any]:
    """Weights [B, K] of bins: from each edge [B + 2] up to 1 at the next, down to the third."""
    low, centre, high = edges_hz[:-2, None], edges_hz[1:-1, None], edges_hz[2:, None]
    weights = np.minimum((bins_hz - low) / (centre - low), (high - bins_hz) / (high - centre))
    return np.maximum(weights, 0.0)


def _centred(audio: Audio, window: int) -> NDArray[np.float32]:
    padded = np.pad(np.asarray(audio, np.float32), (window // 2, window))
    return power_spectrogram(padded, window, window // 4)


def _distance_db(reference: Audio, other: Audio, window: int) -> float:
    first, second = _centred(reference, window), _centred(other, window)
    floor = max(first.max() * np.float32(10.0 ** (LSD_FLOOR_DB / 10.0)), _TINY)
    heard = (first > floor) | (second > floor)
    if not heard.any():
        return 0.0
    ratio = np.maximum(first[heard], floor) / np.maximum(second[heard], floor)
    return float(np.abs(10.0 * np.log10(ratio)).mean(dtype=np.float64))


@checked
def log_spectral_distance(
    reference: Audio, other: Audio, *, windows: tuple[int, ...] = LSD_WINDOWS
) -> Floats:
    """Mean absolute difference of two magnitude spectrograms in dB.

    Both are held at a floor 80 dB under the largest magnitude of the reference. Two noises with the
    same envelope are about 6 dB apart. Ref: Gray & Markel (1976), "Distance measures for speech
    processing".

    Args:
        reference: Mono [N] at 44.1 kHz.
        other: Mono, its onset at the same sample; the shorter one goes on in silence.
        windows: Lengths of the windows in samples; hops are a quarter of them.

    Returns:
        float64 [len(windows)], dB; 0 for the same sound.

    Raises:
        ValueError: A sound is not mono.
    """
    first, second = matched(reference, other)
    return np.array([_distance_db(first, second, window) for window in windows])


@checked
def spectral_convergence(reference: Audio, other: Audio, *, window_samples: int = 2048) -> float:
    """Norm of the difference of two magnitude spectrograms over that of the reference.

    Ref: Arik, Jun & Diamos (2019), "Fast spectrogram inversion using multi-head convolutional
    neural networks".

    Args:
        reference: Mono [N] at 44.1 kHz.
        other: Mono, its onset at the same sample.
        window_samples: Length of the window; the hop is a quarter of it.

    Returns:
        dB: 0 is as bad as silence, -inf the same.

    Raises:
        ValueError: A sound is not mono, or the window too short or too long.
    """
    if not 16 <= window_samples <= 1 << 20:
        raise ValueError(f"window_samples is {window_samples}; it can be 16 to {1 << 20}")
    first, second = (np.sqrt(_centred(x, window_samples)) for x in matched(reference, other))
    size = float(np.linalg.norm(first))
    error = float(np.linalg.norm(first - second))
    with np.errstate(divide="ignore"):
        return float(20.0 * np.log10(np.float64(error) / max(size, float(_TINY))))


ENVELOPE_SAMPLES: Final = 88
ATTACK_BLOCKS: Final = 15
ONSET_SAMPLES: Final = 441
AUDIBLE_DB: Final = -60.0
ENVELOPE_FLOOR: Final = 1e-4

RISE_SAMPLES: Final = 1024
RISE_AFTER_BLOCKS: Final = 6
RISE_FLOOR_DB: Final = -50.0


def envelope_db(audio: Audio) -> Floats:
    """Level [N // 88] of each 2 ms, in dB."""
    blocks = len(audio) // ENVELOPE_SAMPLES
    shaped = np.asarray(audio[: blocks * ENVELOPE_SAMPLES], np.float64).reshape(blocks, -1)
    return np.asarray(20.0 * np.log10(np.sqrt(np.mean(shaped**2, axis=1)) + ENVELOPE_FLOOR))


def _envelope_errors_db(reference: Audio, other: Audio) -> Floats:
    first, second = matched(reference, other)
    short = ENVELOPE_SAMPLES - len(first)
    if short > 0:
        first, second = np.pad(first, (0, short)), np.pad(second, (0, short))
    return np.asarray(np.abs(envelope_db(first) - envelope_db(second)))


def envelope_error_db(reference: Audio, other: Audio) -> float:
    """Mean difference of the envelopes in dB, over the longer of the two sounds."""
    return float(_envelope_errors_db(reference, other).mean())


def attack_error_db(reference: Audio, other: Audio) -> float:
    """Mean difference of the envelopes in dB, over the first 30 ms."""
    return float(_envelope_errors_db(reference, other)[:ATTACK_BLOCKS].mean())


def attack_level_db(audio: Audio) -> float:
    """Level of the first 10 ms of the sound re its loudest 50 ms, in dB; NaN for silence."""
    if not np.any(audio):
        return float("nan")
    return level_db(audio[:ONSET_SAMPLES]) - loudest_db(audio)


def audible_length_s(audio: Audio) -> float:
    """Seconds until the sound stays 60 dB under its loudest 50 ms; 0 for silence."""
    if not np.any(audio):
        return 0.0
    padded = np.pad(audio, (0, -len(audio) % ONSET_SAMPLES))
    heard = block_levels_db(padded, ONSET_SAMPLES) > loudest_db(audio) + AUDIBLE_DB
    blocks = int(np.flatnonzero(heard)[-1]) + 1 if heard.any() else 0
    return min(blocks * ONSET_SAMPLES, len(audio)) / SAMPLE_RATE


def tail_level_db(audio: Audio) -> float:
    """Level of the last tenth of the sound re its loudest 50 ms, in dB; NaN for silence."""
    if not np.any(audio):
        return float("nan")
    return level_db(audio[int(0.9 * len(audio)) :]) - loudest_db(audio)


def tail_rise_db(audio: Audio) -> float:
    """Largest climb of the level after the sound has begun to die away, in dB."""
    levels = block_levels_db(audio, RISE_SAMPLES)
    if not len(levels):
        return 0.0
    levels = np.maximum(levels, levels.max() + RISE_FLOOR_DB)
    tail = levels[int(np.argmax(levels)) + RISE_AFTER_BLOCKS :]
    if len(tail) < 3:
        return 0.0
    return float(np.max(tail - np.minimum.accumulate(tail)))
