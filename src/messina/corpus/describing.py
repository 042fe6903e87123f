"""What a sound is like, measured: loudness, brightness, decay, and which part of it is steady.

A sustained sound keeps its level until it is let go: most of it lies near one level, which hardly
falls from the first quarter of that to the last; then it is released, or its file ends. What rings
out falls from the start, however slowly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.levels import downmix, moving_rms
from messina.frames.layout import HOP, LEAST_STEADY, Steady
from messina.units import SAMPLE_RATE

__all__ = [
    "MAX_DECAY_S",
    "brightness_hz",
    "decay_s",
    "loudness_db",
    "steady_part",
    "sustained_labels",
]

LOUDEST_SAMPLES: Final = round(0.050 * SAMPLE_RATE)
LOWEST_HZ: Final = 20.0
DECAY_DB: Final = 40.0
MAX_DECAY_S: Final = 30.0
"""Sounds that hardly decay, or do not, are given this."""

_HOP: Final = 128
_WINDOW: Final = 4 * _HOP
_BRIDGED: Final = round(0.050 * SAMPLE_RATE / _HOP)

Signal = NDArray[np.floating]


def loudness_db(mid: Signal) -> float:
    """RMS of the loudest 50 ms of a signal [N], dBFS; a shorter sound is 50 ms with silence.

    >>> round(loudness_db(np.full(44_100, 0.1)), 2)
    -20.0
    """
    square = np.square(mid, dtype=np.float64)
    if len(square) <= LOUDEST_SAMPLES:
        loudest = square.sum()
    else:
        total = np.concatenate([[0.0], np.cumsum(square)])
        loudest = (total[LOUDEST_SAMPLES:] - total[:-LOUDEST_SAMPLES]).max()
    return float(10 * np.log10(loudest / LOUDEST_SAMPLES + 1e-12))


def brightness_hz(mid: Signal) -> float:
    """Energy-weighted geometric mean of the frequencies in a signal [N], in Hz, from 20 Hz up.

    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(44_100) / 44_100)
    >>> round(brightness_hz(tone))
    1000
    """
    size = _fast_length(max(len(mid), 1024))
    spectrum = np.fft.rfft(np.asarray(mid, np.float32), size)
    first = int(np.ceil(LOWEST_HZ * size / SAMPLE_RATE))
    energy = np.square(np.abs(spectrum[first:]), dtype=np.float64)
    log_hz = np.log(np.arange(first, first + len(energy)) * (SAMPLE_RATE / size))
    total = energy.sum()
    return float(np.exp((energy * log_hz).sum() / total)) if total > 0 else LOWEST_HZ


def decay_s(mid: Signal, *, drop_db: float = DECAY_DB) -> float:
    """Time from the peak of a signal [N] to `drop_db` below it, at most MAX_DECAY_S.

    Dips of less than 50 ms, as beating makes them, do not end a sound. Where the file ends
    before, the time is extrapolated by the slope of the last two thirds.
    """
    square = np.square(mid, dtype=np.float64)
    level = 20 * np.log10(moving_rms(square, _WINDOW, hop=_HOP) + 1e-7)
    level = level[int(np.argmax(level)) :]
    level = level - level[0]
    bridged = _running_max(level, _BRIDGED)
    under = np.flatnonzero(bridged < -drop_db)
    if len(under):
        return max(int(under[0]), 1) * _HOP / SAMPLE_RATE
    return _extrapolated(bridged, drop_db)


def _running_max(level: Signal, span: int) -> NDArray[np.float64]:
    """Highest value [n] in the `span` values from each one on; silence follows the end."""
    padded = np.concatenate([level, np.full(span, -200.0)])
    spans = np.lib.stride_tricks.sliding_window_view(padded, span)[: len(level)]
    return np.asarray(spans.max(axis=1))


def _extrapolated(level: Signal, drop_db: float) -> float:
    """Seconds until a falling level [n], dB re its start, would be so many dB down."""
    length = len(level)
    if length < 4:
        return max(length, 1) * _HOP / SAMPLE_RATE
    late = np.arange(length // 3, length)
    slope, offset = np.polyfit(late, level[length // 3 :], 1)
    longest = MAX_DECAY_S * SAMPLE_RATE / _HOP
    if slope >= -drop_db / longest:
        return MAX_DECAY_S
    steps = (-drop_db - offset) / slope
    return float(np.clip(steps, length, longest) * _HOP / SAMPLE_RATE)


def _fast_length(length: int) -> int:
    """The next length made of small factors, which the FFT is quick for."""
    power_of_two = 1 << (length - 1).bit_length()
    candidates = (power_of_two * part // 16 for part in (9, 10, 12, 15, 16))
    return min(size for size in candidates if size >= length)


_STEADY_WINDOW: Final = 8 * HOP
"""46 ms: two periods of the lowest notes."""
_AUDIBLE_DB: Final = 12.0
_RISEN_DB: Final = 3.0
_LET_GO_DB: Final = 6.0
_LEAST_SHARE: Final = 0.5
"""Of the sound that has to be sustained."""
_LEAST_S: Final = 0.4
_MOST_FALL_DB: Final = 3.0
_MOST_SLOPE_DB_S: Final = 2.5
"""Bounds of how far and how fast the level of a sustained sound falls."""
_ASKED_FALL_DB: Final = 12.0
"""The same where the table says that it is sustained, however it falls."""
_SETTLED: Final = 0.25
"""Of the sustained part, which the attack may still be moving in."""
_BLURRED: Final = 0.9
"""From here on the decoder resolves a release: points of the time grid lie so far apart."""


def steady_part(audio: NDArray[np.float32], *, asked: bool = False) -> Steady | None:
    """The steady part of a sound [N, C] with its onset at sample 0; None where it has none.

    asked: its level may sway and fall as far as it will, if only there is a level.
    """
    level = 20 * np.log10(moving_rms(np.square(downmix(audio)), _STEADY_WINDOW, hop=HOP) + 1e-7)
    high = np.flatnonzero(level > level.max() - _AUDIBLE_DB)
    middle = float(np.median(level[high]))
    start = int(np.argmax(level > middle - _RISEN_DB))
    last = int(np.flatnonzero(level > middle - _LET_GO_DB)[-1])
    length = last - start
    if length * HOP < _LEAST_S * SAMPLE_RATE or length < _LEAST_SHARE * len(level):
        return None
    quarter = length // 4
    fall = float(level[start : start + quarter].mean() - level[last - quarter : last].mean())
    slope = fall / (0.75 * length * HOP / SAMPLE_RATE)
    if fall > (_ASKED_FALL_DB if asked else _MOST_FALL_DB):
        return None
    if not asked and slope > _MOST_SLOPE_DB_S:
        return None
    release = _release(level, last)
    first = start + round(_SETTLED * length)
    stop = min(round(_BLURRED * release), release - _STEADY_WINDOW // HOP)
    if stop - first < LEAST_STEADY:
        return None
    return Steady(start=first, stop=stop, release=release)


def _release(level: NDArray[np.float64], last: int) -> int:
    """The frame from which the level falls for good, to be down at `last`."""
    before = level[max(0, last - 86) : max(1, last - 17)]  # 0.5 … 0.1 s
    low = float(np.percentile(before, 10)) - 1.0  # a tremolo's lows are no release
    place = last
    while place > last - 86 and level[place] < low:
        place -= 1
    return place


def sustained_labels(
    labels: Sequence[str], found: Sequence[Steady | None], notes: Sequence[float | None]
) -> frozenset[str]:
    """The labels most of whose sounds are notes that are sustained.

    Hum, hiss and what a machine says keep their level, too, but are no notes.
    """
    votes: dict[str, int] = {}
    for label, steady, note in zip(labels, found, notes, strict=True):
        votes[label] = votes.get(label, 0) + (1 if steady and note is not None else -1)
    return frozenset(label for label, vote in votes.items() if vote > 0)
