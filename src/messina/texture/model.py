"""A learnt texture: its manifest, how patches are encoded, and where its recordings went."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from messina.frames.layout import unpack_fine
from messina.rounding import on_grid
from messina.texture.drops import Drops
from messina.texture.fine import STRETCH, stretches
from messina.texture.latents import Basis
from messina.units import db_to_amplitude

__all__ = [
    "MOST_PATCHES",
    "SLOW_PATCHES",
    "TEXTURE_VERSION",
    "FastMotion",
    "NetworkShape",
    "RecordingRow",
    "TextureManifest",
    "TextureModel",
    "slow_part",
]

TEXTURE_VERSION: Final = 2

MOST_PATCHES: Final = 2_000_000
"""Of all recordings: 13 hours."""
_MOST_DROPS: Final = 1_000_000
_LARGEST_GAIN_DB: Final = 60.0

_Width: TypeAlias = Annotated[int, Meta(ge=1, le=2_048)]

FastMotion: TypeAlias = Literal["walk", "network"]
"""Who draws what is fast: resampled pieces of the corpus or, in older files, a network."""


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


class TextureManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything in a texture model but its arrays, as JSON holds it."""

    version: int
    latents: Annotated[int, Meta(ge=1, le=192)]
    recordings: Annotated[tuple[RecordingRow, ...], Meta(min_length=1, max_length=100_000)]
    fast: FastMotion = "walk"
    network: NetworkShape | None = None
    """Of older files, in which one may draw what is fast; none is learnt any more."""
    drops: Annotated[int, Meta(ge=0, le=_MOST_DROPS)] = 0
    """How many drops it holds (`messina.texture.drops`); older files: none."""
    drops_each: Annotated[float, Meta(gt=0.0, le=_MOST_DROPS)] = 1.0
    """How many that fell each of them stands for."""
    mono: bool = False
    """All recordings have one channel; older files do not say."""
    seed: int = 0
    minutes: float = 0.0
    steps: int = 0
    planned_steps: int = 0
    distances: dict[str, float] = {}
    """How a network was learnt and judged, in older files."""


Real = NDArray[np.float32]
Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]

SLOW_PATCHES = 43
"""Patches the slow level is a (Hann-weighted) mean over: 1 s."""


def slow_part(latents: NDArray[np.floating[Any]]) -> Floats:
    """Running mean of one recording's latents [T, D], shorter at the ends: the slow level."""
    reach, count = SLOW_PATCHES // 2, len(latents)
    window = on_grid(np.hanning(SLOW_PATCHES + 2)[1:-1])
    padded = np.pad(latents, ((reach, reach), (0, 0)))
    inside = np.pad(np.ones((count, 1)), ((reach, reach), (0, 0)))
    sums, weights = np.zeros(latents.shape), np.zeros((count, 1))
    for shift, share in enumerate(window):
        sums += share * padded[shift : shift + count]
        weights += share * inside[shift : shift + count]
    return on_grid(sums / weights)


@dataclass(frozen=True, kw_only=True, eq=False)
class TextureModel:
    """What is learnt of recordings of textures: their latents over time, and the basis of these."""

    manifest: TextureManifest
    basis: Basis
    latents: Real  # [P, D], all recordings one after the other
    fine: Codes  # [F, FINE_CELLS / 2], packed: of the stretches of all recordings in turn
    weights: dict[str, NDArray[Any]]  # of the network; empty without
    drops: Drops = field(default_factory=Drops.none)

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """First patch of each recording, and the end of the last [R + 1]."""
        counts = [row.patches for row in self.manifest.recordings]
        return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])

    @cached_property
    def _first_fine(self) -> NDArray[np.int64]:
        """Which is the first fine spectrum of each recording [R]."""
        counts = [stretches(row.patches) for row in self.manifest.recordings]
        return np.cumsum([0, *counts[:-1]])

    def fine_at(self, recording: int, patch: int) -> Codes:
        """The fine spectrum [FINE_CELLS] where a patch of a recording lies."""
        own = (patch - int(self.starts[recording])) // STRETCH
        return unpack_fine(self.fine[self._first_fine[recording] + own])

    @cached_property
    def slow(self) -> Floats:
        """The slow level of the latents [P, D]."""
        parts = zip(self.starts[:-1], self.starts[1:], strict=True)
        return np.concatenate([slow_part(self.latents[a:b]) for a, b in parts])

    @cached_property
    def fast(self) -> Floats:
        """The fast level of the latents [P, D]: what is left without the slow one."""
        return self.latents - self.slow

    @cached_property
    def gains(self) -> Real:
        """Loudness normalisation: gain of each recording [R], ln of amplitude."""
        gains_db = [row.gain_db for row in self.manifest.recordings]
        return np.asarray(np.log(db_to_amplitude(np.array(gains_db))), np.float32)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the recordings [R]."""
        return tuple(row.name for row in self.manifest.recordings)
