"""Validation: how far off a model is, on sounds it was not shown and on each that it keeps; the
best weights so far, and the file on disk that follows them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.instrument import Instrument
from messina.instrument.descriptors import audibility
from messina.instrument.inversion import Pooled, encode, refine
from messina.instrument.manifest import HistoryRow
from messina.instrument.network import Network, decay_frames, time_features
from messina.instrument.timegrid import POINT_FRAMES
from messina.learning.building import Judged, Material, as_loud_as_learnt, build_instrument
from messina.learning.examples import Examples
from messina.learning.fitting import BestCheckpoint, RunFiles
from messina.learning.trainer import Trainer
from messina.units import NEPERS_TO_DB

__all__ = ["BestInstrument", "Checks", "ModelError", "model_error", "movement", "sound_errors"]

Arrays = dict[str, NDArray[np.float32]]

_SILENT_WEIGHT = 0.3
_STEPS, _POINTS = 2, 16  # of the fit: enough to judge by, and quick
_ONSET_DB: Final = 3.9
"""What an onset error of 1 counts beside the body's dB, as in training."""
_JUDGED_BY: Final = 24
"""Sounds, at most."""
_CHUNK: Final = 32
_COURSES: Final = 5


@dataclass(frozen=True, kw_only=True)
class ModelError:
    """Errors of sounds resynthesised, as an instrument does it: encoded, fitted, decoded."""

    body_db: float  # of levels, as they are heard
    onset: float  # as trained on

    @property
    def total(self) -> float:
        """What models are chosen by."""
        return self.body_db + _ONSET_DB * self.onset


class Checks:
    """What weights are judged by as learning goes: sounds kept aside, else some it learns."""

    def __init__(self, material: Material) -> None:
        self._material = material
        aside = material.having("validation")
        self.unheard = len(aside) > 0
        """Whether they are sounds that are not learnt."""
        chosen = aside if self.unheard else material.having("learnt")
        self._chosen = chosen[:: max(1, -(-len(chosen) // _JUDGED_BY))]

    def error(self, arrays: Arrays) -> ModelError:
        """The error of these weights."""
        network = Network(self._material.network, arrays)
        return model_error(network, self._material.examples, self._chosen)


def model_error(network: Network, examples: Examples, chosen: NDArray[np.int64]) -> ModelError:
    """The error on the chosen sounds."""
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
    parts = [
        _level_errors(network, examples, chosen[start : start + _CHUNK])
        for start in range(0, len(chosen), _CHUNK)
    ]
    return np.concatenate(parts).astype(np.float32)


def _level_errors(
    network: Network, examples: Examples, some: NDArray[np.int64]
) -> NDArray[np.float64]:
    used = network.config.points
    points = examples.points[some].astype(np.float32)
    condition = network.condition(examples.labels[some], examples.controls[some])
    mean, _ = network.encode(network.features(points, examples.onsets[some]), condition)
    frames = POINT_FRAMES[None, :used].astype(np.float32)
    times = time_features(frames, decay_frames(examples.decay_s[some]))
    levels, _ = network.body(network.code(mean, condition), times)
    heard = np.stack([audibility(x) for x in points])[:, :used]
    within = np.arange(used) < examples.counts[some, None]
    heard *= np.where(within, 1.0, _SILENT_WEIGHT)[..., None]
    off = heard * np.abs(levels - points[:, :used])
    errors: NDArray[np.float64] = off.sum(axis=(1, 2), dtype=np.float64) / heard.sum(
        axis=(1, 2), dtype=np.float64
    )
    return errors * NEPERS_TO_DB


def movement(points: NDArray[np.float32], count: int, decay_s: float) -> float:
    """How far a sound's levels stray from a steady course, in dB, weighted by what is heard.

    points: [POINTS, BODY_SIZE], of which `count` lie within the sound. The course of each level is
    the nearest sum of a line in time (a decay), a line in log time (a decay that slows down) and
    two quick falls at the start (an attack). Hits and notes stay near such a course; words, calls
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
    used = network.config.points
    points = examples.points[sound].astype(np.float32)
    one = slice(sound, sound + 1)
    pooled = Pooled(
        points=points,
        count=min(int(examples.counts[sound]), used),
        onset=examples.onsets[sound],
        condition=network.condition(examples.labels[one], examples.controls[one])[0],
        decay_s=float(examples.decay_s[sound]),
    )
    z, _ = encode(network, pooled)
    z, _ = refine(network, pooled, z, steps=_STEPS, points=_POINTS)
    code = network.code(z[None], pooled.condition[None])
    frames = POINT_FRAMES[None, :used].astype(np.float32)
    levels, _ = network.body(code, time_features(frames, decay_frames(examples.decay_s[one])))
    heard = audibility(points)[:used]
    heard *= np.where(np.arange(used) < pooled.count, 1.0, _SILENT_WEIGHT)[:, None]
    body = float((heard * np.abs(levels[0] - points[:used])).sum() / heard.sum())
    off = np.abs(network.onset(code)[0] - pooled.onset) / network.arrays["onset_scale"]
    smooth = np.where(off < 1, 0.5 * off**2, off - 0.5)
    weights = examples.onset_weights[sound]
    return ModelError(
        body_db=body * NEPERS_TO_DB, onset=float((weights * smooth).sum() / weights.sum())
    )


_SAVE_EVERY_S: Final = 10.0


class BestInstrument:
    """The instrument of the best weights so far: its checkpoint in memory and its file.

    warn: told, once each, what could not be written on the way.
    """

    def __init__(
        self,
        material: Material,
        out: Path | None,
        *,
        history: tuple[HistoryRow, ...] = (),
        warn: Callable[[str], None],
    ) -> None:
        self._material = material
        self._history = list(history)
        self._best: BestCheckpoint[tuple[Arrays, int]] = BestCheckpoint()
        self.files = RunFiles(out, warn=warn, every_s=_SAVE_EVERY_S)
        self.planned_steps = 0

    @property
    def arrays(self) -> Arrays:
        """The best weights."""
        return self._best.value[0]

    def start_from(self, arrays: Arrays, step: int, criterion: float) -> None:
        """The weights of an earlier run, to be bettered."""
        self._best.offer((arrays, step), criterion)

    def offer(self, arrays: Arrays, row: HistoryRow, criterion: float) -> None:
        """Takes the weights if they are the best so far."""
        self._history.append(row)
        self._best.offer((arrays, row.step), criterion)

    def take(self, arrays: Arrays, row: HistoryRow, material: Material) -> None:
        """Takes the weights, whatever there was before: they have learnt more sounds."""
        self._history.append(row)
        self._material = material
        self._best.offer((arrays, row.step), None)

    def save_now_and_then(self, trainer: Trainer) -> None:
        """Saves when the last time is a while ago; what cannot be written is no reason to end."""
        self.files.save_now_and_then(lambda out: self.instrument().save(out), trainer)

    def finished(self, trainer: Trainer) -> Instrument:
        """The instrument of the best weights, judged, and written where it belongs."""
        arrays, step = self._best.value
        self._best.describe((as_loud_as_learnt(arrays, self._material), step))
        instrument = self.instrument(self._judged())
        self.files.save(instrument.save, trainer)
        return instrument

    def _judged(self) -> dict[int, Judged]:
        """Error and movement of each sound that is kept."""
        examples, chosen = self._material.examples, self._material.kept
        errors = sound_errors(Network(self._material.network, self.arrays), examples, chosen)
        return {
            int(i): Judged(
                error_db=round(float(error), 2),
                movement_db=round(
                    movement(
                        examples.points[i].astype(np.float32),
                        int(examples.counts[i]),
                        float(examples.decay_s[i]),
                    ),
                    2,
                ),
            )
            for i, error in zip(chosen, errors, strict=True)
        }

    def instrument(self, judged: Mapping[int, Judged] | None = None) -> Instrument:
        """The instrument of the best weights."""
        return build_instrument(
            self._material,
            self.arrays,
            steps=self._best.value[1],
            planned_steps=self.planned_steps,
            history=self._history,
            judged=judged or {},
        )
