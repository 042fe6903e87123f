"""The studio on a port of this machine."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from messina.locking import alone_on
from messina.serving.address import Address
from messina.studio.home import Home

__all__ = ["PORT", "serve_studio"]

PORT: Final = 8425
"""Tried first, so that what the browser keeps for a page is found again."""

_ADVICE: Final = "use the page of that studio, or end it, or choose another --home"


def serve_studio(root: Path, *, port: int | None, ready: Callable[[str], None]) -> None:
    """Serves until it is interrupted; `ready` is called with the address.

    port: 0 is any that is free; None tries the usual one first. Raises MessinaError, also when
    another studio has this home.
    """
    home = Home(root.expanduser().absolute())
    with _alone_in(home), contextlib.closing(Address(usual=PORT, port=port, token=True)) as address:
        home.prepare()
        # A browser takes as long to start as what follows to be loaded; it may ask at once.
        ready(address.url)
        from messina.serving.server import serve
        from messina.studio.app import studio_app
        from messina.studio.desk import Desk

        desk = Desk(home)
        try:
            serve(studio_app(desk, address.access), address)
        finally:
            desk.close()


@contextlib.contextmanager
def _alone_in(home: Home) -> Iterator[None]:
    home.root.mkdir(parents=True, exist_ok=True)
    with alone_on(home.database, advice=_ADVICE):
        yield
