"""How far a learning without an error in dB has come, told as the learning of hits tells it."""

from __future__ import annotations

import time

from messina.progress import LearningProgress, LearningState, Stage

__all__ = ["ProgressReporter"]


class ProgressReporter:
    """Turns counts and shares into what `progress` is told, with the minutes left."""

    def __init__(self, progress: LearningProgress | None, *, minutes: float) -> None:
        self._progress = progress
        self._ends = time.monotonic() + 60.0 * minutes
        self._reported: tuple[Stage, float] = ("learning", 0.0)

    def listening(self, what: str, done: int, total: int) -> None:
        """So many of so many recordings are listened to."""
        del what
        self._tell("listening", done / total)

    def structure(self, done: float, error: float | None) -> None:
        """Such a share (0 to 1) of a structure is learnt."""
        del error  # in nats; the others are in dB
        self._tell("structure", done)

    def learning(self, done: float, error: float | None) -> None:
        """Such a share (0 to 1) of all there is to learn is learnt."""
        del error
        self._tell("learning", done)

    def remark(self, text: str) -> None:
        """Something that should be known."""
        self._tell(*self._reported, remark=text)

    def _tell(self, stage: Stage, done: float, *, remark: str | None = None) -> None:
        self._reported = (stage, done)
        if self._progress is not None:
            left = max(0.0, self._ends - time.monotonic()) / 60.0
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
