"""A corpus as tensors: every sound's points, onset and controls, and what is measured on all; which
of its sounds are learnt, which are kept aside to choose by, which are held out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from messina.corpus import DescribedSound
from messina.frames.layout import BODY_SIZE, ONSET_SIZE, ONSET_SLICES, band_edges_hz, reference_of
from messina.instrument.controls import Controls, ControlScale, scale_controls
from messina.instrument.manifest import Role
from messina.instrument.network import NetworkConfig
from messina.instrument.timegrid import POINTS
from messina.learning.point_store import Analyses, IndexedAnalyses, Points

__all__ = [
    "Examples",
    "SoundArray",
    "assign_roles",
    "audibility_of_onsets",
    "measure_statistics",
    "with_fixed_signs",
]

_VALIDATION_SHARE: Final = 0.1
_LEAST_FOR_VALIDATION = 12
"""With fewer sounds each one is worth more learnt than kept aside."""
_LEAST_GROUPS = 6


def assign_roles(
    sounds: Sequence[DescribedSound], *, seed: int, before: Mapping[str, Role] | None = None
) -> list[Role]:
    """The role of each sound: held out as the corpus says, a tenth of the rest for validation.

    Of pitched labels whole pitches are kept aside, and what is one take stays together. before:
    roles by digest in an earlier run, which stay, so that nothing once learnt is later judged by.
    """
    roles: list[Role] = ["held out" if sound.held_out else "learnt" for sound in sounds]
    if "learnt" not in roles:  # better to learn what was to be held out than nothing
        return ["learnt"] * len(sounds)
    if before is not None:
        return [
            role if role == "held out" else _as_before(before.get(sound.digest))
            for role, sound in zip(roles, sounds, strict=True)
        ]
    for i in _kept_aside(sounds, [i for i, role in enumerate(roles) if role == "learnt"], seed):
        roles[i] = "validation"
    return roles


def _as_before(role: Role | None) -> Role:
    return "validation" if role == "validation" else "learnt"


def _kept_aside(sounds: Sequence[DescribedSound], learnt: Sequence[int], seed: int) -> list[int]:
    groups = _groups(sounds, learnt)
    if len(learnt) < _LEAST_FOR_VALIDATION or len(groups) < _LEAST_GROUPS:
        return []
    wanted = round(_VALIDATION_SHARE * len(learnt))
    left = Counter(sounds[i].label for i in learnt)
    shuffled = [groups[place] for place in np.random.default_rng(seed).permutation(len(groups))]
    aside: list[int] = []
    for last_of_label in (False, True):  # such only where there is nothing else
        for group in shuffled:
            labels = Counter(sounds[i].label for i in group)
            fits = not aside or len(aside) + len(group) <= wanted
            is_last = any(left[label] <= count for label, count in labels.items())
            if len(aside) < wanted and fits and is_last == last_of_label and group[0] not in aside:
                aside.extend(group)
                left -= labels
    return aside


def _groups(sounds: Sequence[DescribedSound], chosen: Sequence[int]) -> list[list[int]]:
    """The chosen sounds by what stays together: a pitch of a label, a take, what these link."""
    groups: list[list[int]] = []
    place: dict[tuple[str, ...], int] = {}
    for i in sorted(chosen, key=lambda i: (sounds[i].label, sounds[i].digest)):
        sound = sounds[i]
        keys: list[tuple[str, ...]] = [("take", sound.take or sound.digest)]
        if sound.note is not None:
            keys.append(("pitch", sound.label, str(round(sound.note))))
        linked = sorted({place[key] for key in keys if key in place})
        own = linked[0] if linked else len(groups)
        if not linked:
            groups.append([])
        for other in linked[1:]:
            groups[own].extend(groups[other])
            groups[other] = []
            place = {key: own if at == other else at for key, at in place.items()}
        groups[own].append(i)
        place |= dict.fromkeys(keys, own)
    return [group for group in groups if group]


Real = NDArray[np.float32]

_BASIS_ROWS = 20_000
"""Body rows the principal components are taken from, at most."""
_BASIS_ONSETS = 4_000
"""The same of onsets."""
_AT_ONCE = 8_192
"""Rows whose principal components are taken at once; of more it is done in parts."""
_BLOCK = 1_024
"""Sounds whose onsets are looked at together."""
_LEAST_BODY, _LEAST_ONSET = 1e-3, 1e-2
"""Spreads of a direction under which it is none: in nepers; in spreads of the onset's numbers."""


class SoundArray(Protocol):
    """An array with a row a sound, in memory or on the disk."""

    def __getitem__(self, sounds: Any, /) -> Any:
        """The row of one sound, or the rows of several, as an array."""


@dataclass(frozen=True, kw_only=True)
class Examples:
    """The S sounds of a corpus as arrays, ready to be batched."""

    points: Points  # [S, POINTS, BODY_SIZE]
    counts: NDArray[np.int64]  # [S] points within the sound
    rows: Points  # [S, R, BODY_SIZE] at an even rate, as trajectories take them
    frames: NDArray[np.int64]  # [S] how long the sound is
    onsets: SoundArray  # [S, ONSET_SIZE]
    onset_weights: SoundArray  # [S, ONSET_SIZE] how much each number of the onset counts
    loudest: SoundArray  # [S, BANDS] level of the partials
    fine: SoundArray  # [S, FINE_CELLS / 2] fine spectra of the noise, packed
    contour: Callable[[int], NDArray[np.float16] | None]  # [R] cents, where its pitch moves
    labels: NDArray[np.int64]  # [S]
    controls: Real  # [S, CONTROLS], scaled
    decay_s: Real  # [S]
    reference_hz: Real  # [S]

    def __len__(self) -> int:
        return len(self.points)

    @classmethod
    def of(
        cls,
        found: Analyses | IndexedAnalyses,
        labels: Sequence[int],
        controls: Sequence[Controls],
        scale: ControlScale,
    ) -> Examples:
        """Puts analysed sounds together; all sequences run in parallel."""
        return cls(
            points=found.points,
            counts=found.counts,
            rows=found.rows,
            frames=found.frames,
            onsets=found.onsets,
            onset_weights=found.onset_weights,
            loudest=found.loudest,
            fine=found.fine,
            contour=found.contour,
            labels=np.asarray(labels, np.int64),
            controls=scale_controls(controls, scale),
            decay_s=np.array([c.decay_s for c in controls], np.float32),
            reference_hz=np.array(
                [reference_of(c.note) for c in controls],
                np.float32,
            ),
        )

    def longest(self) -> int:
        """Points the longest sound needs, with two of silence after it."""
        return min(POINTS, max(26, int(self.counts.max()) + 2))


def _condensed(rows: Real) -> Real:
    """Rows with the same principal directions and values: of many rows, R of their QR.

    R of a part stands for it, so one part after the other is taken in.
    """
    if len(rows) <= _AT_ONCE:
        return rows
    condensed = rows[:0]
    for start in range(0, len(rows), _AT_ONCE // 2):
        part = np.concatenate([condensed, rows[start : start + _AT_ONCE // 2]])
        condensed = np.asarray(np.linalg.qr(part, mode="r"))
    return condensed


def with_fixed_signs(directions: NDArray[np.floating]) -> NDArray[np.floating]:
    """Principal directions [n, D], each with its largest number positive.

    The sign of a direction is the solver's whim; fixed, runs agree.
    """
    largest = directions[np.arange(len(directions)), np.abs(directions).argmax(axis=1)]
    return directions * np.sign(largest)[:, None]


def _principal(rows: Real, count: int, *, least: float) -> Real:
    """First principal directions [count, D] of rows [n, D], as long as makes their spread 1.

    Zeros where there are fewer, and where the rows spread by less than `least`: what hardly varies
    is nothing to be told by, and made as large as what does it would drown it. The last direction
    of few sounds is the rounding of their mean, and all there is of a single sound's onset.
    """
    basis = np.zeros((count, rows.shape[1]), np.float32)
    _, values, directions = np.linalg.svd(_condensed(rows), full_matrices=False)
    kept = min(count, int((values > 1e-6 * max(values[0], 1e-12)).sum()))
    kept_directions = with_fixed_signs(directions[:kept])
    spread = (rows @ kept_directions.T).std(axis=0)
    wide = spread >= least
    basis[:kept][wide] = (kept_directions / np.maximum(spread, least)[:, None])[wide]
    return basis


def measure_statistics(
    examples: Examples, config: NetworkConfig, chosen: NDArray[np.int64]
) -> dict[str, Real]:
    """Means, scales and principal components of the chosen sounds, as the network wants them."""
    rows = _some_rows(examples, chosen)
    body_mean = rows.mean(axis=0)
    rows -= body_mean
    mean, scale = _weighted_spread(examples, chosen)
    return {
        "body_mean": body_mean,
        "body_basis": _principal(rows, config.body_components, least=_LEAST_BODY),
        "onset_mean": mean,
        "onset_scale": scale,
        "onset_basis": _principal(
            _onset_rows(examples, chosen, mean, scale), config.onset_components, least=_LEAST_ONSET
        ),
    }


def _some_rows(examples: Examples, chosen: NDArray[np.int64]) -> Real:
    """Body rows within the chosen sounds [n, BODY_SIZE]: all, or one in so many, evenly."""
    ends = np.cumsum(examples.counts[chosen])
    wanted = np.arange(0, ends[-1], -(-int(ends[-1]) // _BASIS_ROWS))
    within = np.searchsorted(ends, wanted, side="right")
    rows = np.empty((len(wanted), BODY_SIZE), np.float32)
    for index in np.unique(within):
        here = within == index
        own = examples.points.rows(int(chosen[index]))
        rows[here] = own[wanted[here] - ends[index] + len(own)]
    return rows


def _onset_rows(examples: Examples, chosen: NDArray[np.int64], mean: Real, scale: Real) -> Real:
    """Onsets [n, ONSET_SIZE] in spreads, as far as they are heard; of many sounds every so many."""
    some = chosen[:: -(-len(chosen) // _BASIS_ONSETS)]
    rows = examples.onsets[some]
    rows -= mean
    rows /= scale
    rows *= _heard(examples.onset_weights[some])
    return rows


def audibility_of_onsets(examples: Examples, chosen: NDArray[np.int64]) -> Real:
    """Mean audibility of each static parameter [ONSET_SIZE] over the chosen sounds, 0 … 1."""
    weights = examples.onset_weights
    return _sum_over(chosen, lambda some: _heard(weights[some])) / np.float32(len(chosen))


def _heard(weights: Real) -> Real:
    """How much of onsets the encoder is shown, by their weights [n, ONSET_SIZE]."""
    heard: Real = np.sqrt(weights / weights.max(axis=-1, keepdims=True))
    return heard


def _weighted_spread(examples: Examples, chosen: NDArray[np.int64]) -> tuple[Real, Real]:
    """Mean and spread of each number of the onset over sounds where it is heard."""
    onsets, weights = examples.onsets, examples.onset_weights
    total = _sum_over(chosen, lambda some: weights[some]) + 1e-9
    mean = _sum_over(chosen, lambda some: weights[some] * onsets[some]) / total
    variance = _sum_over(chosen, lambda some: weights[some] * (onsets[some] - mean) ** 2) / total
    return mean.astype(np.float32), np.sqrt(variance + _LEAST_SPREAD**2).astype(np.float32)


def _sum_over(chosen: NDArray[np.int64], values: Callable[[NDArray[np.int64]], Real]) -> Real:
    """The sum of values [n, ...] of some sounds over all that are chosen, in blocks."""
    total = values(chosen[:_BLOCK]).sum(axis=0)
    for start in range(_BLOCK, len(chosen), _BLOCK):
        total += values(chosen[start : start + _BLOCK]).sum(axis=0)
    return total


def _least_spread() -> Real:
    """Differences smaller than these [ONSET_SIZE] are not worth learning; of pitch, 2 cents."""
    least = np.full(ONSET_SIZE, 0.03, np.float32)
    cents = 1200 * np.diff(np.log2(band_edges_hz()))
    least[ONSET_SLICES["offsets"]] = 2.0 / cents
    return least


_LEAST_SPREAD = _least_spread()
