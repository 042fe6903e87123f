"""Coming back to what has just been played: a bar, once invented, is heard again.

Loops are loops because their bars return. A sequence that varies every bar in another way has the
right strokes and no pattern; one that returns to its own bars has one, which need not be the
corpus'.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

__all__ = ["Played", "Refrain"]


class Played(NamedTuple):
    """An event that has been played; the order is that of playing."""

    clock: float
    voice: int
    velocity: float
    late_s: float
    stroke: int


class Refrain:
    """Knows what was played so many ticks ago."""

    def __init__(self) -> None:
        self._events: deque[Played] = deque()
        self._round = 0.0
        self._first: float | None = None

    def begin(self, round_ticks: float) -> None:
        """Something else begins, which returns after so many ticks."""
        self._events.clear()
        self._first = None
        self._round = round_ticks

    def hear(self, event: Played) -> None:
        """What is played, in its order."""
        self._events.append(event)
        if self._first is None:
            self._first = event.clock

    def after(self, clock: float, voice: int) -> Played | None:
        """What came next one round ago, as if it came now; None: it is not known."""
        then = clock - self._round, voice
        if self._first is None or then[0] < self._first:
            return None
        while self._events and self._events[0][:2] <= then:
            self._events.popleft()
        if not self._events or self._events[0].clock >= clock:
            return None
        return self._events[0]._replace(clock=self._events[0].clock + self._round)
