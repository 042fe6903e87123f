"""`messina live`: MIDI in, sound card out."""

from __future__ import annotations

import argparse
import contextlib
import sys
import threading
from pathlib import Path
from typing import Final

from messina.cli.options import add_seed, control, whole
from messina.cli.output import note_line, say
from messina.cli.parsing import UsageError, Verbs, add_verb
from messina.controllers import CURVES
from messina.text import counted

__all__ = ["add"]

_SWITCH_S: Final = 0.001
"""What renders lets the sound card's callback have Python at the latest after so long."""


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "live",
        does="play an instrument by MIDI through the sound card, without a browser",
        run=run,
        examples=[
            "messina live kalimba.messina",
            "messina live kit.messina --midi nanoPAD --device USB",
            "messina live flute.messina --mono --glide 60 --curve soft",
            "messina live --list",
        ],
        more=(
            "Kits lie on the keys of General MIDI, as in packs: 36 kick, 38 snare, 42 closed hat,\n"
            "46 open hat; what has a pitch plays on all other keys. Pressure, expression, breath,\n"
            "brightness, the mod wheel, pedals and MPE are followed. It needs the extra `live`:\n"
            "pip install 'messina[live]'. Ctrl-C ends it."
        ),
    )
    parser.add_argument(
        "instrument", type=Path, nargs="?", metavar="INSTRUMENT", help="a .messina file"
    )
    parser.add_argument("--list", action="store_true", help="list sound cards and MIDI ports")
    parser.add_argument("--midi", metavar="NAME", help="part of a MIDI port's name (default all)")
    parser.add_argument("--device", metavar="NAME", help="part of a sound card's name")
    parser.add_argument("--label", metavar="LABEL", help="what all notes play")
    parser.add_argument(
        "--wildness",
        type=control("wildness"),
        default=1.0,
        metavar="W",
        help="0 the most typical, 1 like the folder, 2 beyond it (default 1)",
    )
    parser.add_argument(
        "--level",
        type=control("level_db", unit=" dB"),
        default=0.0,
        metavar="DB",
        help="louder or softer",
    )
    lifted = parser.add_mutually_exclusive_group()
    lifted.add_argument(
        "--ring",
        action="store_const",
        const=True,
        help="notes ring on when keys are lifted, as hits without a pitch do",
    )
    lifted.add_argument(
        "--damp",
        action="store_const",
        const=False,
        dest="ring",
        help="hits end when keys are lifted, too, as notes do",
    )
    parser.add_argument(
        "--mono",
        action="store_true",
        help="one note with a pitch at a time; what is sustained goes on legato",
    )
    parser.add_argument(
        "--glide",
        type=control("glide_ms", unit=" ms"),
        default=0.0,
        metavar="MS",
        help="slide to a key that is struck while another is down, in so many ms (default 0)",
    )
    parser.add_argument(
        "--curve",
        choices=list(CURVES),
        default="linear",
        help="how velocity is taken: as it is, for a soft or a hard touch, or all alike",
    )
    parser.add_argument(
        "--block",
        type=whole(32, 4096),
        default=256,
        metavar="N",
        help="samples the sound card takes at a time (default 256; more where it crackles)",
    )
    add_seed(parser, what="the same seed, the same takes in the same order")


def run(arguments: argparse.Namespace) -> int:
    from messina.play.ports import describe_devices

    if arguments.list:
        say(*describe_devices())
        return 0
    if arguments.instrument is None:
        raise UsageError("live wants an INSTRUMENT to play, or --list")

    from messina.instrument import Instrument
    from messina.play.keyboard import KeyboardConfig
    from messina.play.live_player import LiveConfig, LivePlayer
    from messina.play.ports import open_midi, open_output

    instrument = Instrument.load(arguments.instrument)
    config = LiveConfig(
        label=arguments.label,
        wildness=arguments.wildness,
        seed=arguments.seed,
        ring=arguments.ring,
        level_db=arguments.level,
        keyboard=KeyboardConfig(
            mono=arguments.mono, glide_ms=arguments.glide, curve=arguments.curve
        ),
    )
    sys.setswitchinterval(_SWITCH_S)
    with LivePlayer(instrument, config) as player, contextlib.suppress(KeyboardInterrupt):
        stream, latency_s = open_output(player.mix, device=arguments.device, block=arguments.block)
        with contextlib.closing(open_midi(player.receive, port=arguments.midi)) as midi, stream:
            note_line(f"listening to {', '.join(midi.names)}; latency {1000 * latency_s:.0f} ms")
            note_line("Ctrl-C ends it")
            threading.Event().wait()
    metrics = player.metrics
    note_line(f"{counted(metrics.notes, 'note')}, {counted(metrics.underruns, 'underrun')}")
    return 0
