"""Options shared by the verbs that write sounds: rate, format, seed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from messina.cli.values import whole
from messina.errors import MessinaError, SoundError

if TYPE_CHECKING:
    from messina.audio_files import Audio

__all__ = ["add_seed", "add_sound_options", "read_sound", "refuse_to_replace", "write_sound"]

MAX_SEED: Final = 2**32 - 1


def add_seed(parser: argparse.ArgumentParser, *, what: str) -> None:
    parser.add_argument(
        "--seed", type=whole(0, MAX_SEED), default=0, metavar="S", help=f"{what} (default 0)"
    )


def add_sound_options(parser: argparse.ArgumentParser) -> None:
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
    path: Path, audio: Audio, arguments: argparse.Namespace, *, mono: bool, seed: int
) -> None:
    """Write audio [N, 2] at 44.1 kHz as these options ask for, as one channel if it is mono."""
    from messina.audio_files import middle, write_wav

    audio = middle(audio) if mono else audio
    write_wav(path, audio, sample_rate=arguments.rate, sample_format=arguments.format, seed=seed)


def read_sound(path: Path) -> Audio:
    """The audio [N, C] of a file at 44.1 kHz. Raises SoundError, which names the file."""
    from messina.corpus.reading import read_audio

    try:
        return read_audio(path)
    except SoundError as error:
        raise SoundError(f"{path}: {error}") from error


def refuse_to_replace(output: Path, *inputs: Path) -> None:
    """A sound we were given is never overwritten by the one made from it."""
    for path in inputs:
        if output.exists() and path.exists() and output.samefile(path):
            raise MessinaError(f"{output} is what we were asked to read; choose another -o")
