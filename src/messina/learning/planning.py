"""The schedule of a run: how many steps fit the minutes given.

A wall clock never ticks the same twice, so it must not decide what is learnt. The pace of the
machine is measured over the first steps, in processor time, and rounded down to a class; from the
class, the minutes and the length of the corpus the number of steps is planned. So the same machine
plans the same steps for the same work, whether the analysis came from the cache or not. Only where
it falls behind its class, because other programs took the cores, does the clock take over: the
schedule then follows the time that has passed, so that fewer steps, too, go all the way from the
top to nothing. A number of steps given outright is always met.

A long run goes in rounds, each of which lets the learning rate fall from the top to nothing: the
first is that of a one-minute run, step for step, each later one is twice as long as the one
before. What is kept is the best of all checks, so that more minutes hold all that fewer would have
found. Ref: Loshchilov & Hutter (2017), warm restarts.

Where sounds were kept aside to choose by, the run has a closing: in its last fifth the best weights
of the rounds go through the end of a schedule once more, with all sounds. The longer the rounds,
the more of it do sounds need that were not in them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

__all__ = [
    "PACED_STEPS",
    "Plan",
    "RoundPosition",
    "closing_share",
    "least_seconds",
    "plan_for",
    "plan_of",
    "rounds_of",
    "training_seconds",
]

PACED_STEPS: Final = 60
"""Steps the pace is measured over."""

_CLASS_RATIO: Final = 2 ** (1 / 3)
_CLASS_BASE = 10.5  # steps a second
_MARGIN = 0.95
_START_S = 4.0
_ANALYSED_PER_S = 20.0  # seconds of audio; allowed for even when the cache has it
_LEAST_SHARE = 0.3
_SLACK = 0.15  # of the time: so far behind a run may fall before the clock is looked at
_LEAST_STEPS = 80
_CLOSING_SHARE = 0.2  # of the steps
_CLOSING_FROM = 0.75  # of the schedule: the learning rate is a seventh of the top
_LEAST_CLOSING = 12
_CHECKS, _LEAST_APART, _MOST_APART = 25, 50, 250  # a round, and steps between them


@dataclass(frozen=True, kw_only=True)
class RoundPosition:
    """How far a run is within its present round."""

    share: float  # of the round's schedule that is over, 0 … 1
    steps: int  # that the round takes in all, as estimated so far


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The schedule of a run: steps of each round, and until when the clock allows them."""

    rounds: tuple[int, ...]
    began: float
    deadline: float | None
    closing: int = 0
    """Steps after the rounds."""
    clock: Callable[[], float] = time.monotonic
    """What tells the time, in seconds."""

    @property
    def steps(self) -> int:
        """Steps of all rounds and the closing together."""
        return sum(self.rounds) + self.closing

    def progress(self, step: int) -> float:
        """Share of the run that is over, 0 … 1: by steps, or by the clock where that is late."""
        return min(self._passed(step) / self.steps, 1.0)

    def in_rounds(self, step: int) -> bool:
        """Whether the rounds, before the closing, are still under way at this step."""
        return self._passed(step) < sum(self.rounds)

    def _passed(self, step: int) -> float:
        """Steps taken, or those that should have been where the run is late."""
        if self.deadline is None:
            return step
        share = (self.clock() - self.began) / (self.deadline - self.began)
        return max(step, self.steps * (share - _SLACK) / (1.0 - _SLACK))

    def place(self, step: int) -> RoundPosition:
        """How far a step is within its round."""
        whole = passed = self._passed(step)
        for length in self.rounds[:-1]:
            if passed < length:
                break
            passed -= length
        else:
            length = self.rounds[-1]
        return RoundPosition(
            share=min(1.0, passed / length), steps=max(1, round(_pace(step, whole) * length))
        )

    def checks(self, step: int) -> int:
        """How often the weights may have been kept by now: some times a round, and at its end."""
        left, count = self._passed(step), 0
        for length in self.rounds:
            within = min(left, length)
            every = min(max(length // _CHECKS, _LEAST_APART), _MOST_APART)
            count += int(within // every) + (within == length and length % every > 0)
            left -= within
        return count

    def closing_steps(self, step: int) -> int:
        """Steps of the closing that begins now: fewer than planned where the run is late."""
        least = min(_LEAST_CLOSING, self.closing)
        return max(least, round(_pace(step, self._passed(step)) * self.closing))


def _pace(step: int, passed: float) -> float:
    """Steps taken for each that should have been."""
    return step / passed if step else 1.0


def closing_share(done: float) -> float:
    """Share of the learning-rate schedule that is over when `done`, 0 … 1, of the closing is."""
    return _CLOSING_FROM + (1.0 - _CLOSING_FROM) * done


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
    """Seconds of the minutes that are left for training once audio_s seconds are analysed."""
    whole = 60.0 * minutes
    return max(_LEAST_SHARE * whole, whole - _START_S - audio_s / _ANALYSED_PER_S)


def least_seconds(seconds: float) -> float:
    """The least seconds that training takes of those planned, however late it begins."""
    return seconds / 3


def plan_for(
    step_times: Sequence[float],
    seconds: float,
    *,
    first_s: float,
    began: float,
    deadline: float,
    closing: bool = False,
) -> Plan:
    """The plan for a machine that took these seconds of processor time for its first steps.

    first_s: how long a run of one round is; began, deadline: on the monotonic clock; closing:
    whether there is one. At least a third of the seconds is used up.
    """
    pace = _MARGIN / float(np.percentile(step_times, 25))
    rung = np.floor(np.log(pace / _CLASS_BASE) / np.log(_CLASS_RATIO))
    steps_per_s = _CLASS_BASE * _CLASS_RATIO**rung
    steps = max(_LEAST_STEPS, round(seconds * steps_per_s))
    first = max(_LEAST_STEPS, round(first_s * steps_per_s))
    ends = max(deadline, began + least_seconds(seconds))
    return _divided(steps, first, closing=closing, began=began, deadline=ends)


def plan_of(steps: int, first: int, *, closing: bool = False) -> Plan:
    """The plan of exactly so many steps, whatever the clock says; `first` is a run of one round.

    >>> plan = plan_of(1000, 100, closing=True)
    >>> plan.rounds, plan.closing
    ((80, 160, 560), 200)
    """
    return _divided(max(1, steps), first, closing=closing, began=time.monotonic(), deadline=None)


def _divided(
    steps: int, first: int, *, closing: bool, began: float, deadline: float | None
) -> Plan:
    last, last_of_one = (
        max(1, round(_CLOSING_SHARE * x)) if closing and steps > 1 else 0
        for x in (steps, min(steps, first))
    )
    return Plan(
        rounds=rounds_of(steps - last, first - last_of_one),
        closing=last,
        began=began,
        deadline=deadline,
    )
