"""The report: one HTML file with all its sounds and pictures, and a JSON file beside it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from messina.atomic import replacing
from messina.report.clips import Clips
from messina.report.drawings import answers_panel, learning_panel, map_panel, scale_panel
from messina.report.evaluation import Evaluation
from messina.report.markup import Html, document, joined, render
from messina.report.panels import (
    copies_panel,
    listen_panel,
    method_panel,
    metrics_panel,
    new_panel,
    opponents_panel,
    verdict_panel,
)
from messina.report.record import Row
from messina.text import all_well_formed, counted

__all__ = ["page", "write_page", "write_report"]


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
    others = opponents_panel(found, clips)
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
        told = all_well_formed(msgspec.to_builtins(record))
        aside.write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=1))
    with replacing(path) as aside:
        # Names may hold what is not Unicode; they are spelt out.
        aside.write_text(text, encoding="utf-8", errors="backslashreplace")
    return data


def _header(found: Evaluation, name: str) -> Html:
    record = found.record
    learnt = f"learnt from {counted(len(found.real.learnt), 'sound')} in {record.minutes:g} min"
    about = f"{learnt}, judged by {counted(record.count, 'new one')}"
    return render("top.html", title=name, lines=[about])
