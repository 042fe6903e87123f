"""`messina resynth`: a sound of yours as the instrument would make it."""

from __future__ import annotations

import argparse
from pathlib import Path

from messina.cli.options import (
    add_seed,
    add_sound_options,
    read_sound,
    refuse_to_replace,
    write_sound,
)
from messina.cli.output import say
from messina.cli.parsing import Verbs, add_verb
from messina.cli.values import output_file

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "resynth",
        does="hear one of your sounds as an instrument would make it",
        run=run,
        examples=["messina resynth kalimba.messina mykick.wav -o out.wav"],
        more="The sound goes through the whole instrument: analysed, encoded, decoded, played.",
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
    add_seed(parser, what="seed of the noise in the sound")
    add_sound_options(parser)


def run(arguments: argparse.Namespace) -> int:
    refuse_to_replace(arguments.output, arguments.sound)

    from messina.instrument import Instrument
    from messina.units import SAMPLE_RATE

    instrument = Instrument.load(arguments.instrument)
    audio = instrument.resynth(
        read_sound(arguments.sound), sample_rate=SAMPLE_RATE, seed=arguments.seed
    )
    write_sound(
        arguments.output, audio, arguments, mono=instrument.manifest.mono, seed=arguments.seed
    )
    say(arguments.output)
    return 0
