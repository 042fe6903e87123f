"""An instrument nobody learnt: random weights, two labels, one of them pitched."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from messina.frames.layout import BODY_FLOOR, BODY_SIZE
from messina.instrument import Instrument
from messina.instrument.controls import Controls, ControlScale
from messina.instrument.embedding import derived_arrays
from messina.instrument.file import array_shapes
from messina.instrument.manifest import HistoryRow, LeftOutRow, Manifest, SoundRow
from messina.instrument.network import NetworkConfig
from messina.instrument.responses import fit_responses
from messina.instrument.trajectories import no_trajectories

SMALL = NetworkConfig(
    labels=2,
    points=40,
    latent=6,
    embedding=3,
    body_components=5,
    onset_components=4,
    encoder=(16, 12),
    code=12,
    width=16,
    layers=2,
)


def controls_of_a_sound(i: int) -> Controls:
    """Eight drums, then eight notes from 48 up, from soft to loud; no peak reaches full scale."""
    place = i % 8
    return Controls(
        note=None if i < 8 else 48.0 + 2 * place,
        loudness_db=-40.0 + 3 * place,
        brightness_hz=400.0 * 1.1**place,
        decay_s=0.2 * 1.05**place,
    )


def make_manifest() -> Manifest:
    controls = [controls_of_a_sound(i) for i in range(16)]
    velocities: list[float | None] = [None] * 8 + [15.0 * (i + 1) for i in range(8)]
    sounds = tuple(
        SoundRow(
            name=f"{'drum' if i < 8 else 'bell'}_{i}.wav",
            label="drum" if i < 8 else "bell",
            note=c.note,
            velocity=velocities[i],
            loudness_db=c.loudness_db,
            brightness_hz=c.brightness_hz,
            decay_s=c.decay_s,
            length_s=0.4,
            role="held out" if i in {3, 11} else "validation" if i == 5 else "learnt",
            digest=f"{i:032x}",
        )
        for i, c in enumerate(controls)
    )
    return Manifest(
        program="0.1.0",
        seed=1,
        network=SMALL,
        scale=ControlScale.of(controls),
        responses=fit_responses(["drum", "bell"], np.repeat([0, 1], 8), controls, velocities),
        sounds=sounds,
        left_out=(LeftOutRow(name="notes.txt", reason="not audio"),),
        minutes=1.0,
        planned_steps=100,
        steps=90,
        device="CPU",
        history=(HistoryRow(step=90, learnt_db=5.0, validation_db=None),),
        previewed=(0, 9),
        fine_spectra=5,
    )


def make_arrays(manifest: Manifest, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    for name, (shape, kind) in array_shapes(manifest).items():
        if kind is np.uint8:
            arrays[name] = rng.integers(0, 256, shape, dtype=np.uint8)
        else:
            fan_in = shape[-1] if len(shape) > 1 else 1
            arrays[name] = (rng.standard_normal(shape) / np.sqrt(fan_in)).astype(kind)
    arrays["fine_of"] %= manifest.fine_spectra
    # Sounds that can be heard: levels around -20 dB over the gain, falling with time.
    arrays["body_mean"] = np.full(BODY_SIZE, -3.0, np.float32)
    arrays["level.weight"] = (0.3 * arrays["level.weight"]).astype(np.float16)
    arrays["onset_mean"][:] = 0.0
    arrays["onset_scale"][:] = 0.1
    arrays["film.weight"] = (0.2 * arrays["film.weight"]).astype(np.float16)
    assert (arrays["body_mean"] > BODY_FLOOR).all()
    arrays |= no_trajectories(len(arrays["fine_of"]))
    return arrays | derived_arrays(manifest, arrays)


@pytest.fixture(scope="session")
def instrument() -> Instrument:
    manifest = make_manifest()
    return Instrument(manifest, make_arrays(manifest, np.random.default_rng(3)))
