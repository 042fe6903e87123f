"""A performance in other forms: as a table that can be read and corrected, and given back, and as a
phrase that a groove goes on from.

time_s  beat   grid_s  kind  label  note  velocity  length_s  bend_cents  level_db
    0.512   0.000  0.508   A     kick         104
    1.033   1.000  1.031   B     snare        88

What is left out has no label. Of tunes, bends and levels are numbers every 20 ms.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.atomic import replacing
from messina.corpus.spreadsheet import (
    check_cells,
    check_columns,
    encoded,
    escaped,
    lines_of,
    number_in,
    unescaped,
)
from messina.corpus.tokens import parse_note_name
from messina.errors import ControlError, CorpusError
from messina.events import TICKS_PER_BEAT, Event, Phrase
from messina.limiter import limited
from messina.ranges import RANGES
from messina.sequences.groove import Groove
from messina.sequences.model import EventModel
from messina.sequences.sequence import PlayOptions, blocks_of
from messina.transcription.performance import Performed, bar_line_s, tempo_of
from messina.transcription.performing import LONGEST_TAKE_S
from messina.units import SAMPLE_RATE

__all__ = ["COLUMNS", "continued", "opening_of", "read_performance", "write_performance"]

COLUMNS: Final = (
    "time_s", "beat", "grid_s", "kind", "label", "note", "velocity", "length_s", "bend_cents",
    "level_db",
)  # fmt: skip
_NEEDED: Final = ("time_s", "label", "velocity")
_LONGEST_NOTE_S: Final = 3600.0
_MOST_ROWS: Final = 100_000
_RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "time_s": (0.0, LONGEST_TAKE_S),
    "beat": (-100_000.0, 100_000.0),
    "grid_s": (-LONGEST_TAKE_S, 2 * LONGEST_TAKE_S),
    "note": RANGES["note"],
    "velocity": RANGES["velocity"],
    "length_s": (0.001, _LONGEST_NOTE_S),
    "bend_cents": (-2_400.0, 2_400.0),
    "level_db": (-120.0, 24.0),
}


def write_performance(path: Path, rows: Sequence[Performed]) -> None:
    """Writes the table, whole or not at all, and only if it can be read again."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(
            [
                f"{row.time_s:.5f}",
                "" if row.beat is None else f"{row.beat:.4f}",
                "" if row.grid_s is None else f"{row.grid_s:.5f}",
                row.kind,
                escaped(row.label),
                "" if row.note is None else f"{row.note:.2f}",
                f"{row.velocity:.1f}",
                "" if row.length_s is None else f"{row.length_s:.4f}",
                " ".join(f"{cents:.0f}" for cents in row.bend_cents),
                " ".join(f"{level:.1f}" for level in row.level_db),
            ]
        )
    with replacing(path, check=read_performance) as aside:
        aside.write_bytes(encoded(text.getvalue()))


def read_performance(path: Path) -> tuple[Performed, ...]:
    """The rows of a table in order of time.

    Raises:
        CorpusError: With the line and column of a cell that cannot be.
    """
    lines = lines_of(path)
    columns = [cell.strip().lower() for cell in next(lines, (0, []))[1]]
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        raise CorpusError(
            f"{path.name}: no column '{missing[0]}' in its first line; it needs "
            f"{', '.join(_NEEDED)}, and can have {', '.join(COLUMNS)}"
        )
    check_columns(columns, path.name)
    rows: list[Performed] = []
    for line, cells in lines:
        if len(rows) == _MOST_ROWS:
            raise CorpusError(f"{path.name}: more than {_MOST_ROWS} rows; cut it into parts")
        check_cells(cells, columns, f"{path.name}, line {line}")
        values = dict(zip(columns, (unescaped(cell.strip()) for cell in cells), strict=False))
        rows.append(_row(values, f"{path.name}, line {line}"))
    return tuple(sorted(rows, key=lambda row: row.time_s))


def _row(values: Mapping[str, str], where: str) -> Performed:
    def number(column: str) -> float | None:
        text = values.get(column, "")
        return _number(text, column, where) if text else None

    def needed(column: str) -> float:
        value = number(column)
        if value is None:
            raise CorpusError(f"{where}, column {column}: empty; every row needs one")
        return value

    def curve(column: str) -> tuple[float, ...]:
        return tuple(_number(word, column, where) for word in values.get(column, "").split())

    named = parse_note_name(values.get("note", ""))
    return Performed(
        time_s=needed("time_s"),
        beat=number("beat"),
        grid_s=number("grid_s"),
        kind=values.get("kind", ""),
        label=values.get("label", ""),
        note=number("note") if named is None else float(named),
        velocity=needed("velocity") if values.get("label") else number("velocity") or 1.0,
        length_s=number("length_s"),
        bend_cents=curve("bend_cents"),
        level_db=curve("level_db"),
    )


def _number(text: str, column: str, where: str) -> float:
    low, high = _RANGES[column]
    value = number_in(text)
    if value is None or not low <= value <= high:
        raise CorpusError(
            f"{where}, column {column}: {text!r}; a number from {low:g} to {high:g} is possible"
        )
    return value


Audio = NDArray[np.float32]

_BEATS_A_BAR = 4


def opening_of(rows: Sequence[Performed], model: EventModel) -> tuple[Phrase, float]:
    """The rows as a phrase of a model's voices, in whole bars, and when in the take it ends.

    Raises:
        ControlError: The take keeps to no beat, or the model has none of the voices it strikes.
    """
    tempo_bpm = tempo_of(rows)
    if tempo_bpm is None:
        raise ControlError(
            "the take keeps to no beat that could be found, so nothing can go on from it; play "
            "along with a beat, or do without `continued`"
        )
    labels = [voice.label for voice in model.manifest.vocabulary]
    placed = [row for row in rows if row.beat is not None and row.label in labels]
    if not placed:
        raise ControlError(
            "nothing of the take is struck by what this groove plays on with; cast it to some of "
            f"{', '.join(labels)}"
        )
    length = math.exp(model.manifest.scale.length_mean)  # a take does not say
    events: dict[tuple[int, int], Event] = {}
    for row in placed:
        tick = round((row.beat or 0.0) * TICKS_PER_BEAT)
        voice = labels.index(row.label)
        late_s = 0.0 if row.grid_s is None else row.time_s - row.grid_s
        event = Event(
            tick=tick, voice=voice, velocity=row.velocity, length_ticks=length, late_s=late_s
        )
        if (tick, voice) not in events or events[tick, voice].velocity < row.velocity:
            events[tick, voice] = event
    bar = _BEATS_A_BAR * TICKS_PER_BEAT
    ticks = (max(tick for tick, _ in events) // bar + 1) * bar
    ordered = tuple(events[key] for key in sorted(events))
    phrase = Phrase(name="take", events=ordered, ticks=ticks, tempo_bpm=tempo_bpm)
    return phrase, bar_line_s(rows) + ticks / TICKS_PER_BEAT * 60.0 / tempo_bpm


def continued(
    audio: Audio,
    rows: Sequence[Performed],
    groove: Groove,
    *,
    duration_s: float,
    seed: int,
    begins_s: float = 0.0,
) -> Audio:
    """A performed take [N, 2] and what the groove makes of it for so many seconds more.

    begins_s: where in the take the audio begins. The groove comes in at the take's last bar line.

    Raises:
        ControlError: There is nothing in the take to go on from.
    """
    phrase, ends_s = opening_of(rows, groove.model)
    player = groove.player(seed=seed, options=PlayOptions(), prime=phrase)
    more = np.concatenate(list(blocks_of(player, duration_s)))
    start = max(0, round((ends_s - begins_s) * SAMPLE_RATE))
    whole = np.zeros((max(len(audio), start + len(more)), 2), np.float32)
    whole[: len(audio)] += audio
    whole[start : start + len(more)] += more
    return limited(whole)
