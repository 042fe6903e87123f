"""`messina ready`: the instruments that come with the program."""

from __future__ import annotations

import argparse
from pathlib import Path

from messina.cli.options import output_file
from messina.cli.output import note_line, print_json, program, say
from messina.cli.parsing import UsageError, Verbs, add_verb
from messina.errors import MessinaError

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "ready",
        does="list the ready-made instruments, or copy one into a file of yours",
        run=run,
        examples=["messina ready", "messina ready mallets -o mallets.messina", "messina play"],
        more=(
            "They were learnt from sounds made from nothing, or from recordings that are free to\n"
            "use; no recording is in them. All of them are played by `messina play` without more;\n"
            "a copy can be rendered and exported like any instrument."
        ),
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="one of those listed")
    parser.add_argument(
        "-o",
        "--output",
        type=output_file(".messina"),
        metavar="FILE",
        help="the .messina file its copy goes to",
    )
    parser.add_argument("--force", action="store_true", help="replace an older file")
    parser.add_argument("--json", action="store_true", help="list them as JSON")


def run(arguments: argparse.Namespace) -> int:
    from messina.ready import READY, ready_made

    chosen = None if arguments.name is None else ready_made(arguments.name)
    if (chosen is None) != (arguments.output is None):
        name = "mallets" if chosen is None else chosen.name
        raise UsageError(
            f"a copy needs a NAME and a place: {program()} ready {name} -o {name}.messina"
        )
    if chosen is not None:
        return _copy(chosen.path, arguments.output, force=arguments.force)
    if arguments.json:
        listed = [
            {
                "name": each.name,
                "about": each.about,
                "origin": each.origin,
                "license": each.license,
                "file": str(each.path),
                "bytes": each.path.stat().st_size,
            }
            for each in READY.values()
        ]
        print_json(listed)
        return 0
    for each in READY.values():
        say(f"{each.name:<8} {each.about} ({each.path.stat().st_size / 1e6:.1f} MB)")
        say(f"         from {each.origin}")
        say(f"         licence: {each.license}")
    note_line(f"play them: {program()} play")
    return 0


def _copy(source: Path, target: Path, *, force: bool) -> int:
    from messina.atomic import replacing
    from messina.instrument import Instrument

    if target.exists() and not force:
        raise MessinaError(
            f"{target} is there already; `force=True` replaces it, another `out` keeps it"
        )
    with replacing(target, check=Instrument.load) as aside:
        aside.write_bytes(source.read_bytes())
    say(target)
    return 0
