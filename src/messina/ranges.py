"""The controls of a sound or a piece, and their ranges: here, and nowhere else.

Light, so that the command line knows it before anything that plays is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from messina.errors import ControlError

__all__ = ["LONGEST_STRUCK_S", "RANGES", "check_range", "check_ranges"]

LONGEST_STRUCK_S: Final = 12.0
"""What is struck rings no longer; what is sustained is held for as long as RANGES has it."""

RANGES: Final[Mapping[str, tuple[float, float]]] = {
    # of a sound
    "note": (0.0, 127.0),
    "velocity": (1.0, 127.0),
    "length_s": (0.01, 300.0),
    "brightness": (-1.0, 1.0),
    "vibrato": (0.0, 2.0),
    # of a sound that is played by hand
    "decay": (-1.0, 1.0),
    "attack": (-1.0, 1.0),
    "tune_semitones": (-24.0, 24.0),
    "width": (0.0, 2.0),
    "level_db": (-60.0, 12.0),
    "release_s": (0.01, 5.0),
    "glide_ms": (0.0, 5_000.0),
    # of both
    "wildness": (0.0, 2.0),
    # of a piece
    "density": (-1.0, 1.0),
    "swing": (0.0, 1.0),
    "tempo_bpm": (20.0, 400.0),
    "place": (0.0, 1.0),
    "levelling": (0.0, 1.0),
}
"""The lowest and the highest value of each control."""


def check_ranges(asked: object) -> None:
    """Checks all attributes of an object that are controls; None is not asked for.

    Raises ControlError for the first that is out of its range.
    """
    for name in RANGES:
        check_range(name, getattr(asked, name, None))


def check_range(name: str, value: float | None) -> None:
    """Checks the value of one control; None is not asked for.

    Raises ControlError where it is out of its range.
    """
    low, high = RANGES[name]
    if value is not None and not low <= value <= high:
        raise ControlError(f"`{name}` is {value:g}; it can be {low:g} to {high:g}")
