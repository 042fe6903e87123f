"""Finding drops: what stands out of the noise for a few milliseconds, and the sound without it.

Energy of the second difference of the middle (so that hiss counts and rumble does not) in blocks of
BLOCK samples. A drop is a block with RATIO times the energy usual on either side of it, 20 ms each:
where something begins and stays, one side has as much. What comes at a steady pace is no drop but
the pulses of a tone, which partials tell better, and what lasts for over 17 ms the frames tell.
Only what lies above 700 Hz is taken away, down to what is usual. What it leaves may be louder after
a drop than before: then it was the attack of a stroke, whose time is not chance. Where that is the
rule, the recording is left as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from messina.frames.layout import HOP
from messina.texture.drops import BAND_OF_BIN, BANDS, DECAY, LENGTH, LEVELS, PAN, SHAPE_SIZE, Drops
from messina.texture.layout import PATCH
from messina.units import SAMPLE_RATE

__all__ = ["joined_drops", "take_drops"]

Real = NDArray[np.float32]
Double = NDArray[np.float64]

MOST_DROPS: Final = 16_384
"""That a file tells: 0.4 MB."""

_BLOCK: Final = 32
_SIDE = 28  # blocks: 20 ms
_RATIO = 5.0
_ENDED = 1.5  # times the usual energy: a drop is over
_LONGEST = LENGTH // _BLOCK - 8  # blocks that are taken away
_APART = 4  # blocks
_FEWEST_A_SECOND, _FEWEST = 1.0, 40  # with fewer nobody can tell chance from a pace
_LEAST_SHARE = 0.05  # of the energy above 700 Hz: less is left to the frames
_STEADY = 0.5  # spread over mean of the times between drops; 1 is chance
_AWAY, _BESIDE = 4 * _BLOCK, _SIDE * _BLOCK  # samples from a drop on either side, and so many
_ATTACK_DB = 4.0  # median rise; of rain and crackle at most 1 dB, of strokes 8 to 12
_SMOOTH = 33  # samples, twice: leaves what lies under about 700 Hz
_PORTION = 1 << 16  # at a time: memory stays small on long recordings
_QUIET = 1e-14


def take_drops(audio: Real) -> tuple[Real, Drops]:
    """Separates transients (drops) from a recording [N, C]: what is left of it, and the drops.

    A recording with hardly any stays as it is.
    """
    middle = audio.mean(axis=1, dtype=np.float32)
    energy, usual = _energies(middle)
    found = _found(energy, usual)
    if not _is_scattered(found, len(middle)):
        return audio, Drops.none()
    gains = _gains(energy, usual, len(middle))
    found = found[gains[found * _BLOCK + _BLOCK // 2] < 1.0]
    without, share = _without(audio, gains)
    if share < _LEAST_SHARE or not len(found) or _are_attacks(without, found):
        return audio, Drops.none()
    starts = np.maximum(found - 1, 0) * _BLOCK
    ends = np.minimum(starts + LENGTH, np.append(starts[1:], len(audio)))
    shapes = np.stack(
        [_shape(audio[a:b] - without[a:b]) for a, b in zip(starts, ends, strict=True)]
    )
    return without, Drops(places=starts // (HOP * PATCH), shapes=shapes)


def _without(audio: Real, gains: Real) -> tuple[Real, float]:
    """A recording [N, C] with these gains [N] on its highs, and the share of them that is gone."""
    without = audio.copy()
    gone = whole = 0.0
    for start in range(0, len(audio), _PORTION):
        first, end = max(start - 2 * _SMOOTH, 0), min(start + _PORTION, len(audio))
        around = audio[first : end + 2 * _SMOOTH]
        highs = (around - _lows(around))[start - first : end - first]
        away = highs * (1.0 - gains[start:end])[:, None]
        without[start:end] -= away
        gone += float(np.square(away).sum())
        whole += float(np.square(highs).sum())
    return without, gone / max(whole, _QUIET)


def _are_attacks(without: Real, found: NDArray[np.int64]) -> bool:
    """Whether what is left without the drops at these blocks begins with them."""
    power = np.square(without.mean(axis=1, dtype=np.float64))
    sums = np.concatenate([[0.0], np.cumsum(power)])
    at = np.clip(found * _BLOCK, _AWAY + _BESIDE, len(power) - _AWAY - _BESIDE)
    before = sums[at - _AWAY] - sums[at - _AWAY - _BESIDE]
    after = sums[at + _AWAY + _BESIDE] - sums[at + _AWAY]
    rise_db = 10.0 * np.log10((after + _QUIET) / (before + _QUIET))
    return float(np.median(rise_db)) > _ATTACK_DB


def joined_drops(parts: Sequence[Drops], patches: Sequence[int]) -> Drops:
    """The drops of several recordings as one set, at most MOST_DROPS.

    patches: how many each recording has.
    """
    starts = np.cumsum([0, *patches])
    places = [
        np.minimum(drops.places, count - 1) + start
        for drops, count, start in zip(parts, patches, starts, strict=False)
    ]
    joined = np.concatenate(places)
    shapes = np.concatenate([drops.shapes for drops in parts])
    chosen = np.linspace(0, len(joined) - 1, min(len(joined), MOST_DROPS)).astype(np.int64)
    each = len(joined) / max(len(chosen), 1)
    return Drops(places=joined[chosen], shapes=shapes[chosen], each=each or 1.0)


def _energies(middle: Real) -> tuple[Double, Double]:
    """Energy of each block, and what is usual around it: the median of the louder side."""
    edges = np.diff(middle, n=2, prepend=np.zeros(2, np.float32))
    count = len(edges) // _BLOCK
    blocks = np.square(edges[: count * _BLOCK]).reshape(count, _BLOCK)
    energy = blocks.sum(axis=1, dtype=np.float64) + _QUIET
    windows = sliding_window_view(np.pad(energy, _SIDE, mode="reflect"), _SIDE)
    medians = np.concatenate(
        [np.median(part, axis=1) for part in np.array_split(windows, 1 + count // _PORTION)]
    )
    return energy, np.maximum(medians[:count], medians[_SIDE + 1 : _SIDE + 1 + count])


def _found(energy: Double, usual: Double) -> NDArray[np.int64]:
    """Blocks in which a drop is loudest."""
    padded = np.pad(energy, _APART)
    highest = sliding_window_view(padded, 2 * _APART + 1).max(axis=1)
    return np.flatnonzero((energy >= highest) & (energy > _RATIO * usual))


def _is_scattered(found: NDArray[np.int64], samples: int) -> bool:
    if len(found) < max(_FEWEST, _FEWEST_A_SECOND * samples / SAMPLE_RATE):
        return False
    gaps = np.diff(found).astype(np.float64)
    return float(gaps.std()) > _STEADY * float(gaps.mean())


def _gains(energy: Double, usual: Double, samples: int) -> Real:
    """What of each sample [N] stays when drops are brought down to what is usual."""
    over = np.flatnonzero(np.diff(np.pad(energy > _ENDED * usual, 1).astype(np.int8)))
    starts, ends = over[::2], over[1::2]  # of all that rises above what is usual
    loudest = np.maximum.reduceat(energy / usual, starts) if len(starts) else np.zeros(0)
    gains = np.ones(len(energy))
    for row in np.flatnonzero((loudest > _RATIO) & (ends - starts <= _LONGEST)):
        place = slice(starts[row], ends[row])
        gains[place] = np.sqrt(usual[place] / energy[place])
    held = np.minimum(gains, np.minimum(np.append(gains[1:], 1.0), np.append(1.0, gains[:-1])))
    centres = (np.arange(len(held)) + 0.5) * _BLOCK
    return np.interp(np.arange(samples), centres, held).astype(np.float32)


def _lows(audio: Real) -> Real:
    """What lies low: the running mean, twice."""
    window = np.ones(_SMOOTH) / _SMOOTH
    return np.stack(
        [
            np.convolve(np.convolve(channel, window, mode="same"), window, mode="same")
            for channel in audio.T
        ],
        axis=1,
    ).astype(np.float32)


def _shape(drop: Real) -> Real:
    """The numbers of a drop [LENGTH, C] that begins in the first two blocks."""
    middle = np.pad(drop.mean(axis=1, dtype=np.float64), (0, LENGTH - len(drop)))
    power = np.square(middle)
    shape = np.zeros(SHAPE_SIZE, np.float32)
    if drop.shape[1] == 2:
        side = 0.5 * (drop[:, 1] - drop[:, 0]).astype(np.float64)
        shape[PAN] = np.clip(side @ middle[: len(side)] / (power.sum() + _QUIET), -1.0, 1.0)
    begins = int(np.searchsorted(np.cumsum(power), 0.02 * power.sum()))
    mean = power[begins:] @ np.arange(LENGTH - begins) / (power[begins:].sum() + _QUIET)
    shape[DECAY] = np.log(np.clip(2.0 * mean, 1.0, LENGTH / 2.0))  # of power e^(-2n / decay)
    spectrum = np.abs(np.fft.rfft(middle)) ** 2 * (2.0 / LENGTH)
    inside = BAND_OF_BIN >= 0
    bands = np.bincount(BAND_OF_BIN[inside], spectrum[inside], BANDS)
    shape[LEVELS] = 0.5 * np.log(bands + _QUIET)
    return shape
