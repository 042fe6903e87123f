"""Learning in the studio: begun, heard as it goes, and gone on with where it was cut short.

And what a studio before this one left under way, and what has become of it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from messina.atomic import unfinished, version_of
from messina.errors import MessinaError
from messina.locking import is_held
from messina.studio.catalogues import Catalogues, LivePreview
from messina.studio.home import Home
from messina.studio.jobs import Jobs, kept_text
from messina.studio.store import Job, Store
from messina.studio.versions import Versions

__all__ = ["Learning", "settle_earlier"]

_LEAST_MINUTES: Final = 0.1
_RESUMED: Final = ["--resume"]
_GOES_ON: Final = "goes_on"
"""Of a learning's options: it went on with another, so that there is something to go on with."""
_CUT_SHORT: Final = ("interrupted", "stopped", "failed")
"""How a learning ends that can be gone on with."""
_SAVING: Final = "saving what a studio before this one was learning"
_LOOK_S: Final = 0.2


class Learning:
    """Starts and resumes learnings of one studio; its arguments have been checked."""

    def __init__(
        self, home: Home, store: Store, jobs: Jobs, versions: Versions, catalogues: Catalogues
    ) -> None:
        self._home = home
        self._store = store
        self._jobs = jobs
        self._versions = versions
        self._catalogues = catalogues

    def begin(
        self, project: str, minutes: float, how: list[str], *, shown: Mapping[str, str]
    ) -> Job:
        """Learns anew; the instrument there is is kept beside it.

        how: options of `messina learn`. shown: what paths are called when it names them.
        """
        instrument = self._home.instrument(project)
        place = unfinished(instrument) if instrument.exists() else instrument
        return self._start(project, place, minutes, how, shown)

    def go_on(self, project: str, *, shown: Mapping[str, str]) -> Job:
        """Goes on with a learning that was stopped, or ended before its time.

        What it had saved becomes the instrument, and what was the instrument an earlier version.
        Raises MessinaError where there is nothing to go on with.
        """
        learnings = self._learnings(project)
        if not learnings or learnings[0].state not in _CUT_SHORT:
            raise MessinaError("no learning was cut short here; learn anew")
        last = learnings[0]
        # another version may have been taken back meanwhile: it is gone on with what this one saved
        first = next((job for job in learnings if not job.options.get(_GOES_ON)), learnings[-1])
        saved = self._versions.learnt_since(project, first.began)
        if saved is None:
            raise MessinaError("nothing is kept of what it had learnt; learn anew")
        self._versions.restore(project, saved)
        left_s = (last.progress or {}).get("left_s")
        whole = float(last.options.get("minutes", 1))
        minutes = whole if left_s is None else min(whole, max(_LEAST_MINUTES, left_s / 60))
        return self._start(project, self._home.instrument(project), minutes, _RESUMED, shown)

    def _learnings(self, project: str) -> list[Job]:
        """Those of a project, the newest first."""
        jobs = self._store.jobs()
        return [job for job in jobs if job.project == project and job.verb == "learn"]

    def _start(
        self, project: str, place: Path, minutes: float, how: list[str], shown: Mapping[str, str]
    ) -> Job:
        """place: where it saves as it goes."""
        instrument = self._home.instrument(project)
        self._versions.keep(project)
        preview = LivePreview(project, place, instrument, self._store.project(project).name)
        self._catalogues.follow(project, preview)
        words = [str(self._home.sounds(project)), "-o", str(instrument), *how]
        return self._jobs.add(
            project,
            "learn",
            [*words, "--minutes", f"{minutes:g}", "--json"],
            options={"minutes": minutes, _GOES_ON: how == _RESUMED},
            shown=shown,
            saves=place,
            over=lambda: self._versions.settle(project),
            watch=preview.watch,
        )


def settle_earlier(store: Store, home: Home, over: Callable[[str], None]) -> None:
    """Work that is said to be under way no longer is, as no studio runs it.

    over: called with the project of a learning that has ended.
    A learning may still be saving what it has; until it is done it is said to run, so that none
    is begun that would meet its lock.
    """
    saving = []
    for job in store.under_way():
        if job.verb == "learn" and is_held(home.instrument(job.project)):
            store.report(job.id, {"what": _SAVING, "done": 0.0, "detail": "", "left_s": None})
            saving.append(job)
        else:
            _interrupt(store, home, job, over)
    if saving:
        threading.Thread(target=_await, args=(store, home, saving, over), daemon=True).start()


def _await(store: Store, home: Home, saving: list[Job], over: Callable[[str], None]) -> None:
    for job in saving:
        while is_held(home.instrument(job.project)):
            time.sleep(_LOOK_S)
        try:
            _interrupt(store, home, job, over)
        except MessinaError:  # this studio is closed; the next one does it
            return


def _interrupt(store: Store, home: Home, job: Job, over: Callable[[str], None]) -> None:
    saves = _saves(home.instrument(job.project)) if job.verb == "learn" else None
    why = f"the studio ended while this ran; {kept_text(job, saves)}"
    if job.verb == "learn":
        over(job.project)
    store.end(job.id, "interrupted", message=why)


def _saves(instrument: Path) -> Path:
    """What a learning wrote last: the instrument, or the file beside one there was."""
    beside = unfinished(instrument)
    times = [(version_of(path) or (0, 0, 0))[1] for path in (instrument, beside)]
    return beside if times[1] > times[0] else instrument
