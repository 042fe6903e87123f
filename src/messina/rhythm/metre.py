"""Onsets → grid: where beats lie, and on which tick each onset belongs. A loop of whole beats, a
steady beat, one that drifts, or none.

What is stated (in the file's name, in its chunks), how long the recording is, when something begins
in it and what that is, are weighed together; where they disagree the sound has its way, and it is
said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.levels import Floats
from messina.events import FREE_TEMPO_BPM, TICKS_PER_BEAT
from messina.rhythm.bars import Metre, metres, metres_of
from messina.rhythm.onsets import Onsets
from messina.rhythm.readings import (
    Reading,
    best_bars,
    loop_readings,
    steady_readings,
    weights_of,
)
from messina.rhythm.stated import Stated
from messina.rhythm.tempo import FASTEST_BPM, SLOWEST_BPM, best_steady, read_stretches, track_beats

__all__ = ["Grid", "find_grid", "free_grid", "place_on_ticks"]


NEAR_S: Final = 0.020
"""An onset belongs to the simplest tick within this; what is left is micro-timing."""

_TRIPLETS: Final = (8, 16)
_DIVISIONS: Final = (24, 12, 6)
"""Ticks of a quarter, an eighth, a sixteenth."""
_THIRDS: Final = (24, 8, 4)
"""The same where three eighths make a beat."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Grid:
    """Times of the beats of a recording; between them, and beyond them, time is even."""

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
        """Median tempo."""
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


LEAST_ONSETS: Final = 4
LEAST_SCORE: Final = 0.3
LEAST_SCORE_FEW: Final = 4.0
"""A beat is believed above LEAST_SCORE + this / onsets: some beat fits any few onsets."""
LOOP_SHARE: Final = 0.7
"""Of that score, a beat the recording is a whole number of needs: there are few of these."""
CLEARLY: Final = 0.1
"""A loop of whole bars is no other take unless the beat of one fits so much better."""
RARE: Final = -3.0
"""Log share of a metre that is not taken without looking at takes of other metres: four bars that
lack two beats are two bars of seven, too."""
LONGEST_STEADY_S: Final = 60.0
"""Onsets after this are not asked for a steady beat: the grid is tracked then."""
DRIFT_FROM_S: Final = 12.0
DRIFT_LEAD: Final = 0.25
"""So much better a beat must fit stretches of a recording than all of it, to be tracked."""
ANY_BPM: Final = (SLOWEST_BPM, FASTEST_BPM)
WORSE: Final = 0.9
"""Nats an onset by which the timing of a stated tempo may be worse than that of the best one, in
densities a second: as many as between beats and their quarters."""
WORSE_UNSURE: Final = 0.5
NEAR_TEMPO: Final = 0.015
"""A stated tempo is rounded, and loops are cut by hand."""
LOUD: Final = 10.0
"""Nats by which another metre has to be likelier than the one that is stated."""


def find_grid(onsets: Onsets, length_s: float, stated: Stated | None = None) -> Grid:
    """The beat grid of a recording of this length.

    stated: tempo and metre that its name or its chunks give.
    """
    stated = stated or Stated()
    if len(onsets) < LEAST_ONSETS:
        return _stated_loop(length_s, stated) or free_grid(length_s)
    heard = _heard(onsets, length_s, metres())
    said = _said(onsets, length_s, stated, heard)
    chosen = said or heard
    if chosen is None or (said is None and chosen.loop_beats is None and length_s > DRIFT_FROM_S):
        drifting = _tracked(onsets, length_s)
        grid = drifting or (_grid(onsets, chosen, length_s) if chosen else free_grid(length_s))
    else:
        grid = _grid(onsets, chosen, length_s)
    return replace(grid, remark=_remark(stated, grid))


def _heard(
    onsets: Onsets, length_s: float, of: Sequence[Metre], bpm: tuple[float, float] = ANY_BPM
) -> Reading | None:
    """The likeliest reading within these tempi, or None where no beat fits."""
    slowest, fastest = bpm
    least = LEAST_SCORE + LEAST_SCORE_FEW / len(onsets)
    counts = range(max(1, int(np.ceil(length_s * slowest / 60))), int(length_s * fastest / 60) + 1)
    readings = [
        reading
        for reading in loop_readings(onsets, length_s, counts, of)
        if reading.beat.score >= LOOP_SHARE * least
    ]
    early = onsets.before(LONGEST_STEADY_S)
    steady = best_steady(early.times_s, weights_of(early), slowest_bpm=slowest, fastest_bpm=fastest)
    best = max(readings, key=lambda reading: reading.score, default=None)
    usual = best is not None and best.in_bars and best.metre.log_share > RARE
    if best and usual and best.beat.timing >= steady.timing - CLEARLY:
        return best
    if steady.score >= least:
        readings += steady_readings(early, length_s, of, slowest_bpm=slowest, fastest_bpm=fastest)
    return max(readings, key=lambda reading: reading.score, default=None)


# What is stated


def _said(onsets: Onsets, length_s: float, stated: Stated, heard: Reading | None) -> Reading | None:
    """The likeliest reading that is as stated, as far as the sound agrees."""
    for claim in stated.tempi:
        bpm = claim.tempo_bpm * (1 - NEAR_TEMPO), claim.tempo_bpm * (1 + NEAR_TEMPO)
        any_metre = _heard(onsets, length_s, metres(), bpm)
        asked = _heard(onsets, length_s, metres_of(stated.metre), bpm) if stated.metre else None
        said = _louder(any_metre, asked, sure=stated.metre_sure)
        if said is not None and (heard is None or _agrees(said, heard, sure=claim.sure)):
            return said
    if stated.metre is None:
        return None
    return _louder(heard, _heard(onsets, length_s, metres_of(stated.metre)), sure=stated.metre_sure)


def _louder(heard: Reading | None, asked: Reading | None, *, sure: bool) -> Reading | None:
    """A reading in the metre that is stated, unless another is so much likelier."""
    if heard is None or asked is None:
        return heard or asked
    lead = LOUD if sure else LOUD / 3
    return asked if asked.score + lead >= heard.score else heard


def _agrees(said: Reading, heard: Reading, *, sure: bool) -> bool:
    """Whether the onsets lie on the stated beat's divisions about as well as on any."""
    worse = _density(heard) - _density(said)
    return worse <= (WORSE if sure else WORSE_UNSURE)


def _density(reading: Reading) -> float:
    """Mean log density of the onsets a second, re even."""
    return reading.beat.timing - float(np.log(reading.beat.period_s))


def _stated_loop(length_s: float, stated: Stated) -> Grid | None:
    """Of too few onsets to be read: the grid that is stated, where the length agrees."""
    for claim in stated.tempi:
        beats = length_s * claim.tempo_bpm / 60.0
        count = round(beats)
        if claim.sure and count and abs(beats / count - 1.0) <= NEAR_TEMPO:
            bar = metres_of(stated.metre)[0].beats if stated.metre else 4
            period = length_s / count
            return Grid(
                beats_s=period * np.arange(count + 1, dtype=np.float64),
                ticks=count * TICKS_PER_BEAT,
                beats_per_bar=bar,
            )
    return None


def _remark(stated: Stated, grid: Grid) -> str:
    """What is stated for sure and is not so, in words."""
    said, sounds = [], []
    claim = stated.tempi[0] if stated.tempi and stated.tempi[0].sure else None
    if claim and not (grid.metric and abs(grid.tempo_bpm / claim.tempo_bpm - 1) <= 2 * NEAR_TEMPO):
        said.append(f"{claim.source} says {claim.tempo_bpm:g} beats a minute")
        sounds.append(f"{grid.tempo_bpm:.0f}" if grid.metric else "no steady beat")
    bars = [metre.beats for metre in metres_of(stated.metre)] if stated.metre else []
    if stated.metre and stated.metre_sure and grid.metric and grid.beats_per_bar not in bars:
        said.append("{} says {}/{}".format(stated.metre_source, *stated.metre))
        sounds.append(f"{grid.beats_per_bar} beats a bar")
    return f"{' and '.join(said)}, it sounds like {' and '.join(sounds)}" if said else ""


# Readings become grids


def _grid(onsets: Onsets, reading: Reading, length_s: float) -> Grid:
    period, bar = reading.beat.period_s, reading.metre.beats
    ternary = reading.metre.steps == 3
    if reading.loop_beats is not None:
        start = (reading.beat.phase_s + period / 2) % period - period / 2
        return Grid(
            beats_s=start + period * np.arange(reading.loop_beats + 1, dtype=np.float64),
            ticks=reading.loop_beats * TICKS_PER_BEAT,
            beats_per_bar=bar,
            ternary=ternary,
            loop=reading.in_bars,
        )
    first_s = reading.beat.phase_s
    count = max(2, int(np.ceil((length_s - first_s) / period)) + 1)
    beats = first_s + period * np.arange(count, dtype=np.float64)
    return _in_bars(onsets, beats, length_s, bar, reading.first_beat, ternary=ternary)


def _in_bars(
    onsets: Onsets, beats_s: Floats, length_s: float, bar: int, first_beat: int, *, ternary: bool
) -> Grid:
    """The grid of a take, which ends with a bar where what comes after it is silence."""
    grid = Grid(
        beats_s=beats_s,
        ticks=1,
        beats_per_bar=bar,
        first_tick=first_beat * TICKS_PER_BEAT,
        ternary=ternary,
    )
    length, last = grid.ticks_at(np.array([length_s, onsets.times_s[-1]]))
    bar_ticks = bar * TICKS_PER_BEAT
    bars = np.ceil((last + 0.25 * TICKS_PER_BEAT + grid.first_tick) / bar_ticks)
    whole = int(bars) * bar_ticks - grid.first_tick
    return replace(grid, ticks=max(1, whole if len(onsets) and bars else round(length)))


def _tracked(onsets: Onsets, length_s: float) -> Grid | None:
    """The grid of a tempo that drifts, where that fits clearly better than a steady one."""
    least = LEAST_SCORE + LEAST_SCORE_FEW / len(onsets)
    stretches = read_stretches(onsets, length_s)
    early = onsets.before(LONGEST_STEADY_S)
    steady = best_steady(early.times_s, weights_of(early))
    if stretches is None or stretches.score < max(least + 0.2, steady.score + DRIFT_LEAD):
        return None
    tracked = track_beats(onsets, length_s, stretches)
    if len(tracked) < 2:
        return None
    beats, best = max(
        (
            (beats, best_bars(onsets, _places(onsets, beats), _middle(beats)))
            for beats in (_from_the_first(onsets, level) for level in _levels(tracked))
        ),
        key=lambda pair: pair[1].score,
    )
    return _in_bars(
        onsets, beats, length_s, best.metre.beats, best.first_beat, ternary=best.metre.steps == 3
    )


def _levels(beats_s: Floats) -> Iterator[Floats]:
    """Tracked beats, twice as many, and every second of them, as far as tempi go."""
    yield beats_s
    if 2 * 60 / _middle(beats_s) <= FASTEST_BPM:
        halves = np.arange(2 * len(beats_s) - 1) / 2
        yield np.asarray(np.interp(halves, np.arange(len(beats_s)), beats_s), np.float64)
    if 0.5 * 60 / _middle(beats_s) >= SLOWEST_BPM and len(beats_s) >= 5:
        yield beats_s[::2]
        yield beats_s[1::2]


def _middle(beats_s: Floats) -> float:
    return float(np.median(np.diff(beats_s)))


def _places(onsets: Onsets, beats_s: Floats) -> Floats:
    """Where the onsets lie among the beats, in beats from the first."""
    return Grid(beats_s=beats_s, ticks=1).ticks_at(onsets.times_s) / TICKS_PER_BEAT


def _from_the_first(onsets: Onsets, beats_s: Floats) -> Floats:
    """The beats, continued to the left until none of the onsets comes before them."""
    while beats_s[0] > onsets.times_s[0] + 0.1 * (beats_s[1] - beats_s[0]):
        beats_s = np.insert(beats_s, 0, 2 * beats_s[0] - beats_s[1])
    return beats_s
