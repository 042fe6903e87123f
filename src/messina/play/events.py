"""News for the open pages, as server-sent events: one way, text, a queue of its own for each page.

`publish` may be called from any thread and never waits. A page that does not keep up loses its
oldest news, one that is gone is noticed at the next beat.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import msgspec

__all__ = ["BEAT", "Events"]

BEAT: Final = b": still here\n\n"
"""A comment, by which a connection shows that it is alive."""

_MOST_WAITING: Final = 64
_MOST_PAGES: Final = 8


class Events:
    """Where news is published and pages listen."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queues: list[queue.Queue[bytes]] = []
        self._history: list[bytes] = []

    def publish(self, name: str, value: Any, *, keep: bool = False) -> None:
        """Tells every page. keep: also those that come later."""
        event = b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(value))
        with self._lock:
            if keep:
                self._history.append(event)
            for waiting in self._queues:
                _put(waiting, event)

    @contextmanager
    def listening(self) -> Iterator[queue.Queue[bytes] | None]:
        """A queue of everything published from now on, what was kept first; None: too many."""
        waiting: queue.Queue[bytes] = queue.Queue()
        with self._lock:
            if len(self._queues) >= _MOST_PAGES:
                waiting_or_none = None
            else:
                waiting_or_none = waiting
                for event in self._history:
                    waiting.put(event)
                self._queues.append(waiting)
        try:
            yield waiting_or_none
        finally:
            with self._lock:
                self._queues = [other for other in self._queues if other is not waiting]


def _put(waiting: queue.Queue[bytes], event: bytes) -> None:
    while waiting.qsize() >= _MOST_WAITING:
        try:
            waiting.get_nowait()
        except queue.Empty:
            break
    waiting.put(event)
