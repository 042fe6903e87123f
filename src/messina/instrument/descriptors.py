"""What a sound's points say of it: power, loudness, brightness, what of it can be heard.

Works on points [..., POINTS, BODY_SIZE] in ln amplitude over the sound's gain, so a sound as loud
as its own gain has loudness 0 here.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import (
    BANDS,
    BODY_FLOOR,
    BODY_SIZE,
    ONSET_SIZE,
    ONSET_SLICES,
    REFERENCE_HZ,
    STEPS,
    band_edges_hz,
)
from messina.frames.noise import GROUP_WEIGHTS, NOISE_SIZE
from messina.instrument.timegrid import POINT_FRAMES
from messina.units import SAMPLE_RATE

__all__ = [
    "CRITICAL_BANDS",
    "FREQUENCIES_LN",
    "LOUDNESS_FRAMES",
    "ONSET_PARTS",
    "POWER_SHARE",
    "audibility",
    "band_shares",
    "brightness_ln",
    "energies_brightness_ln",
    "heard_of_onset",
    "level_energies",
    "loudness",
    "onset_weights",
]

Real = NDArray[np.float32]


_LOWEST_BIN = 0.25  # where the group around 0 Hz is taken to lie


def _power_share() -> Real:
    """Power of each dimension at amplitude 1: a sine's 1/2, a group's share of white noise."""
    return np.concatenate([np.full(BANDS, 0.5), GROUP_WEIGHTS.mean(axis=0)]).astype(np.float32)


def _frequencies_ln() -> Real:
    edges = band_edges_hz(REFERENCE_HZ)
    bins = np.arange(len(GROUP_WEIGHTS)) @ GROUP_WEIGHTS / GROUP_WEIGHTS.sum(axis=0)
    noise_hz = np.maximum(bins, _LOWEST_BIN) * SAMPLE_RATE / NOISE_SIZE
    return np.log(np.concatenate([np.sqrt(edges[1:] * edges[:-1]), noise_hz])).astype(np.float32)


POWER_SHARE: Final = _power_share()
"""Power of each dimension of a body at amplitude 1 [BODY_SIZE]."""

FREQUENCIES_LN: Final = _frequencies_ln()
"""ln of each dimension's frequency in Hz [BODY_SIZE], for a sound at REFERENCE_HZ."""


def _critical_band(frequency_hz: NDArray[np.floating]) -> NDArray[np.floating]:
    """Place on the scale of critical bands, in equivalent rectangular bandwidths.

    Ref: Glasberg & Moore (1990): 21.4 log10(1 + 0.00437 f).
    """
    return 21.4 * np.log10(1.0 + 0.00437 * frequency_hz)


CRITICAL_BANDS: Final = int(_critical_band(np.array(SAMPLE_RATE / 2))) + 1
"""Critical bands up to half the sample rate."""


def band_shares(reference_hz: float) -> Real:
    """Power of each level at amplitude 1 in each critical band [BODY_SIZE, CRITICAL_BANDS].

    For a sound of this pitch in Hz; the partials' bands move with it.
    """
    frequencies_hz = np.exp(FREQUENCIES_LN.astype(np.float64))
    frequencies_hz[:BANDS] *= reference_hz / REFERENCE_HZ
    bands = _critical_band(frequencies_hz).astype(np.int64)
    shares = np.zeros((BODY_SIZE, CRITICAL_BANDS + 1), np.float32)
    shares[np.arange(BODY_SIZE), np.minimum(bands, CRITICAL_BANDS)] = POWER_SHARE
    return shares[:, :CRITICAL_BANDS]


_HEARD_NEPERS = 8.0
_LEAST_HEARD = 0.08
"""Silence and what lies 70 dB under the loudest still count this much."""

ONSET_PARTS = {
    "offsets": 1.0,
    "phases": 0.5,
    "glide": 0.3,
    "partial_attack": 0.5,
    "noise_attack": 1.0,
    "stereo": 0.3,
}
"""How much each part of the onset counts, all its numbers together."""

_STEP_HZ = SAMPLE_RATE / 256 * np.concatenate([np.arange(8) + 0.2, np.geomspace(8.8, 122, 16)])
_NEAREST_GROUP = np.abs(np.log(_STEP_HZ)[:, None] - FREQUENCIES_LN[BANDS:]).argmin(axis=1)
"""The body's noise group at about the middle of each group of the onset's [ERBS]."""

LOUDNESS_FRAMES: Final = 9
"""50 ms, over which what is loudest is measured."""


def frame_powers(body: Real) -> Real:
    """Power of each frame [..., T] of levels [..., T, BODY_SIZE], oscillators and noise."""
    powers: Real = np.exp(2.0 * body) @ POWER_SHARE
    return powers


def loudness(body: Real) -> float:
    """ln RMS of the loudest 50 ms of levels [T, BODY_SIZE], one row every hop."""
    powers = frame_powers(body)
    width = min(LOUDNESS_FRAMES, len(powers))
    sums = np.concatenate([[0.0], np.cumsum(powers, dtype=np.float64)])
    return float(0.5 * np.log(max((sums[width:] - sums[:-width]).max() / width, 1e-12)))


def brightness_ln(points: Real) -> float:
    """ln of the energy-weighted geometric mean frequency in Hz of points [POINTS, BODY_SIZE]."""
    return energies_brightness_ln(level_energies(points))


def energies_brightness_ln(energy: NDArray[np.float64]) -> float:
    """ln of the energy-weighted geometric mean frequency in Hz of levels' energies [BODY_SIZE]."""
    return float((energy * FREQUENCIES_LN).sum() / max(energy.sum(), 1e-12))


def level_energies(points: Real) -> NDArray[np.float64]:
    """Energy [BODY_SIZE] of each level of a sound over all its points [POINTS, BODY_SIZE]."""
    spans = np.gradient(POINT_FRAMES.astype(np.float64))
    energy: NDArray[np.float64] = spans @ (np.exp(2.0 * points.astype(np.float64)) * POWER_SHARE)
    return energy


def audibility(points: Real) -> Real:
    """How much each level counts, 0.08 … 1, by its distance to the sound's loudest level."""
    loudest = points.max(axis=(-2, -1), keepdims=True)
    heard: Real = np.clip((points - loudest + _HEARD_NEPERS) / _HEARD_NEPERS, _LEAST_HEARD, 1.0)
    return heard


def onset_weights(points: Real) -> Real:
    """How much each number of the onset counts [B, ONSET_SIZE]: only what is heard does.

    points [B, P, BODY_SIZE], the first of them the onset's.
    """
    weights = heard_of_onset(points)
    for part, where in ONSET_SLICES.items():
        weights[:, where] *= ONSET_PARTS[part] / (where.stop - where.start)
    return weights


def heard_of_onset(points: Real) -> Real:
    """How far each number of the onset is heard [B, ONSET_SIZE], 0 … 1, of points [B, P, D]."""
    tones = points[..., :BANDS].max(axis=1)
    heard = np.clip((tones - BODY_FLOOR[0]) / 6.0 - 0.2, 0.0, 1.0)  # [B, BANDS]
    tonal = heard.max(axis=1, keepdims=True)
    noise = points[:, :2, BANDS:].max(axis=1)[:, _NEAREST_GROUP]  # [B, ERBS]
    loudest = np.maximum(noise.max(axis=1, keepdims=True), tones.max(axis=1, keepdims=True) - 3.0)
    noise_heard = np.clip((noise - loudest + _HEARD_NEPERS) / _HEARD_NEPERS, 0.02, 1.0)
    parts = {
        "offsets": heard,
        "phases": np.concatenate([heard**2, heard**2], axis=1),
        "glide": tonal,
        "partial_attack": tonal,
        "noise_attack": np.tile(noise_heard, (1, STEPS)),
        "stereo": np.ones_like(tonal),
    }
    weights = np.empty((len(points), ONSET_SIZE), np.float32)
    for part, where in ONSET_SLICES.items():
        weights[:, where] = parts[part]
    return weights
