"""Validation: how far off a model is, on sounds it was not shown and on each that it keeps.

Weights are chosen by both. Sounds kept aside alone are nearest early and hardly move after it,
while those that are learnt, and with them new sounds, which lie near them, go on getting better.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.instrument.descriptors import audibility
from messina.instrument.inversion import Pooled, encode, refine
from messina.instrument.manifest import LEARNT_SHARE, HistoryRow
from messina.instrument.network import Network, decay_frames, time_features
from messina.instrument.timegrid import POINT_FRAMES
from messina.learning.building import Material
from messina.learning.examples import Examples
from messina.units import NEPERS_TO_DB

__all__ = [
    "ModelError",
    "Validation",
    "Validator",
    "model_error",
    "movement",
    "sound_errors",
]

Arrays = dict[str, NDArray[np.float32]]

_SILENT_WEIGHT = 0.3
_STEPS, _POINTS = 2, 16  # of the fit: enough to judge by, and quick
_ONSET_DB: Final = 3.9
"""What an onset error of 1 counts beside the body's dB, as in training."""
_JUDGED_BY: Final = 24
"""Sounds kept aside, at most; they are fitted one by one."""
_LEARNT_JUDGED_BY: Final = 48
_CHUNK: Final = 32
_COURSES: Final = 5


@dataclass(frozen=True, kw_only=True)
class ModelError:
    """Mean errors of sounds that were encoded, fitted and decoded as an instrument does it."""

    body_db: float  # of levels, as they are heard
    onset: float  # as trained on

    @property
    def total(self) -> float:
        """The level error in dB plus the weighted error of static parameters."""
        return self.body_db + _ONSET_DB * self.onset


@dataclass(frozen=True, kw_only=True)
class Validation:
    """The validation of one set of weights."""

    learnt: ModelError  # as an instrument keeps them: encoded, decoded
    aside: ModelError | None  # of sounds that are not learnt, where there are any

    @property
    def criterion(self) -> float:
        """The number that weights are chosen by; less is better."""
        if self.aside is None:
            return self.learnt.total
        return self.aside.total + LEARNT_SHARE * (self.learnt.total - self.aside.total)

    def row(self, step: int) -> HistoryRow:
        """The row of the learning history at a step."""
        return HistoryRow(
            step=step,
            learnt_db=self.learnt.body_db,
            validation_db=None if self.aside is None else self.aside.body_db,
        )


class Validator:
    """Validates weights during training, on sounds kept aside and on some that are learnt."""

    def __init__(self, material: Material) -> None:
        self._material = material
        aside = material.having("validation")
        self.unheard = len(aside) > 0
        """Whether there are sounds that are not learnt."""
        self._aside = _evenly(aside, _JUDGED_BY)
        self._learnt = _evenly(material.having("learnt"), _LEARNT_JUDGED_BY)

    def verdict(self, arrays: Arrays) -> Validation:
        """Validates these weights."""
        network, examples = Network(self._material.network, arrays), self._material.examples
        return Validation(
            learnt=_kept_error(network, examples, self._learnt),
            aside=model_error(network, examples, self._aside) if self.unheard else None,
        )


def _evenly(chosen: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    return chosen[:: max(1, -(-len(chosen) // most))]


def model_error(network: Network, examples: Examples, chosen: NDArray[np.int64]) -> ModelError:
    """Encodes, fits and decodes the chosen sounds, and measures their mean errors."""
    errors = [_sound_error(network, examples, int(sound)) for sound in chosen]
    return ModelError(
        body_db=float(np.mean([e.body_db for e in errors])),
        onset=float(np.mean([e.onset for e in errors])),
    )


def sound_errors(
    network: Network, examples: Examples, chosen: NDArray[np.int64]
) -> NDArray[np.float32]:
    """The audible level error of each chosen sound, in dB, as the instrument keeps it: encoded,
    not fitted."""
    return _kept_errors(network, examples, chosen)[0].astype(np.float32) * np.float32(NEPERS_TO_DB)


def _kept_error(network: Network, examples: Examples, chosen: NDArray[np.int64]) -> ModelError:
    """The same, and of onsets, on average."""
    levels, onsets = _kept_errors(network, examples, chosen)
    return ModelError(body_db=float(levels.mean()) * NEPERS_TO_DB, onset=float(onsets.mean()))


def _kept_errors(
    network: Network, examples: Examples, chosen: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Errors of levels, in nepers, and of onsets, each [len(chosen)]."""
    parts = [
        _encoded_errors(network, examples, chosen[start : start + _CHUNK])
        for start in range(0, len(chosen), _CHUNK)
    ]
    levels, onsets = zip(*parts, strict=True)
    return np.concatenate(levels), np.concatenate(onsets)


def _encoded_errors(
    network: Network, examples: Examples, some: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    points = examples.points[some].astype(np.float32)
    condition = network.condition(examples.labels[some], examples.controls[some])
    mean, _ = network.encode(network.features(points, examples.onsets[some]), condition)
    return _decoded_errors(network, examples, some, network.code(mean, condition))


def _decoded_errors(
    network: Network, examples: Examples, some: NDArray[np.int64], code: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Errors of levels, in nepers, and of onsets, each [len(some)], of what the codes say."""
    used = network.config.points
    points = examples.points[some].astype(np.float32)
    frames = POINT_FRAMES[None, :used].astype(np.float32)
    times = time_features(frames, decay_frames(examples.decay_s[some]))
    levels, _ = network.body(code, times)
    heard = np.stack([audibility(x) for x in points])[:, :used]
    within = np.arange(used) < examples.counts[some, None]
    heard *= np.where(within, 1.0, _SILENT_WEIGHT)[..., None]
    off = heard * np.abs(levels - points[:, :used])
    errors: NDArray[np.float64] = off.sum(axis=(1, 2), dtype=np.float64) / heard.sum(
        axis=(1, 2), dtype=np.float64
    )
    return errors, _onset_errors(network, examples, some, code)


def _onset_errors(
    network: Network, examples: Examples, some: NDArray[np.int64], code: NDArray[np.float32]
) -> NDArray[np.float64]:
    """How far off onsets [len(some)] are, as trained on."""
    off = np.abs(network.onset(code) - examples.onsets[some]) / network.arrays["onset_scale"]
    smooth = np.where(off < 1, 0.5 * off**2, off - 0.5)
    weights = examples.onset_weights[some]
    errors: NDArray[np.float64] = (weights * smooth).sum(axis=1, dtype=np.float64) / weights.sum(
        axis=1, dtype=np.float64
    )
    return errors


def movement(points: NDArray[np.float32], count: int, decay_s: float) -> float:
    """How far levels deviate from a steady decay, in dB, weighted by audibility.

    points: [POINTS, BODY_SIZE], of which `count` lie within the sound. The decay of each level is
    the nearest sum of a line in time (a decay), a line in log time (a decay that slows down) and
    two quick falls at the start (an attack). Hits and notes stay near such a curve; words, calls
    and whatever moves about do not.
    """
    rows = points[: max(count, _COURSES + 1)]
    frames = POINT_FRAMES[: len(rows)].astype(np.float64)
    share = frames / float(decay_frames(np.array([decay_s]))[0, 0])
    courses = np.stack(
        [np.ones(len(rows)), np.log1p(frames / 2), share, np.exp(-4 * share), np.exp(-frames / 8)],
        axis=1,
    )
    nearest = courses @ np.linalg.lstsq(courses, rows, rcond=None)[0]
    heard = audibility(points)[: len(rows)]
    return float((heard * np.abs(rows - nearest)).sum() / heard.sum()) * NEPERS_TO_DB


def _sound_error(network: Network, examples: Examples, sound: int) -> ModelError:
    one = slice(sound, sound + 1)
    pooled = Pooled(
        points=examples.points[sound].astype(np.float32),
        count=min(int(examples.counts[sound]), network.config.points),
        onset=examples.onsets[sound],
        condition=network.condition(examples.labels[one], examples.controls[one])[0],
        decay_s=float(examples.decay_s[sound]),
    )
    z, _ = encode(network, pooled)
    z, _ = refine(network, pooled, z, steps=_STEPS, points=_POINTS)
    code = network.code(z[None], pooled.condition[None])
    levels, onsets = _decoded_errors(network, examples, np.array([sound]), code)
    return ModelError(body_db=float(levels[0]) * NEPERS_TO_DB, onset=float(onsets[0]))
