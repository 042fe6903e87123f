"""A counter-based random generator: number n of a key is a hash of both.

The same few integer operations run in numpy, in JavaScript and in torch, so that a seed is the same
piece wherever it is played; any number can be had without those before it. Apart from the
transcendental functions of `normal` and `exponential`, which differ by a last bit between machines,
every draw is bit-equal everywhere.

The key has 64 bits, made from a seed and tags that name what the numbers are for: uses of one seed
do not disturb each other, and what is drawn for one may change without the others.

Ref: Salmon et al. (2011), Parallel random numbers: as easy as 1, 2, 3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import IntEnum
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["FIRST_KEY", "SEED_LIMIT", "SPACING", "CounterRng", "Purpose", "mixed", "mixed_array"]

Floats = NDArray[np.float64]
T = TypeVar("T")

SEED_LIMIT: Final = 2**53
"""Seeds are whole numbers below this: those that JavaScript holds exactly."""
_WORD: Final = 0xFFFFFFFF
SPACING: Final = 0x9E3779B9
"""2^32 / golden ratio."""
FIRST_KEY: Final = (0x243F6A88, 0x85A308D3)
"""The fraction of pi, in binary: the key before any part of it is known."""


class Purpose(IntEnum):
    """Tags of random streams: what the numbers of a seed are for."""

    SOUND = 1
    """Which known sounds a new one lies between, and where."""
    LAYER = 2
    """Where between the layers of loudness."""
    AUGMENT = 3
    """How a sound alone of its kind is varied."""
    NEAR = 4
    """How far the latent of a take is from that of its sound, and where to."""
    DEVIATION = 5
    """How the levels of a take deviate from those that are decoded."""
    NOISE = 6
    """Where the excitation of its noise begins."""
    STRIKE = 7
    """Which take of a hit is played."""
    EVENTS = 8
    """What is played when."""
    TEXTURE = 9
    """Where a texture goes, and its noise."""
    WARP = 10
    """How time runs in a sound that moves."""
    HOLD = 11
    """Where a sustained note turns, and how fast it goes on."""


def mixed(x: int) -> int:
    """A bijection of 32 bits in which every input bit moves every output bit.

    Ref: Wellons (2018), the two-multiply 32-bit hash with the lowest bias found by search.
    """
    x ^= x >> 16
    x = x * 0x7FEB352D & _WORD
    x ^= x >> 15
    x = x * 0x846CA68B & _WORD
    return x ^ (x >> 16)


def mixed_array(x: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """`mixed` of each number.

    >>> int(mixed_array(np.array([7], np.uint32))[0]) == mixed(7)
    True
    """
    x = x ^ (x >> np.uint32(16))
    x = x * np.uint32(0x7FEB352D)
    x = x ^ (x >> np.uint32(15))
    x = x * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


class CounterRng:
    """A counter-based generator: the stream of a seed and of tags that say what it is for.

    >>> CounterRng(7).uniform() == CounterRng(7).uniform()
    True
    >>> CounterRng(7).stream(1).bits() == CounterRng(7, 1).bits()
    True
    """

    def __init__(self, *key: int) -> None:
        """Args: key: a seed and tags, each a whole number 0 … SEED_LIMIT - 1."""
        self._parts = key
        first, second = FIRST_KEY
        for part in key:
            if not 0 <= part < SEED_LIMIT:
                raise ValueError(f"a seed is 0 to {SEED_LIMIT - 1}, not {part}")
            for word in (part & _WORD, part >> 32):
                first = mixed((first ^ word) + SPACING & _WORD)
                second = mixed(second + first & _WORD)
        self._key = (first, second)
        self._count = 0

    def stream(self, *tags: int) -> CounterRng:
        """A stream of the same seed with further tags, from its beginning."""
        return CounterRng(*self._parts, *tags)

    def bits(self) -> int:
        """32 random bits, as a whole number."""
        first, second = self._key
        count, self._count = self._count, self._count + 1 & _WORD
        return mixed(mixed(count + first & _WORD) ^ second)

    def bits_array(self, count: int) -> NDArray[np.uint32]:
        """The next `count` of `bits` [count]."""
        first, second = self._key
        counts = np.arange(self._count, self._count + count, dtype=np.uint64).astype(np.uint32)
        self._count = self._count + count & _WORD
        return mixed_array(mixed_array(counts + np.uint32(first)) ^ np.uint32(second))

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """A number low <= x < high, with 32 bits."""
        return low + (high - low) * (self.bits() / 2**32)

    def uniforms(self, count: int) -> Floats:
        """The next `count` numbers 0 <= x < 1, as `uniform` gives them [count]."""
        return self.bits_array(count) / 2**32

    def normal(self) -> float:
        """A number of mean 0 and variance 1; takes two of `bits`. Ref: Box & Muller (1958)."""
        radius = math.sqrt(-2.0 * math.log((self.bits() + 1) / 2**32))
        return radius * math.cos(2 * math.pi * self.uniform())

    def normals(self, *shape: int) -> Floats:
        """An array of what `normal` gives, the last axis fastest."""
        pairs = self.bits_array(2 * math.prod(shape)).reshape(-1, 2).astype(np.float64)
        radius = np.sqrt(-2.0 * np.log((pairs[:, 0] + 1) / 2**32))
        return (radius * np.cos(2 * np.pi * (pairs[:, 1] / 2**32))).reshape(shape)

    def exponential(self, mean: float = 1.0) -> float:
        """A waiting time of this mean."""
        return -mean * math.log(1.0 - self.uniform())

    def below(self, count: int) -> int:
        """A whole number 0 … count - 1."""
        return self.bits() * count >> 32

    def pick(self, values: Sequence[T]) -> T:
        """A random value, all equally likely."""
        return values[self.below(len(values))]

    def choice(self, chances: Sequence[float] | Floats) -> int:
        """A random index with these probabilities, which need not sum to 1.

        Sums run from the first to the last, since their order decides their last bit.
        """
        sums = np.cumsum(np.asarray(chances, np.float64))
        found = int(np.searchsorted(sums, self.uniform() * float(sums[-1]), side="right"))
        return min(found, len(sums) - 1)

    def sample(self, count: int, among: int) -> list[int]:
        """`count` different whole numbers below `among`, in random order.

        Ref: Fisher & Yates (1938), as far as `count`.
        """
        values = list(range(among))
        for i in range(min(count, among)):
            j = i + self.below(among - i)
            values[i], values[j] = values[j], values[i]
        return values[:count]
