"""The sampler: plays training sounds back. Nothing new, nothing wrong, the extreme of copying.

Sounds are mono [N] at 44.1 kHz.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["Sounds", "in_turn", "sampler_sounds"]

Array = NDArray[np.float32]
Sounds = Sequence[Array]


def in_turn(sounds: Sounds, count: int, rng: np.random.Generator) -> list[Array]:
    """`count` of the sounds in random order, every one once before any comes again."""
    rounds = -(-count // len(sounds))
    order = np.concatenate([rng.permutation(len(sounds)) for _ in range(rounds)])
    return [sounds[row] for row in order[:count]]


def sampler_sounds(sounds: Sounds, *, count: int, rng: np.random.Generator) -> list[Array]:
    """Training sounds as they are."""
    return [sound.copy() for sound in in_turn(sounds, count, rng)]
