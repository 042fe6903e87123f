"""`messina baseline`: what instruments are measured against."""

from __future__ import annotations

import argparse
from pathlib import Path

from messina.cli.corpus import add_slice
from messina.cli.learn import add_minutes
from messina.cli.parsing import Verbs, add_verb
from messina.cli.sound_options import add_seed
from messina.cli.values import number

__all__ = ["add"]


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "baseline",
        does="make what instruments are measured against: gruv, oracle",
        run=run,
        examples=[
            "messina baseline gruv ~/breaks -o gruv/ --minutes 1",
            "messina baseline gruv ~/kit -o gruv/ --minutes 1 --block 0.02",
            "messina baseline oracle ~/kalimba -o oracle/",
        ],
        more=(
            "gruv: the recurrent network of 2015, trained on the folder and left to play.\n"
            "oracle: each sound analysed and played again without a model: the best there can be."
        ),
    )
    parser.add_argument("which", choices=("gruv", "oracle"), help="which one")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a folder of sounds")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="the folder to write sounds to"
    )
    add_minutes(parser)
    add_seed(parser, what="the same seed, the same sounds")
    parser.add_argument(
        "--block",
        type=number(0.001, 10, unit=" seconds"),
        metavar="S",
        help="gruv: seconds in a block (default 0.25, as it was; less for short material)",
    )
    add_slice(parser)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def run(_: argparse.Namespace) -> int:
    raise NotImplementedError
