"""An instrument nobody learnt, for comparing what two programs make of it.

Its weights are random, so that every part of a frame is at work at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import BANDS, BODY_SIZE, FINE_CELLS, FLAT_FINE, ONSET_SLICES, pack_fine
from messina.instrument import Instrument
from messina.instrument.controls import Controls, ControlScale
from messina.instrument.embedding import derived_arrays
from messina.instrument.file import array_shapes
from messina.instrument.manifest import Manifest, SoundRow
from messina.instrument.network import NetworkConfig
from messina.instrument.responses import fit_responses
from messina.instrument.trajectories import no_trajectories

SMALL = NetworkConfig(
    labels=2,
    points=44,
    latent=6,
    embedding=3,
    body_components=5,
    onset_components=6,
    encoder=(16, 12),
    code=20,
    width=28,
    layers=2,
)


def make_random_instrument(
    *, seed: int, width: float, glide_semitones: float, config: NetworkConfig = SMALL
) -> Instrument:
    """Labels "drum" and "bell" (notes 48 … 62), 8 sounds each."""
    controls = [_controls(i) for i in range(16)]
    names = ["drum"] * 8 + ["bell"] * 8
    velocities: list[float | None] = [None] * 8 + [15.0 * (i + 1) for i in range(8)]
    sounds = tuple(
        SoundRow(
            name=f"{names[i]}_{i}.wav",
            label=names[i],
            note=c.note,
            velocity=velocities[i],
            loudness_db=c.loudness_db,
            brightness_hz=c.brightness_hz,
            decay_s=c.decay_s,
            length_s=0.4,
            role="held out" if i == 3 else "learnt",
            digest=f"{i:032x}",
        )
        for i, c in enumerate(controls)
    )
    manifest = Manifest(
        program="0.1.0",
        seed=seed,
        network=config,
        scale=ControlScale.of(controls),
        responses=fit_responses(["drum", "bell"], np.repeat([0, 1], 8), controls, velocities),
        sounds=sounds,
        left_out=(),
        minutes=0.0,
        planned_steps=0,
        steps=0,
        device="none",
        history=(),
        previewed=(),
        fine_spectra=7,
    )
    rng = np.random.default_rng(seed)
    return Instrument(manifest, _arrays(manifest, rng, width, glide_semitones))


def _controls(i: int) -> Controls:
    place = i % 8
    return Controls(
        note=None if i < 8 else 48.0 + 2 * place,
        loudness_db=-30.0 + 2 * place,
        brightness_hz=400.0 * 1.1**place,
        decay_s=0.2 * 1.05**place,
    )


def _arrays(
    manifest: Manifest, rng: np.random.Generator, width: float, glide_semitones: float
) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    for name, (shape, kind) in array_shapes(manifest).items():
        fan_in = shape[-1] if len(shape) > 1 else 1
        arrays[name] = (rng.standard_normal(shape) / np.sqrt(fan_in)).astype(kind)
    codes = rng.integers(
        FLAT_FINE - 8, FLAT_FINE + 4, (manifest.fine_spectra, FINE_CELLS), np.uint8
    )
    arrays["fine"] = pack_fine(codes)
    arrays["fine_of"] = rng.integers(0, len(codes), arrays["fine_of"].shape, np.uint8)
    arrays["level.weight"] = (0.25 * arrays["level.weight"]).astype(np.float16)
    arrays["film.weight"] = (0.3 * arrays["film.weight"]).astype(np.float16)
    arrays["body_mean"] = rng.uniform(-8.0, -3.0, BODY_SIZE).astype(np.float32)
    arrays["body_mean"][40:BANDS] = -12.0  # some oscillators stay silent
    arrays["spread.bias"] = np.full(BODY_SIZE, -1.0, np.float16)
    onset = np.zeros_like(arrays["onset_mean"])
    onset[ONSET_SLICES["phases"]] = rng.standard_normal(2 * BANDS)
    onset[ONSET_SLICES["glide"]] = [glide_semitones, np.log(0.04)]
    onset[ONSET_SLICES["partial_attack"]] = rng.uniform(-1.0, 0.5, 17)
    onset[ONSET_SLICES["noise_attack"]] = rng.uniform(-2.0, 1.0, 24 * 24)
    onset[ONSET_SLICES["stereo"]] = width * np.array([0.3, -0.2, 0.1, 0.0, 0.4, 0.6, 0.8, 1.0])
    arrays["onset_mean"] = onset
    arrays["onset_scale"] = np.full_like(onset, 0.2)
    fixed = ONSET_SLICES["stereo"] if width == 0 else slice(0, 0)
    arrays["onset_scale"][fixed] = 1e-6  # as good as fixed
    if glide_semitones == 0:
        arrays["onset_scale"][ONSET_SLICES["glide"]] = 1e-6
    arrays |= no_trajectories(len(arrays["latent_means"]))
    return arrays | derived_arrays(manifest, arrays)
