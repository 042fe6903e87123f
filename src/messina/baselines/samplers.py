"""What plays training sounds back: the sampler as they are, the producer changed by hand.

The sampler plays training sounds back. Nothing new, nothing wrong, the extreme of copying.

The producer is what one would do by hand to have more sounds: transpose, filter, reshape.

Sounds are mono [N] at 44.1 kHz.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from messina.units import SAMPLE_RATE

__all__ = ["Sounds", "in_turn", "producer_sounds", "sampler_sounds"]

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


Signal = NDArray[np.float64]

_SEMITONES: Final = 2.0
_TILT_DB: Final = 1.5  # an octave
_BELL_DB: Final = 6.0
_DECAY_DB: Final = 20.0  # a second
_ATTACK_S: Final = 3e-3
_GAIN_DB: Final = 3.0


def producer_sounds(sounds: Sounds, *, count: int, rng: np.random.Generator) -> list[Array]:
    """Training sounds transposed, filtered, with other envelopes and levels."""
    return [_reworked(sound, rng) for sound in in_turn(sounds, count, rng)]


def _reworked(sound: Array, rng: np.random.Generator) -> Array:
    ratio = 2.0 ** (rng.uniform(-_SEMITONES, _SEMITONES) / 12.0)
    transposed = soxr.resample(sound, SAMPLE_RATE * ratio, SAMPLE_RATE)
    filtered = _equalised(transposed, rng)
    seconds = np.arange(len(filtered)) / SAMPLE_RATE
    decay = 10.0 ** (-rng.uniform(0.0, _DECAY_DB) * seconds / 20.0)
    attack = np.minimum(1.0, seconds / rng.uniform(1e-5, _ATTACK_S))
    gain = 10.0 ** (rng.uniform(-_GAIN_DB, _GAIN_DB) / 20.0)
    return np.asarray(filtered * decay * attack * gain, np.float32)


def _equalised(sound: Array, rng: np.random.Generator) -> Signal:
    """A tilt and a bell, without phase."""
    size = len(sound) + 4096
    octaves = np.log2(np.maximum(np.fft.rfftfreq(size, 1.0 / SAMPLE_RATE), 20.0) / 1000.0)
    centre, width = rng.uniform(-3.0, 3.5), rng.uniform(0.3, 1.5)
    bell_db = rng.uniform(-_BELL_DB, _BELL_DB) * np.exp(-0.5 * ((octaves - centre) / width) ** 2)
    gain_db = rng.uniform(-_TILT_DB, _TILT_DB) * octaves + bell_db
    return np.fft.irfft(np.fft.rfft(sound, size) * 10.0 ** (gain_db / 20.0), size)[: len(sound)]
