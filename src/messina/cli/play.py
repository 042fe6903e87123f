"""`messina play`: an instrument as a page in the browser."""

from __future__ import annotations

import argparse
import contextlib
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from messina.cli.options import add_band_option, add_port_option, band_of
from messina.cli.output import note_line, say
from messina.cli.parsing import UsageError, Verbs, add_verb
from messina.errors import InstrumentError, MessinaError

if TYPE_CHECKING:
    from messina.play.catalogue import Catalogue

__all__ = ["add", "add_band", "open_browser", "open_page", "until_interrupted"]

_HERE: Final = "127.0.0.1"
_NAP_S: Final = 3600.0


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "play",
        does="play in the browser: keys, pads, MIDI, map, sequence, and what plays on",
        run=run,
        examples=[
            "messina play",
            "messina play kalimba.messina",
            "messina play kits/",
            "messina play blues.messina --with kalimba.messina",
            "messina play kit.messina --host 0.0.0.0 --certificate cert.pem key.pem",
        ],
        more=(
            "Nothing leaves this machine. Ctrl-C ends it. To play without a server, or elsewhere:\n"
            "messina export kalimba.messina --to web -o kalimba.html"
        ),
    )
    parser.add_argument(
        "instruments",
        type=Path,
        nargs="*",
        metavar="INSTRUMENT",
        help=".messina files, or folders of them; the ready-made instruments without",
    )
    add_band_option(parser)
    parser.add_argument("--no-open", action="store_true", help="do not open the browser")
    add_port_option(parser, usual=8424)
    parser.add_argument(
        "--host",
        default=_HERE,
        metavar="ADDRESS",
        help="address to serve at; beyond this machine a token is demanded (default 127.0.0.1)",
    )
    parser.add_argument(
        "--certificate",
        type=Path,
        nargs=2,
        metavar=("CERT", "KEY"),
        help="serve by https with these; browsers of other machines make sound by https only",
    )


def run(arguments: argparse.Namespace) -> int:
    from messina.ready import READY

    catalogue = _filled(arguments.instruments or [each.path for each in READY.values()])
    add_band(catalogue, arguments.band)
    return _serve(
        catalogue,
        host=arguments.host,
        port=arguments.port,
        certificate=tuple(arguments.certificate) if arguments.certificate else None,
        opens=not arguments.no_open,
    )


def open_page(path: Path) -> int:
    """The page of a file that was just learnt, until Ctrl-C."""
    return _serve(_filled([path]))


def _serve(
    catalogue: Catalogue,
    *,
    host: str = _HERE,
    port: int | None = None,
    certificate: tuple[Path, Path] | None = None,
    opens: bool = True,
) -> int:
    from messina.play.server import PageServer
    from messina.serving.address import is_loopback

    with PageServer(catalogue, host=host, port=port, certificate=certificate) as server:
        if not is_loopback(host) and not server.encrypted:
            note_line(
                "without --certificate, browsers of other machines show the page but are mute"
            )
        say(server.url)
        if opens:
            open_browser(server.url)
        return until_interrupted()


def _filled(places: list[Path]) -> Catalogue:
    """The instruments named; in folders, those that are damaged are named and left out."""
    from messina.play.catalogue import Catalogue, find_instruments

    catalogue = Catalogue()
    for place in places:
        if place.is_dir():
            catalogue.follow(place)
    for path in find_instruments(places):
        try:
            catalogue.add_file(path)
        except InstrumentError as error:
            if path in places:
                raise
            note_line(f"left out: {error}")
    if not catalogue.rows:
        raise MessinaError("none of these instruments can be played; the reasons are above")
    return catalogue


def add_band(catalogue: Catalogue, band: list[str]) -> None:
    """Adds the instruments of `--with`, each with the part of a score that it plays."""
    if band and not any(row["kind"] == "score" for row in catalogue.rows):
        raise UsageError("--with is for scores; none of these files is one")
    for part, path in band_of(band).items():
        catalogue.add_file(path, parts=[part])


def open_browser(url: str) -> None:
    """Opens a page without waiting for the browser; where there is none, the address is printed."""
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()


def until_interrupted() -> int:
    """Waits for Ctrl-C, having said so."""
    note_line("Ctrl-C ends it")
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(_NAP_S)
    return 0
