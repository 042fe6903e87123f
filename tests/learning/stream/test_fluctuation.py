from __future__ import annotations

import numpy as np

from messina.learning.stream.fluctuation import measure_texture
from messina.stream.analysis import analyse_stream
from messina.stream.latents import measure_basis
from stream.textures import SECOND


def evenness_of(audio: np.ndarray) -> float:
    frames = analyse_stream(audio)
    basis = measure_basis([frames], size=8)
    return float(measure_texture(audio, frames, basis).evenness.mean())


def test_white_noise_fluctuates_more_than_what_repeats():
    noise = 0.1 * np.random.default_rng(0).standard_normal((2 * SECOND, 1))
    loop = np.tile(noise[:256], (2 * SECOND // 256, 1))  # each spectrum is as the last
    assert evenness_of(noise.astype(np.float32)) > 0.6
    assert evenness_of(loop.astype(np.float32)) < 0.2
