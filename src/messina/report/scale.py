"""The scale on which an ear places new sounds, as a part of the report."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from messina.report.markup import Html, render
from messina.report.panels import section
from messina.report.record import LikenessRow, Record
from messina.text import counted

__all__ = ["scale_panel"]


@dataclass(frozen=True, kw_only=True)
class _Line:
    """One line of a scale: what was told from the real sounds, how surely, and what it is."""

    title: str
    discrimination: float
    kind: str

    @property
    def percent(self) -> str:
        return f"{100.0 * self.discrimination:.0f}"

    @property
    def width(self) -> str:
        """In percent; from guessing on: less is chance."""
        return f"{max(2.0 * (100.0 * self.discrimination - 50.0), 0.0):.1f}"


def scale_panel(record: Record) -> Html:
    """Every ear's scale, from what it tells most surely down to guessing."""
    rows = [row for row in record.likeness if np.isfinite(row.discrimination)]
    if not rows:
        return Html("")
    note = (
        "Real sounds were changed in known ways, and a classifier was asked which of two is the "
        "real one; then it was asked the same of new sounds. 50 % is guessing. It was trained on "
        "others than it was asked about, and on as many of each kind. Pale: what nobody hears."
    )
    return section("Told apart", *map(_scale, rows), name="likeness", note=note)


def _scale(row: LikenessRow) -> Html:
    lines = [
        _Line(
            title=a.change,
            discrimination=a.discrimination,
            kind="heard" if a.audible else "unheard",
        )
        for a in row.anchors
    ]
    lines.append(_Line(title="new sounds", discrimination=row.discrimination, kind="own"))
    if np.isfinite(row.frames):
        lines.append(
            _Line(title="through the frames, no model", discrimination=row.frames, kind="frames")
        )
    known = [line for line in lines if np.isfinite(line.discrimination)]
    return render(
        "scale.html",
        name=f"by a {row.ear}",
        about=f"on {counted(row.sounds, 'real sound')}",
        lines=sorted(known, key=lambda line: -line.discrimination),
    )
