"""Beats → bars: the likelihood of a metre, by templates of rhythm.

Strokes of lows, mids and highs come at the steps of a bar, each step with its own rate, and now
and then anywhere. The rates are those of a usual pattern, and from bar to bar more those of the
bars before: a bar is what comes again. That is a Poisson process with
a gamma prior; the logarithm of its likelihood can be compared between metres, tempi, their halves
and doubles, since a step that is expected and not struck speaks against it as a stroke speaks for
it.

With strokes i of weight m_i at t_i, rates r_s at steps s, a spread σ and a rate b anywhere:
Σ m_i log(r_s N(t_i - t_s; σ) + b) - Σ r_s. Ref: Daley & Vere-Jones (2003), eq. 7.1.2.

How bars are usually struck stands in tables, for each metre: the rows are bars in steps, as in a
step sequencer, `|` between beats. A digit is how often a step is struck, in tenths: 9 nearly
always, `.` hardly ever. They are what tells a beat from its half and its double, and 3 from 4, when
nothing else does: lows on the first beat, mids on the second and fourth, highs in even steps. Each
has the tempi at which it is usual.

n onsets, S steps a bar, three classes of hits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.levels import Floats
from messina.rhythm.onsets import Onsets

__all__ = [
    "CLASSES",
    "FEELS",
    "Feel",
    "Metre",
    "Pattern",
    "Span",
    "explain",
    "metres",
    "metres_of",
    "onset_strengths",
    "patterns_of",
]

CLASSES: Final = 3
"""Lows, mids, highs."""
_LEAST: Final = 0.03
"""Strokes a step that is hardly ever struck."""


@dataclass(frozen=True, kw_only=True)
class Metre:
    """A metre: beats a bar, and steps a beat, 4 where it is divided in halves, 3 in thirds."""

    beats: int
    steps: int = 4
    log_share: float = 0.0
    """How usual it is: the logarithm of its share."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pattern:
    """A rhythm template.

    Rates of hits at each step of a bar, and the tempi at which it is usual.
    """

    rates: Floats  # [CLASSES, S]
    usual_bpm: float
    octaves: float
    """Spread of its tempi."""
    log_share: float = 0.0

    def log_density(self, tempo_bpm: float) -> float:
        """Log density of a tempo under this template, an octave."""
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
    """The metres that are looked for; others have to be stated."""
    return _METRES


def metres_of(stated: tuple[int, int]) -> tuple[Metre, ...]:
    """Metres that a time signature may mean: (3, 4), (6, 8).

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
    """Templates of a metre; of a metre that has none, an even one with its first beat stressed."""
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


SPREAD_S: Final = 0.012
ANYWHERE_HZ: Final = 0.3
"""Strokes a second that keep to nothing."""
PRIOR_BARS: Final = 1.5
"""A usual pattern counts as much as so many bars of the recording."""
_PARTS: Final = (0, 2, 3)
"""Of the spectrum's, those of a kick, a snare's body, a hat."""
_RANGES_DB: Final = np.array([18.0, 18.0, 30.0])
"""A stroke this far below the strongest of its class counts for nothing."""
SOFTEST: Final = 0.1
"""Of a high stroke is what is soft in all classes: it may be the ringing of another."""
_GROWN_DB: Final = 9.0


@dataclass(frozen=True, kw_only=True)
class Feel:
    """Swing: where the steps of a beat lie."""

    steps: int
    swing: float = 0.5
    """Where the second of two halves lies, of a beat or of half a beat; 0.5: even."""
    of_half: bool = False
    log_share: float = 0.0

    def places(self) -> Floats:
        """Positions of the steps within a beat [steps], 0 to 1."""
        if self.steps == 3:
            return np.array([0.0, 1 / 3, 2 / 3])
        half = 0.5 if self.of_half else self.swing
        return np.array([0.0, self.swing / 2, half, (1 + self.swing) / 2])


FEELS: Final = (
    Feel(steps=4),
    Feel(steps=3),
    *(Feel(steps=4, swing=s, log_share=-2.0) for s in (0.56, 0.60, 0.64)),
    *(Feel(steps=4, swing=s, of_half=True, log_share=-2.0) for s in (0.56, 0.61, 2 / 3)),
)


@dataclass(frozen=True, kw_only=True)
class Span:
    """The beats of a recording: how long one is, and which part of them can be heard."""

    period_s: float
    first_beat: int
    """Where in its bar beat 0 lies."""
    start: float
    end: float
    """In beats, from beat 0."""


def onset_strengths(onsets: Onsets) -> Floats:
    """How strong each onset is in lows, mids and highs [n, CLASSES], 0 to 1."""
    parts = list(_PARTS)
    levels = onsets.levels_db[:, parts]
    below_db = levels.max(axis=0) - levels
    grown = np.clip(onsets.profile_db[:, parts] / _GROWN_DB, 0.0, 1.0)
    strengths = np.clip(1.0 - below_db / _RANGES_DB, 0.0, 1.0) * grown
    # what is soft in all of them is a stroke nevertheless
    soft = SOFTEST * (strengths.max(axis=1) < SOFTEST)
    strengths[:, CLASSES - 1] = np.maximum(strengths[:, CLASSES - 1], soft)
    return np.asarray(strengths, np.float64)


def explain(places: Floats, strengths: Floats, metre: Metre, feel: Feel, span: Span) -> float:
    """Log likelihood of onsets under the best template of a metre with this swing.

    places [n]: in beats; strengths [n, CLASSES]: as `onset_strengths` gives them.
    """
    step, away_s = _nearest_steps(places, feel, span.period_s)
    of_bar = metre.beats * feel.steps
    counted = step + span.first_beat * feel.steps
    steps = _covered(feel, span, of_bar)
    bar = counted // of_bar - steps.first
    inside = (bar >= 0) & (bar < len(steps.covered))
    bar, within = np.clip(bar, 0, len(steps.covered) - 1), counted % of_bar
    struck = np.zeros((len(steps.covered), of_bar, CLASSES))
    np.add.at(struck, (bar[inside], within[inside]), strengths[inside])
    before = np.cumsum(struck, axis=0) - struck
    heard = (np.cumsum(steps.covered, axis=0) - steps.covered)[..., None]
    bell = np.exp(-0.5 * (away_s / SPREAD_S) ** 2) / (SPREAD_S * np.sqrt(2 * np.pi))
    bell = np.where(inside, bell, 0.0)[:, None]
    scores = []
    for pattern in patterns_of(metre.beats, feel.steps):
        rates = (PRIOR_BARS * pattern.rates.T + before) / (PRIOR_BARS + heard)  # [bars, S, CLASSES]
        density = rates[bar, within] * bell + ANYWHERE_HZ
        score = float((strengths * np.log(density)).sum())
        score -= float((rates * steps.covered[..., None]).sum())
        score += pattern.log_share + pattern.log_density(60.0 / span.period_s)
        scores.append(score)
    seconds = (span.end - span.start) * span.period_s
    total = float(np.logaddexp.reduce(scores)) - CLASSES * ANYWHERE_HZ * seconds
    return total + metre.log_share + feel.log_share


@dataclass(frozen=True, kw_only=True, eq=False)
class _Steps:
    first: int
    """Bar, counted from that of beat 0."""
    covered: Floats  # [bars, S], 1 where the step lies within what can be heard


def _covered(feel: Feel, span: Span, of_bar: int) -> _Steps:
    # a beat may be early: a quarter of a step
    first = int(np.ceil(span.start * feel.steps - 0.25)) + span.first_beat * feel.steps
    end = int(np.ceil(span.end * feel.steps - 0.25)) + span.first_beat * feel.steps
    first_bar, last_bar = first // of_bar, max(-(-end // of_bar), first // of_bar + 1)
    places = np.arange(first_bar * of_bar, last_bar * of_bar).reshape(-1, of_bar)
    return _Steps(first=first_bar, covered=((places >= first) & (places < end)).astype(np.float64))


def _nearest_steps(places: Floats, feel: Feel, period_s: float) -> tuple[NDArray[np.int64], Floats]:
    """The step [n] nearest to each place, counted from beat 0, and how far it is, in seconds."""
    beat = np.floor(places)
    ticks = np.append(feel.places(), 1.0)
    away = (places - beat)[:, None] - ticks
    nearest = np.abs(away).argmin(axis=1)
    distance = away[np.arange(len(places)), nearest] * period_s
    return beat.astype(np.int64) * feel.steps + nearest, distance
