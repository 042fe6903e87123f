"""New one-shots by GRUV: trained on the sounds, it plays on from the first block of each.

Sounds are mono [N] at 44.1 kHz. Its accidents are mended (`gruv_config.MENDED`), and its blocks are
much shorter than the original's 0.25 s, of which most would be all attack.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from messina.baselines.gruv import train_gruv
from messina.baselines.gruv_config import MENDED, GruvConfig
from messina.baselines.sampler import Array, Sounds, in_turn
from messina.units import SAMPLE_RATE

__all__ = ["BLOCK_S", "gruv_sounds"]

BLOCK_S: Final = 2048 / SAMPLE_RATE

_FEWEST_BLOCKS: Final = 4
_MOST_BLOCKS: Final = 40
"""Bounds of the length of its examples; within them it is that of the median sound."""


def gruv_sounds(
    sounds: Sounds,
    *,
    count: int,
    minutes: float,
    seed: int,
    rng: np.random.Generator,
    progress: Callable[[float, int, float], None] | None = None,
) -> list[Array]:
    """`count` sounds after so many minutes of training, each as long as the one it began as.

    progress: told after each step: seconds gone, steps, error.
    """
    model = train_gruv(
        sounds,
        sample_rate=SAMPLE_RATE,
        minutes=minutes,
        seed=seed,
        config=_config(sounds),
        progress=progress,
    )
    size = model.block_samples
    played = []
    for start in in_turn(sounds, count, rng):
        blocks = max(1, -(-len(start) // size) - 1)
        played.append(model.generate(start[:size], blocks=blocks, rng=rng)[: len(start)])
    return played


def _config(sounds: Sounds) -> GruvConfig:
    blocks = np.median([len(sound) for sound in sounds]) / (BLOCK_S * SAMPLE_RATE)
    example_blocks = int(np.clip(blocks, _FEWEST_BLOCKS, _MOST_BLOCKS))
    return replace(MENDED, block_s=BLOCK_S, example_blocks=example_blocks)
