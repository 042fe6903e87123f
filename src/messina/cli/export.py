"""`messina export`: an instrument as a sampler pack, a model for other programs, or a page."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

from messina.cli.options import (
    add_band_option,
    add_seed,
    band_of,
    control,
    note,
    refuse_to_replace,
    whole,
)
from messina.cli.output import Progress, note_line, print_json, say
from messina.cli.parsing import UsageError, Verbs, add_verb
from messina.export_targets import TARGETS, named_targets

__all__ = ["add"]

_OPTIONS_OF_PACKS: Final = {
    "velocities": "velocities",
    "round_robin": "round_robin",
    "note_step": "note_step",
    "low": "low",
    "high": "high",
    "wildness": "wildness",
    "rate": "sample_rate",
    "format": "bits",
}
"""Options that only packs of sounds have: how they are called here and in the package."""

_WITH_LICENSE: Final = tuple(name for name in TARGETS if TARGETS[name].license_place)
_PACKS: Final = named_targets("pack")


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "export",
        does="take an instrument to samplers, DAWs, Max/Pd, other programs",
        run=run,
        examples=[
            "messina export kalimba.messina --to sfz -o kalimba/",
            "messina export kit.messina --to hydrogen -o kit.h2drumkit --round-robin 6",
            "messina export kalimba.messina --to decent -o kalimba/ --low C3 --high C6",
            "messina export kit.messina --to wav -o hits/ --velocities 8 --rate 48000",
            "messina export blues.messina --to web --with kalimba.messina -o blues.html",
            "messina export kit.messina --to nn -o kit.ts",
        ],
        more=(
            "Packs of sounds (each take is rendered, none is another one made louder):\n"
            f"{_lines('pack')}"
            "Of a groove its hits; folders hold its pattern, too, as pattern.mid.\n"
            "The instrument itself, which goes on making new sounds:\n"
            f"{_lines('model')}{_lines('page')}"
        ),
    )
    parser.add_argument("instrument", type=Path, metavar="INSTRUMENT", help="a .messina file")
    parser.add_argument("--to", choices=TARGETS, required=True, help="the format; see above")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="WHERE", help="a folder or a file"
    )
    parser.add_argument("--force", action="store_true", help="replace an older export")
    parser.add_argument("--json", action="store_true", help="tell what was made as JSON")
    add_seed(parser, what="seed of all takes")
    add_band_option(parser)
    _add_pack_options(parser)


def _lines(kind: Literal["pack", "model", "page"]) -> str:
    return "".join(f"  {name:<9} {TARGETS[name].does}\n" for name in named_targets(kind))


def _add_pack_options(parser: argparse.ArgumentParser) -> None:
    packs = parser.add_argument_group("packs of sounds")
    packs.add_argument(
        "--velocities", type=whole(1, 127), metavar="N", help="velocity layers (default 4)"
    )
    packs.add_argument(
        "--round-robin", type=whole(1, 100), metavar="N", help="alternations of each (default 3)"
    )
    packs.add_argument(
        "--note-step",
        type=whole(1, 48),
        metavar="N",
        help="semitones from one sampled note to the next (default 3)",
    )
    packs.add_argument("--low", type=note, metavar="NOTE", help="lowest key, such as 48 or C3")
    packs.add_argument("--high", type=note, metavar="NOTE", help="highest key")
    packs.add_argument(
        "--wildness",
        type=control("wildness"),
        metavar="W",
        help="how far takes differ: 0 hardly, 1 like the folder, 2 beyond it (default 0.5)",
    )
    packs.add_argument("--rate", type=int, choices=(44_100, 48_000), help="Hz (default 44100)")
    packs.add_argument("--format", choices=("16", "24"), help="bits (default 24)")
    packs.add_argument(
        "--license",
        metavar="NAME",
        help=f"what others may do with it, such as CC0; for {_and(_WITH_LICENSE)}",
    )


def _and(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def run(arguments: argparse.Namespace) -> int:
    if arguments.license is not None and not TARGETS[arguments.to].license_place:
        places = _and(_WITH_LICENSE)
        raise UsageError(f"--license is for --to {places}; {arguments.to} has no place for it")
    refuse_to_replace(arguments.output, arguments.instrument)
    if arguments.band and arguments.to != "web":
        raise UsageError("--with is for pages in which a score plays: --to web")
    out, suffix = arguments.output, TARGETS[arguments.to].suffix
    if suffix and out.suffix and out.suffix.lower() != suffix:
        raise UsageError(f"{out} does not end in {suffix}; give it that ending, or none")
    if arguments.to not in _PACKS:
        _refuse_pack_options(arguments)
    return _export(arguments)


def _refuse_pack_options(arguments: argparse.Namespace) -> None:
    for option in _OPTIONS_OF_PACKS:
        if getattr(arguments, option) is not None:
            raise UsageError(
                f"--{option.replace('_', '-')} is for packs of sounds "
                f"({', '.join(_PACKS)}); {arguments.to} plays any of them by itself"
            )


def _export(arguments: argparse.Namespace) -> int:
    from messina.export.exporting import export
    from messina.export.packs import TAKES_ALTERNATE

    asked = {name: getattr(arguments, option) for option, name in _OPTIONS_OF_PACKS.items()}
    for end in ("low", "high"):
        if asked[end] is not None:
            asked[end] = _whole_key(end, asked[end])
    with Progress() as progress:
        made = export(
            arguments.instrument,
            arguments.output,
            format=arguments.to,
            seed=arguments.seed,
            force=arguments.force,
            license=arguments.license or "",
            band=band_of(arguments.band) or None,
            progress=progress.count,
            **asked,
        )
    if arguments.json:
        facts = {"sounds": made.sounds, "labels": made.labels} if made.sounds is not None else {}
        lacks = made.cannot_carry
        print_json(
            {"output": str(made.path), "format": made.format, **facts, "cannot_carry": lacks}
        )
        return 0
    for what in made.cannot_carry:
        if what != TAKES_ALTERNATE:  # every pack says so: it is in its help
            note_line(f"{made.format} cannot carry {what}")
    say(made.path)
    note_line(f"play it: {TARGETS[made.format].opens}")
    return 0


def _whole_key(option: str, key: float) -> int:
    if key != round(key):
        raise UsageError(f"--{option} {key:g} lies between two keys; allowed are whole notes")
    return round(key)
