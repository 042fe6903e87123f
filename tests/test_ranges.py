from __future__ import annotations

import argparse
import inspect
from dataclasses import fields

from messina.cli import render
from messina.cli.parsing import Parser
from messina.instrument import Instrument
from messina.instrument.parts import Request
from messina.ranges import RANGES
from messina.sequences import Sequence
from messina.sequences.sequence import PlayOptions

WITHOUT_RANGE = {"label", "like", "morph", "at"}
"""What is asked of a sound and is no number, or a place between two or on the map: 0 to 1."""


def names_of(kind: type) -> set[str]:
    return {field.name for field in fields(kind)}


def options_of_render() -> argparse.Namespace:
    verbs = Parser(prog="messina").add_subparsers()
    render.add(verbs)
    return verbs.choices["render"].parse_args(["x.messina", "-o", "y.wav"])


def test_render_takes_what_is_asked_of_a_sound_or_a_piece_and_a_seed() -> None:
    taken = set(inspect.signature(Instrument.render).parameters) - {"self"}
    assert taken == names_of(Request) | {"seed"}
    taken = set(inspect.signature(Sequence.render).parameters) - {"self"}
    assert taken == names_of(PlayOptions) | {"seed", "duration_s", "prime"}


def test_every_number_of_a_sound_or_a_piece_has_its_range() -> None:
    assert names_of(Request) - WITHOUT_RANGE <= set(RANGES)
    assert names_of(PlayOptions) <= set(RANGES)


def test_the_verb_has_every_control_of_a_sound_and_of_a_piece() -> None:
    assert names_of(Request) | names_of(PlayOptions) <= set(vars(options_of_render()))
