"""What a hit sounds like, as a vector, and what groups of hits are called by it.

The first 150 ms in bands, without their level. Two looks at the same sound: five moments in broad
bands, which tell how it is struck and how it dies away, and one fine spectrum of its lows, which
tells drums and notes by their pitch.

Names are kick 1, snare, hat 2, tom, tone …
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.units import SAMPLE_RATE

__all__ = ["FEATURES", "Character", "KnownVoices", "features_of", "kind_of", "label_groups"]

Real = NDArray[np.float32]

BANDS: Final = 26
SLICES_S: Final = (0.0, 0.012, 0.03, 0.06, 0.1, 0.15)
"""Between these times levels are averaged: an attack is told from what rings after it."""
FINE_BANDS: Final = 30
FINE_WEIGHT: Final = 2.0
"""Of a fine band re a broad one."""
RANGE_DB: Final = 48.0
FEATURES: Final = BANDS * (len(SLICES_S) - 1) + FINE_BANDS

_WINDOW: Final = 1024
_HOP: Final = 128
_LOWEST_HZ: Final = 40.0
_HIGHEST_HZ: Final = 16_000.0
_FINE_S: Final = 0.12
_FINE_HZ: Final = (35.0, 1_600.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class KnownVoices:
    """What it takes to recognise the voices of a groove in another recording."""

    centres: Real  # [voices, FEATURES]
    loudest_db: float
    """Loudness of velocity 127, dBFS."""


def features_of(mid: Real) -> Real:
    """Levels [FEATURES] of a hit [N]: RANGE_DB for what is loudest, 0 for what is silent."""
    levels = 10.0 * np.log10(_band_power(mid) + 1e-12)
    edges = [round(at * SAMPLE_RATE / _HOP) for at in SLICES_S]
    patch = np.stack(
        [levels[first : max(end, first + 1)].mean(axis=0) for first, end in pairwise(edges)]
    )
    fine = 10.0 * np.log10(_fine_power(mid) + 1e-12)
    looks = [_audible(patch).ravel(), np.sqrt(FINE_WEIGHT) * _audible(fine)]
    return np.concatenate(looks).astype(np.float32)


def _audible(levels_db: NDArray[np.float64]) -> NDArray[np.float64]:
    """Levels above RANGE_DB under the loudest; a dB counts the more the louder it is."""
    share = np.maximum(levels_db - levels_db.max() + RANGE_DB, 0.0) / RANGE_DB
    return RANGE_DB * share**1.3


def _band_power(mid: Real) -> NDArray[np.float64]:
    """Power [T, BANDS], frame t starting at sample t * HOP; silence follows the end."""
    count = round(SLICES_S[-1] * SAMPLE_RATE / _HOP) + 1
    needed = count * _HOP + _WINDOW
    padded = np.pad(mid[:needed], (0, max(0, needed - len(mid))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP][:count]
    # half a window: what is at the frame's beginning counts, so that the attack is in frame 0
    window = np.cos(np.linspace(0, np.pi / 2, _WINDOW)).astype(np.float32) ** 2
    window[:32] *= np.linspace(0, 1, 32, dtype=np.float32)
    spectrum = np.abs(np.fft.rfft(frames * window)) ** 2
    mel = np.linspace(_mel(_LOWEST_HZ), _mel(_HIGHEST_HZ), BANDS + 2)
    corners = 700.0 * (np.exp(mel / 1127.0) - 1.0)
    return np.asarray(spectrum @ _triangles(tuple(corners.tolist()), _WINDOW), np.float64)


def _fine_power(mid: Real) -> NDArray[np.float64]:
    """Power [FINE_BANDS] of the sound's beginning, in fifths of an octave."""
    size = 16_384
    part = mid[: round(_FINE_S * SAMPLE_RATE)]
    window = np.cos(np.linspace(0, np.pi / 2, len(part))).astype(np.float32) ** 2
    spectrum = np.abs(np.fft.rfft(part * window, size)) ** 2
    corners = np.geomspace(*_FINE_HZ, FINE_BANDS + 2)
    return np.asarray(spectrum @ _triangles(tuple(corners.tolist()), size), np.float64)


@cache
def _triangles(corners_hz: tuple[float, ...], size: int) -> NDArray[np.float64]:
    """Triangles [bins, K], each from one corner over the next to the one after, of equal sum."""
    corners = np.array(corners_hz)
    hz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)[:, None]
    low, centre, high = corners[:-2], corners[1:-1], corners[2:]
    # low bands are narrower than a bin: each gets at least the bin it lies in
    bin_hz = SAMPLE_RATE / size
    rise = (hz - np.minimum(low, centre - bin_hz)) / np.maximum(centre - low, bin_hz)
    fall = (np.maximum(high, centre + bin_hz) - hz) / np.maximum(high - centre, bin_hz)
    return np.asarray(np.clip(np.minimum(rise, fall), 0.0, 1.0))


def _mel(hz: float) -> float:
    return float(1127.0 * np.log1p(hz / 700.0))


SURE_PITCH: Final = 0.6


@dataclass(frozen=True, kw_only=True)
class Character:
    """What a hit is told by; of a group, the middle of its hits."""

    brightness_hz: float
    decay_s: float
    low_share: float
    """Of the energy, below 150 Hz."""
    high_share: float
    """Of the energy, above 5 kHz."""
    pitch_hz: float
    """0 where there is none."""
    pitch_confidence: float

    @classmethod
    def of_group(cls, members: Sequence[Character]) -> Character:
        """Its median in everything."""
        columns = [
            (m.brightness_hz, m.decay_s, m.low_share, m.high_share, m.pitch_hz, m.pitch_confidence)
            for m in members
        ]
        middle = np.median(np.array(columns), axis=0)
        return cls(
            brightness_hz=float(middle[0]),
            decay_s=float(middle[1]),
            low_share=float(middle[2]),
            high_share=float(middle[3]),
            pitch_hz=float(middle[4]),
            pitch_confidence=float(middle[5]),
        )


def kind_of(character: Character) -> str:
    """The plain word for a sound."""
    c = character
    if c.pitch_confidence >= SURE_PITCH and 35.0 < c.pitch_hz < 2000.0:
        return "bass" if c.pitch_hz < 130.0 else "tone"
    if c.brightness_hz > 3500.0 and c.low_share < 0.1:
        return "cymbal" if c.decay_s > 0.8 else "hat"
    if c.low_share > 0.45:
        return "kick"
    if c.high_share > 0.05:
        return "snare"
    return "tom" if c.brightness_hz < 350.0 else "perc"


def label_groups(characters: Sequence[Character], sizes: Sequence[int]) -> list[str]:
    """One label a group: numbered, the largest group first, where several are of a kind.

    >>> hat = Character(
    ...     brightness_hz=8e3, decay_s=0.1, low_share=0, high_share=1,
    ...     pitch_hz=0, pitch_confidence=0,
    ... )
    >>> label_groups([hat, hat], [3, 5])
    ['hat 2', 'hat 1']
    """
    kinds = [kind_of(character) for character in characters]
    counts = Counter(kinds)
    labels = list(kinds)
    used: Counter[str] = Counter()
    for index in sorted(range(len(kinds)), key=lambda index: -sizes[index]):
        kind = kinds[index]
        used[kind] += 1
        if counts[kind] > 1:
            labels[index] = f"{kind} {used[kind]}"
    return labels
