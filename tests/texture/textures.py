"""Textures made for the tests: what they hold is known."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from messina.corpus.recordings import NamedRecording
from messina.learning.textures import build_model
from messina.texture import TextureModel
from messina.units import SAMPLE_RATE

Real = NDArray[np.float32]


SECOND = SAMPLE_RATE
"""Samples."""


def surf(seconds: float, *, seed: int = 0) -> Real:
    """White noise [N, 2] that swells by 12 dB every 2 s, its sides unrelated."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    swell = 0.05 * 2 ** np.sin(np.pi * time)
    return (rng.standard_normal((len(time), 2)) * swell[:, None]).astype(np.float32)


def drone(seconds: float, *, frequency_hz: float = 220.0, level: float = 0.2) -> Real:
    """Three harmonics [N, 1] that tremble slowly, over a little noise."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    tremble = 1 + 0.3 * np.sin(2 * np.pi * 0.7 * time)
    harmonics = sum(np.sin(2 * np.pi * frequency_hz * k * time) / k for k in (1, 2, 3))
    hiss = 1e-3 * np.random.default_rng(1).standard_normal(len(time))
    return ((level * tremble * harmonics + hiss)[:, None]).astype(np.float32)


def rain(
    seconds: float, *, rate: float, pan: float = 0.0, seed: int = 0
) -> tuple[Real, NDArray[np.int64]]:
    """Drops of 1 ms, all as loud, over noise of -46 dB [N, 2]; and the samples they begin at."""
    rng = np.random.default_rng(seed)
    middle = 0.005 * rng.standard_normal(round(seconds * SAMPLE_RATE))
    starts = np.sort(rng.integers(0, len(middle) - 400, round(rate * seconds)))
    for start in starts:
        drop = np.diff(rng.standard_normal(401)) * np.exp(-np.arange(400) / 44.1)
        middle[start : start + 400] += 0.2 * drop
    side = pan * middle
    return np.stack([middle - side, middle + side], axis=1).astype(np.float32), starts


def recordings() -> list[NamedRecording]:
    return [
        NamedRecording(name="surf.wav", audio=surf(5.0), digest="a"),
        NamedRecording(name="drone.wav", audio=drone(4.0), digest="b"),
    ]


@cache
def model() -> TextureModel:
    """A model of both, that walks."""
    return build_model(recordings())


def level_db(audio: Real) -> float:
    return float(10 * np.log10(np.mean(np.square(audio, dtype=np.float64)) + 1e-12))


def middle(audio: Real) -> Real:
    return audio.mean(axis=1)
