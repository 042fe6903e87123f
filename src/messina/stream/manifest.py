"""What the stream part of a file says of itself, as JSON: strict, checked when read."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

__all__ = [
    "MOST_PATCHES",
    "STREAM_VERSION",
    "FastMotion",
    "NetworkShape",
    "RecordingRow",
    "StreamManifest",
]

STREAM_VERSION: Final = 2

MOST_PATCHES: Final = 2_000_000
"""Of all recordings: 13 hours."""
_MOST_DROPS: Final = 1_000_000
_LARGEST_GAIN_DB: Final = 60.0

_Width: TypeAlias = Annotated[int, Meta(ge=1, le=2_048)]

FastMotion: TypeAlias = Literal["walk", "network"]
"""Who draws what is fast: resampled pieces of the corpus, or the recurrent network."""


class NetworkShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sizes of the recurrent network."""

    width: _Width = 160
    components: Annotated[int, Meta(ge=1, le=64)] = 6
    embedding: _Width = 8


class RecordingRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One recording of the corpus."""

    name: str
    digest: str
    length_s: float
    patches: Annotated[int, Meta(ge=1, le=MOST_PATCHES)]
    loudness_db: float
    """RMS of the whole, dB re full scale."""
    gain_db: Annotated[float, Meta(ge=-_LARGEST_GAIN_DB, le=_LARGEST_GAIN_DB)] = 0.0
    """Played so much louder, so that all recordings are about equally loud; older files: as is."""


class StreamManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything in a stream model but its arrays."""

    version: int
    seed: int
    minutes: float
    steps: int
    latents: Annotated[int, Meta(ge=1, le=192)]
    recordings: Annotated[tuple[RecordingRow, ...], Meta(min_length=1, max_length=100_000)]
    fast: FastMotion
    network: NetworkShape | None
    """None while no network was learnt."""
    distances: dict[str, float]
    """How far what each motion draws is from the corpus (see learning), the least was chosen."""
    planned_steps: int = 0
    """Steps of the network's learning that were planned; older files do not say."""
    drops: Annotated[int, Meta(ge=0, le=_MOST_DROPS)] = 0
    """How many drops are told (`messina.stream.drops`); older files: none."""
    drops_each: Annotated[float, Meta(gt=0.0, le=_MOST_DROPS)] = 1.0
    """How many that fell each of them stands for."""
    mono: bool = False
    """All recordings have one channel; older files do not say."""
