"""Findings about one instrument over one seed or several, judged against references.

A metric is good within its tolerance, or within two standard deviations of its reference; fair
within three times that (five times for sounds played back); poor beyond. The tolerances are what is
hardly heard or hardly matters; where nothing better is known, the aims this project has set itself.

Of several seeds there are means, and how far they are spread: the standard deviation over the
seeds, of n - 1, what another seed may well change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np
from msgspec import structs

from messina.evaluation.metrics import METRICS
from messina.report.record import (
    Clause,
    HeardRow,
    LabelRow,
    LayerRow,
    LikenessRow,
    Reference,
    SeedRow,
    State,
)

__all__ = [
    "AIMS",
    "NOBODY",
    "TOLERANCES",
    "WORSE",
    "Findings",
    "excess",
    "judge",
    "mean_metrics",
    "over_seeds",
    "seed_rows",
    "seeds_clause",
    "spread_metrics",
]


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
    """By how much a metric is worse than its reference, in its unit.

    Negative where it is better.
    """
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


_NAMED: Final = 4
"""Topics that are named where the verdict hangs on the seed."""


def mean_metrics(each: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each metric over all runs that have it; nan where none has.

    >>> mean_metrics([{"flux": 1.0}, {"flux": 2.0}, {"flux": float("nan")}])
    {'flux': 1.5}
    """
    found = _finite(each)
    return {
        key: float(np.mean(values)) if values else float("nan") for key, values in found.items()
    }


def spread_metrics(each: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The standard deviation of each metric that two runs or more have.

    >>> spread_metrics([{"flux": 1.0}, {"flux": 3.0}])["flux"] == 2 ** 0.5
    True
    """
    found = _finite(each)
    return {key: float(np.std(values, ddof=1)) for key, values in found.items() if len(values) > 1}


def seed_rows(
    seeds: Sequence[int],
    metrics: Sequence[Mapping[str, float]],
    verdicts: Sequence[Sequence[Clause]],
) -> tuple[SeedRow, ...]:
    """Metrics and verdict of each seed by itself."""
    return tuple(
        SeedRow(
            seed=seed,
            metrics=dict(own),
            verdict={clause.topic: clause.state for clause in clauses},
        )
        for seed, own, clauses in zip(seeds, metrics, verdicts, strict=True)
    )


def seeds_clause(rows: Sequence[SeedRow], shown: Sequence[tuple[str, str]]) -> Clause:
    """Says whether the verdict is the same with every seed, and how far metrics are spread.

    shown: titles of metrics, and their means with spreads as text.
    """
    topics = [
        topic for topic in rows[0].verdict if len({row.verdict.get(topic) for row in rows}) > 1
    ]
    short = f"the same with {len(rows)} seeds"
    says = f"{len(rows)} seeds judge it alike"
    if topics:
        more = len(topics) - _NAMED
        named = ", ".join(topics[:_NAMED]) + (f" and {more} more" if more > 0 else "")
        short = f"with {len(rows)} seeds the verdict differs: {named}"
        says = f"of {len(rows[0].verdict)} clauses the seed decides {len(topics)}: {named}"
    text = f"{says[0].upper()}{says[1:]}; means and standard deviations over the seeds: "
    text += "; ".join(f"{title} {value}" for title, value in shown)
    return Clause(topic="seeds", state="fair" if topics else "good", short=short, text=f"{text}.")


def _finite(each: Sequence[Mapping[str, float]]) -> dict[str, list[float]]:
    keys = dict.fromkeys(key for row in each for key in row)
    return {key: [row[key] for row in each if key in row and np.isfinite(row[key])] for key in keys}


NOBODY: Final = HeardRow(listeners=0, trials=0, right=0)


"""Nobody has listened."""


@dataclass(frozen=True, kw_only=True)
class Findings:
    """Everything a verdict is derived from: metrics, references, counts."""

    metrics: Mapping[str, float]
    """Of the instrument."""
    references: Mapping[str, Reference]
    oracle: Mapping[str, float]
    count: int
    """Generated sounds."""
    copies: int
    clicking: int
    """Generated sounds with a click in them."""
    learnt: int
    """Sounds it was learnt from."""
    playback_of_learnt: bool
    labels: Sequence[LabelRow]
    layers: Sequence[LayerRow]
    likeness: Sequence[LikenessRow]
    """By each ear."""
    heard: HeardRow = NOBODY
    """By people."""

    def value(self, key: str) -> float:
        """The value of a metric; NaN where it was not measured."""
        return self.metrics.get(key, float("nan"))

    def reference(self, key: str) -> float:
        """Mean of a metric's reference; NaN without one."""
        return self.references[key].mean if key in self.references else float("nan")

    def state(self, *keys: str) -> State:
        """The worst state of these metrics."""
        states = [judge(key, self.value(key), self.references.get(key)) for key in keys]
        return max(states, key=WORSE.__getitem__)

    def more(self, key: str) -> float:
        """By how much a metric exceeds its reference, in its unit."""
        return self.value(key) - self.reference(key)


def over_seeds(each: Sequence[Findings]) -> Findings:
    """Pools the findings of several seeds: means of metrics, sums of counts."""
    first = each[0]
    if len(each) == 1:
        return first
    ears = [found.likeness for found in each]
    return replace(
        first,
        metrics=mean_metrics([found.metrics for found in each]),
        count=sum(found.count for found in each),
        copies=sum(found.copies for found in each),
        clicking=sum(found.clicking for found in each),
        likeness=[
            structs.replace(
                row, discrimination=float(np.mean([own[i].discrimination for own in ears]))
            )
            for i, row in enumerate(first.likeness)
        ],
    )
