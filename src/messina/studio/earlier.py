"""What a studio before this one left under way, and what has become of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from messina.atomic import unfinished, version_of
from messina.errors import MessinaError
from messina.locking import is_held
from messina.studio.home import Home
from messina.studio.jobs import kept_text
from messina.studio.store import Job, Store

__all__ = ["settle_earlier"]

_SAVING: Final = "saving what a studio before this one was learning"
_LOOK_S: Final = 0.2


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
