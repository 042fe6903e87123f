"""How bars are usually struck: expected strokes of lows, mids and highs, for each metre.

The rows are bars in steps, as in a step sequencer, `|` between beats. A digit is how often a step
is struck, in tenths: 9 nearly always, `.` hardly ever. They are what tells a beat from its half and
its double, and 3 from 4, when nothing else does: lows on the first beat, mids on the second and
fourth, highs in even steps. Each has the tempi at which it is usual.

S steps a bar.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from messina.corpus.levels import Floats

__all__ = ["CLASSES", "Metre", "Pattern", "metres", "metres_of", "patterns_of"]

CLASSES: Final = 3
"""Lows, mids, highs."""
_LEAST: Final = 0.03
"""Strokes a step that is hardly ever struck."""


@dataclass(frozen=True, kw_only=True)
class Metre:
    """Beats a bar, and steps a beat: 4 where it is divided in halves, 3 in thirds."""

    beats: int
    steps: int = 4
    log_share: float = 0.0
    """How usual it is: the logarithm of its share."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pattern:
    """Strokes of a bar, and the tempi at which they are usual."""

    rates: Floats  # [CLASSES, S]
    usual_bpm: float
    octaves: float
    """Spread of its tempi."""
    log_share: float = 0.0

    def log_density(self, tempo_bpm: float) -> float:
        """Of a tempo among its tempi, an octave."""
        away = np.log2(tempo_bpm / self.usual_bpm) / self.octaves
        return float(-0.5 * away**2 - np.log(self.octaves * np.sqrt(2 * np.pi)))


_METRES: Final = (
    Metre(beats=4, log_share=-0.4),
    Metre(beats=3, log_share=-2.0),
    Metre(beats=5, log_share=-3.5),
    Metre(beats=7, log_share=-3.5),
    Metre(beats=4, steps=3, log_share=-2.3),
    Metre(beats=2, steps=3, log_share=-2.5),
    Metre(beats=3, steps=3, log_share=-5.0),
)

_SEVEN: Final = (
    ("9.1.|1.1.|8.1.|1.1.|8.1.|1.1.|1.1.", "1...|8...|1...|8...|1...|7...|5..."),
    ("9.1.|1.1.|1.1.|8.1.|1.1.|8.1.|1.1.", "1...|3...|8...|1...|8...|1...|8..."),
)
# (lows, mids, highs, usual tempo, spread in octaves, log of its share)
_Rows = tuple[str, str, str, float, float, float]
_ROWS: Final[dict[tuple[int, int], tuple[_Rows, ...]]] = {
    (4, 4): (
        # rock, pop, ballads: the backbeat
        ("9.1.|1.21|6.4.|1.1.", "....|9..1|.1..|9..1", "8181|8181|8181|8181", 98, 0.42, 0.0),
        # the same in plain beats, as slow songs have it
        ("9...|1...|8.1.|1...", "....|9...|....|9...", "8.1.|8.1.|8.1.|8.1.", 72, 0.25, -1.0),
        # house: lows on every beat, highs between them
        ("9...|9...|9...|9..1", "....|6...|....|6..1", "2292|2292|2292|2292", 122, 0.18, -0.5),
        # breaks, drum and bass
        ("9.3.|...1|1.6.|.1..", "....|9..2|.2.2|9..2", "8181|8181|8181|8181", 171, 0.10, -1.2),
        # the backbeat, fast
        ("9...|1.2.|7.4.|1.2.", "....|9...|....|9...", "8.7.|8.7.|8.7.|8.7.", 188, 0.12, -1.7),
        # half-time: mids on the third beat alone
        ("8..2|..4.|2.4.|..2.", "....|....|9...|...1", "8384|8384|8384|8485", 142, 0.16, -0.7),
        # one drop
        ("1...|1...|9...|1...", "....|....|9...|....", "2.8.|2.8.|2.8.|2.8.", 76, 0.16, -2.0),
        # a click
        ("6...|4...|4...|4...", "6...|4...|4...|4...", "9...|9...|9...|9...", 115, 0.6, -1.5),
        # three, three, two
        ("9...|6...|9...|6...", "...7|..7.|...7|..7.", "5151|5151|5151|5151", 98, 0.2, -1.5),
        # anything in fours
        ("8142|5142|6142|5142", "4142|6142|4142|6142", "8262|8262|8262|8262", 112, 0.45, -1.5),
    ),
    (3, 4): (
        ("9...|1...|1...", "....|7...|7...", "8.6.|8.6.|8.6.", 126, 0.5, 0.0),
        # in plain beats
        ("9...|1...|1...", "....|5...|6...", "5...|7...|7...", 140, 0.45, -0.7),
        ("9.1.|1.2.|1.2.", "....|1...|9...", "8161|8161|8161", 118, 0.5, -0.5),
        ("9.1.|2.2.|2.2.", "....|8...|1...", "8161|8161|8161", 118, 0.5, -1.0),
        ("8142|4142|4142", "4142|4142|4142", "8262|8262|8262", 118, 0.5, -1.5),
    ),
    (5, 4): (
        ("9.1.|1.2.|1.2.|8.1.|1.1.", "....|2...|8...|1...|8...", "8161|" * 5, 125, 0.5, 0.0),
        ("9.1.|1.2.|8.1.|1.2.|1.1.", "....|8...|1...|3...|8...", "8161|" * 5, 125, 0.5, 0.0),
        ("9.1.|1.1.|1.1.|7.1.|1.1.", "....|2...|7...|1...|7...", "8...|" * 5, 145, 0.45, -1.0),
        ("8142|4142|4142|5142|4142", "4142|4142|4142|4142|4142", "8262|" * 5, 125, 0.5, -1.0),
    ),
    (7, 4): (
        (*_SEVEN[0], "8161|" * 7, 130, 0.5, 0.0),
        (*_SEVEN[1], "8161|" * 7, 130, 0.5, 0.0),
        (*_SEVEN[0], "8...|" * 7, 145, 0.45, -1.0),
        (*_SEVEN[1], "8...|" * 7, 145, 0.45, -1.0),
        ("8142|" + "4142|" * 6, "4142|" * 7, "8262|" * 7, 130, 0.5, -1.0),
    ),
    (4, 3): (
        # shuffle, 12/8
        ("9.1|1.2|7.2|1.2", "...|9.1|..1|9.1", "829|829|829|829", 105, 0.42, 0.0),
        ("9.1|1.2|7.2|1.2", "...|9..|...|9..", "888|888|888|888", 72, 0.35, -0.3),
        ("9..|9..|9..|9..", "...|6..|...|6..", "826|826|826|826", 118, 0.3, -1.0),
        ("815|414|515|414", "415|614|415|614", "836|836|836|836", 105, 0.42, -1.5),
    ),
    (2, 3): (
        ("9.1|1.2", "...|9.1", "868|868", 88, 0.4, 0.0),
        ("9..|2.2", "..1|9..", "919|919", 100, 0.4, -0.5),
        ("815|414", "415|614", "836|836", 95, 0.42, -1.5),
    ),
    (3, 3): (("9.1|1.1|1.2", "...|5..|8..", "868|868|868", 95, 0.4, 0.0),),
}


def metres() -> tuple[Metre, ...]:
    """Those that are looked for; others have to be stated."""
    return _METRES


def metres_of(stated: tuple[int, int]) -> tuple[Metre, ...]:
    """What may be meant by a metre that is written: (3, 4), (6, 8).

    The beats of 6/8 are dotted, two a bar, unless three quarters are counted in one; those of 7/8
    are eighths, or quarters in two bars of it.
    """
    upper, lower = stated
    if lower == 8 and upper % 3 == 0 and upper > 3:
        dotted = Metre(beats=upper // 3, steps=3)
        return (dotted, Metre(beats=upper // 2, log_share=-2.0)) if upper % 2 == 0 else (dotted,)
    if upper in (2, 3, 4) and lower == 4:
        return Metre(beats=upper), Metre(beats=upper, steps=3, log_share=-2.0)
    return (Metre(beats=upper),)


@cache
def patterns_of(beats: int, steps: int) -> tuple[Pattern, ...]:
    """The patterns of a metre; those of one that has none are even, but for its first beat."""
    rows = _ROWS.get((beats, steps)) or (_even(beats, steps),)
    return tuple(
        Pattern(
            rates=np.stack([_rates(row) for row in (lows, mids, highs)]),
            usual_bpm=bpm,
            octaves=octaves,
            log_share=share,
        )
        for lows, mids, highs, bpm, octaves, share in rows
    )


def _even(beats: int, steps: int) -> _Rows:
    first, other, high = ("8142", "4142", "8262") if steps == 4 else ("815", "414", "836")
    return (first + other * (beats - 1), other * beats, high * beats, 118.0, 0.5, 0.0)


def _rates(row: str) -> Floats:
    digits = row.replace("|", "").replace(".", "0")
    return np.maximum(np.array([int(digit) for digit in digits], np.float64) / 10, _LEAST)
