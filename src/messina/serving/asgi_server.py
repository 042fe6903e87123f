"""uvicorn, serving an application at an address until it is told to end."""

from __future__ import annotations

import contextlib
import functools
import signal
import threading
from collections.abc import Iterator
from typing import Any

import uvicorn

from messina.serving.address import Address
from messina.serving.connections import IDLE_S, PatientProtocol
from messina.serving.guard import LARGEST_HEAD

__all__ = ["serve"]


def serve(app: Any, address: Address, *, closing: threading.Event | None = None) -> None:
    """Serves an ASGI application until `closing` is set or, in the main thread, a signal comes."""
    http: Any = functools.partial(PatientProtocol, tls=address.tls)
    config = uvicorn.Config(
        app,
        http=http,
        h11_max_incomplete_event_size=LARGEST_HEAD,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=2,
        # What clients do wrong is no news; what we do wrong the guard tells.
        log_config=None,
        log_level="critical",
        access_log=False,
        lifespan="off",
        loop="asyncio",
        ws="none",
        server_header=False,
        proxy_headers=False,
    )
    _Server(config, closing or threading.Event()).run(sockets=[address.socket])


class _Server(uvicorn.Server):
    """Ends at a signal as if it were asked to: what comes after serving is still done."""

    def __init__(self, config: uvicorn.Config, closing: threading.Event) -> None:
        super().__init__(config)
        self._closing = closing

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._closing.is_set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        signals = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in signals}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
