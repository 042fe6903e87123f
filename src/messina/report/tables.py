"""The metrics as tables: the instrument, the real sounds, the oracle, the baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from messina.evaluation.metrics import METRICS, summarise
from messina.report.findings import judge
from messina.report.markup import Html, metric_text, render
from messina.report.record import Record, Reference

__all__ = ["GROUPS", "Cell", "Column", "Group", "columns_of", "group_keys", "metric_table"]


@dataclass(frozen=True, kw_only=True)
class Group:
    """A group of metrics with a heading."""

    title: str
    note: str
    keys: tuple[str, ...]
    reference: str = "real"
    """What the reference of these metrics is."""


GROUPS: Final = (
    Group(
        title="As a set",
        note="All new sounds beside all real ones. Real is one half of the real sounds beside the "
        "other half, ± how much that depends on the halves.",
        keys=(
            "told_apart",
            "two_sample_accuracy",
            "coverage",
            "density",
            "kernel_distance",
            "learned_distance",
            "copy_share",
            "novelty",
        ),
    ),
    Group(
        title="One by one",
        note="Each sound by itself; means, where nothing else is said.",
        keys=(
            "length",
            "attack_level",
            "tail_level",
            "tail_rise",
            "click_rate",
            "tonal_to_floor",
            "flux",
            "loudness_range",
            "dc",
            "true_peak",
        ),
    ),
    Group(
        title="Played",
        note="Asked for softly and hard, at notes, again and again. Real is what the names of the "
        "files tell of the real sounds.",
        keys=(
            "loudness_monotonicity",
            "brightness_monotonicity",
            "pitch_error",
            "repeat_spread",
        ),
    ),
    Group(
        title="Played back",
        note="Sounds as the instrument understands them, beside themselves. The oracle is the "
        "same without the model: no instrument can come nearer. The sampler plays the nearest "
        "sound that was learnt instead; where the same take was learnt at another level, it wins.",
        keys=(
            "lsd_256",
            "lsd_1024",
            "lsd_4096",
            "attack_error",
            "envelope_error",
            "spectral_convergence",
        ),
        reference="oracle",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of a metric table: one system, its title and metrics."""

    kind: str
    title: str
    metrics: Mapping[str, float]
    spread: Mapping[str, float] = field(default_factory=dict)
    """Standard deviations over the seeds, where there are several."""


def columns_of(record: Record, *, title: str) -> list[Column]:
    """The instrument under its title, then the others under their names."""
    first, *others = record.systems
    nearest = summarise([row.nearest for row in record.playback if row.nearest])
    columns = [Column(kind="own", title=title, metrics=first.metrics, spread=first.spread)]
    for row in others:
        metrics = row.metrics | nearest if row.name == "sampler" else row.metrics
        columns.append(Column(kind="other", title=row.name, metrics=metrics))
    if nearest and all(row.name != "sampler" for row in others):
        columns.append(Column(kind="other", title="sampler", metrics=nearest))
    return columns


def group_keys(group: Group, columns: Sequence[Column]) -> list[str]:
    """The metrics of a group that anybody has."""
    return [
        key
        for key in group.keys
        if any(np.isfinite(column.metrics.get(key, np.nan)) for column in columns)
    ]


def metric_table(
    group: Group, columns: Sequence[Column], references: Mapping[str, Reference]
) -> Html:
    """One group's table; empty where nothing of it was measured."""
    keys = group_keys(group, columns)
    if not keys:
        return Html("")
    shown = [
        c
        for c in columns
        if c.kind == "own" or (c.title != group.reference and any(key in c.metrics for key in keys))
    ]
    own = [c for c in shown if c.kind == "own"]
    others = [c for c in shown if c.kind != "own"]
    rows = [_row(key, own, others, references.get(key), group.reference) for key in keys]
    return render("figures.html", group=group, own=own, others=others, rows=rows)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell of a table; title: of its column."""

    text: str
    title: str = ""
    kind: str = ""
    spread: str = ""
    own: bool = False


def _row(
    key: str,
    own: Sequence[Column],
    others: Sequence[Column],
    reference: Reference | None,
    name: str,
) -> dict[str, Any]:
    metric = METRICS[key]
    return {
        "title": metric.heading,
        "meaning": metric.meaning,
        "marks": _strip(key, [*own, *others], reference),
        "cells": [
            *(_own_cell(key, column, reference) for column in own),
            _reference_cell(key, reference, name),
            *(
                Cell(text=metric_text(key, c.metrics.get(key, np.nan)), title=c.title)
                for c in others
            ),
        ],
    }


def _own_cell(key: str, column: Column, reference: Reference | None) -> Cell:
    value = column.metrics.get(key, np.nan)
    spread = column.spread.get(key)
    return Cell(
        text=metric_text(key, value),
        title=column.title,
        kind=f"own {judge(key, value, reference)}",
        spread="" if spread is None else metric_text(key, spread),
        own=True,
    )


def _reference_cell(key: str, reference: Reference | None, name: str) -> Cell:
    if reference is None or not np.isfinite(reference.mean):
        return Cell(text="–", title=name)
    spread = ""
    if np.isfinite(reference.spread) and reference.spread != 0.0:
        spread = metric_text(key, reference.spread)
    return Cell(text=metric_text(key, reference.mean), title=name, spread=spread)


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A mark of a value on a line."""

    kind: str
    style: str
    title: str = ""


def _strip(key: str, columns: Sequence[Column], reference: Reference | None) -> list[Mark]:
    """All values on one line, from the least to the largest."""
    values = [(c, c.metrics.get(key, np.nan)) for c in columns]
    values = [(c, float(value)) for c, value in values if np.isfinite(value)]
    reach = [value for _, value in values]
    spread = 0.0
    if reference is not None and np.isfinite(reference.mean):
        spread = 2.0 * reference.spread if np.isfinite(reference.spread) else 0.0
        reach += [reference.mean - spread, reference.mean + spread]
    low, high = min(reach), max(reach)
    span = high - low
    if span <= 0.0:
        low, span = low - 0.5, 1.0

    def share(value: float) -> float:
        return 100.0 * (0.04 + 0.92 * (value - low) / span)

    marks = []
    if reference is not None and np.isfinite(reference.mean):
        left, right = share(reference.mean - spread), share(reference.mean + spread)
        wide = max(right - left, 0.0)
        marks.append(Mark(kind="band", style=f"left:{left:.1f}%;width:{wide:.1f}%"))
        marks.append(Mark(kind="floor", style=f"left:{share(reference.mean):.1f}%"))
    # The instrument last: on top.
    for column, value in reversed(values):
        title = f"{column.title} {metric_text(key, value, unit=True)}"
        marks.append(Mark(kind=column.kind, style=f"left:{share(value):.1f}%", title=title))
    return marks
