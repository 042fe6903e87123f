"""What a figure would be if the generated sounds were real: the same figure between real halves.

A floor is measured by cutting the real sounds into two random halves, several times, and comparing
one half with the other. Many figures depend on how many sounds are compared, so the figure itself
is measured on as many: half of the real sounds against equally many of the generated ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from messina.evaluation.distribution import Points

__all__ = ["HALVINGS", "Beside", "Floor", "beside_floor", "floor", "summary"]

HALVINGS: Final = 8

SetFigure = Callable[[Points, Points], float]
"""A figure of two sets of points: (real, generated) → number."""


@dataclass(frozen=True, kw_only=True)
class Floor:
    """Mean and standard deviation of a figure between two halves of the real sounds."""

    mean: float
    spread: float


@dataclass(frozen=True, kw_only=True)
class Beside:
    """A figure of generated sounds beside its floor, both on equally many sounds."""

    value: float
    floor: Floor


def summary(values: Sequence[float]) -> Floor:
    """Mean and spread of a figure measured several times; NaN without a finite value."""
    known = [value for value in values if np.isfinite(value)]
    if not known:
        return Floor(mean=float("nan"), spread=float("nan"))
    return Floor(mean=float(np.mean(known)), spread=float(np.std(known)))


def floor(
    figure: SetFigure, real: Points, *, rng: np.random.Generator, halvings: int = HALVINGS
) -> Floor:
    """The figure between two random halves of the real sounds, `halvings` times."""
    half = len(real) // 2
    values = []
    for _ in range(halvings):
        order = rng.permutation(len(real))
        values.append(figure(real[order[:half]], real[order[half:]]))
    return summary(values)


def beside_floor(
    figure: SetFigure,
    real: Points,
    generated: Points,
    *,
    rng: np.random.Generator,
    halvings: int = HALVINGS,
) -> Beside:
    """The figure of the generated sounds and its floor, over the same halves of the real sounds."""
    half = len(real) // 2
    count = min(len(real) - half, len(generated))
    values, floors = [], []
    for _ in range(halvings):
        order, chosen = rng.permutation(len(real)), rng.permutation(len(generated))[:count]
        values.append(figure(real[order[:half]], generated[chosen]))
        floors.append(figure(real[order[:half]], real[order[half : half + count]]))
    return Beside(value=summary(values).mean, floor=summary(floors))
