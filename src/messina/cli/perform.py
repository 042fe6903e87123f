"""`messina perform`: a beat that is tapped or a tune that is hummed, played by an instrument."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from messina.cli.options import (
    add_seed,
    add_sound_options,
    control,
    number,
    output_file,
    read_take,
    refuse_to_replace,
    write_sound,
)
from messina.cli.output import Progress, note_line, print_json, program, say, shell_word
from messina.cli.parsing import UsageError, Verbs, add_verb
from messina.cli.recipes import info_of, ingredient
from messina.errors import ControlError, InstrumentError

if TYPE_CHECKING:
    from messina.instrument import Instrument
    from messina.sequences.groove import Groove
    from messina.transcription.performance import Performed
    from messina.transcription.take import Transcribed

__all__ = ["add"]

LONGEST_MORE_S: Final = 3600.0


def add(verbs: Verbs) -> None:
    parser = add_verb(
        verbs,
        "perform",
        does="play a beat you tap or beatbox, or a tune you hum, on an instrument",
        run=run,
        examples=[
            "messina perform kit.messina take.wav -o out.wav --midi out.mid",
            "messina perform kit.messina take.wav -o out.wav --quantize 0.8",
            "messina perform kit.messina take.wav -o out.wav --cast B=clap --table strokes.csv",
            "messina perform kit.messina --strokes strokes.csv -o out.wav",
            "messina perform flute.messina hummed.wav -o tune.wav",
            "messina perform breaks.messina take.wav --continue 20 -o on.wav",
        ],
        more=(
            "Sounds of the take that are alike are one kind, A, B, C … in order of appearance; "
            "each kind is cast\nby its sound and its place in the bar. The table of strokes can be "
            "corrected and given back with --strokes."
        ),
    )
    parser.add_argument("instrument", type=Path, metavar="INSTRUMENT", help="a .messina file")
    parser.add_argument("take", type=Path, nargs="?", metavar="TAKE", help="an audio file")
    parser.add_argument(
        "-o",
        "--output",
        type=output_file(".wav"),
        required=True,
        metavar="FILE",
        help="the .wav file to write",
    )
    parser.add_argument("--midi", type=output_file(".mid"), metavar="FILE", help="a MIDI file, too")
    parser.add_argument(
        "--table", type=output_file(".csv"), metavar="FILE", help="the strokes or notes as a table"
    )
    parser.add_argument(
        "--strokes", type=Path, metavar="FILE", help="play such a table, instead of a take"
    )
    parser.add_argument(
        "--as",
        dest="kind",
        choices=("strokes", "tune"),
        help="what the take is (by default as it sounds)",
    )
    parser.add_argument(
        "--cast",
        action="append",
        default=[],
        metavar="KIND=LABEL",
        help="what plays a kind of strokes: B=clap; B= leaves it out",
    )
    parser.add_argument(
        "--label", metavar="LABEL", help="what plays a tune, where several labels have a pitch"
    )
    parser.add_argument(
        "--quantize",
        type=number(0.0, 1.0),
        default=0.0,
        metavar="Q",
        help="0 when it was played (default), 1 on the grid of semiquavers or triplets; above 0 "
        "what is written begins on a bar line",
    )
    parser.add_argument(
        "--continue",
        dest="more_s",
        type=number(0, LONGEST_MORE_S, unit=" seconds", above_low=True),
        metavar="S",
        help="go on by itself from the take's last bar line, for so many seconds; wants a groove",
    )
    parser.add_argument(
        "--wildness",
        type=control("wildness"),
        default=1.0,
        metavar="W",
        help="how far strokes of a kind differ: 0 hardly, 1 like the folder (default 1)",
    )
    add_seed(parser, what="seed of the takes")
    add_sound_options(parser)
    parser.add_argument("--json", action="store_true", help="say what was found as JSON")


def run(arguments: argparse.Namespace) -> int:
    _check(arguments)

    from messina.instrument import Instrument
    from messina.transcription.performance import in_time
    from messina.transcription.performing import play

    instrument = Instrument.load(arguments.instrument)
    groove = None if arguments.more_s is None else _groove(arguments.instrument, instrument)
    with Progress() as progress:
        found = _found(arguments, instrument, progress)
        rows, start_s = in_time(found.rows, arguments.quantize)
        if arguments.table:
            from messina.transcription.performance_table import write_performance

            write_performance(arguments.table, found.rows)
        audio = play(
            instrument,
            rows,
            seed=arguments.seed,
            wildness=arguments.wildness,
            progress=lambda done_s, all_s: progress.at(
                "playing", done_s, all_s, f"{done_s:.0f} of {all_s:.0f} s"
            ),
        )
    if groove is not None:
        from messina.transcription.performance_table import continued

        audio = continued(
            audio,
            found.rows,
            groove,
            duration_s=arguments.more_s,
            seed=arguments.seed,
            begins_s=start_s,
        )
    made_from = [ingredient(path) for path in (arguments.take, arguments.strokes) if path]
    info = info_of(
        arguments,
        by="perform",
        digest=instrument.digest,
        seed=arguments.seed,
        asked={
            "wildness": arguments.wildness,
            "quantize": arguments.quantize,
            "continue": arguments.more_s,
        },
        made_from={"take": made_from},
    )
    mono = instrument.manifest.mono
    write_sound(arguments.output, audio, arguments, mono=mono, seed=arguments.seed, info=info)
    if arguments.midi:
        _write_midi(arguments.midi, rows)
    _report(arguments, found, start_s)
    return 0


def _groove(path: Path, instrument: Instrument) -> Groove:
    """What goes on from the take. Raises ControlError where the file has nothing that does."""
    from messina.sequences.groove import Groove

    try:
        return Groove.of(instrument)
    except InstrumentError as error:
        raise ControlError(
            f"{path} has single sounds and nothing that plays on; --continue wants a groove, "
            "as learnt from loops"
        ) from error


def _check(arguments: argparse.Namespace) -> None:
    """What goes together, before anything is read. Raises UsageError."""
    if (arguments.take is None) == (arguments.strokes is None):
        raise UsageError("give a take or --strokes with its table, one of the two")
    if arguments.strokes is not None and (arguments.cast or arguments.kind or arguments.label):
        raise UsageError(
            "--strokes has its labels in the table; leave out --cast, --as and --label"
        )
    inputs = [each for each in (arguments.take, arguments.strokes) if each is not None]
    outputs = [arguments.output, arguments.midi, arguments.table]
    for output in filter(None, outputs):
        refuse_to_replace(output, arguments.instrument, *inputs)


def _found(
    arguments: argparse.Namespace, instrument: Instrument, progress: Progress
) -> Transcribed:
    """What is to be played: of the table, or heard in the take."""
    from messina.transcription.performance import checked_labels
    from messina.transcription.take import Transcribed, transcribe

    if arguments.strokes is not None:
        from messina.transcription.performance_table import read_performance

        rows = read_performance(arguments.strokes)
        try:
            checked_labels(rows, instrument.labels)
        except ControlError as error:
            raise ControlError(f"{arguments.strokes.name}: {error}") from error
        return Transcribed.of_table(rows, name=arguments.strokes.name)
    progress.at("listening", 0, 1, arguments.take.name)
    return transcribe(
        read_take(arguments.take, progress.remark),
        instrument,
        name=str(arguments.take),
        kind=arguments.kind,
        recast=_recast(arguments.cast),
        label=arguments.label,
    )


def _recast(words: Sequence[str]) -> dict[str, str]:
    """Labels by kind, of KIND=LABEL. Raises UsageError."""
    recast = {}
    for word in words:
        kind, equals, label = word.partition("=")
        if not equals or not kind.strip():
            raise UsageError(f"--cast {word}: say KIND=LABEL, as B=clap")
        kind = kind.strip().upper()
        if kind in recast:
            raise UsageError(f"--cast {word}: {kind} is cast twice; leave one of them out")
        recast[kind] = label.strip()
    return recast


def _write_midi(path: Path, rows: Sequence[Performed]) -> None:
    from messina.sequences.midi_writing import write_midi
    from messina.transcription.performance import moves_of, phrase_of

    phrase, vocabulary = phrase_of(rows, name=path.stem)
    write_midi(path, phrase, vocabulary, moves_of(rows))


def _report(arguments: argparse.Namespace, found: Transcribed, start_s: float) -> None:
    written = [arguments.output, arguments.midi, arguments.table]
    if arguments.json:
        print_json(
            {**found.as_json(), "starts_at_s": start_s, "files": [str(f) for f in written if f]}
        )
        return
    note_line(*found.sentences())
    if start_s:
        note_line(f"begins on the bar line that is {start_s:.3f} s into the take")
    say(*(path for path in written if path))
    if arguments.table and not arguments.strokes:
        note_line(
            f"correct {arguments.table} and play it: {program()} perform "
            f"{shell_word(arguments.instrument)} --strokes {shell_word(arguments.table)} "
            f"-o {shell_word(arguments.output)}"
        )
