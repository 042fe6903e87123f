"""Options that several verbs share, and what they mean: rate, format and seed of sounds, who plays
what (`--with`), and where a run of learning writes.

What somebody has stays until there is something better: a run that replaces a file writes beside
it, and takes its place when it is over. Killed before that, it leaves both.

Readers of values take the text and say what is allowed.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from messina.atomic import move, unfinished
from messina.cli.output import note_line
from messina.cli.parsing import UsageError
from messina.errors import MessinaError, SoundError
from messina.ranges import RANGES

if TYPE_CHECKING:
    from messina.audio_files import Audio

__all__ = [
    "DEFAULT_MINUTES",
    "add_band_option",
    "add_minutes",
    "add_port_option",
    "add_seed",
    "add_sound_options",
    "band_of",
    "control",
    "note",
    "number",
    "output_file",
    "place_for",
    "point",
    "read_sound",
    "read_take",
    "refuse_to_replace",
    "settle",
    "whole",
    "write_sound",
]


def note(text: str) -> float:
    """A MIDI note number, from a number or a name; C4 is 60.

    >>> note("C4"), note("d#3"), note("Bb-1"), note("60.5")
    (60.0, 51.0, 10.0, 60.5)
    """
    # Loaded here, where a note is given: names are read as those of files are.
    from messina.corpus.tokens import parse_note_name

    named = parse_note_name(text)
    # 1e2 is a slip, not 100
    written = math.nan if re.search("[A-Za-z_]", text) else _as_number(text)
    value = written if named is None else float(named)
    low, high = RANGES["note"]
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(
            f"{text} is not a note; allowed are {low:g} to {high:g} and names such as C4, d#3, Bb2 "
            "(C4 is 60)"
        )
    return value


def number(
    low: float, high: float, *, unit: str = "", above_low: bool = False
) -> Callable[[str], float]:
    """A reader of numbers from `low` (itself excluded when `above_low`) to `high`."""
    start = f"more than {low:g}, at most {high:g}" if above_low else f"{low:g} to {high:g}"

    def read(text: str) -> float:
        value = _as_number(text)
        if not low <= value <= high or (above_low and value == low):
            raise argparse.ArgumentTypeError(f"{text} is not allowed; allowed is {start}{unit}")
        return value

    return read


def point(text: str) -> tuple[float, ...]:
    """One number from 0 to 1, or two with a comma between.

    >>> point("0.3"), point("0.3,0.8")
    ((0.3,), (0.3, 0.8))
    """
    values = tuple(_as_number(part) for part in text.split(","))
    if len(values) > 2 or not all(0 <= value <= 1 for value in values):
        raise argparse.ArgumentTypeError(
            f"{text} is not allowed; allowed are 0 to 1, and X,Y of 0 to 1 each"
        )
    return values


def control(name: str, *, unit: str = "") -> Callable[[str], float]:
    """A reader of a control, in its range."""
    return number(*RANGES[name], unit=unit)


def whole(low: int, high: int) -> Callable[[str], int]:
    """A reader of whole numbers from `low` to `high`."""

    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = low - 1
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(
                f"{text} is not allowed; allowed are whole numbers from {low} to {high}"
            )
        return value

    return read


def output_file(suffix: str) -> Callable[[str], Path]:
    """A reader of paths that end in `suffix`; a path without a suffix is given it."""

    def read(text: str) -> Path:
        path = Path(text)
        if path.is_dir():
            raise argparse.ArgumentTypeError(f"{text} is a folder; a {suffix} file is wanted")
        if not path.suffix:
            return path.with_name(path.name + suffix)
        if path.suffix.lower() != suffix:
            raise argparse.ArgumentTypeError(
                f"{text} does not end in {suffix}; give it that ending, or none"
            )
        return path

    return read


def _as_number(text: str) -> float:
    """The number, or nan, which is in no range."""
    try:
        return float(text)
    except ValueError:
        return math.nan


MAX_SEED: Final = 2**32 - 1
DEFAULT_MINUTES: Final = 1.0


def add_seed(parser: argparse.ArgumentParser, *, what: str) -> None:
    """Adds --seed to a verb; what: the help text says what it is the seed of."""
    parser.add_argument(
        "--seed", type=whole(0, MAX_SEED), default=0, metavar="S", help=f"{what} (default 0)"
    )


def add_sound_options(parser: argparse.ArgumentParser) -> None:
    """Adds --rate and --format to a verb."""
    parser.add_argument(
        "--rate",
        type=int,
        choices=(44_100, 48_000),
        default=44_100,
        help="sample rate of the files in Hz (default 44100)",
    )
    parser.add_argument(
        "--format",
        choices=("16", "24", "float"),
        default="24",
        help="16 or 24 bit, or 32-bit float (default 24)",
    )


def write_sound(
    path: Path,
    audio: Audio,
    arguments: argparse.Namespace,
    *,
    mono: bool,
    seed: int,
    info: Mapping[str, str] | None = None,
) -> None:
    """Write audio [N, 2] at 44.1 kHz as these options ask for, as one channel if it is mono.

    info: texts of the file, as its recipe.
    """
    from messina.audio_files import middle, write_wav

    audio = middle(audio) if mono else audio
    write_wav(
        path,
        audio,
        sample_rate=arguments.rate,
        sample_format=arguments.format,
        seed=seed,
        info=info,
    )


def read_sound(path: Path) -> Audio:
    """Reads the audio [N, C] of a file at 44.1 kHz. Raises SoundError, which names the file."""
    return read_take(path, lambda _: None)


def read_take(path: Path, remark: Callable[[str], None]) -> Audio:
    """Reads the audio [N, C] of a take at 44.1 kHz.

    Remark: called with what there is to say about it.

    Raises SoundError, which names the file.
    """
    from messina.corpus.reading import read_recording

    if path.is_dir():
        raise SoundError(f"{path}: a folder; give one recording, such as a .wav file in it")
    try:
        recording = read_recording(path)
    except SoundError as error:
        raise SoundError(f"{path}: {error}") from error
    for said in recording.remarks:
        remark(f"{path}: {said}")
    return recording.audio


def refuse_to_replace(output: Path, *inputs: Path) -> None:
    """A sound we were given is never overwritten by the one made from it."""
    for path in inputs:
        if output.exists() and path.exists() and output.samefile(path):
            raise MessinaError(f"{output} is what we were asked to read; choose another -o")


def add_port_option(parser: argparse.ArgumentParser, *, usual: int) -> None:
    """Adds --port to a verb that serves pages; usual: the port it takes by itself."""
    parser.add_argument(
        "--port",
        type=whole(0, 65_535),
        metavar="P",
        help=f"default {usual}; where that is taken, and with 0, any that is free",
    )


def add_band_option(parser: argparse.ArgumentParser) -> None:
    """Adds --band, the instruments that play a score, to a verb."""
    parser.add_argument(
        "--with",
        dest="band",
        action="append",
        default=[],
        metavar="[PART=]INSTRUMENT",
        help="what plays a score: one instrument, or one each part: bass=tuba.messina",
    )


def band_of(named: Sequence[str]) -> dict[str, Path]:
    """The instrument of each part, "" for all others. Raises UsageError."""
    from messina.sequences.voice_assignment import ROLES

    band: dict[str, Path] = {}
    for words in named:
        part, says_part, path = words.rpartition("=")
        if says_part and part not in ROLES:
            raise UsageError(f"--with {words}: there is no part '{part}', only {', '.join(ROLES)}")
        if part in band:
            raise UsageError(f"--with {words}: {part or 'all parts'} is played by another already")
        band[part] = Path(path)
    return band


def place_for(output: Path, *, replaces: bool) -> Path:
    """Temporary path to write to while learning what is to become `output`."""
    return unfinished(output) if replaces else output


def settle(place: Path, output: Path, *, keeps_old: bool) -> Path:
    """Moves a learnt file to its place, unless what is there stays; returns where it is.

    keeps_old: the run was stopped before it was as good as what is there.
    """
    from messina.learning.checkpoint import checkpoint_path

    if place == output:
        return output
    if keeps_old:
        note_line(
            f"stopped before it was as good as the {output} there is, which stays; "
            f"what was learnt is in {place}"
        )
        return place
    move(place, output)
    old, new = checkpoint_path(output), checkpoint_path(place)
    with contextlib.suppress(OSError):
        old.unlink()  # of what was there before
    with contextlib.suppress(OSError):
        move(new, old)
    return output


def add_minutes(
    parser: argparse.ArgumentParser, *, what: str = "how long to learn; more is better, never worse"
) -> None:
    """Adds --minutes to a verb."""
    parser.add_argument(
        "--minutes",
        type=number(0, 10_000, unit=" minutes", above_low=True),
        default=DEFAULT_MINUTES,
        metavar="M",
        help=f"{what} (default {DEFAULT_MINUTES:g})",
    )
