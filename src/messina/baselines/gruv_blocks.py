"""Sounds as blocks, blocks as features, and the sequences that GRUV learns from.

Audio is mono float [N]; blocks [L, n] follow each other without window or overlap, the last one
filled with zeros; features [L, D] are their spectra, real parts first, then imaginary parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from messina.baselines.gruv_config import Features, GruvConfig, Overflow
from messina.errors import MessinaError

__all__ = [
    "Examples",
    "Statistics",
    "blocks_of",
    "features_of",
    "make_examples",
    "samples_of",
    "to_16_bit",
]

Audio = NDArray[np.floating]
Array = NDArray[np.float32]

STD_FLOOR = 1e-8


def blocks_of(audio: Audio, block_samples: int) -> Array:
    """Blocks [L, block_samples] of a sound; at least one."""
    count = max(1, -(-len(audio) // block_samples))
    padded = np.pad(np.asarray(audio, np.float32), (0, count * block_samples - len(audio)))
    return padded.reshape(count, block_samples)


def features_of(blocks: Array, kind: Features) -> Array:
    """Features [..., D] of blocks [..., n]; D is 2n for all bins, about n for half, n for time."""
    if kind == "time":
        return blocks
    spectra = np.fft.fft(blocks) if kind == "complex" else np.fft.rfft(blocks)
    return np.concatenate([spectra.real, spectra.imag], axis=-1).astype(np.float32)


def samples_of(features: Array, kind: Features, block_samples: int) -> Audio:
    """Blocks [..., n] of features [..., D]; what would be imaginary is dropped."""
    if kind == "time":
        return features
    real, imaginary = np.split(np.asarray(features, np.float64), 2, axis=-1)
    if kind == "complex":
        return np.fft.ifft(real + 1j * imaginary).real
    return np.fft.irfft(real + 1j * imaginary, block_samples)


def to_16_bit(audio: Audio, overflow: Overflow) -> Array:
    """The sound after a 16-bit file, as floats: too loud samples wrap around or are clipped."""
    steps = np.rint(np.asarray(audio, np.float64) * 32767.0)
    if overflow == "wrap":
        steps = np.mod(steps + 32768.0, 65536.0) - 32768.0
    return (np.clip(steps, -32768.0, 32767.0) / 32767.0).astype(np.float32)


class Statistics(NamedTuple):
    """Mean and standard deviation [D] of each feature."""

    mean: Array
    std: Array

    def normalised(self, features: Array) -> Array:
        """Features [..., D] with mean 0 and deviation 1."""
        return (features - self.mean) / self.std

    def restored(self, features: Array) -> Array:
        """Inverse of `normalised`."""
        return features * self.std + self.mean


@dataclass(frozen=True, kw_only=True)
class Examples:
    """Sequences of blocks, cut out when they are needed: whole corpora of spectra are large."""

    sounds: tuple[Array, ...]
    """Blocks [L, n] of each sound."""
    places: tuple[tuple[int, int], ...]
    """Sound and first block of each example."""
    length: int
    kind: Features

    def __len__(self) -> int:
        return len(self.places)

    def sequence(self, row: int) -> Array:
        """Features [length + 1, D]: an example's inputs are all but the last, its targets all but
        the first; past the end of the sound there is silence."""
        sound, start = self.places[row]
        blocks = self.sounds[sound][start : start + self.length + 1]
        missing = self.length + 1 - len(blocks)
        return features_of(np.pad(blocks, ((0, missing), (0, 0))), self.kind)

    def statistics(self) -> Statistics:
        """Mean and standard deviation over all blocks that are inputs."""
        total, squares, count = 0.0, 0.0, 0
        for row in range(len(self)):
            inputs = self.sequence(row)[:-1].astype(np.float64)
            total, squares = total + inputs.sum(axis=0), squares + (inputs**2).sum(axis=0)
            count += len(inputs)
        mean = np.asarray(total / count)
        std = np.sqrt(np.maximum(squares / count - mean**2, 0.0))
        return Statistics(mean.astype(np.float32), np.maximum(std, STD_FLOOR).astype(np.float32))


def _starts(blocks: int, config: GruvConfig) -> range:
    """First blocks of the examples in a sound of this many blocks."""
    length = config.example_blocks
    if config.short_sounds == "pad":
        return range(0, blocks, length)
    # The original wants a block beyond the example, so the end of a sound is never a target.
    last = blocks - length - (0 if config.end_of_sound else 1)
    return range(0, last + 1, length)


def make_examples(sounds: Sequence[Audio], *, sample_rate: int, config: GruvConfig) -> Examples:
    """The sequences to learn from. Raises MessinaError when there are none."""
    block_samples = config.block_samples(sample_rate)
    blocks = tuple(blocks_of(sound, block_samples) for sound in sounds)
    places = tuple(
        (sound, start) for sound, part in enumerate(blocks) for start in _starts(len(part), config)
    )
    if not places:
        raise MessinaError(_no_example(sounds, sample_rate, config))
    return Examples(
        sounds=blocks, places=places, length=config.example_blocks, kind=config.features
    )


def _no_example(sounds: Sequence[Audio], sample_rate: int, config: GruvConfig) -> str:
    if not sounds:
        return "there is no sound for GRUV to learn from; give it at least one"
    longest_s = max(len(sound) for sound in sounds) / sample_rate
    block_s = 0.9 * longest_s / (config.example_blocks + 1)
    return (
        f"GRUV learns from sounds longer than {config.example_blocks} blocks of "
        f"{config.block_s:g} s, and the longest of {len(sounds)} here has {longest_s:.3g} s; "
        f"give shorter blocks (`block_s={block_s:.2g}`) or let short sounds be padded with silence "
        "(`mended=True`)"
    )
