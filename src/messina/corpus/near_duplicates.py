"""Near-duplicates: sounds that are one take at different gains.

Kits make soft hits of hard ones by turning them down. Such sounds are one as far as measuring is
concerned: who has learnt one of them knows the others.

They are found in time proportional to the number of sounds. Each has an outline: the roots of the
power in runs of bins of its spectrum, at length 1, so that gain drops out and a little delay does
not matter. Two sounds correlate by at most the product of their outlines, for the largest
cross-correlation is at most sum |A_k| |B_k| over the spectra (Cauchy and Schwarz, run by run). So
takes that are the same are neighbours among the outlines, and neighbours are found by splitting
all outlines in half again and again, across random directions, a few times anew. Of the nearest
the waveforms are compared, as the largest normalised cross-correlation within a few milliseconds.

Ref: Dasgupta & Freund (2008), "Random projection trees and low dimensional manifolds".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.levels import downmix
from messina.corpus.sound import Array
from messina.frames.correlation import correlation_near

__all__ = ["OUTLINE_SIZE", "compared_part", "near_duplicates", "near_duplicates_of", "outline"]

Floats = NDArray[np.float32]

COMPARED_SAMPLES: Final = 16_384
"""From the onset: 0.37 s."""
LAG_SAMPLES: Final = 256
"""Onsets of the same take are found this near to each other, quiet or loud."""
SAME: Final = 0.999
"""Correlation from which on waveforms are the same: room for noise 27 dB down, as from rounding
what was turned down by 60 dB. Two hits on one kick drum, or a sampler's filter, reach 0.998."""

_SIZE: Final = 17_280  # of transforms: COMPARED_SAMPLES and LAG_SAMPLES, made of small factors
_RUN: Final = 16  # bins of an outline's
OUTLINE_SIZE: Final = -(-(_SIZE // 2 + 1) // _RUN)
_ROUNDING: Final = 1e-4
_LEAF: Final = 256
"""Sounds that are not split any further: all of them are neighbours."""
_BLOCK: Final = 512
"""Outlines that are looked along at once."""
_TREES: Final = 5
_NEAREST: Final = 16
"""Neighbours that are compared at most, from one leaf."""
_PATIENCE: Final = 3
"""Neighbours in a row that prove to be others, before no farther ones are compared."""

Progress = Callable[[int, int], None]


def near_duplicates(audios: Sequence[Array], *, progress: Progress | None = None) -> list[int]:
    """For each sound [N, C] the place of the first sound that is the same take, or its own.

    `progress` is called with sounds done and sounds there are.

    >>> tone = np.sin(np.arange(8_000, dtype=np.float32))[:, None]
    >>> noise = np.random.default_rng(0).standard_normal((8_000, 1)).astype(np.float32)
    >>> near_duplicates([tone, noise, 0.1 * tone])
    [0, 1, 0]
    """
    if len(audios) < 2:
        return list(range(len(audios)))
    outlines = np.empty((len(audios), OUTLINE_SIZE), np.float32)
    for index, audio in enumerate(audios):
        outlines[index] = outline(compared_part(audio))
        if progress:
            progress(index + 1, len(audios))
    return near_duplicates_of(outlines, lambda index: compared_part(audios[index]))


def near_duplicates_of(outlines: Floats, start: Callable[[int], Floats]) -> list[int]:
    """As `near_duplicates`, of sounds whose outlines [S, OUTLINE_SIZE] are known.

    start: gives the compared part of a sound, as `compared_part`; asked for where outlines are
    alike.
    """
    first = list(range(len(outlines)))
    if len(outlines) < 2:
        return first
    rng = np.random.default_rng(0)
    compared: set[tuple[int, int]] = set()
    for _ in range(_TREES if len(outlines) > _LEAF else 1):
        for leaf in _leaves(outlines, rng):
            _link(leaf, outlines, start, first, compared)
    return [_root(first, index) for index in range(len(outlines))]


def _leaves(outlines: Floats, rng: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    """All sounds in groups of neighbours, by halves across random directions."""
    waiting = [np.arange(len(outlines))]
    while waiting:
        members = waiting.pop()
        if len(members) <= _LEAF:
            yield members
            continue
        # between two of the sounds, so that it is a direction in which they differ
        one, other = rng.choice(members, 2, replace=False)
        direction = outlines[one] - outlines[other]
        # block by block: all members at once would be a second copy of the outlines
        along = np.concatenate(
            [
                outlines[members[start : start + _BLOCK]] @ direction
                for start in range(0, len(members), _BLOCK)
            ]
        )
        order = members[np.argsort(along, kind="stable")]
        waiting += [order[: len(order) // 2], order[len(order) // 2 :]]


def _link(
    leaf: NDArray[np.intp],
    outlines: Floats,
    start: Callable[[int], Floats],
    first: list[int],
    compared: set[tuple[int, int]],
) -> None:
    """Joins what is the same in a leaf. `compared` holds the pairs that are not."""
    alike = outlines[leaf] @ outlines[leaf].T
    np.fill_diagonal(alike, 0.0)
    for row in np.flatnonzero(alike.max(axis=1, initial=0.0) >= SAME - _ROUNDING):
        index = int(leaf[row])
        others = 0
        for place in np.argsort(-alike[row], kind="stable")[:_NEAREST]:
            if alike[row, place] < SAME - _ROUNDING or others == _PATIENCE:
                break
            neighbour = int(leaf[place])
            pair = min(index, neighbour), max(index, neighbour)
            low, high = sorted((_root(first, index), _root(first, neighbour)))
            # what is linked already, through others, need not be compared
            if low == high:
                continue
            if pair not in compared and _is_same(start(index), start(neighbour)):
                first[high] = low
            else:
                compared.add(pair)
                others += 1


def _root(first: list[int], index: int) -> int:
    while first[index] != index:
        first[index] = first[first[index]]  # the way is halved for whoever comes next
        index = first[index]
    return index


def compared_part(audio: Array) -> Floats:
    """The beginning of a sound that is compared, mono, at unit norm.

    It is the middle channel, or the first where the middle is silence.
    """
    part = np.asarray(audio[:COMPARED_SAMPLES], np.float32)
    mid = downmix(part)
    length = float(np.linalg.norm(mid))
    if length < 1e-3 * float(np.linalg.norm(part)):
        mid = part[:, 0]
        length = float(np.linalg.norm(mid))
    return np.asarray(mid / max(length, 1e-20), np.float32)


def outline(start: Floats) -> Floats:
    """A coarse magnitude spectrum [OUTLINE_SIZE] at unit norm, for a quick comparison."""
    power = np.square(np.abs(np.fft.rfft(start, _SIZE))) * (2 / _SIZE)
    power[0] /= 2
    power[-1] /= 2
    return np.asarray(np.sqrt(np.add.reduceat(power, np.arange(0, len(power), _RUN))), np.float32)


def _is_same(first: Floats, second: Floats) -> bool:
    """Whether one is the other, later or earlier by a little."""
    size = _fast_size(max(len(first), len(second)) + LAG_SAMPLES)
    return correlation_near(first, second, size=size, lag=LAG_SAMPLES) >= SAME


def _fast_size(least: int) -> int:
    """A length of transforms made of small factors."""
    power_of_two = 1 << (least - 1).bit_length()
    return next(size for part in (5, 6, 7, 8) if (size := power_of_two * part // 8) >= least)
