"""What the page for playing is given: an instrument with its earlier versions, or, while a process
learns it, the stages it goes through.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from messina.errors import InstrumentError, MessinaError
from messina.play.catalogue import Catalogue
from messina.play.listen import Stages
from messina.serving.event_stream import Events
from messina.studio.home import Home
from messina.studio.store import Store
from messina.studio.versions import Versions, name_of

__all__ = ["Catalogues", "LivePreview"]


@dataclass(frozen=True, kw_only=True)
class _State:
    stage: str
    done: float
    minutes_left: float | None
    error_db: float | None


_MOST_POINTS: Final = 120


def _back_to(project: str) -> tuple[str, str]:
    """The studio, where this project is open."""
    return f"/#{project}", "Studio"


class LivePreview:
    """Live preview of one learning, for the pages that play it. `watch` is called from one thread.

    place: where it saves as it goes. out: where what it has learnt is at the end.
    """

    def __init__(self, project: str, place: Path, out: Path, name: str) -> None:
        self._place, self._out = place, out
        self.catalogue = Catalogue(learning=True, back=_back_to(project))
        self.events = Events()
        self.over = False
        self._stages = Stages(place, self.catalogue, self.events, name=name)
        self._last = _State(stage="analysing", done=0.0, minutes_left=None, error_db=None)
        self._began_s = time.monotonic()
        self.curve: list[tuple[float, float]] = []
        """The error as it fell: seconds since it was begun, dB."""

    def watch(self, progress: dict[str, Any] | None) -> None:
        """Takes in a progress report of the process; None: it is done."""
        if progress is None:
            self.over = True
            if not self._place.exists():  # moved to where it belongs
                self._stages.move(self._out)
            state = _State(stage="done", done=1.0, minutes_left=0.0, error_db=self._last.error_db)
        else:
            left_s, error_db = progress.get("left_s"), progress.get("error_db")
            state = _State(
                stage=str(progress["what"]).partition(" on ")[0],
                done=float(progress["done"]),
                minutes_left=None if left_s is None else left_s / 60,
                error_db=self._last.error_db if error_db is None else error_db,
            )
            if error_db is not None:
                self._draw(float(error_db))
        self._last = state
        self._stages.progress(state)

    def _draw(self, error_db: float) -> None:
        points = self.curve
        if points and points[-1][1] == error_db:
            return
        if len(points) >= _MOST_POINTS:
            points = points[::2]
        self.curve = [*points, (round(time.monotonic() - self._began_s, 1), round(error_db, 2))]


class Catalogues:
    """What each project's page for playing is given, from any thread."""

    def __init__(self, home: Home, store: Store, versions: Versions) -> None:
        self._home = home
        self._store = store
        self._versions = versions
        self._lock = threading.Lock()
        self._catalogues: dict[str, tuple[Any, Catalogue]] = {}
        self._preview: dict[str, LivePreview] = {}

    def follow(self, project: str, preview: LivePreview) -> None:
        """Registers the live preview of a project's learning."""
        with self._lock:
            self._preview[project] = preview

    def preview(self, project: str) -> LivePreview | None:
        """The live preview of a project's last learning, if this studio ran one."""
        with self._lock:
            return self._preview.get(project)

    def forget(self, project: str) -> None:
        """Drops what is held for a project."""
        with self._lock:
            self._catalogues.pop(project, None)
            self._preview.pop(project, None)

    def catalogue(self, project: str) -> Catalogue:
        """The instrument and its earlier versions, or its stages while it is learnt."""
        preview = self.preview(project)
        if preview is not None and not preview.over:
            return preview.catalogue
        name = self._store.project(project).name
        rows = self._versions.rows(project)
        known_by = (name, name_of(self._home.instrument(project)), [row["id"] for row in rows])
        with self._lock:
            known = self._catalogues.get(project)
            if known is not None and known[0] == known_by:
                return known[1]
            catalogue = Catalogue(back=_back_to(project))
            catalogue.add(name, self._versions.path(project, "").read_bytes())
            for row in rows:
                when = time.strftime("%d %b, %H:%M", time.localtime(row["made"]))
                self._add_earlier(catalogue, project, row["id"], f"{name} (of {when})")
            self._catalogues[project] = (known_by, catalogue)
            return catalogue

    def _add_earlier(self, catalogue: Catalogue, project: str, version: str, name: str) -> None:
        try:
            catalogue.add(name, self._versions.path(project, version).read_bytes())
        except (MessinaError, InstrumentError, OSError):
            return  # dropped or damaged meanwhile: the instrument of today is there

    def instrument_of(self, route: str) -> Catalogue | None:
        """The catalogue that has an instrument by this route."""
        with self._lock:
            catalogues = [catalogue for _, catalogue in self._catalogues.values()]
            catalogues += [preview.catalogue for preview in self._preview.values()]
        return next((s for s in catalogues if any(r["route"] == route for r in s.rows)), None)
