"""How many steps fit the minutes given, so that the same run gives the same instrument.

A wall clock never ticks the same twice, so it must not decide what is learnt. The pace of the
machine is measured over the first steps, in processor time, and rounded down to a class; from the
class, the minutes and the length of the corpus the number of steps is planned. So the same machine
plans the same steps for the same work, whether the analysis came from the cache or not. Only where
it falls behind its class, because other programs took the cores, does the clock end the run early;
the instrument then tells fewer steps than planned. A number of steps given outright is always met.

A long run goes in rounds, each of which lets the learning rate fall from the top to nothing: the
first is the whole of a one-minute run, step for step, each later one is twice as long as the one
before. What is kept is the best of all checks, so that more minutes hold all that fewer would have
found. Ref: Loshchilov & Hutter (2017), warm restarts.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

__all__ = ["PACED_STEPS", "Plan", "plan_for", "rounds_of", "training_seconds"]

PACED_STEPS: Final = 60
"""Steps the pace is measured over."""

_CLASS_RATIO: Final = 2 ** (1 / 3)
_CLASS_BASE = 10.5  # steps a second
_MARGIN = 0.95
_START_S = 4.0
_ANALYSED_PER_S = 20.0  # seconds of audio; allowed for even when the cache has it
_LEAST_SHARE = 0.3
_SLACK = 0.15  # of the time: so far behind a run may fall before the clock is looked at
_LEAST_STEPS = 60
_CHECKS, _LEAST_APART, _MOST_APART = 25, 50, 250  # a round, and steps between them


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Steps of each round, and the moment (monotonic clock) after which the clock takes over."""

    rounds: tuple[int, ...]
    began: float
    deadline: float | None

    @property
    def steps(self) -> int:
        return sum(self.rounds)

    def progress(self, step: int) -> float:
        """Share of the run that is over, 0 … 1: by steps, or by the clock where that is late."""
        return min(self._passed(step) / self.steps, 1.0)

    def _passed(self, step: int) -> float:
        """Steps taken, or those that should have been where the run is late."""
        if self.deadline is None:
            return step
        share = (time.monotonic() - self.began) / (self.deadline - self.began)
        return max(step, self.steps * (share - _SLACK) / (1.0 - _SLACK))

    def place(self, step: int) -> tuple[int, float]:
        """Which round it is, and the share of that which is over, 0 … 1."""
        passed = self._passed(step)
        for index, length in enumerate(self.rounds[:-1]):
            if passed < length:
                return index, passed / length
            passed -= length
        return len(self.rounds) - 1, min(1.0, passed / self.rounds[-1])

    def is_check(self, step: int) -> bool:
        """Whether the weights after this step may be kept: some in each round, and at its end."""
        begin = 0
        for length in self.rounds:
            if step <= begin + length:
                every = min(max(length // _CHECKS, _LEAST_APART), _MOST_APART)
                return (step - begin) % every == 0 or step == begin + length
            begin += length
        return True


def rounds_of(steps: int, first: int) -> tuple[int, ...]:
    """Steps of each round: `first`, twice that …; the last takes what is left.

    >>> rounds_of(1000, 100)
    (100, 200, 700)
    """
    rounds: list[int] = []
    left, length = steps, max(1, first)
    while left >= 3 * length:
        rounds.append(length)
        left -= length
        length *= 2
    return (*rounds, left)


def training_seconds(minutes: float, audio_s: float) -> float:
    """What is left of the minutes for learning, when audio_s seconds must be analysed first."""
    whole = 60.0 * minutes
    return max(_LEAST_SHARE * whole, whole - _START_S - audio_s / _ANALYSED_PER_S)


def plan_for(
    step_times: Sequence[float],
    seconds: float,
    *,
    first_s: float,
    began: float,
    deadline: float,
) -> Plan:
    """The plan for a machine that took these seconds of processor time for its first steps.

    first_s: how long the first round is; began, deadline: on the monotonic clock. At least a
    third of the seconds is used up.
    """
    pace = _MARGIN / float(np.percentile(step_times, 25))
    rung = np.floor(np.log(pace / _CLASS_BASE) / np.log(_CLASS_RATIO))
    steps_per_s = _CLASS_BASE * _CLASS_RATIO**rung
    steps = max(_LEAST_STEPS, round(seconds * steps_per_s))
    rounds = rounds_of(steps, max(_LEAST_STEPS, round(first_s * steps_per_s)))
    return Plan(rounds=rounds, began=began, deadline=max(deadline, began + seconds / 3))
