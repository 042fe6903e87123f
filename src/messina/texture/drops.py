"""Drops: transients shorter than any frame, as rain, fire and vinyl have them, over a texture.

A drop is described by its time, its energies in BANDS bands above 700 Hz, its decay and its pan.
When a texture is played they are a Poisson process with the rate they had at the position of the
slow level, each with the numbers of one that fell nearby and a waveform drawn anew: noise of that
spectrum that decays,

    x(n) = e^(-n / decay) Σ_k m_k cos(2π k n / LENGTH + φ_k),   φ_k drawn,

scaled to the energy of that one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.counter_rng import CounterRng
from messina.rounding import on_fine_grid
from messina.units import SAMPLE_RATE

__all__ = [
    "BANDS",
    "DECAY",
    "LENGTH",
    "LEVELS",
    "PAN",
    "SHAPE_SIZE",
    "DropPlayer",
    "Drops",
    "burst",
]

Real = NDArray[np.float32]
Double = NDArray[np.float64]

LENGTH: Final = 1_024
"""Samples of a drop."""

EDGES_HZ: Final = (700.0, 1_000.0, 1_400.0, 2_000.0, 2_800.0, 4_000.0, 5_600.0, 8_000.0, 12_000.0)
BANDS: Final = len(EDGES_HZ)
"""Bands of a drop; the last reaches to the top."""

PAN, DECAY, LEVELS = 0, 1, slice(2, 2 + BANDS)
"""Where in a drop's numbers is what: pan -1 … 1, ln samples, ln of the root of the energy."""

SHAPE_SIZE: Final = 2 + BANDS

AROUND: Final = 21  # patches on either side: drops of 1 s are what may fall now
SHORTEST, LONGEST = 1.0, LENGTH / 2.0  # decay, samples

BAND_OF_BIN: Final = (
    np.searchsorted(EDGES_HZ, np.fft.rfftfreq(LENGTH, 1 / SAMPLE_RATE), side="right") - 1
)
"""-1 below the lowest band [LENGTH / 2 + 1]."""

_BINS_IN_BAND = np.bincount(BAND_OF_BIN[BAND_OF_BIN >= 0], minlength=BANDS)


@dataclass(frozen=True, kw_only=True, eq=False)
class Drops:
    """The transients (drops) of a corpus: rain, crackle, clicks; in the order of their places."""

    places: NDArray[np.int64]
    """Patch of the corpus [n] in which each falls, ascending."""
    shapes: Real
    """[n, SHAPE_SIZE]"""
    each: float = 1.0
    """How many that fell each of these stands for."""

    @classmethod
    def none(cls) -> Drops:
        """A corpus without any."""
        return cls(places=np.zeros(0, np.int64), shapes=np.zeros((0, SHAPE_SIZE), np.float32))


def burst(shape: Real, phases: Double) -> Real:
    """Synthesises one drop [LENGTH] from its shape [SHAPE_SIZE] and phases [LENGTH / 2 + 1]."""
    energy = np.exp(2.0 * shape[LEVELS].astype(np.float64))
    magnitudes = np.zeros(len(BAND_OF_BIN))
    inside = BAND_OF_BIN >= 0
    magnitudes[inside] = np.sqrt(energy / _BINS_IN_BAND)[BAND_OF_BIN[inside]]
    decay = np.clip(np.exp(float(shape[DECAY])), SHORTEST, LONGEST)
    sound = np.fft.irfft(magnitudes * np.exp(1j * phases), LENGTH)
    sound *= np.exp(-np.arange(LENGTH) / decay)
    return np.asarray(sound * np.sqrt(energy.sum() / (sound @ sound + 1e-30)), np.float32)


class DropPlayer:
    """Draws drops as a Poisson process, patch by patch."""

    def __init__(self, drops: Drops, rng: CounterRng) -> None:
        self._drops = drops
        self._rng = rng
        self._due = on_fine_grid(rng.exponential()) if len(drops.places) else np.inf

    def step(self, place: int, bounds: tuple[int, int], share: float) -> list[tuple[float, int]]:
        """Drops that fall in the next patch: when in it, 0 … 1, and which.

        place: the patch of the corpus that is played; bounds: first and end of its recording;
        share: of as many as fell there.
        """
        first, last = max(place - AROUND, bounds[0]), min(place + AROUND + 1, bounds[1])
        start, end = np.searchsorted(self._drops.places, [first, last])
        rate = share * self._drops.each * float(end - start) / (last - first)
        if rate <= 0.0:
            return []
        fallen, left = [], rate
        near = np.arange(start, end)
        while self._due < left:
            left -= self._due
            fallen.append((1.0 - left / rate, int(near[self._rng.below(len(near))])))
            self._due = on_fine_grid(self._rng.exponential())
        self._due -= left
        return fallen
