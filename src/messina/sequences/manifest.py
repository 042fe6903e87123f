"""What an event model says of itself, as JSON: strict structs, checked when read."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from messina.events import Voice
from messina.sequences.network import NetworkSizes

__all__ = ["EVENTS_AT_MOST", "EventsManifest", "Scale", "Style"]

EVENTS_AT_MOST: Final = 400_000
"""Events of the corpus a file holds."""

Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Tempo = Annotated[float, msgspec.Meta(ge=10.0, le=1_000.0)]


class Style(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One phrase that was learnt, without its events."""

    name: str
    tempo_bpm: Tempo
    beats_per_bar: Annotated[int, msgspec.Meta(ge=1, le=32)]
    metric: bool
    ticks: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
    first_tick: Annotated[int, msgspec.Meta(ge=-(2**20), le=2**20)]
    events: Count
    """How many of its events the file holds."""


class Scale(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What makes touch of the order of one; see `network`."""

    late_scale_s: Annotated[float, msgspec.Meta(gt=0.0, le=0.25)]
    length_mean: Annotated[float, msgspec.Meta(ge=-20.0, le=20.0)]
    length_scale: Annotated[float, msgspec.Meta(gt=0.0, le=20.0)]


class EventsManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything in an event model but its arrays."""

    seed: int
    minutes: float
    """Asked for."""
    planned_steps: Count
    steps: Count
    """Steps of learning behind the weights."""
    held_out_nats: float | None
    """Of step and voice, per event, in bars kept aside; None: too little to keep any."""
    network: NetworkSizes
    scale: Scale
    vocabulary: tuple[Voice, ...]
    styles: tuple[Style, ...]
    steps_ticks: tuple[Annotated[int, msgspec.Meta(ge=0, le=2**20)], ...]
    """Ticks between events, ascending."""
    spans_beats: tuple[Annotated[int, msgspec.Meta(ge=1, le=2**20)], ...] = ()
    """Beats that contexts last, ascending."""
    most_together: Annotated[int, msgspec.Meta(ge=1, le=4_096)]
    """Most events at one tick."""
