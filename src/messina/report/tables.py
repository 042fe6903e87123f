"""The figures as tables: the instrument, the real sounds, the oracle, the opponents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from messina.evaluation.figures import FIGURES, summarise
from messina.report.judging import judge
from messina.report.markup import Html, element, figure_text, joined
from messina.report.record import Floor, Record

__all__ = ["GROUPS", "Column", "Group", "columns_of", "figure_table", "group_keys"]


@dataclass(frozen=True, kw_only=True)
class Group:
    """Figures that belong together."""

    title: str
    note: str
    keys: tuple[str, ...]
    floor: str = "real"
    """What the floor of these figures is."""


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
        floor="oracle",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Column:
    """Who is measured: a name as a class, a title, and the figures."""

    kind: str
    title: str
    figures: Mapping[str, float]


def columns_of(record: Record, *, title: str) -> list[Column]:
    """The instrument under its title, then the others under their names."""
    first, *others = record.contenders
    nearest = summarise([row.nearest for row in record.playback if row.nearest])
    columns = [Column(kind="own", title=title, figures=first.figures)]
    for row in others:
        figures = row.figures | nearest if row.name == "sampler" else row.figures
        columns.append(Column(kind="other", title=row.name, figures=figures))
    if nearest and all(row.name != "sampler" for row in others):
        columns.append(Column(kind="other", title="sampler", figures=nearest))
    return columns


def group_keys(group: Group, columns: Sequence[Column]) -> list[str]:
    """The figures of a group that anybody has."""
    return [
        key
        for key in group.keys
        if any(np.isfinite(column.figures.get(key, np.nan)) for column in columns)
    ]


def figure_table(group: Group, columns: Sequence[Column], floors: Mapping[str, Floor]) -> Html:
    """One group's table; empty where nothing of it was measured."""
    keys = group_keys(group, columns)
    if not keys:
        return Html("")
    shown = [
        c
        for c in columns
        if c.kind == "own" or (c.title != group.floor and any(key in c.figures for key in keys))
    ]
    own = [c for c in shown if c.kind == "own"]
    others = [c for c in shown if c.kind != "own"]
    head = element(
        "tr",
        element("th", group.title, of={"scope": "col"}),
        element("th", element("span", "beside each other", of={"class": "unseen"})),
        *(element("th", c.title, of={"scope": "col", "class": "own"}) for c in own),
        element("th", group.floor, of={"scope": "col"}),
        *(element("th", c.title, of={"scope": "col"}) for c in others),
    )
    rows = [_row(key, own, others, floors.get(key), group.floor) for key in keys]
    return element(
        "div",
        element("table", element("thead", head), element("tbody", *rows)),
        element("p", group.note, of={"class": "note"}),
        of={"class": "figures"},
    )


def _row(
    key: str, own: Sequence[Column], others: Sequence[Column], floor: Floor | None, name: str
) -> Html:
    figure = FIGURES[key]
    unit = f", {figure.unit}" if figure.unit else ""
    title = element(
        "th",
        element("b", f"{figure.title}{unit}"),
        element("small", figure.meaning),
        of={"scope": "row"},
    )
    return element(
        "tr",
        title,
        element("td", _strip(key, [*own, *others], floor), of={"class": "strip-cell"}),
        *(_own_cell(key, column, floor) for column in own),
        _floor_cell(key, floor, name),
        *(_cell(figure_text(key, c.figures.get(key, np.nan)), c.title) for c in others),
    )


def _cell(text: str, title: str, kind: str | None = None) -> Html:
    return element("td", text, of={"data-of": title, "class": kind})


def _own_cell(key: str, column: Column, floor: Floor | None) -> Html:
    value = column.figures.get(key, np.nan)
    state = judge(key, value, floor)
    return element(
        "td",
        element("strong", figure_text(key, value)),
        of={"data-of": column.title, "class": f"own {state}"},
    )


def _floor_cell(key: str, floor: Floor | None, name: str) -> Html:
    if floor is None or not np.isfinite(floor.mean):
        return _cell("–", name)
    text = figure_text(key, floor.mean)
    if not np.isfinite(floor.spread) or floor.spread == 0.0:
        return _cell(text, name)
    spread = element("small", f" ± {figure_text(key, floor.spread)}")
    return element("td", joined([text, spread]), of={"data-of": name})


def _strip(key: str, columns: Sequence[Column], floor: Floor | None) -> Html:
    """All values on one line, from the least to the largest."""
    values = [(c, c.figures.get(key, np.nan)) for c in columns]
    values = [(c, float(value)) for c, value in values if np.isfinite(value)]
    reach = [value for _, value in values]
    spread = 0.0
    if floor is not None and np.isfinite(floor.mean):
        spread = 2.0 * floor.spread if np.isfinite(floor.spread) else 0.0
        reach += [floor.mean - spread, floor.mean + spread]
    low, high = min(reach), max(reach)
    span = high - low
    if span <= 0.0:
        low, span = low - 0.5, 1.0

    def share(value: float) -> float:
        return 100.0 * (0.04 + 0.92 * (value - low) / span)

    marks = []
    if floor is not None and np.isfinite(floor.mean):
        left, right = share(floor.mean - spread), share(floor.mean + spread)
        marks.append(_mark("band", f"left:{left:.1f}%;width:{max(right - left, 0.0):.1f}%", ""))
        marks.append(_mark("floor", f"left:{share(floor.mean):.1f}%", ""))
    # The instrument last: on top.
    for column, value in reversed(values):
        title = f"{column.title} {figure_text(key, value, unit=True)}"
        marks.append(_mark(column.kind, f"left:{share(value):.1f}%", title))
    return element("div", *marks, of={"class": "strip", "aria-hidden": "true"})


def _mark(kind: str, style: str, title: str) -> Html:
    return element("i", of={"class": kind, "style": style, "title": title or None})
