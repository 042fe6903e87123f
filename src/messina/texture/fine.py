"""The fine structure of a texture's noise: a fine spectrum for every STRETCH patches.

The levels of a frame tell the noise in groups of 43 to 215 Hz; what is finer, the modes of a room
or of a machine, the lines between which rain falls, moves slowly. It is measured as that of single
sounds is (`messina.frames.excitation`), by spectra of 3 s, one for every 0.74 s of a recording, of
the residual whitened by the levels. Within limits they hold the groups' own powers, too: where a
level was decoded too low or too high, the fine spectrum corrects it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.counter_rng import CounterRng
from messina.frames.excitation import (
    CELL_HZ,
    POWER_OF_CODE,
    Excitation,
    cell_powers,
    codes_of,
    deepened,
)
from messina.frames.layout import FINE_CELLS, HOP, LOOP_SIZE
from messina.frames.noise import NOISE_SIZE
from messina.frames.noise_levels import WHITENED, whitened
from messina.frames.spectrum import hann
from messina.texture.layout import GROUPS, PATCH, group_at
from messina.texture.texture_frames import mirrored
from messina.units import SAMPLE_RATE

__all__ = ["FADE_PATCHES", "STRETCH", "MovingExcitation", "fine_spectra", "mixed_fine", "stretches"]

Real = NDArray[np.float32]
Codes = NDArray[np.uint8]

STRETCH: Final = 32
"""Patches that one fine spectrum is measured for: 0.74 s."""

FADE_PATCHES: Final = 16
"""Patches in which one loop gives way to the next: 0.37 s."""

_FADE: Final = FADE_PATCHES * PATCH * HOP
_PORTION = 2_048  # frames whitened at a time: memory stays small on long recordings
_AROUND = 2 * NOISE_SIZE // HOP  # frames on either side that spectra reach over
_GROUP_POWER = (0.5, 1.6)  # how far a fine spectrum tells what levels fail to
_CONTRAST = 1.7  # in the lows, beside that of the mean over 3 s: what stands still stands out
_GROUP_OF_CELL = group_at((np.arange(FINE_CELLS, dtype=np.float64) + 0.5) * CELL_HZ)
_CELLS_IN_GROUP = np.bincount(_GROUP_OF_CELL, minlength=GROUPS)
_GROUP_OF_BIN = group_at(np.fft.rfftfreq(NOISE_SIZE, 1 / SAMPLE_RATE).astype(np.float64))
_LEAST_POWER = 1e-12


def stretches(patches: int) -> int:
    """Number of fine spectra for a recording of so many patches.

    >>> [stretches(n) for n in (1, 32, 33)]
    [1, 1, 2]
    """
    return -(-patches // STRETCH)


def fine_spectra(residual: Real, levels: Real) -> Codes:
    """Fine spectra [stretches, FINE_CELLS] of noise [T * HOP] played with levels [T, GROUPS].

    Before its beginning and after its end it is mirrored.
    """
    white = _white(residual, levels)
    window = np.sqrt(hann(LOOP_SIZE))
    window /= np.linalg.norm(window)
    count = stretches(len(levels) // PATCH)
    codes = np.empty((count, FINE_CELLS), np.uint8)
    around = np.arange(LOOP_SIZE) + (STRETCH * PATCH * HOP - LOOP_SIZE) // 2
    for stretch in range(count):
        places = mirrored(around + stretch * STRETCH * PATCH * HOP, len(white))
        spectrum = np.fft.rfft(white[places] * window)
        codes[stretch] = _codes(np.square(spectrum.real) + np.square(spectrum.imag))
    return codes


def _white(residual: Real, levels: Real) -> Real:
    """The residual [N] without its levels [T, GROUPS]."""
    floor = np.log(WHITENED) + levels.max()
    out = np.zeros(len(residual), np.float32)
    for start in range(0, len(levels), _PORTION):
        first = max(start - _AROUND, 0)
        rows = levels[first : start + _PORTION + _AROUND]
        gains = np.exp(np.maximum(rows, floor))[:, _GROUP_OF_BIN]
        own = residual[first * HOP : (first + len(rows)) * HOP]
        white = whitened(own, gains)[(start - first) * HOP :][: _PORTION * HOP]
        out[start * HOP : start * HOP + len(white)] = white
    return out


def _codes(powers: NDArray[np.float64]) -> Codes:
    """Codes [FINE_CELLS] of powers at the loop's bins, those of the groups held within limits."""
    cells = np.maximum(cell_powers(powers), _LEAST_POWER)
    wanted = np.clip(_group_means(cells), *_GROUP_POWER)
    deep = np.power(10.0, deepened(10 * np.log10(cells), _CONTRAST) / 10)
    gains = wanted / np.maximum(_group_means(deep), _LEAST_POWER)
    return codes_of(10 * np.log10(np.maximum(deep * gains[_GROUP_OF_CELL], _LEAST_POWER)))


def _group_means(cells: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.bincount(_GROUP_OF_CELL, cells, GROUPS) / _CELLS_IN_GROUP)


def mixed_fine(spectra: Sequence[Codes], weights: Sequence[float]) -> Codes:
    """The fine spectrum of noises [FINE_CELLS] together, weights their shares of the power."""
    if len(spectra) == 1:
        return spectra[0]
    power = np.zeros(FINE_CELLS)
    for codes, weight in zip(spectra, weights, strict=True):
        power += weight * POWER_OF_CODE[codes].astype(np.float64)
    return codes_of(10 * np.log10(power))


class MovingExcitation:
    """White noise with a fine spectrum that changes: loops with random phases, crossfaded."""

    def __init__(self, rng: CounterRng, fine: Codes) -> None:
        """Args: rng: of where loops begin; fine: the first fine spectrum [FINE_CELLS]."""
        self._rng = rng
        self._loops = [(Excitation(fine, key=rng.bits()), -_FADE)]  # each with when it came
        self._read = 0

    def turn_to(self, fine: Codes) -> None:
        """Crossfades to a fine spectrum [FINE_CELLS] within FADE_PATCHES from here."""
        came = (Excitation(fine, key=self._rng.bits()), self._read)
        self._loops = [self._loops[-1], came]

    def read(self, count: int) -> Real:
        """The next samples of the noise and of its decorrelated copy [2, count]."""
        (new, came), start = self._loops[-1], self._read
        self._read += count
        share = np.minimum((np.arange(count) + (start - came)) / _FADE, 1.0) * (np.pi / 2)
        out = np.stack([new.read(start - came, count, decorrelated=copy) for copy in (False, True)])
        if len(self._loops) == 1:
            return out
        old, old_came = self._loops[0]
        gone = [old.read(start - old_came, count, decorrelated=copy) for copy in (False, True)]
        rising, falling = np.sin(share), np.cos(share)
        return np.asarray(rising * out + falling * np.stack(gone), np.float32)
