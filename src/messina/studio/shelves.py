"""What the page for playing is given: an instrument with its earlier versions, or its stages."""

from __future__ import annotations

import threading
import time
from typing import Any

from messina.errors import InstrumentError, MessinaError
from messina.play.shelf import Shelf
from messina.studio.home import Home
from messina.studio.listening import Listening
from messina.studio.store import Store
from messina.studio.versions import Versions, name_of

__all__ = ["Shelves"]


class Shelves:
    """One for each project that is played, from any thread."""

    def __init__(self, home: Home, store: Store, versions: Versions) -> None:
        self._home = home
        self._store = store
        self._versions = versions
        self._lock = threading.Lock()
        self._shelves: dict[str, tuple[Any, Shelf]] = {}
        self._listening: dict[str, Listening] = {}

    def listen(self, project: str, listening: Listening) -> None:
        """From now on what a learning tells is what is heard."""
        with self._lock:
            self._listening[project] = listening

    def listening(self, project: str) -> Listening | None:
        """The last learning of this studio's, for the pages that hear it."""
        with self._lock:
            return self._listening.get(project)

    def forget(self, project: str) -> None:
        with self._lock:
            self._shelves.pop(project, None)
            self._listening.pop(project, None)

    def shelf(self, project: str) -> Shelf:
        """The instrument and its earlier versions, or its stages while it is learnt."""
        listening = self.listening(project)
        if listening is not None and not listening.over:
            return listening.shelf
        name = self._store.project(project).name
        rows = self._versions.rows(project)
        known_by = (name, name_of(self._home.instrument(project)), [row["id"] for row in rows])
        with self._lock:
            known = self._shelves.get(project)
            if known is not None and known[0] == known_by:
                return known[1]
            shelf = Shelf()
            shelf.add(name, self._versions.path(project, "").read_bytes())
            for row in rows:
                when = time.strftime("%d %b, %H:%M", time.localtime(row["made"]))
                self._add_earlier(shelf, project, row["id"], f"{name} (of {when})")
            self._shelves[project] = (known_by, shelf)
            return shelf

    def _add_earlier(self, shelf: Shelf, project: str, version: str, name: str) -> None:
        try:
            shelf.add(name, self._versions.path(project, version).read_bytes())
        except (MessinaError, InstrumentError, OSError):
            return  # dropped or damaged meanwhile: the instrument of today is there

    def instrument_of(self, route: str) -> Shelf | None:
        """The shelf that has an instrument by this route."""
        with self._lock:
            shelves = [shelf for _, shelf in self._shelves.values()]
            shelves += [listening.shelf for listening in self._listening.values()]
        return next((s for s in shelves if any(r["route"] == route for r in s.rows)), None)
