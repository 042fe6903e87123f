"""Patches of frames as a few whitened numbers, and what of a frame those leave out.

The directions are the principal components of all patches of the corpus, frames weighted by how
much their numbers are heard. What they leave out is not silence: the fluctuation of each oscillator
that no latent tells is drawn anew, as strong and as fast as it was measured, and how much the noise
fluctuates by itself is measured as evenness for the synthesis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.stream.layout import FRAME_SIZE, NOISE, OFFSETS, PARTIALS, PATCH, STEREO

__all__ = ["LATENTS", "Basis", "Texture", "measure_basis", "measure_texture"]

Real = NDArray[np.float32]

LATENTS: Final = 48
"""Numbers a patch is told in."""

_WEIGHTS = ((PARTIALS, 0.6), (NOISE, 0.8), (STEREO, 1.0))
_OFFSET_WEIGHT = 3.0
_LEAST_SPREAD = 0.02  # of a latent, over the strongest one's: whitening must not blow up nothing
_MOST_PATCHES = 20_000
_WHITE_SPREAD = np.repeat([0.640, 0.457, 0.337], [128, 64, 64])
"""Standard deviation of the ln level of white noise in groups of 1, 2 and 4 bins."""
_EVEN_SHARE = 0.62
"""Of that, what noise of even magnitude still has."""


@dataclass(frozen=True, kw_only=True)
class Basis:
    """Patches to latents and back: `mean` and `scale` [FRAME_SIZE], `directions`

    [D, PATCH * FRAME_SIZE] over scaled frames, `spread` [D].
    """

    mean: Real
    scale: Real
    directions: Real
    spread: Real

    def encode(self, frames: Real) -> Real:
        """Frames [T, FRAME_SIZE] to latents [T // PATCH, D]; frames that fill no patch are left."""
        patches = _patches((frames - self.mean) * self.scale)
        return np.asarray(patches @ self.directions.T / self.spread, np.float32)

    def decode(self, latents: Real) -> Real:
        """Latents [T, D] to frames [T * PATCH, FRAME_SIZE]."""
        rows = (latents * self.spread) @ self.directions
        return np.asarray(rows.reshape(-1, FRAME_SIZE) / self.scale + self.mean, np.float32)


@dataclass(frozen=True, kw_only=True)
class Texture:
    """What latents leave out of one recording."""

    spread: Real
    """[BANDS] standard deviation of the oscillators' levels around what latents say, ln."""
    memory: Real
    """[BANDS] correlation of that from frame to frame."""
    evenness: Real
    """[GROUPS] fluctuation of the noise: 1 white noise's own, 0 the least."""


def _patches(rows: Real) -> Real:
    count = len(rows) // PATCH
    return rows[: count * PATCH].reshape(count, -1)


def measure_basis(recordings: Sequence[Real], *, size: int = LATENTS) -> Basis:
    """The basis for these recordings' frames, each [T, FRAME_SIZE]."""
    joined = np.concatenate(recordings)
    heard = np.exp(2 * (joined[:, PARTIALS] - joined[:, PARTIALS].max()))
    mean = joined.mean(axis=0, dtype=np.float64).astype(np.float32)
    mean[OFFSETS] = (heard * joined[:, OFFSETS]).sum(axis=0) / heard.sum(axis=0)
    scale = np.empty(FRAME_SIZE, np.float32)
    for part, weight in _WEIGHTS:
        scale[part] = weight
    loud = joined[:, PARTIALS].max(axis=0) - joined[:, PARTIALS].max()  # ln under the loudest
    scale[OFFSETS] = _OFFSET_WEIGHT * np.clip(1 + loud / np.float32(np.log(1e3)), 0.05, 1.0)
    shifts = np.concatenate(
        [
            _patches((frames[shift:] - mean) * scale)
            for frames in recordings
            for shift in range(0, PATCH, 2)
        ]
    )
    shifts = shifts[:: -(-len(shifts) // _MOST_PATCHES)]
    values, vectors = np.linalg.eigh(shifts.T @ shifts / len(shifts))
    size = min(size, len(shifts) - 1)
    strength = np.sqrt(np.maximum(values[::-1][:size], 0.0))
    return Basis(
        mean=mean,
        scale=scale,
        directions=np.ascontiguousarray(vectors[:, ::-1][:, :size].T, np.float32),
        spread=np.maximum(strength, _LEAST_SPREAD * strength[0]).astype(np.float32),
    )


def measure_texture(frames: Real, basis: Basis) -> Texture:
    """What the basis leaves out of a recording's frames [T, FRAME_SIZE]."""
    told = basis.decode(basis.encode(frames))
    rest = frames[: len(told)] - told
    partials = rest[:, PARTIALS] - rest[:, PARTIALS].mean(axis=0)
    variance = np.mean(partials**2, axis=0)
    shared = np.mean(partials[1:] * partials[:-1], axis=0)
    memory = np.clip(shared / np.maximum(variance, 1e-9), 0.0, 0.98)
    ratio = rest[:, NOISE].std(axis=0) / _WHITE_SPREAD
    return Texture(
        spread=np.sqrt(variance).astype(np.float32),
        memory=memory.astype(np.float32),
        evenness=_smoothed(np.clip((ratio - _EVEN_SHARE) / (1 - _EVEN_SHARE), 0.0, 1.0)),
    )


def _smoothed(values: NDArray[np.floating]) -> Real:
    """Over 9 neighbouring groups [GROUPS]."""
    padded = np.pad(values, 4, mode="edge")
    return np.convolve(padded, np.full(9, 1 / 9), mode="valid").astype(np.float32)
