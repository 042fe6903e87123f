"""Which way of drawing the fast level plays more like the corpus: measured, not believed.

Points are windows of a second of decoded frames, levels in dB of BANDS bands: of each the mean
level / 10, its standard deviation / 5 and its mean change from frame to frame. The kernel distance
between what is drawn and the corpus as the latents tell it decides.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from messina.evaluation.distribution import kernel_distance
from messina.stream.layout import EDGES_HZ, NOISE, PARTIALS, group_centres_hz
from messina.stream.manifest import FastMotion
from messina.stream.model import StreamModel
from messina.stream.noise import GROUPS
from messina.stream.player import StreamPlayer

__all__ = ["DRAWN", "latent_distance", "with_fast"]

Real = NDArray[np.float32]

BANDS: Final = 24

DRAWN: Final = 4_096
"""Patches that are judged: 95 s."""

_WINDOW = 172
_HOP = 43
_FLOOR = 1e-7
_PORTION = 1_024


def with_fast(model: StreamModel, fast: FastMotion) -> StreamModel:
    """The same model, with this way of drawing the fast level."""
    manifest = msgspec.structs.replace(model.manifest, fast=fast)
    return replace(model, manifest=manifest)


def latent_distance(model: StreamModel, *, seed: int) -> float:
    """Kernel distance of what a model draws from its corpus."""
    drawn = StreamPlayer(model, seed=seed).latents(DRAWN)
    parts = zip(model.starts[:-1], model.starts[1:], strict=True)
    real = np.concatenate([_points(model, model.latents[a:b]) for a, b in parts])
    return kernel_distance(real, _points(model, drawn))


def _edges(frequencies_hz: NDArray[np.float64]) -> NDArray[np.int64]:
    """Where each band begins among rising frequencies, no band empty."""
    wanted = np.searchsorted(frequencies_hz, np.geomspace(60.0, 16_000.0, BANDS))
    return np.minimum(np.maximum.accumulate(wanted), len(frequencies_hz) - 1)


_PARTIAL_STARTS = _edges(EDGES_HZ[:-1])
_NOISE_STARTS = _edges(group_centres_hz())


def _levels(model: StreamModel, latents: Real) -> Real:
    """Level [T, BANDS] in dB of the frames that latents tell."""
    parts = []
    for start in range(0, len(latents), _PORTION):
        before = latents[max(start - 1, 0)]
        frames = model.basis.decode(latents[start : start + _PORTION], before)
        partials = np.add.reduceat(np.exp(2 * frames[:, PARTIALS]) / 2, _PARTIAL_STARTS, axis=1)
        noise = np.add.reduceat(np.exp(2 * frames[:, NOISE]) / GROUPS, _NOISE_STARTS, axis=1)
        parts.append(10 * np.log10(partials + noise + _FLOOR))
    return np.concatenate(parts).astype(np.float32)


def _points(model: StreamModel, latents: Real) -> Real:
    """[n, 3 * BANDS]; what is shorter than a window is one point."""
    levels = _levels(model, latents)
    change = np.abs(np.diff(levels, axis=0))
    starts = range(0, max(1, len(levels) - _WINDOW + 1), _HOP)
    rows = [
        np.concatenate(
            [
                levels[start : start + _WINDOW].mean(axis=0) / 10,
                levels[start : start + _WINDOW].std(axis=0) / 5,
                change[start : start + _WINDOW].mean(axis=0),
            ]
        )
        for start in starts
    ]
    return np.stack(rows)
