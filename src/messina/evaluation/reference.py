"""What a metric would be if the generated sounds were real: the same metric between real halves.

A reference is measured by cutting the real sounds into two random halves, several times, and
comparing one half with the other. Many metrics depend on how many sounds are compared, so the
metric itself is measured on as many: half of the real sounds against equally many of the generated
ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from messina.evaluation.distribution import Points

__all__ = ["HALVINGS", "Reference", "Referenced", "beside_reference", "between_halves", "summary"]

HALVINGS: Final = 8

SetMetric = Callable[[Points, Points], float]
"""A metric of two sets of points: (real, generated) → number."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Mean and standard deviation of a metric between two halves of the real sounds."""

    mean: float
    spread: float


@dataclass(frozen=True, kw_only=True)
class Referenced:
    """A metric of generated sounds beside its reference, both on equally many sounds."""

    value: float
    reference: Reference


def summary(values: Sequence[float]) -> Reference:
    """Mean and spread of a metric measured several times; NaN without a finite value."""
    known = [value for value in values if np.isfinite(value)]
    if not known:
        return Reference(mean=float("nan"), spread=float("nan"))
    return Reference(mean=float(np.mean(known)), spread=float(np.std(known)))


def between_halves(
    metric: SetMetric, real: Points, *, rng: np.random.Generator, halvings: int = HALVINGS
) -> Reference:
    """The metric between two random halves of the real sounds, `halvings` times."""
    half = len(real) // 2
    values = []
    for _ in range(halvings):
        order = rng.permutation(len(real))
        values.append(metric(real[order[:half]], real[order[half:]]))
    return summary(values)


def beside_reference(
    metric: SetMetric,
    real: Points,
    generated: Points,
    *,
    rng: np.random.Generator,
    halvings: int = HALVINGS,
) -> Referenced:
    """The metric of the generated sounds and its reference, over the same halves of real sounds."""
    half = len(real) // 2
    count = min(len(real) - half, len(generated))
    values, references = [], []
    for _ in range(halvings):
        order, chosen = rng.permutation(len(real)), rng.permutation(len(generated))[:count]
        values.append(metric(real[order[:half]], generated[chosen]))
        references.append(metric(real[order[:half]], real[order[half : half + count]]))
    return Referenced(value=summary(values).mean, reference=summary(references))
