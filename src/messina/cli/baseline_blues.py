"""`messina baseline blues`: the 12-bar blues composed by rule, learnt, and played on."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from messina.cli.install_torch import need_torch
from messina.cli.options import whole
from messina.cli.output import Progress, note_line, print_json, say
from messina.cli.parsing import UsageError
from messina.text import counted

if TYPE_CHECKING:
    from messina.baselines.blues import BluesModel
    from messina.baselines.blues_form import Kept
    from messina.events import Phrase

__all__ = ["add_options", "run"]

_MEASURED_CHORUSES: Final = 20


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds this verb's options to its parser."""
    group = parser.add_argument_group("blues alone")
    group.add_argument(
        "--compose",
        type=whole(1, 10_000),
        metavar="N",
        help="only write the training set: N choruses as MIDI files",
    )
    group.add_argument(
        "--choruses",
        type=whole(1, 1_000),
        default=2,
        metavar="N",
        help="choruses of 12 bars in each file (default 2)",
    )
    group.add_argument(
        "--with",
        dest="instrument",
        type=Path,
        metavar="INSTRUMENT",
        help="a .messina file to play it (default a plain plucked sound)",
    )


def run(arguments: argparse.Namespace) -> int:
    if arguments.output is None:
        raise UsageError("baseline blues wants -o DIR to put its files in")
    if arguments.folder is not None:
        raise UsageError("baseline blues composes what it learns; it takes no folder")
    return _compose(arguments) if arguments.compose else _learn(arguments)


def _compose(arguments: argparse.Namespace) -> int:
    import numpy as np

    from messina.baselines.blues_form import CHORUS, VOCABULARY, chord_units, chorus, phrase_of
    from messina.sequences.midi_writing import write_midi

    rng = np.random.default_rng(arguments.seed)
    files = []
    for index in range(arguments.compose):
        name = f"chorus_{index + 1:03d}"
        phrase = phrase_of(chord_units(1)[:CHORUS], chorus(rng), name=name)
        files.append(arguments.output / f"{name}.mid")
        write_midi(files[-1], phrase, VOCABULARY)
    if arguments.json:
        print_json({"files": [str(file) for file in files]})
    else:
        say(f"{counted(len(files), 'chorus', 'choruses')} in {arguments.output}")
        note_line(f"learn them: messina learn {arguments.output} --as score -o blues.messina")
    return 0


def _learn(arguments: argparse.Namespace) -> int:
    need_torch()

    import numpy as np

    from messina.baselines.blues import SEED_STEPS, train_blues
    from messina.baselines.blues_form import CHORUS, chorus, form_kept, phrase_of

    budget_s = 60.0 * arguments.minutes
    with Progress() as progress:
        model = train_blues(
            minutes=arguments.minutes,
            seed=arguments.seed,
            progress=lambda gone_s, steps, error: progress.at(
                "training", gone_s, budget_s, f"step {steps}, error {error:.3f}"
            ),
        )
        files: list[Path] = []
        for index in range(arguments.number):
            rng = np.random.default_rng([arguments.seed, index])
            begun = chorus(rng)[: int(rng.integers(SEED_STEPS[0], SEED_STEPS[1] + 1))]
            steps = model.play(arguments.choruses * CHORUS, seed=begun, rng=rng)
            name = f"blues_{index + 1:03d}"
            files += _write(arguments, name, phrase_of(*steps, name=name))
            progress.count("playing", index + 1, arguments.number)
        rng = np.random.default_rng([arguments.seed, arguments.number])
        kept = form_kept(*model.play(_MEASURED_CHORUSES * CHORUS, seed=chorus(rng)[:8], rng=rng))
    _report(arguments, model, kept, files)
    return 0


def _write(arguments: argparse.Namespace, name: str, phrase: Phrase) -> list[Path]:
    """The MIDI file and its sound."""
    from messina.audio_files import write_wav
    from messina.baselines.blues_form import VOCABULARY, plucked
    from messina.sequences.midi_writing import write_midi

    midi, wav = (arguments.output / f"{name}.{suffix}" for suffix in ("mid", "wav"))
    write_midi(midi, phrase, VOCABULARY)
    if arguments.instrument is None:
        write_wav(wav, plucked(phrase, VOCABULARY))
        return [midi, wav]

    from messina.instrument import Instrument
    from messina.sequences.midi_performance import perform_midi
    from messina.units import SAMPLE_RATE

    instrument = Instrument.load(arguments.instrument)
    player, length_s = perform_midi(instrument, midi, seed=arguments.seed)
    write_wav(wav, player.block(round(length_s * SAMPLE_RATE)))
    return [midi, wav]


def _report(
    arguments: argparse.Namespace, model: BluesModel, kept: Kept, files: list[Path]
) -> None:
    if arguments.json:
        outcome = {
            "steps": model.steps,
            "error": model.error,
            "choruses": _MEASURED_CHORUSES,
            "bars_with_the_right_chord": kept.chords,
            "notes_in_the_chords_scale": kept.scale,
            "notes_in_another_chords_scale": kept.by_chance,
            "files": [str(file) for file in files],
        }
        print_json(outcome)
        return
    note_line(
        f"over {_MEASURED_CHORUSES} choruses {kept.chords:.0%} of bars have the right chord, "
        f"{kept.scale:.0%} of notes are in its scale ({kept.by_chance:.0%} by chance)"
    )
    for file in files:
        say(file)
