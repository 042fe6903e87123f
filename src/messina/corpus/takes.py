"""Which sounds are one take at different gains.

Kits make soft hits of hard ones by turning them down. Such sounds are one as far as measuring is
concerned: who has learnt one of them knows the others.

Candidates are found by fingerprints, which are cheap: the root of the power in cells of time and
frequency, at length 1, so that gain drops out. Of candidates the waveforms are compared, as the
largest normalised cross-correlation within a few milliseconds. That is at most sum |A_k| |B_k| over
the spectra, at most the product of their outlines, the roots of the power in runs of bins: most
candidates need no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.levels import downmix
from messina.corpus.sound import Array

__all__ = ["same_takes"]

Floats = NDArray[np.float32]

COMPARED_SAMPLES: Final = 16_384
"""From the onset: 0.37 s."""
LAG_SAMPLES: Final = 256
"""Onsets of the same take are found this near to each other, quiet or loud."""
SAME: Final = 0.999
"""Correlation from which on waveforms are the same: room for noise 27 dB down, as from rounding
what was turned down by 60 dB. Two hits on one kick drum, or a sampler's filter, reach 0.998."""
LIKELY: Final = 0.97
"""Product of fingerprints from which on waveforms are compared."""

_WINDOW: Final = 1_024
_BANDS: Final = 16
_ROWS: Final = 1_024  # of fingerprints compared at once
_RUN: Final = 16  # bins of an outline's
_ROUNDING: Final = 1e-4


def same_takes(audios: Sequence[Array]) -> list[int]:
    """For each sound [N, C] the place of the first sound that is the same take, or its own.

    >>> tone = np.sin(np.arange(8_000, dtype=np.float32))[:, None]
    >>> noise = np.random.default_rng(0).standard_normal((8_000, 1)).astype(np.float32)
    >>> same_takes([tone, noise, 0.1 * tone])
    [0, 1, 0]
    """
    starts = [_start(audio) for audio in audios]
    prints = np.stack([_fingerprint(start) for start in starts]) if starts else np.empty((0, 1))
    outlines = [_outline(start) for start in starts]
    first = list(range(len(audios)))
    for begin in range(0, len(audios), _ROWS):
        alike = prints[begin : begin + _ROWS] @ prints.T >= LIKELY
        for row, other in zip(*np.nonzero(alike), strict=True):
            a, b = begin + int(row), int(other)
            # what is linked already, through others, need not be compared
            if b >= a or _root(first, a) == _root(first, b):
                continue
            may_be = float(outlines[a] @ outlines[b]) >= SAME - _ROUNDING
            if may_be and _is_same(starts[a], starts[b]):
                low, high = sorted((_root(first, a), _root(first, b)))
                first[high] = low
    return [_root(first, index) for index in range(len(audios))]


def _root(first: list[int], index: int) -> int:
    while first[index] != index:
        index = first[index]
    return index


def _start(audio: Array) -> Floats:
    """The mid of the compared part, at length 1; the first channel where the mid is silence."""
    part = np.asarray(audio[:COMPARED_SAMPLES], np.float32)
    mid = downmix(part)
    length = float(np.linalg.norm(mid))
    if length < 1e-3 * float(np.linalg.norm(part)):
        mid = part[:, 0]
        length = float(np.linalg.norm(mid))
    return np.asarray(mid / max(length, 1e-20), np.float32)


def _fingerprint(start: Floats) -> Floats:
    """Root of the power in cells of time and frequency, flattened, at length 1."""
    padded = np.zeros(COMPARED_SAMPLES, np.float32)
    padded[: len(start)] = start
    power = np.abs(np.fft.rfft(padded.reshape(-1, _WINDOW), axis=1)) ** 2
    edges = np.unique(np.geomspace(1, _WINDOW // 2, _BANDS + 1).astype(np.int64))
    cells = np.sqrt(np.add.reduceat(power[:, 1:], edges[:-1] - 1, axis=1)).ravel()
    return np.asarray(cells / max(float(np.linalg.norm(cells)), 1e-20), np.float32)


def _outline(start: Floats) -> Floats:
    """Root of the power in runs of bins; at length 1, for a sound is."""
    power = np.abs(np.fft.rfft(start, 2 * COMPARED_SAMPLES)) ** 2 / COMPARED_SAMPLES
    power[0] /= 2
    power[-1] /= 2
    return np.asarray(np.sqrt(np.add.reduceat(power, np.arange(0, len(power), _RUN))), np.float32)


def _is_same(first: Floats, second: Floats) -> bool:
    """Whether one is the other, later or earlier by a little."""
    size = 2 * COMPARED_SAMPLES
    product = np.fft.rfft(first, size) * np.conj(np.fft.rfft(second, size))
    correlation = np.fft.irfft(product, size)
    near = np.concatenate([correlation[: LAG_SAMPLES + 1], correlation[-LAG_SAMPLES:]])
    return bool(np.abs(near).max() >= SAME)
