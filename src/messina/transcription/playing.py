"""A performance played by an instrument: strokes by its performer, notes one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.instrument import Instrument
from messina.limiter import limited
from messina.sequences.performer import Performer, PerformerConfig
from messina.transcription.note_playing import LONGEST_HELD_S, play_notes, sustained_labels
from messina.transcription.performance import Performed, phrase_of
from messina.units import SAMPLE_RATE

__all__ = ["LONGEST_S", "play"]

Audio = NDArray[np.float32]
Progress = Callable[[float, float], None]
"""Told the seconds done and the seconds there are, about."""

LONGEST_S: Final = 600.0
"""Of a take, and of what is played from one but for its ringing."""
_TAIL_S: Final = 12.0
"""What the last strokes may ring."""
_STROKE_S: Final = 0.4
_BLOCK: Final = 8_192


def play(
    instrument: Instrument,
    rows: Sequence[Performed],
    *,
    seed: int = 0,
    wildness: float = 1.0,
    progress: Progress | None = None,
) -> Audio:
    """The rows as audio [N, 2], second 0 of the rows at sample 0; rows without a label are silent.

    Raises:
        ControlError: The instrument lacks a label.
        InstrumentError: What it makes is not finite: its weights are damaged.
    """
    sustained = sustained_labels(instrument)
    strokes = [
        # what would go on for ever is let go as soon as most strokes are over
        replace(row, length_s=_STROKE_S) if row.length_s is None and row.label in sustained else row
        for row in rows
        if row.label and row.note is None
    ]
    notes = [row for row in rows if row.label and row.note is not None]
    last_s = max((row.time_s for row in rows if row.label), default=0.0)
    parts = []
    if strokes:
        parts.append(
            np.concatenate(
                list(_struck(instrument, strokes, last_s, seed, wildness, progress))
                or [np.zeros((0, 2), np.float32)]
            )
        )
    if notes:
        parts.append(play_notes(instrument, notes, seed=seed, wildness=wildness, progress=progress))
    sound = np.zeros((max((len(part) for part in parts), default=0), 2), np.float32)
    for part in parts:
        sound[: len(part)] += part
    return limited(sound) if len(parts) > 1 else sound


def _struck(
    instrument: Instrument,
    strokes: Sequence[Performed],
    last_s: float,
    seed: int,
    wildness: float,
    progress: Progress | None,
) -> Iterator[Audio]:
    """The strokes' sound, block by block, until the last has rung out."""
    phrase, vocabulary = phrase_of(strokes)
    performer = Performer(
        instrument,
        phrase.events,
        vocabulary,
        seconds_at=lambda tick: tick * phrase.tick_s,
        seed=seed,
        # each stroke has its length: what was cut off ends, all else is longer than it rings
        config=PerformerConfig(wildness=wildness, ring=False),
    )
    let_go_s = max(row.time_s + min(row.length_s or 0.0, LONGEST_HELD_S) for row in strokes)
    ends_s = max(last_s, let_go_s) + _TAIL_S
    done = 0
    while not performer.over and done < ends_s * SAMPLE_RATE:
        block = performer.block(_BLOCK)
        done += len(block)
        if progress:
            progress(min(done / SAMPLE_RATE, last_s), max(last_s, 1.0))
        yield block
