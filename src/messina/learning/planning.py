"""How many steps fit the minutes given, so that the same run gives the same instrument.

A wall clock never ticks the same twice, so it must not decide what is learnt. The pace of the
machine is measured over the first steps, in processor time, and rounded down to a class; from the
class, the minutes and the length of the corpus the number of steps is planned. So the same machine
plans the same steps for the same work, whether the analysis came from the cache or not. Only where
it falls behind its class, because other programs took the cores, does the clock end the run early;
the instrument then tells fewer steps than planned. A number of steps given outright is always met.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

__all__ = ["PACED_STEPS", "Plan", "plan_for", "training_seconds"]

PACED_STEPS: Final = 60
"""Steps the pace is measured over."""

_CLASS_RATIO: Final = 2**0.5
_CLASS_BASE = 12.5  # steps a second
_MARGIN = 0.95
_START_S = 4.0
_ANALYSED_PER_S = 20.0  # seconds of audio; allowed for even when the cache has it
_LEAST_SHARE = 0.3
_LEAST_STEPS = 60


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Steps to take, and the moment (monotonic clock) after which the clock takes over."""

    steps: int
    began: float
    deadline: float | None

    def progress(self, step: int) -> float:
        """Share of the run that is over, 0 … 1: by steps, or by the clock where that is late."""
        share = step / self.steps
        if self.deadline is not None:
            share = max(share, (time.monotonic() - self.began) / (self.deadline - self.began))
        return min(share, 1.0)


def training_seconds(minutes: float, audio_s: float) -> float:
    """What is left of the minutes for learning, when audio_s seconds must be analysed first."""
    whole = 60.0 * minutes
    return max(_LEAST_SHARE * whole, whole - _START_S - audio_s / _ANALYSED_PER_S)


def plan_for(step_times: Sequence[float], seconds: float, *, began: float, deadline: float) -> Plan:
    """The plan for a machine that took these seconds of processor time for its first steps.

    began, deadline: on the monotonic clock. At least a third of the seconds is used up.
    """
    pace = _MARGIN / float(np.percentile(step_times, 25))
    rung = np.floor(np.log(pace / _CLASS_BASE) / np.log(_CLASS_RATIO))
    steps = max(_LEAST_STEPS, round(seconds * _CLASS_BASE * _CLASS_RATIO**rung))
    return Plan(steps=steps, began=began, deadline=max(deadline, began + seconds / 3))
