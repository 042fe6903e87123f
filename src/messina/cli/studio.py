"""`messina studio`: everything in the browser, from sounds to instrument to sampler."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from messina.cli.options import add_port_option
from messina.cli.output import note_line, say
from messina.cli.parsing import Verbs, add_verb
from messina.cli.play import open_browser
from messina.locking import alone_on

if TYPE_CHECKING:
    from messina.studio.home import Home

__all__ = ["add"]

_PORT: Final = 8425
"""Tried first, so that what the browser keeps for a page is found again."""

_ADVICE: Final = "use the page of that studio, or end it, or choose another --home"


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "studio",
        does="all of it in the browser: drop sounds, learn, play, export",
        run=run,
        examples=["messina studio", "messina studio --home ~/instruments --no-open"],
        more="Nothing leaves this machine. Ctrl-C ends it; what is being learnt is kept.",
    )
    parser.add_argument(
        "--home", type=Path, metavar="DIR", help="where instruments are kept (default: your data)"
    )
    add_port_option(parser, usual=_PORT)
    parser.add_argument("--no-open", action="store_true", help="do not open the browser")


def run(arguments: argparse.Namespace) -> int:
    from messina.studio.home import default_home

    def ready(url: str) -> None:
        say(url)
        note_line("Ctrl-C ends it")
        if not arguments.no_open:
            open_browser(url)

    _serve(arguments.home or default_home(), port=arguments.port, ready=ready)
    return 0


def _serve(root: Path, *, port: int | None, ready: Callable[[str], None]) -> None:
    """Serves until it is interrupted; `ready` is called with the address.

    port: 0 is any that is free; None tries the usual one first. Raises MessinaError, also when
    another studio has this home.
    """
    from messina.serving.address import Address
    from messina.studio.home import Home

    home = Home(root.expanduser().absolute())
    with (
        _alone_in(home),
        contextlib.closing(Address(usual=_PORT, port=port, token=True)) as address,
    ):
        home.prepare()
        # A browser takes as long to start as what follows to be loaded; it may ask at once.
        ready(address.url)
        from messina.serving.asgi_server import serve
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
