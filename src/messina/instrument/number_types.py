"""Bounds of numbers in a manifest: wider than any sound, narrow enough to play.

Files come from strangers. Each number of the manifest has one of these types, which msgspec holds
it to when it is read; the page's loader has the same table, written from these.
"""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

__all__ = [
    "Count",
    "DecayS",
    "Figure",
    "FrequencyHz",
    "LengthS",
    "LevelDb",
    "Minutes",
    "Note",
    "Seed",
    "Slope",
    "Velocity",
]

Count: TypeAlias = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Seed: TypeAlias = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Minutes: TypeAlias = Annotated[float, Meta(ge=0.0, le=1e7)]
Figure: TypeAlias = Annotated[float, Meta(ge=-1e6, le=1e6)]
"""To be shown, and nothing else."""
Note: TypeAlias = Annotated[float, Meta(ge=-24.0, le=151.0)]
"""Two octaves beyond what MIDI can name."""
Velocity: TypeAlias = Annotated[float, Meta(ge=0.0, le=127.0)]
LevelDb: TypeAlias = Annotated[float, Meta(ge=-250.0, le=60.0)]
FrequencyHz: TypeAlias = Annotated[float, Meta(ge=0.01, le=1e5)]
DecayS: TypeAlias = Annotated[float, Meta(ge=1e-6, le=1e4)]
LengthS: TypeAlias = Annotated[float, Meta(ge=0.0, le=1e6)]
Slope: TypeAlias = Annotated[float, Meta(ge=-100.0, le=100.0)]
"""And centres of logarithms."""
