"""What the command line says: results on stdout, news on stderr, each text made harmless first.

Progress is a bar with the time left on a terminal, a few plain lines elsewhere. With
MESSINA_PROGRESS=json it is lines of JSON, for programs that run this one. With
MESSINA_STOP=stdin, too, such a program asks to stop by closing the standard input, and when it is
gone what is told to nobody is no reason to lose what was done.
"""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import shutil
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from messina.text import all_well_formed, on_screen, seen_in_json

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID


__all__ = [
    "Progress",
    "asked",
    "be_robust",
    "note_line",
    "print_json",
    "program",
    "say",
    "shell_word",
]


def be_robust() -> None:
    """Whatever the terminal's encoding lacks is spelt out from now on, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(*lines: object) -> None:
    """Prints results on stdout, a line each."""
    for line in lines:
        print(on_screen(str(line)), flush=True)


def note_line(*lines: object) -> None:
    """Prints news on stderr, a line each."""
    for line in lines:
        print(on_screen(str(line)), file=sys.stderr, flush=True)


def asked(question: str) -> bool:
    """Asks a yes-no question at the terminal; anything but yes is no."""
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


def program() -> str:
    """What to type to call this program again, as it was called now."""
    called = Path(sys.argv[0])
    if called.name in ("__main__.py", "-c", ""):  # python -m messina, python -c, a notebook
        is_found = shutil.which("python") == sys.executable  # else it is another one, or none
        return f"{'python' if is_found else shell_word(sys.executable)} -m messina"
    return called.stem if shutil.which(called.stem) else shell_word(called)


def shell_word(path: object) -> str:
    """A path as one word of a command line."""
    text = str(path)
    if os.name == "nt":
        return f'"{text}"' if " " in text else text
    return shlex.quote(text)


def print_json(value: Any) -> None:
    """Print as indented JSON; numbers that are not finite become null, as JSON has none."""
    import msgspec

    text = msgspec.json.encode(all_well_formed(msgspec.to_builtins(value)))
    print(seen_in_json(msgspec.json.format(text, indent=2).decode()))


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
                    _report_to_program(
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


def _report_to_program(**told: object) -> None:
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
