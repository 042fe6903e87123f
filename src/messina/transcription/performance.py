"""What was played in a take and how hard, as it is to be played again: one row a stroke or note."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from messina.errors import ControlError
from messina.events import TICKS_PER_BEAT, Event, Phrase, Voice
from messina.instrument.responses import VELOCITIES, Response
from messina.sequences.midi_writing import Move
from messina.text import did_you_mean

__all__ = [
    "STEP_S",
    "Performed",
    "bar_line_s",
    "checked_labels",
    "in_time",
    "moves_of",
    "phrase_of",
    "tempo_of",
    "velocity_of",
]

STEP_S: Final = 0.02
"""Between two values of a bend, and of a level curve."""
_DEFAULT_BPM: Final = 120.0
_RINGS_S: Final = 30.0
"""Length of what rings out: longer than anything sounds."""


@dataclass(frozen=True, kw_only=True)
class Performed:
    """One note or hit of a transcribed take, as an instrument is to play it."""

    time_s: float
    """When it begins in the take."""
    label: str
    """What plays it; nothing: it is left out."""
    velocity: float
    kind: str = ""
    """Of strokes, which sounds of the take are alike."""
    note: float | None = None
    """Of notes, the pitch; None for strokes."""
    length_s: float | None = None
    """Until it is let go or cut off; None: it rings out."""
    beat: float | None = None
    """Where the grid has it, in beats from the bar line before the first; None: no grid."""
    grid_s: float | None = None
    """The same in seconds of the take."""
    bend_cents: tuple[float, ...] = ()
    """Of notes, how far the pitch is from the note, every STEP_S."""
    level_db: tuple[float, ...] = ()
    """Of notes, how much softer than their loudest they are, every STEP_S."""


def checked_labels(rows: Sequence[Performed], labels: Sequence[str]) -> None:
    """Raises ControlError for a label that the instrument does not have."""
    for row in rows:
        if row.label and row.label not in labels:
            guess = did_you_mean(row.label, labels)
            raise ControlError(
                f"there is no label '{row.label}'; {guess}there are {', '.join(labels)}"
            )


def in_time(rows: Sequence[Performed], quantize: float) -> tuple[list[Performed], float]:
    """Quantises rows to the grid, 0 not at all … 1 fully; also where in the take they begin.

    As soon as anything is moved the beginning is a bar line, else it is the take's.

    Raises:
        ControlError: There is no grid to quantise to.
    """
    if quantize == 0:
        return list(rows), 0.0
    if not any(row.grid_s is not None for row in rows):
        raise ControlError(
            "the take keeps to no beat that could be found, so there is no grid to bring it to; "
            "leave out `quantize`, or play along with a beat"
        )
    start_s = bar_line_s(rows)
    moved = []
    for row in rows:
        aim_s = row.time_s if row.grid_s is None else row.grid_s
        at = row.time_s + quantize * (aim_s - row.time_s) - start_s
        moved.append(replace(row, time_s=max(at, 0.0)))
    return sorted(moved, key=lambda row: row.time_s), start_s


def _line(rows: Sequence[Performed]) -> tuple[float, float] | None:
    """Seconds a beat, and when beat 0 is, by least squares; None without a grid."""
    placed = [(r.beat, r.grid_s) for r in rows if r.beat is not None and r.grid_s is not None]
    if len({beat for beat, _ in placed}) < 2:
        return None
    beats, seconds = np.array(placed).T
    slope, start = np.polyfit(beats, seconds, 1)
    return (float(slope), float(start)) if slope > 0 else None


def bar_line_s(rows: Sequence[Performed]) -> float:
    """Time in s of the take's bar line that beats are counted from; rows have a grid."""
    first = min((r for r in rows if r.grid_s is not None), key=lambda r: r.grid_s or 0.0)
    line = _line(rows)
    if line is None or first.grid_s is None or first.beat is None:
        return 0.0
    return first.grid_s - first.beat * line[0]


def tempo_of(rows: Sequence[Performed]) -> float | None:
    """Beats a minute by the grid; None without one."""
    line = _line(rows)
    return None if line is None else 60.0 / line[0]


def phrase_of(rows: Sequence[Performed], *, name: str = "") -> tuple[Phrase, tuple[Voice, ...]]:
    """The rows as a phrase whose tick 0 is second 0, and what its events index.

    Every event is where its row is, whatever the tempo: what ticks lack is micro-timing.
    """
    played = sorted((row for row in rows if row.label), key=lambda row: row.time_s)
    keys = list(dict.fromkeys((row.label, _key_of(row)) for row in played))
    vocabulary = tuple(Voice(label=label, note=note) for label, note in keys)
    tempo_bpm = tempo_of(rows) or _DEFAULT_BPM
    tick_s = 60.0 / (tempo_bpm * TICKS_PER_BEAT)
    events = []
    for row in played:
        tick = int(row.time_s / tick_s)
        length_s = _RINGS_S if row.length_s is None else row.length_s
        events.append(
            Event(
                tick=tick,
                voice=keys.index((row.label, _key_of(row))),
                velocity=row.velocity,
                length_ticks=max(length_s / tick_s, 0.25),
                late_s=row.time_s - tick * tick_s,
            )
        )
    bar = 4 * TICKS_PER_BEAT
    last = max((event.tick for event in events), default=0)
    return (
        Phrase(
            name=name,
            events=tuple(events),
            ticks=(last // bar + 1) * bar,
            tempo_bpm=tempo_bpm,
            metric=tempo_of(rows) is not None,
        ),
        vocabulary,
    )


def moves_of(rows: Sequence[Performed]) -> list[Move]:
    """Pitch bends and levels of the notes, one after the other, for a MIDI file."""
    moves = []
    for row in rows:
        if row.note is None or not row.label:
            continue
        count = max(len(row.bend_cents), len(row.level_db), 1)
        # the attack is the instrument's own: what is softer there is how a voice begins
        levels = [0.0, *row.level_db[1:]] if row.level_db else [0.0]
        bends = row.bend_cents or (0.0,)
        for step in range(count):
            moves.append(
                Move(
                    time_s=row.time_s + step * STEP_S,
                    semitones=bends[min(step, len(bends) - 1)] / 100.0,
                    level_db=min(levels[min(step, len(levels) - 1)], 0.0),
                )
            )
    return moves


def _key_of(row: Performed) -> int | None:
    return None if row.note is None else int(np.clip(round(row.note), 0, 127))


LOUDEST: Final = 112.0
"""Of loud strokes and notes: there is room above, as a player leaves it."""
LEAST_DB: Final = 0.2
"""For each velocity: half of what makes loops' velocities out of their levels."""


def velocity_of(loudness_db: float, loud_db: float, response: Response) -> float:
    """Velocity for a sound by how far it is below the loud ones of its kind in a take.

    By the label's own curve of loudness: dB of the take are dB of the instrument, as far as it has
    them. One that is hardly softer at any velocity is not struck with 1 for a few dB less.

    Args:
        loudness_db: Of the sound.
        loud_db: Of the loud ones of its kind.
        response: The label's.
    """
    rises = np.maximum(np.diff(response.played_db), LEAST_DB * np.diff(VELOCITIES))
    curve = np.concatenate([[0.0], np.cumsum(rises)])
    wanted = float(np.interp(LOUDEST, VELOCITIES, curve)) + loudness_db - loud_db
    return round(float(np.interp(wanted, curve, VELOCITIES)), 1)
