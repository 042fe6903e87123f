"""`messina resynth`: a sound of yours as the instrument would make it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from messina.cli.options import (
    add_seed,
    add_sound_options,
    output_file,
    read_take,
    refuse_to_replace,
    write_sound,
)
from messina.cli.output import Progress, note_line, say
from messina.cli.parsing import Verbs, add_verb
from messina.cli.recipes import info_of, ingredient

if TYPE_CHECKING:
    from messina.audio_files import Audio
    from messina.instrument import Instrument

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "resynth",
        does="hear one of your sounds as an instrument would make it",
        run=run,
        examples=[
            "messina resynth kalimba.messina mykick.wav -o out.wav",
            "messina resynth kit.messina loop.wav -o out.wav",
        ],
        more="The sound goes through the whole instrument: analysed, encoded, decoded, played. A "
        "recording of\nseveral is taken apart where they begin, and put together again.",
    )
    parser.add_argument("instrument", type=Path, metavar="INSTRUMENT", help="a .messina file")
    parser.add_argument("sound", type=Path, metavar="SOUND", help="an audio file")
    parser.add_argument(
        "-o",
        "--output",
        type=output_file(".wav"),
        required=True,
        metavar="FILE",
        help="the .wav file to write",
    )
    parser.add_argument(
        "--as",
        dest="kind",
        choices=("sound", "phrase"),
        help="whether it is one sound or several (by default as it sounds)",
    )
    add_seed(parser, what="seed of the noise in the sound")
    add_sound_options(parser)


def run(arguments: argparse.Namespace) -> int:
    refuse_to_replace(arguments.output, arguments.sound)

    from messina.instrument import Instrument
    from messina.transcription.performing import is_phrase
    from messina.units import SAMPLE_RATE

    instrument = Instrument.load(arguments.instrument)
    given = read_take(arguments.sound, note_line)
    if arguments.kind == "phrase" or (arguments.kind is None and is_phrase(given)):
        audio = _phrase(instrument, given, arguments.seed)
    else:
        audio = instrument.resynth(given, sample_rate=SAMPLE_RATE, seed=arguments.seed)
    info = info_of(
        arguments,
        by="resynth",
        digest=instrument.digest,
        seed=arguments.seed,
        asked={},
        made_from={"sound": [ingredient(arguments.sound)]},
    )
    mono = instrument.manifest.mono
    write_sound(arguments.output, audio, arguments, mono=mono, seed=arguments.seed, info=info)
    say(arguments.output)
    return 0


def _phrase(instrument: Instrument, given: Audio, seed: int) -> Audio:
    from messina.text import counted
    from messina.transcription.performing import resynth_phrase

    with Progress() as progress:
        made = resynth_phrase(
            instrument,
            given,
            seed=seed,
            progress=lambda done, count: progress.count("resynthesising", done, count),
        )
    note_line(f"{counted(made.strokes, 'sound')}, each resynthesised and put where it was")
    if made.left_out:
        note_line(f"{counted(made.left_out, 'sound')} left out: nothing to be heard in it")
    return made.audio
