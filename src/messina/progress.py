"""Progress reports: counts of pieces, and the state of a learning."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

__all__ = [
    "LearningProgress",
    "LearningState",
    "Progress",
    "ProgressReporter",
    "ShownState",
    "Stage",
]

Progress: TypeAlias = Callable[[str, int, int], None]
"""Gets what is done, in a few words, and that so many of so many pieces of it are."""

Stage: TypeAlias = Literal["listening", "structure", "analysing", "learning", "done"]


class ShownState(Protocol):
    """What a page shows of learning, whether it runs in this process or in another."""

    @property
    def stage(self) -> str:
        """What is being done."""

    @property
    def done(self) -> float:
        """Share of it that is done, 0 … 1."""

    @property
    def minutes_left(self) -> float | None:
        """Estimated minutes to go, where that is known."""

    @property
    def error_db(self) -> float | None:
        """Error of the best weights so far in dB, once it is known."""


@dataclass(frozen=True, kw_only=True)
class LearningState:
    """How far learning is, and how good; what `progress` is called with."""

    stage: Stage
    """"listening", "structure", "analysing", "learning" or "done"."""
    done: float  # 0 … 1, of the stage
    """How much of the stage is done, 0 to 1."""
    minutes_left: float | None
    """Until the end; None where that is not known."""
    error_db: float | None
    """Audible level error of the weights that are kept, by which they were chosen: the mean of that
    on learnt sounds and that on sounds kept aside, where there are any; at the end, on all."""
    step: int
    """Steps of the network so far."""
    device: str
    """What it is learnt on, in words: "CPU, 2 cores", or the name of a GPU."""
    remark: str | None = None
    """What should be known, told once."""


LearningProgress: TypeAlias = Callable[[LearningState], None]
"""Gets the state of a learning now and then."""


class ProgressReporter:
    """Turns counts and shares into the `LearningState` of a callback, with the minutes left."""

    def __init__(self, progress: LearningProgress | None, *, minutes: float | None = None) -> None:
        """minutes: how long it may take; None where nobody knows."""
        self._progress = progress
        self._ends = None if minutes is None else time.monotonic() + 60.0 * minutes
        self._reported: tuple[Stage, float] = ("learning", 0.0)

    def listening(self, what: str, done: int, total: int) -> None:
        """`done` of `total` recordings are transcribed; what: the name of the stage."""
        del what
        self._report("listening", done / total)

    def analysing(self, done: int, total: int) -> None:
        """`done` of `total` recordings are analysed."""
        self._report("analysing", done / total)

    def structure(self, done: float, error: float | None) -> None:
        """A share of 0 to 1 of the event model's training is done, with this error."""
        del error  # in nats; the others are in dB
        self._report("structure", done)

    def learning(self, done: float, error: float | None) -> None:
        """A share of 0 to 1 of all training is done, with this error."""
        del error
        self._report("learning", done)

    def remark(self, text: str) -> None:
        """Something that should be known."""
        self._report(*self._reported, remark=text)

    def _report(self, stage: Stage, done: float, *, remark: str | None = None) -> None:
        self._reported = (stage, done)
        if self._progress is not None:
            ends = self._ends
            left = None if ends is None else max(0.0, ends - time.monotonic()) / 60.0
            state = LearningState(
                stage=stage,
                done=done,
                minutes_left=left,
                error_db=None,
                step=0,
                device="CPU",
                remark=remark,
            )
            self._progress(state)
