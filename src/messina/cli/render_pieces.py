"""`messina render --duration …`: what plays on by itself, and MIDI files, into one WAV file."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from messina.cli.options import band_of, control, number, read_sound, refuse_to_replace
from messina.cli.output import Progress, note_line, print_json, program, say, shell_word
from messina.cli.parsing import OptionGroup, UsageError
from messina.cli.recipes import info_of, ingredients, instrument_digest

if TYPE_CHECKING:
    from messina.audio_files import Audio
    from messina.instrument import Instrument
    from messina.sequences.score import Score
    from messina.sequences.sequence import Player, PlayOptions
    from messina.stopping import StopRequest

__all__ = ["add_options", "run"]

_LONGEST_S: Final = 3 * 3600.0
_RATE: Final = 44_100


def add_options(pieces: OptionGroup) -> None:
    """Adds the options of pieces to `render`.

    Those of how they are played are named as PlayOptions' fields.
    """
    pieces.add(
        "--duration",
        type=number(0, _LONGEST_S, unit=" seconds", above_low=True),
        metavar="S",
        help="so many seconds of a groove, a texture, a score",
    )
    pieces.add("--from", dest="prime", type=Path, metavar="FILE", help="go on from this sound")
    pieces.add("--groove", type=Path, metavar="MIDI", help="play this MIDI file")
    pieces.add(
        "--with",
        dest="band",
        action="append",
        metavar="[PART=]INSTRUMENT",
        help="what plays a score: one instrument, or one each part: bass=tuba.messina; with "
        "--groove, what plays the parts that are named",
    )
    pieces.add(
        "--density", type=control("density"), metavar="D", help="-1 sparse, 0 as learnt, 1 busy"
    )
    pieces.add("--swing", type=control("swing"), metavar="S", help="0 as learnt, 1 triplets")
    pieces.add(
        "--tempo",
        dest="tempo_bpm",
        type=control("tempo_bpm", unit=" beats a minute"),
        metavar="BPM",
        help="beats a minute",
    )
    pieces.add(
        "--levelling",
        type=control("levelling"),
        metavar="L",
        help="0 recordings as loud as they are, 1 all as loud as each other "
        "(by default 0.4 for grooves, 1 for textures)",
    )
    pieces.add(
        "--place",
        type=control("place"),
        metavar="P",
        help="begin at this place of what was learnt, 0 its first to 1 its last recording",
    )


def run(arguments: argparse.Namespace) -> int:
    _check(arguments)
    output: Path = arguments.output
    inputs = [arguments.instrument, arguments.prime, arguments.groove]
    refuse_to_replace(output, *(path for path in inputs if path is not None))
    player, duration_s, mono = _player(arguments)
    seconds = _write(arguments, player, duration_s, mono=mono)
    if arguments.json:
        print_json({"file": str(output), "seed": arguments.seed, "seconds": round(seconds, 3)})
    else:
        say(output)
    return 0


def _check(arguments: argparse.Namespace) -> None:
    if arguments.output.suffix.lower() != ".wav":
        raise UsageError(f"{arguments.output} is not a .wav file; one file is made")
    if arguments.groove is not None and arguments.prime is not None:
        raise UsageError("--groove plays a MIDI file; --from does not go with it")
    if arguments.groove is not None:
        _check_groove(arguments.groove)
    if arguments.groove is None and arguments.duration is None:
        given = arguments.pieces.given(arguments)[0]
        raise UsageError(
            f"{given} is for what plays on, a groove or a texture: say how long with --duration "
            "60, in seconds (single sounds do not take it)"
        )


def _check_groove(path: Path) -> None:
    """Says what plays a file that is no MIDI file. Raises UsageError."""
    from messina.sequences.midi import MIDI_SUFFIXES

    suffix = path.suffix.lower()
    if suffix in MIDI_SUFFIXES:
        return
    from messina.corpus.audio_decoding import AUDIO_EXTENSIONS

    if suffix == ".messina":
        raise UsageError(
            f"--groove plays a MIDI file, and {path} is an instrument; what plays on by itself is "
            f"rendered by: {program()} render {shell_word(path)} --duration 60"
        )
    if suffix[1:] in AUDIO_EXTENSIONS:
        raise UsageError(
            f"--groove plays a MIDI file, and {path} is a recording; an instrument plays one by: "
            f"{program()} perform"
        )


def _play_options(arguments: argparse.Namespace) -> PlayOptions:
    from messina.sequences.sequence import PlayOptions

    asked = {field.name: getattr(arguments, field.name) for field in fields(PlayOptions)}
    return PlayOptions(**{name: value for name, value in asked.items() if value is not None})


def _player(arguments: argparse.Namespace) -> tuple[Player, float, bool]:
    """What plays, for how many seconds, and whether it has one channel."""
    options = _play_options(arguments)
    if arguments.groove is not None:
        from messina.instrument import Instrument
        from messina.sequences.midi_performance import perform_midi

        instrument = Instrument.load(arguments.instrument)
        player, natural_s = perform_midi(
            {"": instrument} | _named_band(arguments.band) if arguments.band else instrument,
            arguments.groove,
            seed=arguments.seed,
            options=options,
            loops=arguments.duration is not None,
        )
        for remark in player.remarks:
            note_line(remark)
        return player, arguments.duration or natural_s, False

    from messina.sequences import Sequence

    sequence = Sequence.load(arguments.instrument)
    if sequence.kind == "score":
        return _score_player(arguments, cast("Score", sequence), options), arguments.duration, False
    if arguments.band:
        raise UsageError(f"--with is for scores; {arguments.instrument} is a {sequence.kind}")
    prime = None if arguments.prime is None else read_sound(arguments.prime)
    played = sequence.player(seed=arguments.seed, options=options, prime=prime)
    return played, arguments.duration, sequence.mono


def _score_player(arguments: argparse.Namespace, score: Score, options: PlayOptions) -> Player:
    """A score, played by the band of --with, going on from the MIDI file of --from."""
    if not arguments.band:
        raise UsageError("a score needs who plays it: --with INSTRUMENT.messina")
    score = score.with_band(_band(arguments.band))
    if arguments.prime is not None:
        score = score.after(arguments.prime)
    player = score.player(seed=arguments.seed, options=options)
    for remark in player.remarks:
        note_line(remark)
    return player


def _band(named: Sequence[str]) -> dict[str, Instrument]:
    """Who plays which part; the part "" is all others."""
    from messina.instrument import Instrument

    return {part: Instrument.load(path) for part, path in band_of(named).items()}


def _named_band(named: Sequence[str]) -> dict[str, Instrument]:
    """The same where one instrument plays what is not named."""
    for words in named:
        if "=" not in words:
            raise UsageError(f"--with {words}: say what it plays: bass={words}")
    return _band(named)


def _write(
    arguments: argparse.Namespace, player: Player, duration_s: float, *, mono: bool
) -> float:
    """Writes the file as it is played and returns its seconds; Ctrl-C keeps what there is."""
    from messina.audio_files import write_wav_blocks
    from messina.stopping import stop_on_signals

    with Progress() as progress, stop_on_signals() as stop:
        frames = write_wav_blocks(
            arguments.output,
            _until_stopped(player, duration_s, progress, stop),
            sample_rate=arguments.rate,
            sample_format=arguments.format,
            mono=mono,
            seed=arguments.seed,
            info=_info(arguments),
        )
    return frames / arguments.rate


def _info(arguments: argparse.Namespace) -> dict[str, str]:
    """The recipe of the piece."""
    from messina.sequences.sequence import PlayOptions

    names = ["duration", *(field.name for field in fields(PlayOptions))]
    return info_of(
        arguments,
        by="render",
        digest=instrument_digest(arguments.instrument),
        seed=arguments.seed,
        asked={name: getattr(arguments, name) for name in names},
        made_from=ingredients(arguments),
    )


def _until_stopped(
    player: Player, duration_s: float, progress: Progress, stop: StopRequest
) -> Iterator[Audio]:
    from messina.sequences.sequence import blocks_of

    played = 0
    for block in blocks_of(player, duration_s):
        yield block
        played += len(block)
        seconds = played / _RATE
        progress.at("playing", seconds, duration_s, f"{seconds:.0f} of {duration_s:.0f} s")
        if stop.asked:
            note_line(f"stopped: the first {seconds:.1f} s are written")
            return
