"""Two instruments side by side as a page: heard, measured, and what is said of each."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from messina.evaluation.metrics import METRICS
from messina.report.clips import Clips
from messina.report.comparison import Compared, Comparison, Contest
from messina.report.hearing import Heard, players
from messina.report.markup import Html, element, joined, metric_text, render, short_name
from messina.report.page import document, write_page
from messina.report.panels import facts_list, made_with, row_of, section, verdict_panel
from messina.report.tables import Cell
from messina.text import counted

__all__ = ["comparison_page", "write_comparison"]


LISTENED: Final = 8
"""Sounds to be heard by both."""


def write_comparison(contest: Contest, path: Path) -> Path:
    """Write the page to `path`, which ends in .html, and its metrics beside it; where to."""
    return write_page(path, comparison_page(contest), contest.comparison)


def comparison_page(contest: Contest) -> str:
    """The whole comparison as HTML."""
    found, clips = contest.comparison, Clips()
    names = [Path(side.instrument).stem for side in (found.first, found.second)]
    a, b, same = found.tally
    says = f"A is better in {a}, B in {b}; no difference to speak of in {same}."
    about = (
        f"On {counted(found.sounds, 'real sound')}, {found.held_out} of them held out; "
        f"{counted(found.count, 'new sound')} each."
    )
    top = render("top.html", title=f"{names[0]} and {names[1]}", lines=[about, says])
    panels = [
        top,
        *listen_panels(contest, clips),
        metrics_panel(found),
        *(side_panel(letter, side) for letter, side in (("A", found.first), ("B", found.second))),
        section("How this was measured", facts_list(_facts(found)), name="method"),
        clips.html("All sounds"),
    ]
    return document(f"{names[0]} and {names[1]}", joined(panels))


def _facts(found: Comparison) -> list[tuple[str, str]]:
    """What the run was made with; the second instrument has a digest of its own."""
    first, second = found.provenance
    made_by = ("Made by", f"Messina {found.program}, seed {found.seed}")
    return [made_by, *made_with(first), ("Digest of B", second.instrument)]


def listen_panels(contest: Contest, clips: Clips) -> list[Html]:
    """real | A | B: sounds played back by both, then new ones asked for by the same names."""
    first, second = (trial.played for trial in contest.trials)
    places = np.unique(np.linspace(0, len(first) - 1, min(LISTENED, len(first))).round())
    head = render("heads.html", texts=("real", "A", "B"))
    back: list[Html] = []
    new: list[Html] = []
    for row in places.astype(int):
        name, sound = short_name(first[row].sound.name), first[row].sound
        real = Heard(key=f"real {row}", audio=sound.audio, title=f"{name}, real")
        for rows, what, by_a, by_b in (
            (back, "played back", first[row].audio, second[row].audio),
            (new, "new", first[row].fresh, second[row].fresh),
        ):
            a = Heard(key=f"A {what} {row}", audio=by_a, title=f"{name}, {what} by A")
            b = Heard(key=f"B {what} {row}", audio=by_b, title=f"{name}, {what} by B")
            rows.append(row_of(name, None, players([real, a, b], clips)))
    note = "Press a picture to hear it. The same sounds, as each of the two understands them."
    asked = "New sounds, asked of both by the same name, beside a real one."
    return [
        section("Played back", head, *back, name="listen", note=note),
        section("New sounds", head, *new, name="new", note=asked),
    ]


def side_panel(letter: str, side: Compared) -> Html:
    """The verdict on one of the two."""
    heading = element("h2", f"{letter}: {side.instrument}, {side.minutes:g} min")
    return joined([element("section", heading), verdict_panel(side.verdict)])


def metrics_panel(found: Comparison) -> Html:
    """Every metric of both, the better one marked, beside what real sounds reach."""
    columns = ("", f"A, {found.first.minutes:g} min", f"B, {found.second.minutes:g} min", "real")
    rows = []
    for key, better in found.better.items():
        metric = METRICS[key]
        reference = found.references.get(key)
        cells = [
            Cell(
                text=metric_text(key, side.metrics.get(key, float("nan"))),
                title=letter,
                own=better == name,
            )
            for letter, side, name in (
                ("A", found.first, "first"),
                ("B", found.second, "second"),
            )
        ]
        cells.append(
            Cell(text=metric_text(key, reference.mean) if reference else "–", title="real")
        )
        rows.append({"title": metric.heading, "meaning": metric.meaning, "cells": cells})
    table = render("side_by_side.html", heads=columns, rows=rows)
    note = "The better one is bold, where the difference is more than chance."
    return section("Metrics", table, name="figures", note=note)
