"""Progress on stderr: a bar with the time left on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

__all__ = ["Progress", "note_line"]

_QUIET_S: Final = 10.0
"""Seconds between two plain lines about the same work."""


_SHORT_S: Final = 0.5
"""Work shorter than this shows no bar."""


def note_line(text: str) -> None:
    """One line of news on stderr."""
    print(text, file=sys.stderr, flush=True)


class Progress:
    """Shows how far the work is; use it as a context."""

    def __init__(self) -> None:
        self._bars: Bars | None = None
        self._task: TaskID | None = None
        self._what = ""
        self._began_s = self._told_s = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def count(self, what: str, done: int, total: int) -> None:
        """`done` of `total` pieces of the work called `what` are finished."""
        self.at(what, done, total, f"{done} of {total}")

    def at(
        self, what: str, done: float, total: float, detail: str, *, left_s: float | None = None
    ) -> None:
        """The work called `what` is at `done` of `total`; `detail` says it in words.

        left_s: seconds still to go, where that is known better than from the pace so far.
        """
        now_s = time.monotonic()
        if what != self._what:
            self._close()
            self._what, self._began_s, self._told_s = what, now_s, now_s
        if left_s is None and done > 0:
            left_s = (now_s - self._began_s) * (total - done) / done
        if left_s is not None:
            detail = f"{detail}, {_minutes(left_s)} left"
        if sys.stderr.isatty():
            if now_s - self._began_s >= _SHORT_S:
                self._draw(what, done, total, detail)
        elif now_s - self._told_s >= _QUIET_S:
            self._told_s = now_s
            note_line(f"{what}: {detail}")

    def _draw(self, what: str, done: float, total: float, detail: str) -> None:
        if self._bars is None:
            self._bars = _new_bars()
            self._bars.start()
        if self._task is None:
            self._task = self._bars.add_task(what, total=total, detail=detail)
        self._bars.update(self._task, completed=done, total=total, detail=detail)

    def _close(self) -> None:
        if self._bars is not None:
            self._bars.stop()
        self._bars = self._task = None
        self._what = ""


def _new_bars() -> Bars:
    # Loaded here: rich costs a tenth of a second, and `--help` and pipes do without it.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[detail]}"),
        console=Console(stderr=True),
        transient=True,
    )


def _minutes(seconds: float) -> str:
    """
    >>> _minutes(42.4), _minutes(150)
    ('0:42', '2:30')
    """
    whole = round(max(0.0, seconds))
    return f"{whole // 60}:{whole % 60:02d}"
