"""`messina studio`: everything in the browser, from sounds to instrument to sampler."""

from __future__ import annotations

import argparse
from pathlib import Path

from messina.cli.options import whole
from messina.cli.output import note_line, say
from messina.cli.parsing import Verbs, add_verb
from messina.cli.play import open_browser

__all__ = ["add"]


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
    parser.add_argument(
        "--port", type=whole(0, 65_535), metavar="P", help="default 8425, or any that is free"
    )
    parser.add_argument("--no-open", action="store_true", help="do not open the browser")


def run(arguments: argparse.Namespace) -> int:
    from messina.studio.home import default_home
    from messina.studio.server import serve_studio

    def ready(url: str) -> None:
        say(url)
        note_line("Ctrl-C ends it")
        if not arguments.no_open:
            open_browser(url)

    serve_studio(arguments.home or default_home(), port=arguments.port, ready=ready)
    return 0
