"""The reports: one HTML file with all its sounds and pictures, and a JSON file beside it.

That of an instrument, and that of what plays on: a verdict, sounds beside real ones, metrics and
references.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from messina.atomic import replacing
from messina.evaluation.sequence_metrics import SEQUENCE_METRICS
from messina.evaluation.signal_levels import mid
from messina.report.drawings import answers_panel, learning_panel, map_panel, scale_panel
from messina.report.evaluation import Evaluation
from messina.report.markup import Html, document, element, joined, render, short_name
from messina.report.panels import (
    baselines_panel,
    copies_panel,
    facts_list,
    listen_panel,
    made_with,
    method_panel,
    metrics_panel,
    new_panel,
    row_of,
    section,
    seeds_text,
    verdict_panel,
)
from messina.report.record import Reference, Row
from messina.report.sequence_evaluation import SequenceEvaluation, SequenceRecord, judge
from messina.report.sound_players import Clips, ClipSound, players
from messina.report.tables import Cell
from messina.text import all_well_formed, counted
from messina.units import SAMPLE_RATE

__all__ = ["page", "sequence_page", "write_page", "write_report", "write_sequence_report"]


def write_report(found: Evaluation, path: Path) -> Path:
    """Write the page to `path`, which ends in .html, and its metrics beside it; where to."""
    return write_page(path, page(found), found.record)


def page(found: Evaluation) -> str:
    """The whole report as HTML."""
    clips = Clips()
    # In the order in which sounds are given room; the page shows them in another.
    listen = listen_panel(found, clips)
    copies = copies_panel(found, clips)
    new = new_panel(found, clips)
    others = baselines_panel(found, clips)
    plane = map_panel(found, clips)
    name = Path(found.record.instrument).stem
    body = joined(
        [
            _header(found, name),
            verdict_panel(found.record.verdict),
            listen,
            new,
            plane,
            scale_panel(found.record),
            metrics_panel(found.record),
            answers_panel(found),
            copies,
            others,
            learning_panel(found.record),
            method_panel(found, clips),
            clips.html("All sounds"),
        ]
    )
    return document(f"{name}: how good it is", body)


def write_page(path: Path, text: str, record: Row) -> Path:
    """Write a page to `path`, which ends in .html, and its metrics beside it; where to."""
    data = path.with_suffix(".json")
    with replacing(data) as aside:
        plain = all_well_formed(msgspec.to_builtins(record))
        aside.write_bytes(msgspec.json.format(msgspec.json.encode(plain), indent=1))
    with replacing(path) as aside:
        # Names may hold what is not Unicode; they are spelt out.
        aside.write_text(text, encoding="utf-8", errors="backslashreplace")
    return data


def _header(found: Evaluation, name: str) -> Html:
    record = found.record
    learnt = f"learnt from {counted(len(found.real.learnt), 'sound')} in {record.minutes:g} min"
    about = f"{learnt}, judged by {counted(record.count, 'new one')}"
    return render("top.html", title=name, lines=[about])


ROWS: Final = 5
HEARD_S: Final = 6.0
GENERATED_IN_ROW: Final = 2


def write_sequence_report(found: SequenceEvaluation, path: Path) -> Path:
    """Write the page to `path`, which ends in .html, and its metrics beside it; where to."""
    return write_page(path, sequence_page(found), found.record)


def sequence_page(found: SequenceEvaluation) -> str:
    """The whole report as HTML."""
    record = found.record
    clips = Clips(longest_s=HEARD_S)
    name = Path(record.instrument).stem
    about = (
        f"{record.about}; {record.rendered_s:.0f} s of it beside "
        f"{counted(record.recordings, 'recording')} of {record.recorded_s:.0f} s"
    )
    top = render("top.html", title=name, lines=[about])
    listen = _sequence_listen_panel(found, clips)
    sounds = clips.html("All sounds")
    parts = [top, verdict_panel(record.verdict), listen, _sequence_metrics_panel(record)]
    return document(
        f"{name}: how good it is", joined([*parts, _sequence_method_panel(record), sounds])
    )


def _sequence_listen_panel(found: SequenceEvaluation, clips: Clips) -> Html:
    """real | generated | generated, rows evenly over the recordings and over the sound."""
    recordings = list(found.recordings)
    places = np.unique(np.linspace(0, len(recordings) - 1, min(ROWS, len(recordings))).astype(int))
    span = round(HEARD_S * SAMPLE_RATE)
    starts = np.linspace(0, max(0, len(found.sound) - span), GENERATED_IN_ROW * len(places))
    rows = []
    for row, place in enumerate(places):
        recording = recordings[place]
        name = short_name(recording.name)
        heard = [ClipSound(key=f"real {place}", audio=mid(recording.audio), title=f"{name}, real")]
        for start in starts[GENERATED_IN_ROW * row :][:GENERATED_IN_ROW].astype(int):
            at = f"{start / SAMPLE_RATE:.0f} s"
            part = mid(found.sound[start : start + span])
            heard.append(ClipSound(key=f"new {start}", audio=part, title=f"generated, from {at}"))
        rows.append(row_of(name, None, players(heard, clips)))
    head = render("heads.html", texts=("real", "generated", "generated"))
    note = (
        f"Press a picture to hear {HEARD_S:.0f} s. Low is red, high is violet; a row shares one "
        "scale. What is generated follows the recordings as a whole, not the one beside it."
    )
    return section("Listen", head, *rows, name="listen", note=note)


def _sequence_metrics_panel(record: SequenceRecord) -> Html:
    """Every metric beside its reference."""
    rows = [
        _row(key, record.metrics[key], record.references[key], record.spread.get(key))
        for key in SEQUENCE_METRICS
        if key in record.metrics
    ]
    table = render("side_by_side.html", heads=("", "generated", "real"), rows=rows)
    note = (
        "Real is what a metric would be if the sound were real: of distances, that of one half of "
        "the recordings from the other, else the recordings' own, ± how much it depends on the "
        "halves; of drift and slope, what chance gives."
    )
    return section("Metrics", table, name="figures", note=note)


def _row(key: str, value: float, reference: Reference, spread: float | None) -> dict[str, Any]:
    metric = SEQUENCE_METRICS[key]
    real, state = _text(key, reference.mean), judge(key, value, reference)
    if np.isfinite(reference.spread):
        real += f" ± {_text(key, reference.spread)}"
    own = Cell(
        text=_text(key, value),
        kind=f"own {state}",
        spread="" if spread is None else _text(key, spread),
        own=True,
    )
    return {"title": metric.heading, "meaning": metric.meaning, "cells": [own, Cell(text=real)]}


def _text(key: str, value: float) -> str:
    if not np.isfinite(value):
        return "–"
    return f"{value:.{SEQUENCE_METRICS[key].decimals}f}".replace("-", "−")


def _sequence_method_panel(record: SequenceRecord) -> Html:
    """How it was measured."""
    seeds = seeds_text(record.seed, record.seeds)
    text = f"Messina {record.program}, {seeds}; rendered at {record.real_time:.0f} times real time."
    facts = facts_list(made_with(record.provenance))
    return section("How it was measured", element("p", text), facts, name="method")
