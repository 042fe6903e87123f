"""Hearing an instrument while it is learnt: the page always plays the newest, or an earlier one.

Learning calls `progress` with its state, and saves the instrument to a file as it goes; whenever
the file is a new one it is shown to the page. All calls come from one thread.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Self

from messina.atomic import version_of
from messina.errors import InstrumentError
from messina.play.catalogue import Catalogue
from messina.play.server import PageServer
from messina.progress import ShownState
from messina.serving.event_stream import Events

__all__ = ["ListenServer", "Stages"]

_KEPT: Final = 8
"""Stages kept to compare: the first, the newest, and some between."""
_REPORT_EVERY_S: Final = 1.0


class Stages:
    """Live preview: the versions of an instrument that is being learnt, for its page.

    out: the file that learning writes the instrument to, again and again. name: what it is called
    on the page, by default as the file is.
    """

    def __init__(
        self, out: Path, catalogue: Catalogue, events: Events, *, name: str | None = None
    ) -> None:
        self._out = out
        self._name = out.stem if name is None else name
        self._catalogue = catalogue
        self._events = events
        self._began_s = time.monotonic()
        self._seen = version_of(out)  # what lies there from before is not ours to show
        self._routes: list[tuple[float, str]] = []  # (minutes, route), oldest first
        self._error_db: float | None = None
        self._reported_s = 0.0

    def progress(self, state: ShownState) -> None:
        """Reports progress of learning to the page, and the file's new version if there is one."""
        now_s = time.monotonic()
        news = state.error_db != self._error_db or state.stage == "done"
        self._error_db = state.error_db
        if news or now_s - self._reported_s >= _REPORT_EVERY_S:
            self._reported_s = now_s
            news_of = {
                "stage": state.stage,
                "done": state.done,
                "minutes_left": state.minutes_left,
                "error_db": state.error_db,
                "minutes": self._minutes,
            }
            self._events.publish("state", news_of, keep=news)
        self.look()

    @property
    def _minutes(self) -> float:
        return (time.monotonic() - self._began_s) / 60

    def move(self, out: Path) -> None:
        """From now on this file is followed instead."""
        self._out = out

    def look(self) -> None:
        """Gives the page the file's version of now, when that is new."""
        version = version_of(self._out)
        if version is None or version == self._seen:
            return
        self._seen = version
        try:
            data = self._out.read_bytes()
            minutes = self._minutes
            route = self._catalogue.add(self._name, data, minutes=minutes, error_db=self._error_db)
        except (OSError, InstrumentError):
            return  # being replaced at this moment; the next look finds it
        self._routes.append((minutes, route))
        gone = self._thin()
        row = next(row for row in self._catalogue.rows if row["route"] == route)
        self._events.publish("instrument", {**row, "gone": gone})

    def _thin(self) -> list[str]:
        """Lets go of the stage that lies closest to its neighbours when there are too many."""
        gone = []
        while len(self._routes) > _KEPT:
            index = closest([minutes for minutes, _ in self._routes])
            _, route = self._routes.pop(index)
            self._catalogue.remove(route)
            gone.append(route)
        return gone


class ListenServer:
    """Serves the page of an instrument that is being learnt; use it as a context.

    out: the file that learning writes the instrument to, again and again. Raises MessinaError when
    it cannot serve.
    """

    def __init__(self, out: Path, *, port: int | None = None) -> None:
        catalogue = Catalogue(learning=True)
        self._server = PageServer(catalogue, port=port)
        self._stages = Stages(out, catalogue, self._server.events)

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()

    @property
    def url(self) -> str:
        """Address of the page."""
        return self._server.url

    def progress(self, state: ShownState) -> None:
        """Reports progress of learning to the page, and the file's new version if there is one."""
        self._stages.progress(state)

    def look(self) -> None:
        """Gives the page the file's version of now, when that is new."""
        self._stages.look()


def closest(times: Sequence[float]) -> int:
    """Index of the time, neither the first nor the last, whose neighbours are nearest in ratio.

    Learning does ever less in the same time, so what counts is the ratio of times, not the span.

    >>> closest([1, 2, 3, 4])
    2
    """
    inner = range(1, len(times) - 1)
    return min(inner, key=lambda i: times[i + 1] / max(times[i - 1], 1e-6))
