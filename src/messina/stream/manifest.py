"""What the stream part of a file says of itself, as JSON: strict, checked when read."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

__all__ = ["STREAM_VERSION", "FastMotion", "NetworkShape", "RecordingRow", "StreamManifest"]

STREAM_VERSION: Final = 1

FastMotion: TypeAlias = Literal["walk", "network"]
"""Who draws what is fast: resampled pieces of the corpus, or the recurrent network."""


class NetworkShape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sizes of the recurrent network."""

    width: int = 160
    components: int = 6
    embedding: int = 8


class RecordingRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One recording of the corpus."""

    name: str
    digest: str
    length_s: float
    patches: int
    loudness_db: float
    """RMS of the whole, dB re full scale."""
    gain_db: float = 0.0
    """Played so much louder, so that all recordings are about equally loud; older files: as is."""


class StreamManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything in a stream model but its arrays."""

    version: int
    seed: int
    minutes: float
    steps: int
    latents: int
    recordings: tuple[RecordingRow, ...]
    fast: FastMotion
    network: NetworkShape | None
    """None while no network was learnt."""
    distances: dict[str, float]
    """How far what each motion draws is from the corpus (see learning), the least was chosen."""
    planned_steps: int = 0
    """Steps of the network's learning that were planned; older files do not say."""
    drops: int = 0
    """How many drops are told (`messina.stream.drops`); older files: none."""
    drops_each: float = 1.0
    """How many that fell each of them stands for."""
    mono: bool = False
    """All recordings have one channel; older files do not say."""
