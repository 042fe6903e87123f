"""The loop of every learning: sounds, textures and events are fitted by `fit`.

A kind of learning is a `Run`: it takes steps and judges its weights. When it does so, how long it
goes on, what the clock and Ctrl-C have to say in it and what is saved meanwhile is decided here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar

import numpy as np
from torch import Tensor

from messina.errors import InstrumentError, MessinaError
from messina.learning.checkpoint import (
    checkpoint_path,
    load_checkpoint,
    reason_of,
    save_checkpoint,
)
from messina.learning.planning import PACED_STEPS, Plan, closing_share, plan_for, plan_of

__all__ = [
    "BestCheckpoint",
    "Budget",
    "Resumable",
    "Run",
    "RunFiles",
    "Stopped",
    "fit",
    "fit_closing",
    "plan_run",
]

Stopped = Callable[[], bool]
"""Asked between two steps whether to stop."""

_REPORT_EVERY: Final = 20  # steps
_LEAST_BETWEEN: Final = 10.0  # two savings, in times of how long one takes

T = TypeVar("T")


class Run(Protocol):
    """One training run, as `fit` drives it; sounds, textures and events each have their own."""

    @property
    def step(self) -> int:
        """Steps of this run."""

    def advance(self, share: float, planned: int) -> None:
        """Takes one optimiser step.

        share: how much of the round is over, 0 … 1; planned: steps it has in all.
        """

    def checks(self, plan: Plan) -> int:
        """How many validations are due by the present step."""

    def check(self, plan: Plan) -> None:
        """Validates the weights, and keeps them where they are the best."""

    def report(self, plan: Plan) -> None:
        """Reports progress to whoever asked for it."""


class Resumable(Protocol):
    """What a checkpoint can be saved of, and restored into."""

    def state(self) -> dict[str, Tensor]:
        """Everything a later run needs to go on."""

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Takes up a state that `state` gave."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """How long a run may take: minutes of the clock, or a number of steps."""

    steps: int | None
    """Exactly so many, whatever the clock says."""
    seconds: float
    """Else so long, from the first step on."""
    first_s: float
    """Seconds of a run of one round."""
    first_steps: int
    """The same where steps are given."""
    deadline: float
    """On the monotonic clock."""
    closing: bool = False
    """Whether what was kept aside is learnt at the end."""
    most_steps: int | None = None
    """More are not planned by the clock."""


def plan_run(run: Run, budget: Budget, stopped: Stopped) -> Plan:
    """Plans the steps of a run.

    They are those asked for, or as many as fit into its time by the pace of the first few.
    """
    began = time.monotonic()
    if budget.steps is not None:
        return plan_of(budget.steps, budget.first_steps, closing=budget.closing)
    times: list[float] = []
    while len(times) < PACED_STEPS and not stopped():
        start = time.thread_time()
        run.advance(0.0, budget.first_steps)
        times.append(time.thread_time() - start)
    plan = plan_for(
        times or [1.0],
        budget.seconds,
        first_s=budget.first_s,
        began=began,
        deadline=budget.deadline,
        closing=budget.closing,
    )
    if budget.most_steps is not None and plan.steps > budget.most_steps:
        return replace(plan, rounds=(budget.most_steps,))
    return plan


def fit(run: Run, plan: Plan, stopped: Stopped) -> None:
    """Takes the steps of the plan's rounds; judges now and then, and always at the end."""
    checked, checked_at = 0, -1
    while True:
        over = stopped() or not plan.in_rounds(run.step)
        due = run.checks(plan)
        if due > checked or (over and run.step > checked_at):
            run.check(plan)
            checked, checked_at = due, run.step
        if over:
            return
        place = plan.place(run.step)
        run.advance(place.share, place.steps)
        if run.step % _REPORT_EVERY == 0:
            run.report(plan)


def fit_closing(run: Run, plan: Plan, stopped: Stopped) -> bool:
    """Takes the steps of the plan's closing; False where it was stopped before their end."""
    steps = plan.closing_steps(run.step)
    for done in range(steps):
        if stopped():
            return False
        run.advance(closing_share(done / steps), steps)
        if done % _REPORT_EVERY == 0:
            run.report(plan)
    return True


class BestCheckpoint(Generic[T]):
    """Keeps the value of the lowest criterion of all that are offered."""

    def __init__(self) -> None:
        self._value: T | None = None
        self.criterion = np.inf

    @property
    def value(self) -> T:
        """The best value so far."""
        assert self._value is not None, "nothing was offered"
        return self._value

    def offer(self, value: T, criterion: float | None) -> bool:
        """Keeps the value if its criterion is the lowest so far, or is None.

        Returns whether it was kept.
        """
        better = self._value is None or criterion is None or criterion < self.criterion
        if better:
            self._value = value
            self.criterion = np.inf if criterion is None else criterion
        return better

    def describe(self, value: T) -> None:
        """Replaces the best value by the same one with more known of it."""
        self._value = value


class RunFiles:
    """A file that follows a run, and the checkpoint beside it.

    What cannot be written on the way is said once each, and ends nothing.
    """

    def __init__(
        self, out: Path | None, *, warn: Callable[[str], None], every_s: float = 0.0
    ) -> None:
        """every_s: seconds between two savings, at least; of what takes long to save, more."""
        self._out, self._warn, self._every_s = out, warn, every_s
        self._warned: set[Path] = set()
        self._next_at = -np.inf

    def save_now_and_then(self, save: Callable[[Path], None], run: Resumable) -> None:
        """Saves file and checkpoint if some time has passed since the last time."""
        began = time.monotonic()
        if self._out is None or began <= self._next_at:
            return
        if self.save_on_the_way(save):
            self.save_checkpoint(run)
        ended = time.monotonic()
        # An instrument of a large library is seconds in the saving, and learning should go on.
        longer = _LEAST_BETWEEN * (ended - began) if self._every_s else 0.0
        self._next_at = ended + max(self._every_s, longer)

    def save_on_the_way(self, save: Callable[[Path], None]) -> bool:
        """Saves what is there so far, if there is room for it; returns whether it is saved."""
        if self._out is None:
            return False
        try:
            save(self._out)
        except (OSError, MessinaError) as error:
            self._complain(self._out, error, "learning goes on, and tries it again")
            return False
        return True

    def save(self, save: Callable[[Path], None], run: Resumable) -> None:
        """Saves at the end.

        Raises:
            OSError, MessinaError: The file cannot be written.
        """
        if self._out is not None:
            save(self._out)
            self.save_checkpoint(run)

    def save_checkpoint(self, run: Resumable) -> None:
        """Writes the checkpoint of the file as it lies there; without that file, none."""
        if self._out is None or not self._out.exists():
            return
        try:
            save_checkpoint(self._out, run.state())
        except (OSError, MessinaError) as error:
            self._complain(checkpoint_path(self._out), error, f"{self._out} is saved all the same")

    def resume(self, file: Path | None, run: Resumable, *, otherwise: str) -> bool:
        """Takes up the checkpoint beside a file; False where there is none that can be used.

        otherwise: what the run goes on from then, in words.
        """
        if file is None:
            return False
        try:
            state = load_checkpoint(file, run.state())
        except InstrumentError as error:
            self._warn(f"{error}; going on from {otherwise} alone")
            return False
        if state is not None:
            run.restore(state)
        return state is not None

    def _complain(self, path: Path, error: Exception, consolation: str) -> None:
        if path not in self._warned:
            self._warned.add(path)
            self._warn(f"{path} cannot be written ({reason_of(error)}); {consolation}")
