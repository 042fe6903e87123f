"""Hearing an instrument while a process learns it: the stages for the page for playing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from messina.play.listen import Stages
from messina.play.shelf import Shelf
from messina.serving.events import Events

__all__ = ["Listening"]


@dataclass(frozen=True, kw_only=True)
class _Told:
    stage: str
    done: float
    minutes_left: float | None
    error_db: float | None


class Listening:
    """One learning, as its page hears of it. `watch` is called from one thread.

    place: where it saves as it goes. out: where what it has learnt is at the end.
    """

    def __init__(self, place: Path, out: Path, name: str) -> None:
        self._place, self._out = place, out
        self.shelf = Shelf(learning=True)
        self.events = Events()
        self.over = False
        self._stages = Stages(place, self.shelf, self.events, name=name)
        self._last = _Told(stage="analysing", done=0.0, minutes_left=None, error_db=None)

    def watch(self, progress: dict[str, Any] | None) -> None:
        """Progress as the process tells it; None: it is done."""
        if progress is None:
            self.over = True
            if not self._place.exists():  # moved to where it belongs
                self._stages.move(self._out)
            told = _Told(stage="done", done=1.0, minutes_left=0.0, error_db=self._last.error_db)
        else:
            left_s, error_db = progress.get("left_s"), progress.get("error_db")
            told = _Told(
                stage=str(progress["what"]).partition(" on ")[0],
                done=float(progress["done"]),
                minutes_left=None if left_s is None else left_s / 60,
                error_db=self._last.error_db if error_db is None else error_db,
            )
        self._last = told
        self._stages.progress(told)
