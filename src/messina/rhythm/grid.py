"""The grid of a recording: where its beats lie, and on which tick each onset belongs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.levels import Floats
from messina.events import FREE_TEMPO_BPM, TICKS_PER_BEAT

__all__ = ["Grid", "free_grid", "place_on_ticks"]

NEAR_S: Final = 0.020
"""An onset belongs to the simplest tick within this; what is left is micro-timing."""

_TRIPLETS: Final = (8, 16)
_DIVISIONS: Final = (24, 12, 6)
"""Ticks of a quarter, an eighth, a sixteenth."""
_THIRDS: Final = (24, 8, 4)
"""The same where three eighths make a beat."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Grid:
    """Beats in time; between them, and beyond them, time is even."""

    beats_s: Floats  # [n], at least two, rising; tick 0 is the first
    ticks: int
    """Length of the phrase."""
    beats_per_bar: int = 4
    first_tick: int = 0
    """Where in its bar tick 0 lies."""
    metric: bool = True
    ternary: bool = False
    """Whether beats are divided in thirds."""
    loop: bool = False
    """Whether the recording is as many whole bars as loops have: 1, 2, 4, 8 …"""
    remark: str = ""
    """What was stated of it and is not so, in words."""

    @property
    def tempo_bpm(self) -> float:
        """The middle one of its tempi."""
        if not self.metric:
            return FREE_TEMPO_BPM
        return float(60.0 / np.median(np.diff(self.beats_s)))

    def ticks_at(self, times_s: Floats) -> Floats:
        """Ticks [n], with fractions, at times [n]."""
        beats = np.asarray(np.interp(times_s, self.beats_s, np.arange(len(self.beats_s))))
        first, last = self.beats_s[0], self.beats_s[-1]
        before, after = np.diff(self.beats_s)[[0, -1]]
        beats += np.minimum(times_s - first, 0.0) / before + np.maximum(times_s - last, 0.0) / after
        return beats * TICKS_PER_BEAT

    def tick_length_s(self, times_s: Floats) -> Floats:
        """Seconds a tick lasts around times [n]."""
        index = np.clip(np.searchsorted(self.beats_s, times_s) - 1, 0, len(self.beats_s) - 2)
        return np.diff(self.beats_s)[index] / TICKS_PER_BEAT


def free_grid(length_s: float) -> Grid:
    """Plain time in ticks, for what keeps to no beat."""
    period_s = 60.0 / FREE_TEMPO_BPM
    ticks = max(1, round(length_s / period_s * TICKS_PER_BEAT))
    return Grid(beats_s=np.array([0.0, period_s]), ticks=ticks, metric=False)


def place_on_ticks(grid: Grid, times_s: Floats) -> tuple[NDArray[np.int64], Floats]:
    """The tick [n] each onset [n] belongs to, and the seconds [n] it comes after it."""
    exact = grid.ticks_at(times_s)
    tick_s = grid.tick_length_s(times_s)
    placed = np.rint(exact).astype(np.int64)
    if grid.metric:
        undecided = np.ones(len(exact), bool)
        for candidate in _candidates(exact, ternary=grid.ternary):
            near = undecided & (np.abs(exact - candidate) * tick_s <= NEAR_S)
            placed[near] = candidate[near]
            undecided &= ~near
    placed = np.clip(placed, 0, max(grid.ticks - 1, 0))
    return placed, (exact - placed) * tick_s


def _candidates(exact: Floats, *, ternary: bool) -> list[NDArray[np.int64]]:
    """The nearest tick of each kind, simplest kind first: quarters … sixteenths, triplets."""
    if ternary:
        return [np.rint(exact / d).astype(np.int64) * d for d in _THIRDS]
    straight = [np.rint(exact / d).astype(np.int64) * d for d in _DIVISIONS]
    beat = np.floor(exact / TICKS_PER_BEAT).astype(np.int64) * TICKS_PER_BEAT
    within = exact - beat
    triplet = np.where(within < TICKS_PER_BEAT / 2, *_TRIPLETS)
    return [*straight, beat + triplet]
