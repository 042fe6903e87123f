"""What an instrument file says of itself, as JSON: strict structs, checked when read."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from messina.instrument.bounds import (
    Count,
    DecayS,
    Figure,
    FrequencyHz,
    LengthS,
    LevelDb,
    Minutes,
    Note,
    Seed,
    Velocity,
)
from messina.instrument.controls import ControlScale
from messina.instrument.network import NetworkConfig
from messina.instrument.responses import Response

__all__ = ["HistoryRow", "LeftOutRow", "Manifest", "Role", "SoundRow"]

Role: TypeAlias = Literal["learnt", "validation", "held out"]


class SoundRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sound of the corpus, without its audio."""

    name: str
    label: str
    note: Note | None
    velocity: Velocity | None
    loudness_db: LevelDb
    brightness_hz: FrequencyHz
    decay_s: DecayS
    length_s: LengthS
    role: Role
    digest: str
    error_db: Figure | None = None
    """Audible level error of the sound as the instrument keeps it; None: it was not measured."""
    movement_db: Figure | None = None
    """How far its levels are from a steady course over time (`learning.validation.movement`)."""


class LeftOutRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file that was not used, and why."""

    name: str
    reason: str


class HistoryRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The state of learning at one moment; errors are audible level errors in dB."""

    step: Count
    learnt_db: Figure
    validation_db: Figure | None


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything in an instrument but its arrays."""

    program: str
    """Version of the program that wrote it."""
    seed: Seed
    network: NetworkConfig
    scale: ControlScale
    responses: tuple[Response, ...]
    sounds: tuple[SoundRow, ...]
    left_out: tuple[LeftOutRow, ...]
    minutes: Minutes
    """Asked for, all runs together."""
    planned_steps: Count
    steps: Count
    """Steps of learning behind the weights in the file."""
    device: str
    history: tuple[HistoryRow, ...]
    previewed: tuple[Count, ...]
    """Indices of the sounds shown in the array `preview`."""
    fine_spectra: Count
    """How many fine spectra it keeps."""
    trajectory_rows: Count = 0
    """Rows of the trajectories of all sounds that move."""
    mono: bool = False
    """All sounds it was made from have one channel, so what it plays can be written as one."""
