"""How far off a model is on sounds it was not shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.instrument.descriptors import audibility, onset_weights
from messina.instrument.network import Network, decay_frames, time_features
from messina.instrument.timegrid import POINT_FRAMES
from messina.learning.examples import Examples
from messina.learning.trainer import NEPERS_TO_DB

__all__ = ["ModelError", "model_error"]

_SILENT_WEIGHT = 0.3
_CHUNK = 32
_ONSET_DB: Final = 3.9
"""What an onset error of 1 counts beside the body's dB, as in training."""


@dataclass(frozen=True, kw_only=True)
class ModelError:
    """Errors of sounds that went through the encoder's mean and back."""

    body_db: float  # of levels, as they are heard
    onset: float  # as trained on

    @property
    def total(self) -> float:
        """What models are chosen by."""
        return self.body_db + _ONSET_DB * self.onset


def model_error(network: Network, examples: Examples, chosen: NDArray[np.int64]) -> ModelError:
    """The error on the chosen sounds."""
    body, weight, onset = 0.0, 0.0, 0.0
    for start in range(0, len(chosen), _CHUNK):
        some = chosen[start : start + _CHUNK]
        points = examples.points[some].astype(np.float32)
        condition = network.condition(examples.labels[some], examples.controls[some])
        z, _ = network.encode(network.features(points, examples.onsets[some]), condition)
        code = network.code(z, condition)
        used = network.config.points
        frames = POINT_FRAMES[None, :used].astype(np.float32)
        levels, _ = network.body(code, time_features(frames, decay_frames(examples.decay_s[some])))
        target = points[:, :used]
        within = np.arange(used) < examples.counts[some][:, None]
        heard = audibility(target) * np.where(within, 1.0, _SILENT_WEIGHT)[..., None]
        body += float((heard * np.abs(levels - target)).sum())
        weight += float(heard.sum())
        weights = onset_weights(points[:, network.config.encoded_points])
        off = np.abs(network.onset(code) - examples.onsets[some]) / network.arrays["onset_scale"]
        smooth = np.where(off < 1, 0.5 * off**2, off - 0.5)
        onset += float(((weights * smooth).sum(axis=1) / weights.sum(axis=1)).sum())
    return ModelError(body_db=body / weight * NEPERS_TO_DB, onset=onset / len(chosen))
