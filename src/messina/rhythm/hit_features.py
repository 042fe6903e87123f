"""Features of hits, clusters of them, and names for the clusters.

The first 150 ms in bands, without their level. Two looks at the same sound: five moments in broad
bands, which describe its attack and its decay, and one fine spectrum of its lows, which
separates drums and notes by their pitch.

Names are kick 1, snare, hat 2, tom, tone …

Hits are grouped by their sound: average linkage, cut by how much repetitions of a hit differ. The
distance between two hits is the root mean square of the difference of their `hearing`. What a
machine repeats is less than a dB apart, two strokes of a hand 4 to 7, different drums 12 and more.
Ref: Müllner (2011), "Modern hierarchical, agglomerative clustering algorithms" (nearest-neighbour
chain).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.units import SAMPLE_RATE

__all__ = [
    "FEATURES",
    "MOST_CLUSTERS",
    "Character",
    "KnownVoices",
    "cluster",
    "features_of",
    "kind_of",
    "label_groups",
    "nearest",
]

Real = NDArray[np.float32]
Floats = NDArray[np.float64]

BANDS: Final = 26
SLICES_S: Final = (0.0, 0.012, 0.03, 0.06, 0.1, 0.15)
"""Between these times levels are averaged: an attack is told from what rings after it."""
FINE_BANDS: Final = 30
FINE_WEIGHT: Final = 2.0
"""Of a fine band re a broad one."""
RANGE_DB: Final = 48.0
FEATURES: Final = BANDS * (len(SLICES_S) - 1) + FINE_BANDS

_WINDOW: Final = 1024
_HOP: Final = 128
_LOWEST_HZ: Final = 40.0
_HIGHEST_HZ: Final = 16_000.0
_FINE_S: Final = 0.12
_FINE_HZ: Final = (35.0, 1_600.0)


@dataclass(frozen=True, kw_only=True, eq=False)
class KnownVoices:
    """Features and names of a groove's voices, to recognise them in another recording."""

    centres: Real  # [voices, FEATURES]
    loudest_db: float
    """Loudness of velocity 127, dBFS."""


def features_of(mid: Real) -> Real:
    """Levels [FEATURES] of a hit [N] by band and time: RANGE_DB for the loudest, 0 for silence."""
    levels = 10.0 * np.log10(_band_power(mid) + 1e-12)
    edges = [round(at * SAMPLE_RATE / _HOP) for at in SLICES_S]
    patch = np.stack(
        [levels[first : max(end, first + 1)].mean(axis=0) for first, end in pairwise(edges)]
    )
    fine = 10.0 * np.log10(_fine_power(mid) + 1e-12)
    looks = [_audible(patch).ravel(), np.sqrt(FINE_WEIGHT) * _audible(fine)]
    return np.concatenate(looks).astype(np.float32)


def _audible(levels_db: NDArray[np.float64]) -> NDArray[np.float64]:
    """Levels above RANGE_DB under the loudest; a dB counts the more the louder it is."""
    share = np.maximum(levels_db - levels_db.max() + RANGE_DB, 0.0) / RANGE_DB
    return RANGE_DB * share**1.3


def _band_power(mid: Real) -> NDArray[np.float64]:
    """Power [T, BANDS], frame t starting at sample t * HOP; silence follows the end."""
    count = round(SLICES_S[-1] * SAMPLE_RATE / _HOP) + 1
    needed = count * _HOP + _WINDOW
    padded = np.pad(mid[:needed], (0, max(0, needed - len(mid))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP][:count]
    # half a window: what is at the frame's beginning counts, so that the attack is in frame 0
    window = np.cos(np.linspace(0, np.pi / 2, _WINDOW)).astype(np.float32) ** 2
    window[:32] *= np.linspace(0, 1, 32, dtype=np.float32)
    spectrum = np.abs(np.fft.rfft(frames * window)) ** 2
    mel = np.linspace(_mel(_LOWEST_HZ), _mel(_HIGHEST_HZ), BANDS + 2)
    corners = 700.0 * (np.exp(mel / 1127.0) - 1.0)
    return np.asarray(spectrum @ _triangles(tuple(corners.tolist()), _WINDOW), np.float64)


def _fine_power(mid: Real) -> NDArray[np.float64]:
    """Power [FINE_BANDS] of the sound's beginning, in fifths of an octave."""
    size = 16_384
    part = mid[: round(_FINE_S * SAMPLE_RATE)]
    window = np.cos(np.linspace(0, np.pi / 2, len(part))).astype(np.float32) ** 2
    spectrum = np.abs(np.fft.rfft(part * window, size)) ** 2
    corners = np.geomspace(*_FINE_HZ, FINE_BANDS + 2)
    return np.asarray(spectrum @ _triangles(tuple(corners.tolist()), size), np.float64)


@cache
def _triangles(corners_hz: tuple[float, ...], size: int) -> NDArray[np.float64]:
    """Triangles [bins, K], each from one corner over the next to the one after, of equal sum."""
    corners = np.array(corners_hz)
    hz = np.fft.rfftfreq(size, 1 / SAMPLE_RATE)[:, None]
    low, centre, high = corners[:-2], corners[1:-1], corners[2:]
    # low bands are narrower than a bin: each gets at least the bin it lies in
    bin_hz = SAMPLE_RATE / size
    rise = (hz - np.minimum(low, centre - bin_hz)) / np.maximum(centre - low, bin_hz)
    fall = (np.maximum(high, centre + bin_hz) - hz) / np.maximum(high - centre, bin_hz)
    return np.asarray(np.clip(np.minimum(rise, fall), 0.0, 1.0))


def _mel(hz: float) -> float:
    return float(1127.0 * np.log1p(hz / 700.0))


SURE_PITCH: Final = 0.6


@dataclass(frozen=True, kw_only=True)
class Character:
    """Descriptors of a hit, or medians over a group of hits, by which it is named."""

    brightness_hz: float
    decay_s: float
    low_share: float
    """Of the energy, below 150 Hz."""
    high_share: float
    """Of the energy, above 5 kHz."""
    pitch_hz: float
    """0 where there is none."""
    pitch_confidence: float

    @classmethod
    def of_group(cls, members: Sequence[Character]) -> Character:
        """Medians over a group."""
        columns = [
            (m.brightness_hz, m.decay_s, m.low_share, m.high_share, m.pitch_hz, m.pitch_confidence)
            for m in members
        ]
        middle = np.median(np.array(columns), axis=0)
        return cls(
            brightness_hz=float(middle[0]),
            decay_s=float(middle[1]),
            low_share=float(middle[2]),
            high_share=float(middle[3]),
            pitch_hz=float(middle[4]),
            pitch_confidence=float(middle[5]),
        )


def kind_of(character: Character) -> str:
    """The word for a hit with these descriptors: kick, snare, hat and so on."""
    c = character
    if c.pitch_confidence >= SURE_PITCH and 35.0 < c.pitch_hz < 2000.0:
        return "bass" if c.pitch_hz < 130.0 else "tone"
    if c.brightness_hz > 3500.0 and c.low_share < 0.1:
        return "cymbal" if c.decay_s > 0.8 else "hat"
    if c.low_share > 0.45:
        return "kick"
    if c.high_share > 0.05:
        return "snare"
    return "tom" if c.brightness_hz < 350.0 else "perc"


def label_groups(characters: Sequence[Character], sizes: Sequence[int]) -> list[str]:
    """One label a group: numbered, the largest group first, where several are of a kind.

    >>> hat = Character(
    ...     brightness_hz=8e3, decay_s=0.1, low_share=0, high_share=1,
    ...     pitch_hz=0, pitch_confidence=0,
    ... )
    >>> label_groups([hat, hat], [3, 5])
    ['hat 2', 'hat 1']
    """
    kinds = [kind_of(character) for character in characters]
    counts = Counter(kinds)
    labels = list(kinds)
    used: Counter[str] = Counter()
    for index in sorted(range(len(kinds)), key=lambda index: -sizes[index]):
        kind = kinds[index]
        used[kind] += 1
        if counts[kind] > 1:
            labels[index] = f"{kind} {used[kind]}"
    return labels


MOST_CLUSTERS: Final = 64
CUT: Final = 1.8
CUTS_DB: Final = (5.0, 10.5)
"""The tree is cut at so many times the distance of repetitions, between these."""
ABSORB_DB: Final = 12.0
LEAST_SHARE: Final = 0.006
"""Of the hits, in a cluster."""
MOST_LINKED: Final = 2500
"""Of more hits, so many are linked, evenly taken, and the others go where they are nearest."""


def cluster(features: Real) -> NDArray[np.int64]:
    """The cluster [n] of each hit, from its features [n, D]; numbered by first appearance."""
    count = len(features)
    if count <= MOST_LINKED:
        return _by_appearance(_linked(features))
    chosen = np.linspace(0, count - 1, MOST_LINKED).astype(np.int64)
    of_chosen = _linked(features[chosen])
    centres = np.stack(
        [features[chosen][of_chosen == index].mean(axis=0) for index in range(of_chosen.max() + 1)]
    )
    return _by_appearance(nearest(features, centres))


def nearest(features: Real, centres: Real) -> NDArray[np.int64]:
    """The nearest centre [n] for features [n, D] among centres [K, D]."""
    return np.asarray(_squared(features, centres).argmin(axis=1))


def _squared(left: Real, right: Real) -> Floats:
    """Squared distances [n, m], the mean over D, in dB²."""
    a, b = left.astype(np.float64), right.astype(np.float64)
    product = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return np.asarray(np.maximum(product, 0.0) / a.shape[1])


def _linked(features: Real) -> NDArray[np.int64]:
    distance = np.sqrt(_squared(features, features))
    merges = _average_linkage(distance)
    height = float(np.clip(CUT * _usual_variation(distance), *CUTS_DB))
    clusters = _cut(merges, len(features), height)
    if clusters.max() >= MOST_CLUSTERS:
        clusters = _joined(merges[: len(features) - MOST_CLUSTERS], len(features))
    return _absorbed(distance, clusters)


def _average_linkage(distance: Floats) -> list[tuple[float, int, int]]:
    """Merges (height, a member of one side, a member of the other), lowest first."""
    gaps = distance.copy()
    np.fill_diagonal(gaps, np.inf)
    size = np.ones(len(gaps))
    left = np.ones(len(gaps), bool)
    merges: list[tuple[float, int, int]] = []
    chain: list[int] = []
    while len(merges) < len(gaps) - 1:
        if not chain:
            chain = [int(np.argmax(left))]
        top = chain[-1]
        best = int(np.argmin(gaps[top]))
        if len(chain) > 1 and gaps[top, chain[-2]] <= gaps[top, best]:
            best = chain[-2]
            del chain[-2:]
            merges.append((float(gaps[top, best]), top, best))
            row = (size[top] * gaps[top] + size[best] * gaps[best]) / (size[top] + size[best])
            row[[top, best]] = np.inf
            gaps[top], gaps[:, top] = row, row
            gaps[best], gaps[:, best] = np.inf, np.inf
            size[top] += size[best]
            left[best] = False
        else:
            chain.append(best)
    return sorted(merges)


def _cut(merges: list[tuple[float, int, int]], count: int, height: float) -> NDArray[np.int64]:
    return _joined([merge for merge in merges if merge[0] <= height], count)


def _joined(merges: list[tuple[float, int, int]], count: int) -> NDArray[np.int64]:
    """Clusters [count], numbered from 0, after these merges."""
    parent = list(range(count))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for _, one, other in merges:
        parent[root(one)] = root(other)
    _, numbers = np.unique([root(index) for index in range(count)], return_inverse=True)
    return np.asarray(numbers, np.int64)


def _usual_variation(distance: Floats) -> float:
    """How far a hit's third nearest is, for the middle one of the hits: as far as repetitions."""
    if len(distance) < 5:
        return 0.0
    return float(np.median(np.partition(distance, 3, axis=1)[:, 3]))


def _absorbed(distance: Floats, clusters: NDArray[np.int64]) -> NDArray[np.int64]:
    """Clusters too small to be learnt as one go to the nearest, unless nothing is near."""
    least = max(2, round(LEAST_SHARE * len(clusters)))
    result = clusters.copy()
    while True:
        sizes = np.bincount(result, minlength=int(clusters.max()) + 1)
        mean = distance @ np.eye(len(sizes))[result] / np.maximum(sizes, 1)
        for small in np.flatnonzero((sizes > 0) & (sizes < least)):
            gaps = mean[result == small].mean(axis=0)
            gaps[(sizes == 0) | (np.arange(len(sizes)) == small)] = np.inf
            if gaps.min() < ABSORB_DB:
                result[result == small] = int(np.argmin(gaps))
                break
        else:
            return np.asarray(np.unique(result, return_inverse=True)[1], np.int64)


def _by_appearance(clusters: NDArray[np.int64]) -> NDArray[np.int64]:
    _, first, inverse = np.unique(clusters, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]
