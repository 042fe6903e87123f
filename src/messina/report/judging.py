"""When a metric is good, fair or poor: how far it may be from its reference.

A metric is good within its tolerance, or within two standard deviations of its reference; fair
within three times that (five times for sounds played back); poor beyond. The tolerances are what is
hardly heard or hardly matters; where nothing better is known, the aims this project has set itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from messina.evaluation.metrics import METRICS
from messina.report.record import Reference, State

__all__ = ["AIMS", "TOLERANCES", "WORSE", "excess", "judge"]

WORSE: Final[Mapping[State, int]] = {"unknown": 0, "good": 1, "fair": 2, "poor": 3}
"""States by how bad they are."""

FAIR: Final = 3.0
FAIR_OF_ORACLE: Final = 5.0

TOLERANCES: Final[Mapping[str, float]] = MappingProxyType(
    {
        "kernel_distance": 15.0,
        "learned_distance": 15.0,
        "density": 0.25,
        "coverage": 0.1,
        "told_apart": 0.02,
        "two_sample_accuracy": 0.12,
        "copy_share": 0.05,
        "novelty": 0.3,
        "length": 0.15,
        "attack_level": 1.5,
        "tail_level": 6.0,
        "tail_rise": 2.0,
        "click_rate": 0.05,
        "dc": 6.0,
        "true_peak": 1.0,
        "tonal_to_floor": 4.0,
        "flux": 0.4,
        "loudness_range": 4.0,
        "pitch_error": 3.0,
        "loudness_monotonicity": 0.05,
        "brightness_monotonicity": 0.15,
    }
)
"""How far from its reference a metric may be, in its own unit, and still be good."""

SHARE_OF_ORACLE: Final = 0.1
"""The same for the metrics of a sound played back, as a share of the oracle's."""

AIMS: Final[Mapping[str, float]] = MappingProxyType(
    {
        "two_sample_accuracy": 0.65,
        "copy_share": 0.05,
        "loudness_monotonicity": 0.95,
        "true_peak": 0.0,
        "dc": -50.0,
    }
)
"""Good enough, whatever the reference."""


def excess(key: str, value: float, reference: float) -> float:
    """How much worse than its reference a metric is, in its unit; under 0 it is better."""
    direction = METRICS[key].better
    if direction == "near":
        return abs(value - reference)
    return value - reference if direction == "lower" else reference - value


def judge(key: str, value: float, reference: Reference | None) -> State:
    """Good, fair or poor; unknown where the value or what to hold it against is missing."""
    if not np.isfinite(value):
        return "unknown"
    if key in AIMS and excess(key, value, AIMS[key]) <= 0.0:
        return "good"
    middle = reference.mean if reference is not None else AIMS.get(key, float("nan"))
    if not np.isfinite(middle):
        return "unknown"
    spread = reference.spread if reference is not None and np.isfinite(reference.spread) else 0.0
    tolerance = max(TOLERANCES.get(key, SHARE_OF_ORACLE * abs(middle)), 2.0 * spread)
    worse = excess(key, value, middle)
    fair = tolerance * (FAIR if key in TOLERANCES else FAIR_OF_ORACLE)
    return "good" if worse <= tolerance else "fair" if worse <= fair else "poor"
