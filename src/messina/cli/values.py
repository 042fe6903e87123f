"""Values on the command line: each reader takes the text and says what is allowed."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path

from messina.ranges import RANGES

__all__ = ["control", "note", "number", "output_file", "point", "whole"]


def note(text: str) -> float:
    """A MIDI note number, from a number or a name; C4 is 60.

    >>> note("C4"), note("d#3"), note("Bb-1"), note("60.5")
    (60.0, 51.0, 10.0, 60.5)
    """
    # Loaded here, where a note is given: names are read as those of files are.
    from messina.corpus.tokens import parse_note_name

    named = parse_note_name(text)
    value = _as_number(text) if named is None else float(named)
    if not 0 <= value <= 127:
        raise argparse.ArgumentTypeError(
            f"{text} is not a note; allowed are 0 to 127 and names such as C4, d#3, Bb2 (C4 is 60)"
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
            raise argparse.ArgumentTypeError(f"{text} does not end in {suffix}")
        return path

    return read


def _as_number(text: str) -> float:
    """The number, or nan, which is in no range."""
    try:
        return float(text)
    except ValueError:
        return math.nan
