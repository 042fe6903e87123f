"""The same measured with several seeds: means, how far they are spread, and what hangs on chance.

A spread is the standard deviation over the seeds, of n - 1: what another seed may well change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from messina.report.record import Clause, SeedRow

__all__ = ["mean_metrics", "seed_rows", "seeds_clause", "spread_metrics"]

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
    """What each seed gave by itself."""
    return tuple(
        SeedRow(
            seed=seed,
            metrics=dict(own),
            verdict={clause.topic: clause.state for clause in clauses},
        )
        for seed, own, clauses in zip(seeds, metrics, verdicts, strict=True)
    )


def seeds_clause(rows: Sequence[SeedRow], shown: Sequence[tuple[str, str]]) -> Clause:
    """Whether the verdict is the same with every seed, and the spread of what is `shown`.

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
