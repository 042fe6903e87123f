"""Two instruments side by side, on the real sounds both were learnt from: tried, and as a page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np

import messina
from messina.errors import CorpusError
from messina.evaluation.metrics import METRICS
from messina.instrument import Instrument
from messina.progress import Progress
from messina.report.findings import (
    TOLERANCES,
    Findings,
    excess,
    mean_metrics,
    over_seeds,
    seed_rows,
    spread_metrics,
)
from messina.report.markup import Html, document, element, joined, metric_text, render, short_name
from messina.report.page import write_page
from messina.report.panels import facts_list, made_with, row_of, section, seeds_text, verdict_panel
from messina.report.record import Clause, Provenance, Reference, Row, SeedRow
from messina.report.seed_runs import SeedRun, make_benchmark, run_seeds
from messina.report.sound_players import Clips, ClipSound, players
from messina.report.subject import RealSounds, digest_of, provenance
from messina.report.tables import GROUPS, Cell
from messina.report.verdict import verdict
from messina.text import counted

__all__ = [
    "Compared",
    "Comparison",
    "ComparisonRun",
    "common_sounds",
    "compare",
    "comparison_page",
    "write_comparison",
]

Better = Literal["first", "second", "same", "unknown"]

SAME_SHARE: Final = 0.25
"""Of a metric's tolerance: nearer to each other than that, two instruments are the same."""
SAME_DISTANCE: Final = 0.02
"""The same for distances of sounds played back, as a share of the reference."""


class Compared(Row, frozen=True, kw_only=True):
    """One of the two instruments that are compared, and its metrics."""

    instrument: str
    minutes: float
    metrics: dict[str, float] = msgspec.field(name="figures")
    spread: dict[str, float] = msgspec.field(default_factory=dict)
    """Standard deviations over the seeds, where there are several; the metrics are means then."""
    verdict: tuple[Clause, ...]
    seeds: tuple[SeedRow, ...] = ()
    """What each seed gave by itself, where there are several."""


class Comparison(Row, frozen=True, kw_only=True):
    """Both instruments, the references they share, and which is better in each metric."""

    program: str
    sounds: int
    held_out: int
    count: int
    seed: int
    references: dict[str, Reference] = msgspec.field(name="floors")
    first: Compared
    second: Compared
    better: dict[str, Better]
    provenance: tuple[Provenance, Provenance]
    """What the run was made with; of the first and of the second."""

    @property
    def tally(self) -> tuple[int, int, int]:
        """In how many metrics the first is better, the second, neither."""
        answers = list(self.better.values())
        return answers.count("first"), answers.count("second"), answers.count("same")


@dataclass(frozen=True, kw_only=True)
class ComparisonRun:
    """A comparison with the sounds that were played for it."""

    comparison: Comparison
    runs: tuple[SeedRun, SeedRun]
    """Of the first and the second; both played the same sounds back."""


def common_sounds(first: RealSounds, second: RealSounds) -> RealSounds:
    """The sounds that both instruments know; held out are those that neither learnt.

    Raises CorpusError when there is none that was learnt.
    """
    others = {sound.digest: sound for sound in second.sounds}
    sounds = tuple(
        replace(sound, held_out=sound.held_out and others[sound.digest].held_out)
        for sound in first.sounds
        if sound.digest in others
    )
    if all(sound.held_out for sound in sounds):
        raise CorpusError(
            "the two instruments were learnt from different sounds; "
            "only those of the same folder can be compared"
        )
    missing = tuple(dict.fromkeys((*first.missing, *second.missing)))
    return RealSounds(sounds=sounds, missing=missing, folder=first.folder)


def compare(
    first: tuple[str, Instrument],
    second: tuple[str, Instrument],
    real: RealSounds,
    *,
    count: int = 64,
    seed: int = 0,
    seeds: int = 1,
    progress: Progress | None = None,
    digests: tuple[str | None, str | None] = (None, None),
) -> ComparisonRun:
    """Measures two named instruments on the same sounds, with the same seeds.

    seeds: how many, from `seed` on: metrics are means then, with their spreads, and what lies
    within these is no difference. Sounds are those of the first. digests: of their files.
    """
    benchmark = make_benchmark(real, count=count, seed=seed, progress=progress)
    compared: list[Compared] = []
    runs: list[SeedRun] = []
    references: dict[str, Reference] = {}
    for name, instrument in (first, second):
        run, findings = run_seeds(
            instrument, benchmark, count=count, seed=seed, seeds=seeds, progress=progress
        )
        references |= run.references
        runs.append(run)
        compared.append(_compared(name, instrument, findings, seed=seed))
    sounds = [sound.digest for sound in real.sounds]
    keys = [key for group in GROUPS for key in group.keys]
    found = Comparison(
        program=messina.__version__,
        sounds=len(real.sounds),
        held_out=len(real.held_out),
        count=count,
        seed=seed,
        references=references,
        first=compared[0],
        second=compared[1],
        better={
            key: better(
                key,
                compared[0].metrics,
                compared[1].metrics,
                references.get(key),
                chance=chance_of(key, compared[0], compared[1]),
            )
            for key in keys
            if key in compared[0].metrics or key in compared[1].metrics
        },
        provenance=(
            provenance(digests[0] or digest_of(first[1]), sounds),
            provenance(digests[1] or digest_of(second[1]), sounds),
        ),
    )
    return ComparisonRun(comparison=found, runs=(runs[0], runs[1]))


def _compared(
    name: str, instrument: Instrument, findings: list[Findings], *, seed: int
) -> Compared:
    """One of the two, of what was found with each seed."""
    metrics = [found.metrics for found in findings]
    every: tuple[SeedRow, ...] = ()
    if len(findings) > 1:
        singly = [verdict(found) for found in findings]
        every = seed_rows(range(seed, seed + len(findings)), metrics, singly)
    return Compared(
        instrument=name,
        minutes=instrument.manifest.minutes,
        metrics=dict(metrics[0]) if len(metrics) == 1 else mean_metrics(metrics),
        spread=spread_metrics(metrics),
        verdict=verdict(over_seeds(findings)),
        seeds=every,
    )


def chance_of(key: str, first: Compared, second: Compared) -> float:
    """How far two means over seeds may differ by chance: two standard errors of their difference.

    nan where either has fewer than two values, for then their spread is not known.
    """
    if not first.seeds:
        return 0.0
    variance = 0.0
    for side in (first, second):
        values = sum(bool(np.isfinite(row.metrics.get(key, np.nan))) for row in side.seeds)
        variance += side.spread.get(key, np.nan) ** 2 / max(values, 1)
    return float(2.0 * np.sqrt(variance))


def better(
    key: str,
    first: dict[str, float],
    second: dict[str, float],
    reference: Reference | None,
    *,
    chance: float = 0.0,
) -> Better:
    """Which of two values of a metric is better, or neither, where they differ too little to say.

    chance: how far they may differ by chance; nan: not known.
    """
    a, b = first.get(key, np.nan), second.get(key, np.nan)
    if not (np.isfinite(a) and np.isfinite(b) and np.isfinite(chance)):
        return "unknown"
    middle = reference.mean if reference is not None and np.isfinite(reference.mean) else np.nan
    if np.isnan(middle):
        if METRICS[key].better == "near":
            return "unknown"
        middle = 0.0
    spread = reference.spread if reference is not None and np.isfinite(reference.spread) else 0.0
    same = max(
        SAME_SHARE * TOLERANCES[key] if key in TOLERANCES else SAME_DISTANCE * abs(middle),
        0.5 * spread,
        chance,
    )
    # No credit for being better than real.
    lost = max(excess(key, a, middle), 0.0) - max(excess(key, b, middle), 0.0)
    if abs(lost) <= same:
        return "same"
    return "second" if lost > 0.0 else "first"


LISTENED: Final = 8
"""Sounds to be heard by both."""


def write_comparison(compared: ComparisonRun, path: Path) -> Path:
    """Write the page to `path`, which ends in .html, and its metrics beside it; where to."""
    return write_page(path, comparison_page(compared), compared.comparison)


def comparison_page(compared: ComparisonRun) -> str:
    """The whole comparison as HTML."""
    found, clips = compared.comparison, Clips()
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
        *listen_panels(compared, clips),
        metrics_panel(found),
        *(side_panel(letter, side) for letter, side in (("A", found.first), ("B", found.second))),
        section("How this was measured", facts_list(_facts(found)), name="method"),
        clips.html("All sounds"),
    ]
    return document(f"{names[0]} and {names[1]}", joined(panels))


def _facts(found: Comparison) -> list[tuple[str, str]]:
    """What the run was made with; the second instrument has a digest of its own."""
    first, second = found.provenance
    made_by = ("Made by", f"Messina {found.program}, {seeds_text(found.seed, found.first.seeds)}")
    return [made_by, *made_with(first), ("Digest of B", second.instrument)]


def listen_panels(compared: ComparisonRun, clips: Clips) -> list[Html]:
    """real | A | B: sounds played back by both, then new ones asked for by the same names."""
    first, second = (run.played for run in compared.runs)
    places = np.unique(np.linspace(0, len(first) - 1, min(LISTENED, len(first))).round())
    head = render("heads.html", texts=("real", "A", "B"))
    back: list[Html] = []
    new: list[Html] = []
    for row in places.astype(int):
        name, sound = short_name(first[row].sound.name), first[row].sound
        real = ClipSound(key=f"real {row}", audio=sound.audio, title=f"{name}, real")
        for rows, what, by_a, by_b in (
            (back, "played back", first[row].audio, second[row].audio),
            (new, "new", first[row].fresh, second[row].fresh),
        ):
            a = ClipSound(key=f"A {what} {row}", audio=by_a, title=f"{name}, {what} by A")
            b = ClipSound(key=f"B {what} {row}", audio=by_b, title=f"{name}, {what} by B")
            rows.append(row_of(name, None, players([real, a, b], clips)))
    note = "Press a picture to hear it. The same sounds, as each of the two understands them."
    asked = "New sounds, asked of both by the same name, beside a real one."
    return [
        section("Played back", head, *back, name="listen", note=note),
        section("New sounds", head, *new, name="new", note=asked),
    ]


def side_panel(letter: str, side: Compared) -> Html:
    """HTML of the verdict on one of the two."""
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
                spread=metric_text(key, side.spread[key]) if key in side.spread else "",
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
    note = "The better one is bold, where the difference is more than chance"
    note += ": more than two standard errors over the seeds." if found.first.seeds else "."
    return section("Metrics", table, name="figures", note=note)
