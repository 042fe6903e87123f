"""Beats → bars: how well a metre explains what is struck.

Strokes of lows, mids and highs come at the steps of a bar, each step with its own rate, and now
and then anywhere. The rates are those of a usual pattern, and from bar to bar more those of the
bars before: a bar is what comes again. That is a Poisson process with
a gamma prior; the logarithm of its likelihood can be compared between metres, tempi, their halves
and doubles, since a step that is expected and not struck speaks against it as a stroke speaks for
it.

With strokes i of weight m_i at t_i, rates r_s at steps s, a spread σ and a rate b anywhere:
Σ m_i log(r_s N(t_i - t_s; σ) + b) - Σ r_s. Ref: Daley & Vere-Jones (2003), eq. 7.1.2.

n onsets, S steps a bar, three classes of strokes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.levels import Floats
from messina.rhythm.bar_patterns import CLASSES, Metre, patterns_of
from messina.rhythm.onsets import Onsets

__all__ = ["FEELS", "Feel", "Span", "explain", "strokes_of"]

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
    """Where the steps of a beat lie."""

    steps: int
    swing: float = 0.5
    """Where the second of two halves lies, of a beat or of half a beat; 0.5: even."""
    of_half: bool = False
    log_share: float = 0.0

    def places(self) -> Floats:
        """Of the steps within a beat [steps], 0 to 1."""
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
    """Beats in a recording: how long one is, and which part of them can be heard."""

    period_s: float
    first_beat: int
    """Where in its bar beat 0 lies."""
    start: float
    end: float
    """In beats, from beat 0."""


def strokes_of(onsets: Onsets) -> Floats:
    """How much each onset is a stroke [n, CLASSES] of lows, mids and highs, 0 to 1."""
    parts = list(_PARTS)
    levels = onsets.levels_db[:, parts]
    below_db = levels.max(axis=0) - levels
    grown = np.clip(onsets.profile_db[:, parts] / _GROWN_DB, 0.0, 1.0)
    strokes = np.clip(1.0 - below_db / _RANGES_DB, 0.0, 1.0) * grown
    # what is soft in all of them is a stroke nevertheless
    soft = SOFTEST * (strokes.max(axis=1) < SOFTEST)
    strokes[:, CLASSES - 1] = np.maximum(strokes[:, CLASSES - 1], soft)
    return np.asarray(strokes, np.float64)


def explain(places: Floats, strokes: Floats, metre: Metre, feel: Feel, span: Span) -> float:
    """Log likelihood of strokes [n, CLASSES] at places [n] in beats, of the best pattern's kind."""
    step, away_s = _nearest_steps(places, feel, span.period_s)
    of_bar = metre.beats * feel.steps
    counted = step + span.first_beat * feel.steps
    steps = _covered(feel, span, of_bar)
    bar = counted // of_bar - steps.first
    inside = (bar >= 0) & (bar < len(steps.covered))
    bar, within = np.clip(bar, 0, len(steps.covered) - 1), counted % of_bar
    struck = np.zeros((len(steps.covered), of_bar, CLASSES))
    np.add.at(struck, (bar[inside], within[inside]), strokes[inside])
    before = np.cumsum(struck, axis=0) - struck
    heard = (np.cumsum(steps.covered, axis=0) - steps.covered)[..., None]
    bell = np.exp(-0.5 * (away_s / SPREAD_S) ** 2) / (SPREAD_S * np.sqrt(2 * np.pi))
    bell = np.where(inside, bell, 0.0)[:, None]
    scores = []
    for pattern in patterns_of(metre.beats, feel.steps):
        rates = (PRIOR_BARS * pattern.rates.T + before) / (PRIOR_BARS + heard)  # [bars, S, CLASSES]
        density = rates[bar, within] * bell + ANYWHERE_HZ
        score = float((strokes * np.log(density)).sum())
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
