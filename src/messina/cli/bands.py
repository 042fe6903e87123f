"""`--with [PART=]INSTRUMENT`: who plays a score, or parts of a MIDI file."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from messina.cli.parsing import UsageError

__all__ = ["add_band_option", "band_of"]


def add_band_option(parser: argparse.ArgumentParser) -> None:
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
    from messina.sequences.parts import ROLES

    band: dict[str, Path] = {}
    for words in named:
        part, says_part, path = words.rpartition("=")
        if says_part and part not in ROLES:
            raise UsageError(f"--with {words}: there is no part '{part}', only {', '.join(ROLES)}")
        if part in band:
            raise UsageError(f"--with {words}: {part or 'all parts'} is played by another already")
        band[part] = Path(path)
    return band
