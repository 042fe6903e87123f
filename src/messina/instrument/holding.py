"""Sustained notes: they sound for as long as the key is down, and end as the learnt ones do.

Up to the end of its steady part a note is as it was drawn. From there on it walks within that part,
back and forth between turning points that are drawn, at paces that are drawn: what moves goes on
moving, and nothing comes back the same. Where pitch moves, the walk turns where pitch itself does,
at its tops and bottoms, and keeps nearer to the learnt pace: a vibrato swings on, as deep and as
fast as it was. What would sway with the walk alone is taken off: the trend of each level and of the
pitch over the steady part, and what is slow in their loudness, which stays that of the whole part.
When the key is lifted, the frames of the release follow. They begin at the levels the note has, are
as much louder or softer throughout, and take on their own spectrum within a few frames.

Oscillators and noise are synthesised from these rows as from any others: phases run on. A note
and its key-up row decide every row, so that it is the same however it is cut into portions.
Its counterpart in the page is engine/holding.js.
"""

from __future__ import annotations

from copy import copy, deepcopy
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from messina.counter_rng import CounterRng, Purpose
from messina.frames.contour import MOST_CENTS
from messina.frames.layout import BODY_FLOOR, BODY_SIZE, LEAST_STEADY, Frames, Steady
from messina.instrument.descriptors import frame_powers
from messina.instrument.timegrid import mean_around, read_between

__all__ = [
    "EVEN_WITHIN",
    "HIGHEST_NEPERS",
    "LAST_TURN",
    "LEAST_RELEASE",
    "LEAST_RUN",
    "LET_GO_ROWS",
    "LOUDER_RANGE",
    "PACES",
    "SILENT",
    "SLOW_REACH",
    "STEADIER",
    "TAKEN_ON",
    "Held",
    "WalkBounds",
    "held_for",
    "walk_bounds",
]

Real = NDArray[np.float32]
Floats = NDArray[np.float64]

LEAST_RUN: Final = 26
"""Frames, 0.15 s: turning points lie at least so far apart."""
PACES: Final = (0.85, 1.15)
"""Of the walk, frames a frame."""
STEADIER: Final = 3.0
"""So much nearer to 1 are the paces of what has a contour: they are those of its vibrato."""
LAST_TURN: Final = 43
"""Frames, 0.25 s, before the end of the steady part: the first turn of pitch lies within."""
EVEN_WITHIN: Final = 86
"""Frames, 0.5 s, from the end of the steady part on, within which what sways is taken off."""
SLOW_REACH: Final = 64
"""Frames: what takes longer than twice this, 0.75 s, is slow."""
LEAST_RELEASE: Final = 8
"""Frames: a sound that ends sooner than this after its steady part was cut off …"""
LET_GO_ROWS: Final = 21
"""… and falls silent within so many, 0.12 s, instead."""
TAKEN_ON: Final = 8
"""Frames after which a release has its own spectrum."""
LOUDER_RANGE: Final = (-20.0, 2.3)
"""Nepers by which a release may be louder than it was learnt."""
HIGHEST_NEPERS: Final = 9.0
SILENT: Final = 1e-9
"""Power, and share of the amplitude, that is none."""


class Held:
    """The frames of one sustained note, row by row.

    Attack, steady part for as long as the key is down, release.
    """

    def __init__(self, frames: Frames, *, key: int) -> None:
        """frames: with a steady part; key: of the note's draws, that of its excitation."""
        if frames.steady is None:
            raise ValueError("the sound has no steady part")
        self._body = frames.body
        self._cents = frames.contour
        bounds = walk_bounds(frames.contour, frames.steady)
        self._steady: Steady = bounds.steady
        if frames.contour is not None:
            self._slope, self._middle = _trend(frames.contour, self._steady)
        self._walk = _Walk(bounds, CounterRng(key, Purpose.HOLD))
        self._bend_gap = 0.0
        self.contour: Real | None = None
        """Cents of the rows that were given last, where the sound's pitch moves."""
        self._evenness: _Evenness | None = None
        self._next = 0
        self._let_go: int | None = None
        self._pace = 1.0
        self._gap = np.zeros(BODY_SIZE)
        self._louder = 0.0

    def copy(self) -> Held:
        """An independent copy, at the same row."""
        other = copy(self)
        other._walk = deepcopy(self._walk)
        return other

    @property
    def next_row(self) -> int:
        """Index of the row that comes next."""
        return self._next

    @property
    def release_rows(self) -> int:
        """Rows that sound after the key was lifted."""
        own = len(self._body) - self._steady.release
        return max(round((own if own >= LEAST_RELEASE else LET_GO_ROWS) / self._pace), 1)

    @property
    def end(self) -> int | None:
        """How many rows there are, once the key has been lifted."""
        return None if self._let_go is None else self._let_go + self.release_rows

    def let_go(self, row: int, *, pace: float = 1.0) -> None:
        """Lifts the key at a row, or at the next one where that is over.

        pace: how many times as fast as it was learnt it is released.
        """
        if self._let_go is None:
            self._let_go = max(row, self._next)
            self._pace = pace

    def rows(self, count: int) -> Real:
        """The next rows [count, BODY_SIZE], fewer at the end of the note."""
        first, end = self._next, self._next + count
        if self.end is not None:
            end = min(end, self.end)
        self._next = end
        lifted = end if self._let_go is None else min(max(self._let_go, first), end)
        body, cents = self._down(np.arange(first, lifted))
        released, bent = self._after(np.arange(lifted, end))
        if self._cents is not None:
            moved = np.concatenate([cents, bent])
            self.contour = np.clip(moved, -MOST_CENTS, MOST_CENTS).astype(np.float32)
        return np.concatenate([body, released])

    def _down(self, rows: NDArray[np.int64]) -> tuple[Real, Floats]:
        """Rows while the key is down, and their cents, of what has a contour."""
        stop = self._steady.stop
        early = rows[rows <= stop]
        late = rows[len(early) :]
        walk = self._walk.places(late)
        cents = self._cents_at(rows, np.concatenate([early, walk]))
        if not len(late):
            return self._body[early], cents
        if self._evenness is None:
            self._evenness = _Evenness(self._body[self._steady.start : stop + 1])
        walked = read_between(self._body, walk)
        even = self._evenness.of(walked, walk - self._steady.start)
        share = np.minimum((late - stop) / EVEN_WITHIN, 1.0)[:, None]
        walked = np.clip(walked + share * (even - walked), BODY_FLOOR, HIGHEST_NEPERS)
        return np.concatenate([self._body[early], walked.astype(np.float32)]), cents

    def _cents_at(self, rows: NDArray[np.int64], places: Floats) -> Floats:
        """The contour at places, without its trend over the steady part once that is over."""
        if self._cents is None:
            return np.zeros(0)
        cents = read_between(self._cents[:, None], places)[:, 0].astype(np.float64)
        share = np.clip((rows - self._steady.stop) / EVEN_WITHIN, 0.0, 1.0)
        return np.asarray(cents - share * (places - self._middle) * self._slope)

    def _after(self, rows: NDArray[np.int64]) -> tuple[Real, Floats]:
        """The same after the key was lifted."""
        if not len(rows) or self._let_go is None:
            return np.zeros((0, BODY_SIZE), np.float32), np.zeros(0)
        since = rows - self._let_go
        release = self._steady.release
        if len(self._body) - release < LEAST_RELEASE:
            falling = np.log(np.maximum(1 - since * self._pace / LET_GO_ROWS, SILENT))[:, None]
            down, cents = self._down(rows)
            return np.maximum(down + falling, BODY_FLOOR).astype(np.float32), cents
        if since[0] == 0:
            self._meet(*self._down(rows[:1]))
        places = np.minimum(release + self._pace * since, len(self._body) - 1)
        own = read_between(self._body, places).astype(np.float64)
        left = np.maximum(1 - since / TAKEN_ON, 0.0)
        met = own + self._louder + left[:, None] * (self._gap - self._louder)
        cents = np.zeros(0)
        if self._cents is not None:
            cents = read_between(self._cents[:, None], places)[:, 0] + left * self._bend_gap
        return np.clip(met, BODY_FLOOR, HIGHEST_NEPERS).astype(np.float32), cents

    def _meet(self, last: Real, cents: Floats) -> None:
        """How the release has to be moved to begin at this row [1, BODY_SIZE] and its cents."""
        release = self._steady.release
        here, there = _loudness(np.stack([last[0], self._body[release]]))[:, 0]
        self._gap = last[0].astype(np.float64) - self._body[release]
        self._louder = float(np.clip(here - there, *LOUDER_RANGE))
        if self._cents is not None:
            self._bend_gap = float(cents[0] - self._cents[release])


class WalkBounds(NamedTuple):
    """The bounds of a walk in the steady part: where it may turn round, and how fast it runs."""

    steady: Steady
    """Within which it walks."""
    turning_points: NDArray[np.int64]
    """Frames at which alone it turns, where any are within reach."""
    paces: tuple[float, float]


def walk_bounds(contour: Real | None, steady: Steady) -> WalkBounds:
    """How a note with this contour in cents [T], or without one, walks in its steady part."""
    if contour is None:
        return WalkBounds(steady=steady, turning_points=np.zeros(0, np.int64), paces=PACES)
    turns = _pitch_turns(contour, steady)
    slowest, fastest = (1 + (pace - 1) / STEADIER for pace in PACES)
    return WalkBounds(
        steady=_ending_at_a_turn(steady, turns), turning_points=turns, paces=(slowest, fastest)
    )


class _Walk:
    """Where in the steady part a note is at each row after its end."""

    def __init__(self, bounds: WalkBounds, rng: CounterRng) -> None:
        steady, self._turning_points, self._paces = bounds
        self._low, self._high = float(steady.start), float(steady.stop)
        self._run = min(LEAST_RUN, 0.5 * (self._high - self._low))
        self._rng = rng
        self._from_row = self._to_row = self._high
        self._from = self._to = self._high
        self._down = False  # whether the present run leads back in time

    def places(self, rows: NDArray[np.int64]) -> Floats:
        """Places [n] at rows that follow each other, and the rows asked for before."""
        places = np.empty(len(rows))
        done = 0
        while done < len(rows):
            while rows[done] > self._to_row:
                self._turn()
            within = int(np.searchsorted(rows, self._to_row, side="right"))
            part = rows[done:within]
            share = (part - self._from_row) / max(self._to_row - self._from_row, 1e-9)
            places[done:within] = self._from + share * (self._to - self._from)
            done = within
        return places

    def _turn(self) -> None:
        self._from_row, self._from, self._down = self._to_row, self._to, not self._down
        place, pace = self._rng.uniform(), self._rng.uniform(*self._paces)
        if self._down:
            self._to = self._low + place * max(self._from - self._run - self._low, 0.0)
        else:
            self._to = self._high - place * max(self._high - self._run - self._from, 0.0)
        self._to = self._nearest_turn(self._to)
        self._to_row = self._from_row + abs(self._to - self._from) / pace

    def _nearest_turn(self, place: float) -> float:
        """The turn of pitch that is nearest to a place and not too near to where the run began."""
        if self._down:
            there = self._turning_points[self._turning_points <= self._from - 0.5 * self._run]
        else:
            there = self._turning_points[self._turning_points >= self._from + 0.5 * self._run]
        if not len(there):
            return place
        return float(there[np.argmin(np.abs(there - place))])


def _pitch_turns(contour: Real, steady: Steady) -> NDArray[np.int64]:
    """Frames of a steady part at which pitch is highest or lowest of those about."""
    part = contour[steady.start : steady.stop + 1]
    before, here, after = part[:-2], part[1:-1], part[2:]
    top, bottom = (here > before) & (here >= after), (here < before) & (here <= after)
    return np.flatnonzero(top | bottom) + steady.start + 1


def _ending_at_a_turn(steady: Steady, turns: NDArray[np.int64]) -> Steady:
    """The steady part up to its last turn of pitch, where that is near its end."""
    if not len(turns) or turns[-1] < max(steady.stop - LAST_TURN, steady.start + LEAST_STEADY):
        return steady
    return steady._replace(stop=int(turns[-1]))


def _trend(contour: Real, steady: Steady) -> tuple[float, float]:
    """Slope of a contour over a steady part, in cents a frame, and the middle of the part."""
    part = contour[steady.start : steady.stop + 1].astype(np.float64)
    at = np.arange(len(part)) - 0.5 * (len(part) - 1)
    return float(at @ part / np.square(at).sum()), steady.start + 0.5 * (len(part) - 1)


class _Evenness:
    """A steady part [n, D] without its trend and its slow changes of loudness."""

    def __init__(self, steady: Real) -> None:
        self._middle = 0.5 * (len(steady) - 1)
        at = np.arange(len(steady)) - self._middle
        self._slopes: Floats = at @ steady.astype(np.float64) / np.square(at).sum()
        self._lowest, self._highest = steady.min(axis=0), steady.max(axis=0)
        loudness = _loudness(steady)
        slow = mean_around(loudness, np.arange(len(steady)), SLOW_REACH)
        self._loudness = loudness + (loudness.mean() - slow)

    def of(self, rows: Real, places: Floats) -> Real:
        """Rows [n, D] at these places of the steady part [n], evened out."""
        trend = (places - self._middle)[:, None] * self._slopes
        level = np.clip(rows - trend, self._lowest, self._highest).astype(np.float32)
        even: Real = level + read_between(self._loudness, places) - _loudness(level)
        return even


def _loudness(rows: Real) -> Real:
    """ln RMS of each row [n, 1]."""
    loudness = 0.5 * np.log(np.maximum(frame_powers(rows), SILENT))
    return loudness[:, None].astype(np.float32)


def held_for(frames: Frames, rows: int, *, key: int) -> Frames:
    """The frames of a sustained sound as a note of `rows` rows, its release included."""
    held = Held(frames, key=key)
    held.let_go(max(rows - held.release_rows, rows // 2))
    body = held.rows(rows)
    silent = rows - len(body)
    body = np.concatenate([body, np.tile(BODY_FLOOR, (silent, 1))])
    contour = None if held.contour is None else np.pad(held.contour, (0, silent), mode="edge")
    return replace(frames, body=body, contour=contour, steady=None)
