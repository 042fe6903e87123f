"""Progress on stderr: a bar with the time left on a terminal, a few plain lines elsewhere.

With MESSINA_PROGRESS=json it is lines of JSON, for programs that run this one. With
MESSINA_STOP=stdin, too, such a program asks to stop by closing the standard input, and when it is
gone what is told to nobody is no reason to lose what was done.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from messina.cli.output import note_line
from messina.text import on_screen

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

__all__ = ["Progress"]

_QUIET_S: Final = 10.0
"""Seconds between two plain lines about the same work."""


_SHORT_S: Final = 0.5
"""Work shorter than this shows no bar."""

_PROGRAM_S: Final = 0.3
"""Seconds between two lines for a program."""


class Progress:
    """Shows how far the work is; use it as a context."""

    def __init__(self) -> None:
        self._bars: Bars | None = None
        self._task: TaskID | None = None
        self._what = ""
        self._began_s = self._reported_s = 0.0
        self.for_programs = os.environ.get("MESSINA_PROGRESS") == "json"
        stops = os.environ.get("MESSINA_STOP") == "stdin"
        self._gone = contextlib.suppress(BrokenPipeError) if stops else contextlib.nullcontext()

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
        self,
        what: str,
        done: float,
        total: float,
        detail: str,
        *,
        left_s: float | None = None,
        error_db: float | None = None,
    ) -> None:
        """The work called `what` is at `done` of `total`; `detail` says it in words.

        left_s: seconds still to go, where that is known better than from the pace so far.
        error_db: of learning, for programs; `detail` says it to people.
        """
        now_s = time.monotonic()
        if what != self._what:
            self._close()
            self._what, self._began_s, self._reported_s = what, now_s, now_s
        if left_s is None and done > 0:
            left_s = (now_s - self._began_s) * (total - done) / done
        if self.for_programs:
            if now_s - self._reported_s >= _PROGRAM_S or now_s == self._began_s:
                self._reported_s = now_s
                with self._gone:
                    _tell_program(
                        what=what,
                        done=done / max(total, 1),
                        detail=detail,
                        left_s=left_s,
                        error_db=error_db,
                    )
        elif sys.stderr.isatty():
            if now_s - self._began_s >= _SHORT_S:
                ends_s = None if left_s is None else now_s + left_s
                self._draw(what, done, total, detail, ends_s)
        elif now_s - self._reported_s >= _QUIET_S:
            self._reported_s = now_s
            note_line(f"{what}: {_said(detail, left_s)}")

    def remark(self, text: str) -> None:
        """A line of news between two reports."""
        self._close()
        note_line(text)

    def _draw(
        self, what: str, done: float, total: float, detail: str, ends_s: float | None
    ) -> None:
        if self._bars is None:
            self._bars = _new_bars()
            self._bars.start()
        if self._task is None:
            self._task = self._bars.add_task(on_screen(what), total=total)
        self._bars.update(
            self._task, completed=done, total=total, detail=on_screen(detail), ends_s=ends_s
        )

    def _close(self) -> None:
        if self._bars is not None:
            self._bars.stop()
        self._bars = self._task = None
        self._what = ""


def _tell_program(**told: object) -> None:
    import msgspec

    note_line(msgspec.json.encode({"progress": told}).decode())


def _new_bars() -> Bars:
    # Loaded here: rich costs a tenth of a second, and `--help` and pipes do without it.
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
    from rich.table import Column
    from rich.text import Text

    class Detail(ProgressColumn):
        """The words, and a clock that runs on between two reports."""

        def render(self, task: Task) -> Text:
            ends_s = task.fields.get("ends_s")
            left_s = None if ends_s is None else ends_s - time.monotonic()
            return Text(_said(task.fields.get("detail", ""), left_s))

    return Progress(
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
        BarColumn(bar_width=20),
        Detail(table_column=Column(no_wrap=True)),
        console=Console(stderr=True),
        transient=True,
    )


def _said(detail: str, left_s: float | None) -> str:
    """
    >>> _said("3 of 9", 150), _said("", 42.4), _said("3 of 9", None)
    ('3 of 9, 2:30 left', '0:42 left', '3 of 9')
    """
    if left_s is None:
        return detail
    whole = round(max(0.0, left_s))
    return f"{detail}{', ' if detail else ''}{whole // 60}:{whole % 60:02d} left"
