"""The server behind `messina play`: a page, its instruments, and news while one is learnt."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final, Self

from messina.play.catalogue import Catalogue
from messina.play.recorded_takes import Takes
from messina.serving.address import HERE, Access, Address
from messina.serving.event_stream import Events

__all__ = ["PORT", "PageServer"]

PORT: Final = 8424
"""Tried first, so that what the browser keeps for a page is found again."""


class PageServer:
    """Serves a catalogue from a thread of its own until closed; use it as a context.

    port 0: any that is free. host: beyond loopback a token is demanded, and certificate and key
    are wanted, since browsers make sound on secure pages only. Raises MessinaError.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        host: str = HERE,
        port: int | None = None,
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        self.catalogue = catalogue
        self.events = Events()
        self._address = Address(usual=PORT, port=port, host=host, certificate=certificate)
        if self.access.token is None:
            catalogue.takes = Takes()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="page server", daemon=True)

    @property
    def access(self) -> Access:
        """Who may ask."""
        return self._address.access

    @property
    def encrypted(self) -> bool:
        """Whether it serves by https."""
        return self._address.encrypted

    @property
    def url(self) -> str:
        """What to open; with the token where there is one."""
        return self._address.url

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()
        self._address.close()

    def _serve(self) -> None:
        # A browser takes as long to start as these to be loaded; it may ask at once.
        from messina.play.routes import Page, page_routes
        from messina.serving.asgi_server import serve
        from messina.serving.guard import guarded

        page = Page(self.catalogue, self.events)
        app = guarded(page_routes(lambda _: page), self.access, encrypted=self.encrypted)
        serve(app, self._address, closing=self._closing)
