"""The training of one model: steps, moving average, validation."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from messina.instrument.descriptors import audibility, onset_weights
from messina.instrument.network import BODY_SCALE, Network, decay_frames, time_features
from messina.instrument.timegrid import POINT_FRAMES
from messina.learning.batches import Batches
from messina.learning.examples import Examples
from messina.learning.loss import LossConfig, losses
from messina.learning.model import SoundModel

__all__ = ["NEPERS_TO_DB", "Trainer", "TrainerConfig", "model_error"]

Real = NDArray[np.float32]

NEPERS_TO_DB = 20 / np.log(10)
_SILENT_WEIGHT = 0.3
_CHUNK = 32


@dataclass(frozen=True, kw_only=True)
class TrainerConfig:
    """How the model is trained."""

    learning_rate: float = 2e-3
    last_rate: float = 1e-5
    weight_decay: float = 1e-3
    warm_steps: int = 30
    clip: float = 1.0
    average_every: int = 5
    average_share: float = 0.08  # of the run that the moving average reaches back
    loss: LossConfig = field(default_factory=LossConfig)


class Trainer:
    """One model, its optimiser and its moving average."""

    def __init__(
        self, model: SoundModel, batches: Batches, config: TrainerConfig, *, seed: int
    ) -> None:
        self.model = model
        self.step = 0
        self._batches = batches
        self._config = config
        device = model.body_mean.device
        self._generator = torch.Generator(device).manual_seed(seed)
        self.optimizer = torch.optim.AdamW(
            model.parameters(),
            config.learning_rate,
            betas=(0.9, 0.98),
            weight_decay=config.weight_decay,
            fused=True,
        )
        self.average = {name: w.detach().clone() for name, w in model.weights().items()}
        self._averaged = 0
        self._error_sum, self._error_count = 0.0, 0

    def advance(self, share: float, planned: int) -> None:
        """One step; `share` of the run is over, which has `planned` steps."""
        c = self._config
        warm = min(1.0, (self.step + 1) / c.warm_steps)
        rate = warm * c.learning_rate * 0.5 * (1 + np.cos(np.pi * share)) + c.last_rate
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        found = losses(self.model, self._batches.draw(), c.loss, self._generator)
        self.optimizer.zero_grad()
        found.total.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), c.clip)
        self.optimizer.step()
        self.step += 1
        if self.step % c.average_every == 0:
            self._update_average(planned)
            self._error_sum += float(found.body)
            self._error_count += 1

    def _update_average(self, planned: int) -> None:
        reach = max(10.0, self._config.average_share * planned / self._config.average_every)
        self._averaged += 1
        keep = min(1 - 1 / reach, self._averaged / (self._averaged + 9))
        for name, weight in self.model.weights().items():
            self.average[name].lerp_(weight.detach(), 1 - keep)

    def learnt_db(self) -> float:
        """Mean audible error of the batches since the last call, in dB."""
        mean = self._error_sum / max(self._error_count, 1)
        self._error_sum, self._error_count = 0.0, 0
        return float(mean * BODY_SCALE * NEPERS_TO_DB)

    def arrays(self) -> dict[str, Real]:
        """The averaged weights and the statistics, rounded as a file holds them."""
        arrays = {
            name: weight.cpu().numpy().astype(np.float16).astype(np.float32)
            for name, weight in self.average.items()
        }
        for name, statistic in self.model.named_buffers():
            arrays[name] = statistic.cpu().numpy()
        return arrays

    def state(self) -> dict[str, Tensor]:
        """Everything a later run needs to go on."""
        tensors = {f"average.{name}": tensor for name, tensor in self.average.items()}
        for name, weight in self.model.weights().items():
            tensors[f"weight.{name}"] = weight.detach()
            for key, value in self.optimizer.state.get(weight, {}).items():
                tensors[f"{key}.{name}"] = value
        return tensors


def model_error(
    network: Network, examples: Examples, chosen: NDArray[np.int64]
) -> tuple[float, float]:
    """Audible error in dB of the chosen sounds through the encoder's mean, and of their onsets.

    The first is of the body's levels; the second counts the onset as training does.
    """
    total, weight_sum, onset_sum = 0.0, 0.0, 0.0
    for start in range(0, len(chosen), _CHUNK):
        some = chosen[start : start + _CHUNK]
        points = examples.points[some].astype(np.float32)
        condition = network.condition(examples.labels[some], examples.controls[some])
        z, _ = network.encode(network.features(points, examples.onsets[some]), condition)
        code = network.code(z, condition)
        used = network.config.points
        frames = POINT_FRAMES[None, :used].astype(np.float32)
        body, _ = network.body(code, time_features(frames, decay_frames(examples.decay_s[some])))
        target = points[:, :used]
        within = np.arange(used) < examples.counts[some][:, None]
        heard = audibility(target) * np.where(within, 1.0, _SILENT_WEIGHT)[..., None]
        total += float((heard * np.abs(body - target)).sum())
        weight_sum += float(heard.sum())
        encoded = points[:, network.config.encoded_points]
        weights = onset_weights(encoded)
        off = np.abs(network.onset(code) - examples.onsets[some]) / network.arrays["onset_scale"]
        smooth = np.where(off < 1, 0.5 * off**2, off - 0.5)
        onset_sum += float(((weights * smooth).sum(1) / weights.sum(1)).sum())
    return float(total / weight_sum * NEPERS_TO_DB), onset_sum / len(chosen)
