"""`messina info`: what an instrument was made from and what it can play."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from messina.cli.output import print_json, say
from messina.cli.parsing import Verbs, add_verb
from messina.cli.recipes import known_recipe
from messina.text import counted

if TYPE_CHECKING:
    from messina.instrument import Instrument
    from messina.instrument.manifest import Manifest
    from messina.instrument.responses import Response
    from messina.sequences import Sequence

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "info",
        does="tell what an instrument can play, or how a sound was made",
        run=run,
        examples=[
            "messina info kalimba.messina",
            "messina info kalimba.messina --json",
            "messina info snare_003.wav",
        ],
    )
    parser.add_argument(
        "instrument",
        type=Path,
        metavar="FILE",
        help="a .messina file, or a .wav file that Messina wrote",
    )
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def run(arguments: argparse.Namespace) -> int:
    if arguments.instrument.suffix.lower() == ".wav":
        return _print_recipe(arguments.instrument, as_json=arguments.json)

    from messina.instrument import Instrument
    from messina.instrument.container import HITS, read_parts

    path: Path = arguments.instrument
    parts = read_parts(path)
    instrument = Instrument.load(path) if HITS in parts else None
    sequence = _sequence(path) if set(parts) != {HITS} else None
    if arguments.json:
        print_json(_as_json(path, instrument, sequence))
        return 0
    lines = [] if sequence is None else [f"{path}: {sequence.about}", *_indented(sequence.details)]
    if instrument is not None:
        lines += _lines(path, instrument)
    say(*lines)
    return 0


def _print_recipe(path: Path, *, as_json: bool) -> int:
    from messina.recipe import described

    recipe = known_recipe(path)
    if as_json:
        print_json({"file": str(path), "recipe": recipe})
        return 0
    made, *more = described(recipe)
    say(f"{path}: {made}", *_indented(more))
    return 0


def _sequence(path: Path) -> Sequence:
    """What in the file plays on."""
    from messina.sequences import Sequence

    return Sequence.load(path)


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _as_json(
    path: Path, instrument: Instrument | None, sequence: Sequence | None
) -> dict[str, Any]:
    shown: dict[str, Any] = {"file": str(path), "bytes": path.stat().st_size}
    if sequence is not None:
        shown |= {"kind": sequence.kind, "about": sequence.about, "details": sequence.details}
    if instrument is not None:
        manifest, held = instrument.manifest, instrument.sustained
        shown["labels"] = [_label_json(own, held=own.label in held) for own in manifest.responses]
        shown["manifest"] = manifest
    return shown


def _label_json(response: Response, *, held: bool) -> dict[str, Any]:
    return {
        "label": response.label,
        "sounds": response.sounds,
        "note_low": response.note_low,
        "note_high": response.note_high,
        "sustained": held,
    }


def _lines(path: Path, instrument: Instrument) -> list[str]:
    from messina.instrument.manifest import chosen_error_db, outcome_of

    manifest, held = instrument.manifest, instrument.sustained
    roles = Counter(sound.role for sound in manifest.sounds)
    counts = ", ".join(f"{count} {role}" for role, count in roles.most_common())
    seconds = sum(sound.length_s for sound in manifest.sounds)
    lines = [
        f"{path}: {counted(len(manifest.sounds), 'sound')}, {seconds:.0f} s ({counts})",
        *(_label_line(own, held=own.label in held) for own in manifest.responses),
        f"learnt in {_how_long(manifest)} on {manifest.device}, seed {manifest.seed}",
    ]
    if (outcome := outcome_of(manifest)) is not None:
        lines += outcome.lines
    elif (error_db := chosen_error_db(manifest)) is not None:
        lines.append(f"error at the end of learning {error_db:.1f} dB")
    if manifest.left_out:
        lines.append(f"{counted(len(manifest.left_out), 'file')} left out when it was learnt:")
        lines += [f"  {left.name}: {left.reason}" for left in manifest.left_out]
    size_mb = path.stat().st_size / 1e6
    lines.append(f"{size_mb:.1f} MB, written by Messina {manifest.program}")
    return lines


def _how_long(manifest: Manifest) -> str:
    """What was asked for: minutes, or steps."""
    return f"{manifest.minutes:g} min" if manifest.minutes else counted(manifest.steps, "step")


def _label_line(response: Response, *, held: bool) -> str:
    """What is known of one label: how many sounds, which notes, whether it is held by its key."""
    from messina.units import note_name

    notes = ""
    if response.note_low is not None and response.note_high is not None:
        notes = f", notes {note_name(response.note_low)} to {note_name(response.note_high)}"
        notes += f" ({response.note_low:g} to {response.note_high:g})"
    sustained = ", sustained" if held else ""
    return f"  {response.label}: {counted(response.sounds, 'sound')}{notes}{sustained}"
