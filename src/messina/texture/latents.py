"""Patches of frames as whitened principal components, and back.

A patch is WINDOW frames under a sine window, each PATCH frames after the last, so that two overlap
everywhere and coarse patches still join smoothly: with w the window, Σ w² over all patches
that cover a frame is 1, and a frame is Σ w (w frame).

The directions are the principal components of all patches of the corpus, frames weighted by how
much their numbers are heard.
Ref: Halko, Martinsson & Tropp (2011), algorithm 4.4 (randomised subspace iteration).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.texture.layout import FRAME_SIZE, NOISE, OFFSETS, PARTIALS, PATCH, STEREO

__all__ = ["LATENTS", "WINDOW", "Basis", "measure_basis"]

Real = NDArray[np.float32]

LATENTS: Final = 48
"""Numbers a patch is encoded in."""

WINDOW: Final = 2 * PATCH
"""Frames in a patch."""

_WEIGHTS = ((PARTIALS, 1.0), (NOISE, 0.5), (STEREO, 1.0))
_OFFSET_WEIGHT = 3.0
_LEAST_SPREAD = 0.02  # of a latent, over the strongest one's: whitening must not blow up nothing
_MOST_PATCHES = 20_000
_PORTION = 1_024 * PATCH  # frames at a time: memory stays small on long recordings
_EXTRA, _ITERATIONS = 16, 3  # of the subspace iteration
_SINE = np.sin(np.pi * (np.arange(WINDOW) + 0.5) / WINDOW).astype(np.float32)[:, None]


@dataclass(frozen=True, kw_only=True)
class Basis:
    """Whitened principal components of patches of frames.

    `mean` and `scale` [FRAME_SIZE], `directions` [D, WINDOW * FRAME_SIZE] over scaled frames,
    `spread` [D].
    """

    mean: Real
    scale: Real
    directions: Real
    spread: Real

    def encode(self, frames: Real) -> Real:
        """Frames [T, FRAME_SIZE] to latents [T // PATCH, D]; patch i begins at frame PATCH * i."""
        last = len(frames) // PATCH * PATCH
        parts = [
            _patches((frames[start : start + _PORTION + PATCH] - self.mean) * self.scale)[
                : min(_PORTION, last - start) // PATCH
            ]
            @ self.directions.T
            for start in range(0, last, _PORTION)
        ]
        return np.asarray(np.concatenate(parts) / self.spread, np.float32)

    def decode(self, latents: Real, before: Real) -> Real:
        """Latents [T, D] to frames [T * PATCH, FRAME_SIZE], given the latent before them [D]."""
        joined = np.concatenate([before[None], latents]) * self.spread
        patches = (joined @ self.directions).reshape(-1, WINDOW, FRAME_SIZE) * _SINE
        rows = patches[:-1, PATCH:] + patches[1:, :PATCH]
        return np.asarray(rows.reshape(-1, FRAME_SIZE) / self.scale + self.mean, np.float32)


def _patches(rows: Real) -> Real:
    """Windowed patches [T // PATCH, WINDOW * FRAME_SIZE]; the last row is held after the end."""
    count = len(rows) // PATCH
    held = np.concatenate([rows[: count * PATCH], np.repeat(rows[-1:], PATCH, axis=0)])
    blocks = held.reshape(count + 1, PATCH, -1)
    return (np.concatenate([blocks[:-1], blocks[1:]], axis=1) * _SINE).reshape(count, -1)


def measure_basis(recordings: Sequence[Real], *, size: int = LATENTS) -> Basis:
    """Principal components of the patches of recordings, each [T, FRAME_SIZE], `size` of them.

    Ref: Halko, Martinsson & Tropp (2011), randomised subspace iteration.
    """
    joined = np.concatenate(recordings)
    heard = np.exp(2 * (joined[:, PARTIALS] - joined[:, PARTIALS].max()))
    mean = joined.mean(axis=0, dtype=np.float64).astype(np.float32)
    mean[OFFSETS] = (heard * joined[:, OFFSETS]).sum(axis=0) / heard.sum(axis=0)
    scale = np.empty(FRAME_SIZE, np.float32)
    for part, weight in _WEIGHTS:
        scale[part] = weight
    loud = joined[:, PARTIALS].max(axis=0) - joined[:, PARTIALS].max()  # ln under the loudest
    scale[OFFSETS] = _OFFSET_WEIGHT * np.clip(1 + loud / np.float32(np.log(1e3)), 0.05, 1.0)
    step = -(-len(joined) // (PATCH * _MOST_PATCHES))
    patches = np.concatenate(
        [
            _patches((frames[start : start + _PORTION] - mean) * scale)[::step]
            for frames in recordings
            for start in range(0, len(frames), _PORTION)
            if len(frames) - start >= PATCH
        ]
    )
    directions, strength = _principal(patches, min(size, len(patches) - 1))
    return Basis(
        mean=mean,
        scale=scale,
        directions=directions,
        spread=np.maximum(strength, _LEAST_SPREAD * strength[0]).astype(np.float32),
    )


def _principal(rows: Real, size: int) -> tuple[Real, Real]:
    """The strongest `size` directions of rows [n, D], about 0, and the strength of each."""
    rng = np.random.default_rng(0)
    start = rng.standard_normal((len(rows), size + _EXTRA)).astype(np.float32)
    span = np.linalg.qr(rows.T @ start)[0]
    for _ in range(_ITERATIONS):
        span = np.linalg.qr(rows.T @ (rows @ span))[0]
    _, strength, turn = np.linalg.svd(rows @ span, full_matrices=False)
    directions = np.ascontiguousarray((turn @ span.T)[:size], np.float32)
    return directions, (strength[:size] / np.sqrt(len(rows))).astype(np.float32)
