"""When each tick is, while the tempo changes on the way."""

from __future__ import annotations

from typing import Final

from messina.events import TICKS_PER_BEAT

__all__ = ["Course"]

REMEMBERED: Final = 64
"""Turns: what was played before them is over."""


class Course:
    """Seconds of ticks; the tempo holds until it is turned, and may be turned for ever."""

    def __init__(self, tempo_bpm: float) -> None:
        self._turns = [(0.0, 0.0, _tick_s(tempo_bpm))]

    @property
    def tick_s(self) -> float:
        """Seconds a tick takes at present."""
        return self._turns[-1][2]

    def turn(self, tick: float, tempo_bpm: float) -> None:
        """Another tempo from a tick on; what was to be turned later is forgotten.

        >>> course = Course(60.0)
        >>> course.turn(24, 120.0)
        >>> course.seconds_at(12), course.seconds_at(48)
        (0.5, 1.5)
        """
        seconds = self.seconds_at(tick)
        while len(self._turns) > 1 and self._turns[-1][0] >= tick:
            self._turns.pop()
        self._turns.append((tick, seconds, _tick_s(tempo_bpm)))
        del self._turns[:-REMEMBERED]

    def seconds_at(self, tick: float) -> float:
        """Seconds from tick 0."""
        turns = (turn for turn in reversed(self._turns) if turn[0] <= tick)
        start, seconds, tick_s = next(turns, self._turns[0])
        return seconds + (tick - start) * tick_s


def _tick_s(tempo_bpm: float) -> float:
    return 60.0 / (tempo_bpm * TICKS_PER_BEAT)
