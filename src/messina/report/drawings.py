"""The charts of the report: the map, answers to velocity and note, the course of learning, and the
scale on which an ear places new sounds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from messina.evaluation.signal_levels import mid
from messina.report.evaluation import Evaluation
from messina.report.markup import (
    Axis,
    Dot,
    Html,
    Line,
    chart,
    element,
    hue,
    legend,
    metric_text,
    place,
    render,
    script_json,
    short_name,
    ticks,
)
from messina.report.panels import section
from messina.report.record import LikenessRow, MapPoint, PitchRow, Record, SweepRow
from messina.report.sound_players import Clips
from messina.text import counted

__all__ = ["answers_panel", "learning_panel", "map_panel", "scale_panel"]

_INSET: Final = 0.04
"""Of the map's width and height left free on every side."""
_WIDE: Final = (0.0085, 0.045)
_NARROW: Final = (0.019, 0.055)
"""Size of a letter and a line on the map, as shares of it on a desk and on a phone."""


def map_panel(found: Evaluation, clips: Clips) -> Html:
    """Real and new sounds on a plane, to be played."""
    record = found.record
    axis = Axis(low=0.0, high=1.0)
    points = [_inset(point) for point in record.map]
    keys = _map_keys(found)
    audios = [sound.audio for sound in found.real.sounds]
    for point, key, audio in zip(points, keys, audios, strict=False):
        clips.add(key, mid(audio), _point_title(point))
    dots = [
        Dot(x=p.x, y=p.y, kind=p.kind.replace(" ", "-"), hue=hue(p.brightness_hz)) for p in points
    ]
    drawn = chart(axis, axis, dots, says=f"map of {counted(len(points), 'sound')}", kind="plane")
    data = [
        [round(p.x, 4), round(1.0 - p.y, 4), clips.find(key), _point_title(p)]
        for p, key in zip(points, keys, strict=True)
    ]
    script = element(
        "script",
        script_json(data),
        of={"type": "application/json", "id": "map-points"},
    )
    board = element(
        "div",
        drawn,
        *_labels(points),
        of={
            "class": "map",
            "tabindex": "0",
            "role": "group",
            "aria-label": "Map of sounds. Left and right arrow keys go through them and play them.",
        },
    )
    hint = element("p", "Press anywhere: the nearest sound plays.", of={"class": "hint"})
    key = legend([("generated", "new"), ("real", "real"), ("held-out", "real, held out")])
    foot = element("div", key, hint, of={"class": "under"})
    note = (
        "The instrument's own map, as the page plays it: sounds that are alike lie near each "
        "other, as far as a plane allows. New sounds lie amid the real ones they are most like."
    )
    return section("Map", board, foot, script, _coverage(record), name="chart-map", note=note)


def _inset(point: MapPoint) -> MapPoint:
    inner = 1.0 - 2.0 * _INSET
    return MapPoint(
        kind=point.kind,
        name=point.name,
        label=point.label,
        x=_INSET + inner * point.x,
        y=_INSET + inner * point.y,
        brightness_hz=point.brightness_hz,
    )


def _map_keys(found: Evaluation) -> list[str]:
    """Of each point of the map, its key among the clips."""
    real = [f"real {sound.name}" for sound in found.real.sounds]
    return real + [f"new {index}" for index in range(found.record.count)]


def _point_title(point: MapPoint) -> str:
    if point.kind == "generated":
        return f"{point.name}, {point.label}"
    return f"{short_name(point.name)}, {point.kind}"


def _labels(points: Sequence[MapPoint]) -> list[Html]:
    """Names of the kinds at the middle of their real sounds, as many as do not overlap."""
    groups: dict[str, list[MapPoint]] = defaultdict(list)
    for point in points:
        if point.kind != "generated":
            groups[point.label].append(point)
    wide, narrow, names = _Room(*_WIDE), _Room(*_NARROW), []
    for label, members in sorted(groups.items(), key=lambda item: -len(item[1])):
        x = float(np.median([p.x for p in members]))
        y = 1.0 - float(np.median([p.y for p in members]))
        if not wide.take(label, x, y):
            continue
        kind = "kind" if narrow.take(label, x, y) else "kind wide-only"
        names.append(element("span", label, of={"class": kind, "style": place(x, y)}))
    return names


class _Room:
    """Where names stand already."""

    def __init__(self, letter: float, line: float) -> None:
        self._letter, self._line = letter, line
        self._taken: list[tuple[float, float, float]] = []

    def take(self, name: str, x: float, y: float) -> bool:
        """Whether there is room for a name around (x, y), which is then taken."""
        half = 0.5 * self._letter * len(name) + 0.01
        inside = half <= x <= 1.0 - half
        if not inside or any(
            abs(x - a) < half + other and abs(y - b) < self._line for a, b, other in self._taken
        ):
            return False
        self._taken.append((x, y, half))
        return True


def _coverage(record: Record) -> Html:
    """Kinds by how much of them has a new sound near by."""
    lacking = [row for row in record.labels if row.covered < row.sounds]
    if not lacking or len(record.labels) < 2:
        return Html("")
    lacking.sort(key=lambda row: row.covered / row.sounds)
    text = ", ".join(f"{row.label} {row.covered} of {row.sounds}" for row in lacking[:12])
    more = f" and {len(lacking) - 12} more kinds" if len(lacking) > 12 else ""
    return element(
        "p", f"Without a new sound near by are some of: {text}{more}.", of={"class": "note"}
    )


def answers_panel(found: Evaluation) -> Html:
    """HTML of the control response: loudness over velocity by label, cents by note."""
    record = found.record
    parts = []
    if record.sweeps:
        parts.append(_sweeps(found, record.sweeps))
    if record.pitches:
        parts.append(_pitches(record.pitches))
    if not parts:
        return Html("")
    return section("Played soft and hard", *parts, name="answers", note=_SWEEP_NOTE)


_SWEEP_NOTE: Final = (
    "Level over velocity, in dBFS; the line is the instrument, dots are real sounds whose names "
    "tell how hard they were played."
)


def _sweeps(found: Evaluation, sweeps: Sequence[SweepRow]) -> Html:
    levels = [level for sweep in sweeps for level in sweep.loudness_db]
    real = [s.loudness_db for s in found.real.sounds if s.velocity is not None]
    low, high = min([*levels, *real]), max([*levels, *real])
    y = Axis(low=low - 2.0, high=high + 2.0, marks=ticks(low, high, most=5))
    x = Axis(low=0.0, high=127.0, marks=((1.0, "soft"), (127.0, "hard")))
    cells = []
    for sweep in sweeps:
        tint = hue(float(np.median(sweep.brightness_hz)))
        marks: list[Line | Dot] = [
            Dot(x=s.velocity, y=s.loudness_db, kind="real", hue=hue(s.brightness_hz))
            for s in found.real.sounds
            if s.velocity is not None and s.label == sweep.label and s.note == sweep.note
        ]
        curve = list(zip(sweep.velocity, sweep.loudness_db, strict=True))
        marks.insert(0, Line(points=curve, kind="curve", hue=tint))
        title = sweep.label if sweep.note is None else f"{sweep.label}, note {sweep.note:g}"
        says = f"{title}: level over velocity, {min(sweep.loudness_db):.0f} to "
        says += f"{max(sweep.loudness_db):.0f} dB"
        cells.append(
            element(
                "figure",
                element("figcaption", title, of={"class": "name"}),
                chart(x, y, marks, says=says),
            )
        )
    return element("div", *cells, of={"class": "multiples"})


def _pitches(pitches: Sequence[PitchRow]) -> Html:
    cents = [row.cents for row in pitches if np.isfinite(row.cents)]
    most = max(10.0, *(abs(value) for value in cents)) if cents else 10.0
    notes = [row.note for row in pitches]
    x = Axis(low=min(notes) - 1, high=max(notes) + 1, marks=ticks(min(notes), max(notes), most=6))
    y = Axis(low=-most, high=most, marks=ticks(-most, most, most=4))
    dots = [
        Dot(x=row.note, y=row.cents, kind="real" if row.learnt else "never")
        for row in pitches
        if np.isfinite(row.cents)
    ]
    worst = metric_text("pitch_error", max(map(abs, cents), default=np.nan))
    key = legend([("real", "notes that were learnt"), ("never", "notes it never heard")])
    return element(
        "figure",
        element("figcaption", "Cents out of tune over the note asked for", of={"class": "name"}),
        chart(x, y, dots, says=f"cents out of tune, {worst} at most", kind="wide"),
        key,
        of={"class": "pitches"},
    )


def learning_panel(record: Record) -> Html:
    """The error over the steps of learning."""
    # A check right after another has seen no sounds: an error of 0 is none.
    history = [row for row in record.history if row.learnt_db > 0]
    if len(history) < 2:
        return Html("")
    errors = [row.learnt_db for row in history]
    errors += [row.validation_db for row in history if row.validation_db is not None]
    low, high = min(errors), float(np.percentile(errors, 98))
    pad = 0.08 * max(high - low, 0.1)
    y = Axis(low=low - pad, high=high + pad, marks=ticks(low, high, most=4))
    last = history[-1].step
    x = Axis(low=0.0, high=float(last), marks=ticks(0.0, float(last), most=4))
    marks: list[Line | Dot] = [
        Line(points=[(row.step, row.learnt_db) for row in history], kind="learnt"),
        Line(
            points=[(row.step, row.validation_db) for row in history if row.validation_db],
            kind="validation",
        ),
    ]
    entries = [("line learnt", "on sounds it learns")]
    if any(row.validation_db for row in history):
        entries.append(("line validation", "on sounds kept aside to choose by"))
    else:
        marks.pop()
    kept = [row for row in history if row.step == record.kept_step]
    if kept:
        best = kept[0].learnt_db if kept[0].validation_db is None else kept[0].validation_db
        marks.append(Dot(x=kept[0].step, y=best, kind="kept"))
        entries.append(("kept", "kept"))
    drawn = chart(x, y, marks, says=f"error over {last} steps", kind="wide")
    note = f"Error of the levels in dB over {last} steps, {record.minutes:g} min in all."
    return section("Learning", drawn, legend(entries), name="learning", note=note)


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
    """HTML of each ear's scale of known changes, from what is told most surely down to guessing."""
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
