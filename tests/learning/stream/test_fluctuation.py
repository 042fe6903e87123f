from __future__ import annotations

import numpy as np

from messina.learning.stream.fluctuation import measure_texture, steadied
from messina.stream.analysis import analyse_stream
from messina.stream.latents import measure_basis
from messina.stream.layout import NOISE
from stream.textures import SECOND, surf


def evenness_of(audio: np.ndarray) -> float:
    frames = analyse_stream(audio)
    basis = measure_basis([frames], size=8)
    return float(measure_texture(audio, frames, basis).evenness.mean())


def test_white_noise_fluctuates_more_than_what_repeats():
    noise = 0.1 * np.random.default_rng(0).standard_normal((2 * SECOND, 1))
    loop = np.tile(noise[:256], (2 * SECOND // 256, 1))  # each spectrum is as the last
    assert evenness_of(noise.astype(np.float32)) > 0.6
    assert evenness_of(loop.astype(np.float32)) < 0.2


def rough(seconds: float) -> np.ndarray:
    """Three partials close together above each harmonic of 110 Hz, beating, over a little hiss."""
    time = np.arange(round(seconds * SECOND)) / SECOND
    pitches = [110.0 * k * apart for k in range(1, 9) for apart in (1.0, 1.012, 1.03)]
    tones = sum(np.sin(2 * np.pi * f * time + f) * 110.0 / f for f in pitches)
    hiss = 1e-3 * np.random.default_rng(0).standard_normal(len(time))
    return (0.1 * tones + hiss)[:, None].astype(np.float32)


def change(frames: np.ndarray) -> float:
    """Mean change of the noise's levels from frame to frame."""
    return float(np.abs(np.diff(frames[:, NOISE], axis=0)).mean())


def test_the_noise_of_what_beats_is_told_over_longer():
    audio = rough(3.0)
    frames = analyse_stream(audio)
    assert change(steadied(audio, frames)) < 0.3 * change(frames)
    same = np.delete(np.arange(frames.shape[1]), NOISE)
    np.testing.assert_array_equal(steadied(audio, frames)[:, same], frames[:, same])


def test_the_noise_of_noise_is_told_as_it_is():
    audio = surf(3.0)
    frames = analyse_stream(audio)
    assert steadied(audio, frames) is frames
