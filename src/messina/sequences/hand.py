"""What a hand does to one note while it sounds: how it is bent, pressed, made brighter.

A voice asks for its next rows and gets what they are played with. What is wanted is reached within
a few rows, so that nothing clicks; a note begins where its channel is. The page's engine has its
twin, engine/hand.js.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.controllers import VIBRATO_HZ, VIBRATO_SEMITONES
from messina.frames.layout import BODY_SIZE, HOP
from messina.instrument.touch import TouchLaw
from messina.sequences.gestures import Gesture
from messina.units import NEPERS_TO_DB, SAMPLE_RATE

__all__ = ["NEARER", "Hand"]

Real = NDArray[np.float32]
Floats = NDArray[np.float64]

NEARER: Final = 0.4375
"""Share of the way to what is wanted, a row: 10 ms for most of it."""
_ROW_S = HOP / SAMPLE_RATE
_NEAR_ENOUGH = 1e-4


@dataclass
class _Touch:
    """What a row is played with."""

    pressure: float = 0.0
    louder_db: float = 0.0
    brighter: float = 0.0
    vibrato: float = 0.0
    semitones: float = 0.0


class Hand:
    """On one note. Whoever renders it may call it, and change it, and nobody else."""

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
        self._glide = (0.0, 0.0, 0, 0)  # from, to in semitones; first row, rows
        self._now = self._wanted()
        self._louder: Real | None = None
        self._told: tuple[float, ...] = ()

    def glide(self, start: float | None, to: float, seconds: float) -> None:
        """Moves to `to` semitones from the note's own pitch, from there or from where it is."""
        begin = self._glided(self._row) if start is None else start
        self._glide = (begin, to, self._row, round(seconds / _ROW_S))

    def copy(self) -> Hand:
        """Another one on the same note, at the same row."""
        other = copy(self)
        other._now = copy(self._now)
        return other

    def go_back(self, to: Hand) -> None:
        """Is at the row where that copy of it was; what is wanted stays."""
        self._row, self._now = to._row, copy(to._now)
        self._told = ()

    def rows(self, count: int, own: Floats | None = None) -> tuple[Real | None, Floats | None]:
        """What the next rows are played with.

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
        wanted = self._wanted()
        for row in range(count):
            self._approach(wanted)
            louder.append(self._louder_now())
            sway = self._swaying(self._row + row)
            if own is not None:
                sway = own[row] / 100 * (1 + self._now.vibrato)
            semitones[row] = self._now.semitones + self._glided(self._row + row) + sway
        self._row += count
        cents = 100 * semitones if semitones.any() else None
        if all(row is None for row in louder):
            return None, cents
        still = np.zeros(BODY_SIZE, np.float32)
        return np.stack([still if row is None else row for row in louder]), cents

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

    def _approach(self, touch: _Touch) -> None:
        for name, wanted in vars(touch).items():
            own = getattr(self._now, name)
            near = abs(wanted - own) <= _NEAR_ENOUGH
            setattr(self._now, name, wanted if near else own + NEARER * (wanted - own))

    def _louder_now(self) -> Real | None:
        """Nepers [BODY_SIZE]; None: none."""
        now = self._now
        if not (now.pressure or now.louder_db or now.brighter):
            return None
        law = self._law()
        told = (now.pressure, now.louder_db, now.brighter, float(law is None))
        if told != self._told:
            self._told = told
            self._louder = self._law_of(law, now)
        return self._louder

    def _law_of(self, law: TouchLaw | None, now: _Touch) -> Real:
        if law is None:  # gain alone, until it is known
            return np.full(BODY_SIZE, now.louder_db / NEPERS_TO_DB, np.float32)
        louder_db = now.louder_db + law.pressed_db(self.velocity, now.pressure)
        return law.louder(self.velocity, louder_db, now.brighter).astype(np.float32)

    def _glided(self, row: int) -> float:
        start, to, first, rows = self._glide
        share = 1.0 if rows <= 0 else min(max((row - first) / rows, 0.0), 1.0)
        return start + share * (to - start)
