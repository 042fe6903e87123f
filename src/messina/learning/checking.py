"""How far off a model is on sounds it was not shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.instrument.descriptors import audibility
from messina.instrument.fitting import Pooled, encode, refine
from messina.instrument.network import Network, decay_frames, time_features
from messina.instrument.timegrid import POINT_FRAMES
from messina.learning.examples import Examples
from messina.learning.trainer import NEPERS_TO_DB

__all__ = ["ModelError", "model_error"]

_SILENT_WEIGHT = 0.3
_STEPS, _POINTS = 2, 16  # of the fit: enough to judge by, and quick
_ONSET_DB: Final = 3.9
"""What an onset error of 1 counts beside the body's dB, as in training."""


@dataclass(frozen=True, kw_only=True)
class ModelError:
    """Errors of sounds resynthesised, as an instrument does it: encoded, fitted, decoded."""

    body_db: float  # of levels, as they are heard
    onset: float  # as trained on

    @property
    def total(self) -> float:
        """What models are chosen by."""
        return self.body_db + _ONSET_DB * self.onset


def model_error(network: Network, examples: Examples, chosen: NDArray[np.int64]) -> ModelError:
    """The error on the chosen sounds."""
    errors = [_sound_error(network, examples, int(sound)) for sound in chosen]
    return ModelError(
        body_db=float(np.mean([e.body_db for e in errors])),
        onset=float(np.mean([e.onset for e in errors])),
    )


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
