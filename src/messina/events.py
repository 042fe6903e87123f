"""Symbolic events on a grid, in phrases: what recordings and MIDI files are transcribed to.

Between the recordings or MIDI files that are learnt, the model that learns, what it draws, and the
performer that plays it, nothing else passes: what sounds, how hard, when and for how long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

import msgspec

__all__ = ["FREE_TEMPO_BPM", "TICKS_PER_BEAT", "Event", "Phrase", "Voice"]

TICKS_PER_BEAT: Final = 24
"""Ticks a beat: semiquavers, triplets and their halves fall on whole ticks."""

FREE_TEMPO_BPM: Final = 150.0
"""Tempo that time without a grid is counted in: a tick is then 16.7 ms."""


class Voice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of a vocabulary: what an event can sound."""

    label: str
    """A label of the instrument that plays it, or a part of a score: melody, chords, bass …"""
    note: Annotated[int, msgspec.Meta(ge=0, le=127)] | None = None
    """MIDI note; None: the label's own pitch."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One hit or note."""

    tick: int
    """Grid position from the phrase's beginning, TICKS_PER_BEAT a beat."""
    voice: int
    """Index into the vocabulary (a tuple of Voice)."""
    velocity: float
    """1 … 127."""
    length_ticks: float
    """Until it is let go; a hit that rings out is as long as it rings."""
    late_s: float = 0.0
    """Micro-timing: seconds behind the grid, negative before it."""
    exemplar: int = -1
    """Which event of what was learnt it stands for, counted through all phrases; -1: none."""
    louder_db: float = 0.0
    """Played so much louder than its velocity says."""
    place: int = -1
    """Which note of a MIDI file it is, by its place there; -1: of none."""


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """One recording or MIDI file, as events in order of tick (then voice)."""

    name: str
    events: tuple[Event, ...]
    ticks: int
    """Its whole length: a loop of four bars of 4/4 has 4 * 4 * TICKS_PER_BEAT."""
    tempo_bpm: float
    beats_per_bar: int = 4
    metric: bool = True
    """Whether there is a grid; without one, ticks are plain time at FREE_TEMPO_BPM."""
    first_tick: int = 0
    """Where in its bar tick 0 lies."""
    context: tuple[int, ...] = ()
    """What underlies each beat from tick 0 on, a chord say, as a number from 0; -1: nothing."""

    @property
    def tick_s(self) -> float:
        """Seconds a tick."""
        return 60.0 / (self.tempo_bpm * TICKS_PER_BEAT)
