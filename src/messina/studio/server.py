"""The studio on a port of this machine."""

from __future__ import annotations

import contextlib
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import uvicorn

from messina.errors import MessinaError
from messina.locking import alone_on
from messina.play.access import Access
from messina.studio.home import Home

__all__ = ["PORT", "serve_studio"]

PORT: Final = 8425
"""Tried first, so that what the browser keeps for a page is found again."""

_HERE: Final = "127.0.0.1"
_IDLE_S: Final = 20
_ADVICE: Final = "use the page of that studio, or end it, or choose another --home"


class _Server(uvicorn.Server):
    """Ends at a signal as if it were asked to: what comes after serving is still done."""

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


def serve_studio(root: Path, *, port: int | None, ready: Callable[[str], None]) -> None:
    """Serves until it is interrupted; `ready` is called with the address.

    port: 0 is any that is free; None tries the usual one first. Raises MessinaError, also when
    another studio has this home.
    """
    home = Home(root.expanduser().absolute())
    with _alone_in(home), _bound(port) as bound:
        home.prepare()
        number = int(bound.getsockname()[1])
        access = Access(port=number, token=secrets.token_urlsafe(18))
        # A browser takes as long to start as what follows to be loaded; it may ask at once.
        ready(f"http://{_HERE}:{number}/?token={access.token}")
        from messina.studio.app import studio_app
        from messina.studio.desk import Desk
        from messina.studio.patience import PatientProtocol

        desk = Desk(home)
        try:
            config = uvicorn.Config(
                studio_app(desk, access),
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                ws="none",
                loop="asyncio",
                http=PatientProtocol,
                timeout_keep_alive=_IDLE_S,
                timeout_graceful_shutdown=2,
                proxy_headers=False,
            )
            _Server(config).run(sockets=[bound])
        finally:
            desk.close()


@contextlib.contextmanager
def _alone_in(home: Home) -> Iterator[None]:
    home.root.mkdir(parents=True, exist_ok=True)
    with alone_on(home.database, advice=_ADVICE):
        yield


def _bound(port: int | None) -> socket.socket:
    for number in (PORT, 0) if port is None else (port,):
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            bound.bind((_HERE, number))
            bound.listen(64)
            return bound
        except OSError as error:
            bound.close()
            why = error.strerror or str(error)
    raise MessinaError(f"cannot serve on {_HERE}, port {port or PORT}: {why.lower()}")
