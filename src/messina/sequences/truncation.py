"""Sampling from the network's outputs: temperature and truncation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.counter_rng import CounterRng

__all__ = ["SamplingParams", "barred_scores", "draw_index", "draw_mixture", "tilted"]

MEMORISED: Final = -3.0
"""At wildness 1. With it bars of breaks are as far from the real ones as these from each other."""
DENSITY: Final = 2.0  # score of a step for every doubling
DOUBT: Final = 0.6  # of the scores is doubted at density 1
DENSITY_TICKS: Final = 6
COLDEST: Final = 0.4  # temperature at wildness 0
HOTTER: Final = 0.6  # for every wildness more
CUT: Final = 0.02  # of the likeliest, up to wildness 1
UNHEARD: Final = -6.0  # score just over wildness 1
UNHEARD_RISES: Final = 3.0  # by wildness 2
FARTHEST: Final = 2.5
"""Deviations: beyond, a normal says more of its shape than of the material."""

Real = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class SamplingParams:
    """Temperature and truncation of one draw, as wildness sets them.

    Ref: Graves (2013), "Generating sequences with recurrent neural networks" (probability bias);
    Nguyen et al. (2025), "Turning up the heat: min-p sampling" (truncation relative to the
    likeliest).
    """

    temperature: float  # scores are divided, deviations multiplied by it
    cut: float  # what is less likely than this share of the likeliest is not drawn
    unheard: float  # score of what the corpus never does, -inf: never
    memorised: float  # score of going on with what is being played by heart

    @classmethod
    def of(cls, wildness: float) -> SamplingParams:
        """wildness 0 … 2: 0 the most typical, 1 as it was learnt, 2 wilder."""
        if wildness <= 1.0:
            return cls(
                temperature=COLDEST + HOTTER * wildness,
                cut=CUT,
                unheard=-math.inf,
                memorised=MEMORISED * wildness,
            )
        over = wildness - 1.0
        return cls(
            temperature=COLDEST + HOTTER * wildness,
            cut=CUT * (1.0 - over),
            unheard=UNHEARD + UNHEARD_RISES * over,
            memorised=MEMORISED * wildness,
        )


def draw_index(scores: Real, sampling: SamplingParams, rng: CounterRng) -> int:
    """Draws an index by logits; those of -inf never. At least one must be finite."""
    scaled = scores / sampling.temperature
    chances = np.exp(scaled - scaled.max())
    chances[chances < sampling.cut] = 0.0
    return rng.choice(chances)


def draw_mixture(
    mixture: tuple[Real, Real, Real], sampling: SamplingParams, rng: CounterRng
) -> float:
    """Draws a number from a mixture of normals: logits, means, deviations."""
    scores, means, deviations = mixture
    k = draw_index(scores, sampling, rng)
    chance = min(max(rng.normal(), -FARTHEST), FARTHEST)
    return float(means[k]) + sampling.temperature * float(deviations[k]) * chance


def tilted(scores: Real, steps: NDArray[np.int64], density: float) -> Real:
    """Logits of steps tilted towards short steps (density > 0) or long ones.

    How likely events are to sound together stays as it is.
    """
    if density == 0.0:
        return scores
    later = steps > 0
    tilt = -DENSITY * density * np.log2((steps + DENSITY_TICKS) / DENSITY_TICKS)
    # What is certain would stay so: to be busier, all steps must first be thinkable.
    tilted = scores * (1.0 - DOUBT * max(density, 0.0))
    tilted[~later] = scores[~later]
    tilted[later] += tilt[later]
    tilted[later] += _log_sum(scores[later]) - _log_sum(tilted[later])
    return tilted


def _log_sum(scores: Real) -> float:
    top = scores.max()
    return float(top + np.log(np.exp(scores - top).sum()))


def barred_scores(scores: Real, barred: NDArray[np.bool_]) -> Real:
    """Logits with those barred at -inf; where all would be, the longest step stays."""
    out = np.where(barred, -np.inf, scores)
    if not np.isfinite(out).any():
        out = np.where(barred, -np.inf, 0.0)
    if not np.isfinite(out).any():
        out[-1] = 0.0
    return out
