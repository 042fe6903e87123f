"""News for the open pages, as server-sent events: one way, text, a queue of its own for each page.

`publish` may be called from any thread and never waits. A page that does not keep up loses its
oldest news; one that is gone, or does not read, is shown out as any client is.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec

__all__ = ["Events"]

_BEAT: Final = b": still here\n\n"
"""A comment, by which a connection shows that it is alive."""

_BEAT_S: Final = 10.0
_MOST_WAITING: Final = 64
_MOST_PAGES: Final = 8


class _Page:
    """Messages that one page has not received yet."""

    def __init__(self, history: list[bytes]) -> None:
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self.waiting = deque(history)
        if history:
            self._news.set()

    def send(self, event: bytes) -> None:
        """From any thread."""
        while len(self.waiting) >= _MOST_WAITING:
            self.waiting.popleft()
        self.waiting.append(event)
        with contextlib.suppress(RuntimeError):  # the loop has ended, and with it the page
            self._loop.call_soon_threadsafe(self._news.set)

    async def something(self) -> None:
        """Returns when there is news, or at the next beat."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), _BEAT_S)
        self._news.clear()


class Events:
    """Server-sent events: published here, queued for each open page."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pages: list[_Page] = []
        self._history: list[bytes] = []

    def publish(self, name: str, value: Any, *, keep: bool = False) -> None:
        """Sends an event to every page. keep: also to those that come later."""
        event = b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(value))
        with self._lock:
            if keep:
                self._history.append(event)
            for page in self._pages:
                page.send(event)

    @property
    def has_room(self) -> bool:
        """Whether one more page can listen."""
        with self._lock:
            return len(self._pages) < _MOST_PAGES

    async def stream(self) -> AsyncIterator[bytes]:
        """The kept events, then everything published from now on."""
        with self._lock:
            if len(self._pages) >= _MOST_PAGES:
                return
            page = _Page(self._history)
            self._pages.append(page)
        try:
            yield _BEAT
            while True:
                await page.something()
                with self._lock:
                    heard = b"".join(page.waiting)
                    page.waiting.clear()
                yield heard or _BEAT
        finally:
            with self._lock:
                self._pages.remove(page)
