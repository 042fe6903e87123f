"""Live modulation of one note while it sounds: bend, pressure, brightness.

A voice asks for its next rows and gets what they are played with. What is wanted is reached within
a few rows, so that nothing clicks; a note begins where its channel is. What was wanted of each row
is remembered, so that rows that are not heard yet can be asked for again, wanted otherwise. The
page's engine has its twin, engine/hand.js.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from messina.controllers import VIBRATO_HZ, VIBRATO_SEMITONES
from messina.frames.layout import BODY_SIZE, HOP
from messina.instrument.touch import TouchLaw
from messina.sequences.gestures import Gesture
from messina.units import NEPERS_TO_DB, SAMPLE_RATE

__all__ = ["NEARER", "NEAR_ENOUGH", "Hand"]

Real = NDArray[np.float32]
Floats = NDArray[np.float64]

NEARER: Final = 0.4375
"""Share of the way to what is wanted, a row: 10 ms for most of it."""
_ROW_S = HOP / SAMPLE_RATE
NEAR_ENOUGH = 1e-4
_REMEMBERED = 64  # changes: what is rendered anew is no longer than a few


@dataclass
class _Touch:
    """What a row is played with."""

    pressure: float = 0.0
    louder_db: float = 0.0
    brighter: float = 0.0
    vibrato: float = 0.0
    semitones: float = 0.0


class _Slide(NamedTuple):
    """To so many semitones from the note's own pitch, from there or from where it is."""

    start: float | None
    to: float
    rows: int


@dataclass(frozen=True, kw_only=True)
class _Wish:
    """What is wanted from a row on."""

    row: int
    touch: _Touch
    slide: _Slide
    slides_from: int
    """Row at which the slide begins …"""
    start: float
    """… and semitones there."""

    def glided(self, row: int) -> float:
        """Semitones of the slide at a row."""
        _, to, rows = self.slide
        share = 1.0 if rows <= 0 else min(max((row - self.slides_from) / rows, 0.0), 1.0)
        return self.start + share * (to - self.start)


class Hand:
    """Live modulation of one note: bend, pressure, brightness.

    Not thread-safe: only the thread that renders the note may call it.
    """

    def __init__(
        self,
        velocity: float,
        *,
        gesture: Callable[[], Gesture],
        law: Callable[[], TouchLaw | None],
    ) -> None:
        """gesture: of the note's channel, now; law: of its label, once it is known."""
        self.velocity = velocity
        self.pressure = 0.0
        """Of its own key, 0 … 1."""
        self.legato_db = 0.0
        """How much louder the key it went on to was struck."""
        self._gesture = gesture
        self._law = law
        self._row = 0
        self._slide = _Slide(0.0, 0.0, 0)
        self._now = self._wanted()
        self._wishes = [
            _Wish(row=0, touch=self._wanted(), slide=self._slide, slides_from=0, start=0.0)
        ]
        self._louder: Real | None = None
        self._last_touch: tuple[float, ...] = ()

    def glide(self, start: float | None, to: float, seconds: float) -> None:
        """Portamento to `to` semitones from the note's own pitch.

        It begins at `start`, or where the note is.
        """
        self._slide = _Slide(start, to, round(seconds / _ROW_S))

    def copy(self) -> Hand:
        """An independent copy, at the same row."""
        other = copy(self)
        other._now, other._wishes = copy(self._now), list(self._wishes)
        return other

    def moved_since(self, row: int) -> bool:
        """Whether rows from this one on were rendered with other values than those set now."""
        wanted = self._wanted()
        wished = (self._wish_at(row), *(wish for wish in self._wishes if wish.row > row))
        return row < self._row and any(
            wish.touch != wanted or wish.slide is not self._slide for wish in wished
        )

    def go_back(self, to: Hand, row: int) -> None:
        """Returns to a row, with the state `to` that was copied there.

        From it on today's values hold.
        """
        self._row, self._now, self._last_touch = to._row, copy(to._now), ()
        first, *others = self._wishes
        self._wishes = [first, *(wish for wish in others if wish.row < row)]
        self._wish_from(row)

    def rows(self, count: int, own: Floats | None = None) -> tuple[Real | None, Floats | None]:
        """Modulation of the next rows of a note.

        Args:
            count: How many.
            own: Cents [count] by which the sound's own pitch moves. What has a vibrato has more of
                it by the wheel, up to twice as much; what has none is given one.

        Returns:
            Nepers [count, BODY_SIZE] by which they are louder, and cents [count] by which they are
            higher, its own among them; None where nothing is done to them.
        """
        louder: list[Real | None] = []
        semitones = np.zeros(count)
        self._wish_from(max(self._row, self._wishes[-1].row))
        for row in range(count):
            wish = self._wish_at(self._row + row)
            self._approach(wish.touch)
            louder.append(self._louder_now())
            sway = self._swaying(self._row + row)
            if own is not None:
                sway = own[row] / 100 * (1 + self._now.vibrato)
            semitones[row] = self._now.semitones + wish.glided(self._row + row) + sway
        self._row += count
        cents = 100 * semitones if semitones.any() else None
        return stacked(louder), cents

    def _swaying(self, row: int) -> float:
        """Semitones of the wheel's own vibrato."""
        turns = VIBRATO_HZ * row * _ROW_S
        return self._now.vibrato * VIBRATO_SEMITONES * math.sin(2 * math.pi * turns)

    def _wanted(self) -> _Touch:
        gesture = self._gesture()
        return _Touch(
            pressure=max(self.pressure, gesture.pressure),
            louder_db=gesture.louder_db + self.legato_db,
            brighter=gesture.brighter,
            vibrato=gesture.vibrato,
            semitones=gesture.semitones,
        )

    def _wish_at(self, row: int) -> _Wish:
        return next((own for own in reversed(self._wishes) if own.row <= row), self._wishes[0])

    def _wish_from(self, row: int) -> None:
        """From a row on it is as is wanted now; what was wanted later is forgotten already."""
        last, touch, slide = self._wishes[-1], self._wanted(), self._slide
        if last.touch == touch and last.slide is slide:
            return
        begins, start = last.slides_from, last.start
        if slide is not last.slide:
            begins, start = row, last.glided(row) if slide.start is None else slide.start
        wish = _Wish(row=row, touch=touch, slide=slide, slides_from=begins, start=start)
        earlier = self._wishes[:-1] if last.row >= row else self._wishes
        self._wishes = [*earlier[-_REMEMBERED:], wish]

    def _approach(self, touch: _Touch) -> None:
        for name, wanted in vars(touch).items():
            own = getattr(self._now, name)
            near = abs(wanted - own) <= NEAR_ENOUGH
            setattr(self._now, name, wanted if near else own + NEARER * (wanted - own))

    def _louder_now(self) -> Real | None:
        """Nepers [BODY_SIZE]; None: none."""
        now = self._now
        if not (now.pressure or now.louder_db or now.brighter):
            return None
        law = self._law()
        touch = (now.pressure, now.louder_db, now.brighter, float(law is None))
        if touch != self._last_touch:
            self._last_touch = touch
            self._louder = self._law_of(law, now)
        return self._louder

    def _law_of(self, law: TouchLaw | None, now: _Touch) -> Real:
        if law is None:  # gain alone, until it is known
            return np.full(BODY_SIZE, now.louder_db / NEPERS_TO_DB, np.float32)
        louder_db = now.louder_db + law.pressed_db(self.velocity, now.pressure)
        return law.louder(self.velocity, louder_db, now.brighter).astype(np.float32)


def stacked(louder: Sequence[Real | None]) -> Real | None:
    """Gains of several notes in nepers [len(louder), BODY_SIZE], None being 0.

    None where all are.
    """
    if all(row is None for row in louder):
        return None
    still = np.zeros(BODY_SIZE, np.float32)
    return np.stack([still if row is None else row for row in louder])
