"""A texture of random numbers: two recordings, and a network that knows nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import FINE_CELLS, MOST_FINE, pack_fine
from messina.instrument.container import write_parts
from messina.sequences.sequence import TEXTURE
from messina.texture import TextureModel, texture_from, texture_part
from messina.texture.fast import network_shapes
from messina.texture.fine import stretches
from messina.texture.latents import WINDOW, Basis
from messina.texture.layout import BANDS, FRAME_SIZE, GROUPS, NOISE, OFFSETS, PARTIALS, STEREO
from messina.texture.model import TEXTURE_VERSION, NetworkShape, RecordingRow, TextureManifest

LATENTS = 12
PATCHES = (420, 260)
NAMES = ("surf.wav", "engine.wav")


def make_texture(*, network: bool = False, seed: int = 0) -> TextureModel:
    rng = np.random.default_rng(seed)
    shape = NetworkShape(width=24, components=3, embedding=4) if network else None
    manifest = TextureManifest(
        version=TEXTURE_VERSION,
        latents=LATENTS,
        recordings=tuple(
            RecordingRow(
                name=name,
                digest=name,
                length_s=0.0232 * patches,
                patches=patches,
                loudness_db=-20.0,
            )
            for name, patches in zip(NAMES, PATCHES, strict=True)
        ),
        fast="network" if network else "walk",
        network=shape,
    )
    mean, scale = np.zeros(FRAME_SIZE, np.float32), np.ones(FRAME_SIZE, np.float32)
    mean[PARTIALS] = np.linspace(-4, -9, BANDS)
    mean[NOISE] = np.linspace(-5, -8, GROUPS)
    mean[STEREO] = [0.1, -0.1, 0.2, 0.0, 0.5, 0.3, 0.6, 0.4]
    scale[OFFSETS] = 3.0
    directions = rng.standard_normal((LATENTS, WINDOW * FRAME_SIZE)) / np.sqrt(LATENTS)
    weights: dict[str, NDArray[Any]] = {}
    if shape is not None:
        sizes = network_shapes(shape, latents=LATENTS, recordings=len(NAMES))
        weights = {
            name: (0.3 * rng.standard_normal(size)).astype(np.float32)
            for name, size in sizes.items()
        }
        weights["fast_scale"] = np.ones(LATENTS, np.float32)
    model = TextureModel(
        manifest=manifest,
        basis=Basis(
            mean=mean,
            scale=scale,
            directions=directions.astype(np.float32),
            spread=np.linspace(1.0, 0.2, LATENTS, dtype=np.float32),
        ),
        fine=pack_fine(
            rng.integers(0, MOST_FINE + 1, (sum(map(stretches, PATCHES)), FINE_CELLS), np.uint8)
        ),
        latents=np.concatenate([_wandering(rng, patches) for patches in PATCHES]),
        weights=weights,
    )
    return texture_from(texture_part(model))  # as it is once it was in a file


def _wandering(rng: np.random.Generator, patches: int) -> NDArray[np.float32]:
    """Latents [T, D] that move slowly and tremble."""
    time = np.arange(patches)[:, None] / 43.0
    turns = rng.uniform(0.05, 0.6, LATENTS) * time + rng.uniform(0, 1, LATENTS)
    slow = np.sin(2 * np.pi * turns)
    return (slow + 0.4 * rng.standard_normal((patches, LATENTS))).astype(np.float32)


def save_texture(path: Path, model: TextureModel) -> None:
    write_parts(path, {TEXTURE: texture_part(model)})
