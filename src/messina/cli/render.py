"""`messina render`: new sounds from an instrument, as WAV files."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from messina.cli import render_pieces
from messina.cli.options import (
    MAX_SEED,
    add_seed,
    add_sound_options,
    control,
    note,
    point,
    read_sound,
    refuse_to_replace,
    whole,
    write_sound,
)
from messina.cli.output import Progress, print_json, say
from messina.cli.parsing import OptionGroup, UsageError, Verbs, add_verb
from messina.cli.recipes import follow, info_of, ingredients, instrument_digest, shape_of
from messina.ranges import LONGEST_STRUCK_S, RANGES

if TYPE_CHECKING:
    from messina.recipe import Recipe

__all__ = ["add"]

_LOOKS_LIKE_AN_ENDING: Final = re.compile(r"\.[a-z][a-z0-9]{1,4}", re.IGNORECASE)


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "render",
        does="make new sounds with an instrument, or a piece of what plays on",
        run=run,
        examples=[
            "messina render kalimba.messina -n 64 -o hits/ --seed 7",
            "messina render kalimba.messina --note D4 --velocity 100 -o d4.wav",
            "messina render kit.messina --label snare --wildness 1.5 -n 12 -o snares/",
            "messina render kit.messina --like mykick.wav -n 8 -o kicks/",
            "messina render kit.messina --morph kick.wav snare.wav --at 0.3 -o between.wav",
            "messina render kit.messina --at 0.3,0.8 --wildness 0 -o there.wav",
            "messina render breaks.messina --duration 60 --seed 3 -o jam.wav",
            "messina render breaks.messina --from intro.wav --duration 20 -o on.wav",
            "messina render kit.messina --groove pattern.mid -o kit.wav",
            "messina render kit.messina --recipe snare_003.wav -o again.wav",
        ],
    )
    parser.add_argument("instrument", type=Path, metavar="INSTRUMENT", help="a .messina file")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="WHERE",
        help="a .wav file for one sound, or a folder",
    )
    add_seed(parser, what="seed of the piece or the first sound, the next has S + 1 and so on")
    parser.add_argument(
        "--wildness",
        type=control("wildness"),
        default=1.0,
        metavar="W",
        help="0 the most typical, 1 like the folder, 2 beyond it (default 1)",
    )
    add_sound_options(parser)
    parser.add_argument("--json", action="store_true", help="list the files as JSON")
    parser.add_argument(
        "--recipe",
        type=Path,
        metavar="FILE",
        help="make what is in this .wav file again, by the recipe it holds",
    )
    sounds = OptionGroup(
        parser,
        "single sounds",
        "What is not asked for is drawn anew for each sound, as the folder has it.",
    )
    _add_controls(sounds)
    pieces = OptionGroup(
        parser,
        "pieces",
        "Grooves, textures and scores that play on, and MIDI files, into one WAV file.",
    )
    render_pieces.add_options(pieces)
    parser.set_defaults(sounds=sounds, pieces=pieces)


def _add_controls(sounds: OptionGroup) -> None:
    """Their names are those of Instrument.render."""
    low_s, high_s = RANGES["length_s"]
    sounds.add("-n", "--number", type=whole(1, 100_000), metavar="N", help="how many (default 1)")
    sounds.add("--note", type=note, metavar="NOTE", help="60, 60.5, C4, d#3; C4 is 60")
    sounds.add("--velocity", type=control("velocity"), metavar="V", help="1 to 127")
    sounds.add("--label", metavar="LABEL", help="one of those `messina info` lists")
    sounds.add(
        "--length",
        dest="length_s",
        type=control("length_s", unit=" seconds"),
        metavar="S",
        help=f"{low_s:g} to {LONGEST_STRUCK_S:g} seconds; of sustained notes, held for so long, "
        f"up to {high_s:g}",
    )
    sounds.add(
        "--brightness",
        type=control("brightness"),
        metavar="B",
        help="-1 dark, 0 as usual, 1 bright",
    )
    sounds.add(
        "--vibrato",
        type=control("vibrato"),
        metavar="V",
        help="how far its pitch moves: 0 not at all, 1 as learnt (default), 2 twice as far",
    )
    sounds.add("--like", type=Path, metavar="FILE", help="variations of this sound")
    sounds.add("--morph", type=Path, nargs=2, metavar=("A", "B"), help="a sound between these two")
    sounds.add(
        "--at",
        type=point,
        metavar="X[,Y]",
        help="with --morph, where between: 0 is A, 1 is B (default 0.5); else what sounds at X,Y "
        "of the map, 0 to 1 from the left and from the top",
    )


def run(arguments: argparse.Namespace) -> int:
    if arguments.recipe:
        refuse_to_replace(arguments.output, arguments.recipe)
        given = [*arguments.sounds.given(arguments), *arguments.pieces.given(arguments)]
        recipe = follow(arguments, given)
        if recipe.by == "page":
            return _run_page_sound(arguments, recipe)
    sounds, pieces = arguments.sounds.given(arguments), arguments.pieces.given(arguments)
    if sounds and pieces:
        raise UsageError(
            f"{sounds[0]} is for single sounds, {pieces[0]} for pieces; leave one of them out "
            "(for another piece, another --seed)"
        )
    return render_pieces.run(arguments) if pieces else _run_sounds(arguments)


def _run_sounds(arguments: argparse.Namespace) -> int:
    arguments.number = arguments.number or 1
    if arguments.like and arguments.morph:
        raise UsageError("--like and --morph do not go together; leave one of them out")
    _check_at(arguments)
    if arguments.seed + arguments.number - 1 > MAX_SEED:
        raise UsageError(f"--seed plus -n is more than {MAX_SEED}; choose a smaller seed")
    paths = _paths(arguments)
    inputs = [arguments.instrument, *(arguments.morph or []), *filter(None, [arguments.like])]
    for path in paths:
        refuse_to_replace(path, *inputs)

    from messina.instrument import Instrument

    instrument = Instrument.load(arguments.instrument)
    controls = _controls(arguments)
    info = _infos(arguments)
    rows: list[dict[str, Any]] = []
    with Progress() as progress:
        for index, path in enumerate(paths):
            seed = arguments.seed + index
            audio = instrument.render(**controls, seed=seed)
            mono = instrument.manifest.mono
            write_sound(path, audio, arguments, mono=mono, seed=seed, info=info(seed=seed))
            rows.append({"file": str(path), "seed": seed, "seconds": round(len(audio) / 44_100, 3)})
            progress.count("rendering", index + 1, len(paths))
            if not arguments.json:
                say(path)
    if arguments.json:
        print_json(rows)
    return 0


def _run_page_sound(arguments: argparse.Namespace, recipe: Recipe) -> int:
    """The sound of a file that the page wrote, its recipe in it."""
    from messina.instrument import Instrument
    from messina.instrument.page_sound import page_sound
    from messina.recipe import COMMENT, comment_of

    arguments.number = 1
    (path,) = _paths(arguments)
    refuse_to_replace(path, arguments.instrument)
    assert recipe.sound is not None
    shape = shape_of(recipe, arguments.recipe)
    instrument = Instrument.load(arguments.instrument)
    audio = page_sound(instrument, recipe.sound, shape, seed=recipe.seed)
    mono = bool((audio[:, 0] == audio[:, 1]).all())
    info = {COMMENT: comment_of(recipe)}
    write_sound(path, audio, arguments, mono=mono, seed=recipe.seed, info=info)
    if arguments.json:
        seconds = round(len(audio) / 44_100, 3)
        print_json([{"file": str(path), "seed": recipe.seed, "seconds": seconds}])
    else:
        say(path)
    return 0


def _check_at(arguments: argparse.Namespace) -> None:
    """One number says where between two sounds, two say where on the map. Raises UsageError."""
    if arguments.at is None:
        return
    if len(arguments.at) == 1 and not arguments.morph:
        raise UsageError(
            "--at X says where between two sounds, which wants --morph A B; --at X,Y is "
            "a point of the map"
        )
    if len(arguments.at) == 2 and (arguments.morph or arguments.like):
        raise UsageError("--at X,Y is a point of the map; it goes with neither --morph nor --like")


def _controls(arguments: argparse.Namespace) -> dict[str, Any]:
    """The arguments of Instrument.render, but for the seed."""
    from messina.instrument.parts import Request

    asked = {field.name: getattr(arguments, field.name) for field in fields(Request)}
    controls = {name: value for name, value in asked.items() if value is not None}
    if arguments.like:
        controls["like"] = read_sound(arguments.like)
    if arguments.morph:
        (at,) = arguments.at or (0.5,)
        controls["morph"] = (*(read_sound(path) for path in arguments.morph), at)
        controls.pop("at", None)
    return controls


def _infos(arguments: argparse.Namespace) -> Callable[..., dict[str, str]]:
    """The recipe of each file, by its `seed`."""
    from messina.instrument.parts import Request

    names = [field.name for field in fields(Request)]
    asked = {name: getattr(arguments, name) for name in names if name not in ("like", "morph")}
    return partial(
        info_of,
        arguments,
        by="render",
        asked=asked,
        digest=instrument_digest(arguments.instrument),
        made_from=ingredients(arguments),
    )


def _paths(arguments: argparse.Namespace) -> list[Path]:
    """Where the sounds go: the file itself, or numbered ones in the folder."""
    output: Path = arguments.output
    # v3.12-out is a folder: not every dot begins the ending of a file.
    if _LOOKS_LIKE_AN_ENDING.fullmatch(output.suffix) and not output.is_dir():
        if output.suffix.lower() != ".wav":
            raise UsageError(
                f"{output} is not a .wav file, and WAV is what Messina writes; "
                "a folder of that name is used if it is there"
            )
        if arguments.number > 1:
            raise UsageError(f"{arguments.number} sounds do not fit one file; -o wants a folder")
        return [output]
    stem = re.sub(r"[^\w+-]+", "_", arguments.label or arguments.instrument.stem)
    if arguments.note is not None:
        stem += f"_{arguments.note:g}"
    if arguments.velocity is not None:
        stem += f"_v{arguments.velocity:.0f}"
    digits = max(3, len(str(arguments.number)))
    return [output / f"{stem}_{i:0{digits}d}.wav" for i in range(1, arguments.number + 1)]
