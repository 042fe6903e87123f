"""The training of one model: steps, moving average, what a later run needs to go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from messina.instrument.network import BODY_SCALE
from messina.learning.batches import Batches, ahead
from messina.learning.loss import LossConfig, losses
from messina.learning.model import SoundModel
from messina.units import NEPERS_TO_DB

__all__ = ["Trainer", "TrainerConfig"]

Real = NDArray[np.float32]


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
    """One model, its optimiser and its moving average. `close` it when done."""

    def __init__(
        self, model: SoundModel, batches: Batches, config: TrainerConfig, *, seed: int
    ) -> None:
        self.model = model
        self.step = 0
        self._batches = ahead(batches)
        self._config = config
        self._generator = torch.Generator(model.body_mean.device).manual_seed(seed)
        self._optimizer = torch.optim.AdamW(
            model.parameters(),
            config.learning_rate,
            betas=(0.9, 0.98),
            weight_decay=config.weight_decay,
            fused=True,
        )
        self._average = {name: w.detach().clone() for name, w in model.weights().items()}
        self._averaged = 0
        self._error_sum, self._error_count = 0.0, 0

    def close(self) -> None:
        """Ends the drawing of batches."""
        self._batches.close()

    def go_on_with(self, batches: Batches, arrays: Mapping[str, Real]) -> None:
        """From here on learns from other batches, starting at these weights."""
        self.close()
        self._batches = ahead(batches)
        self.restore_weights(arrays)

    def advance(self, share: float, planned: int) -> None:
        """One step; `share` of the run is over, which has `planned` steps."""
        c = self._config
        warm = min(1.0, (self.step + 1) / c.warm_steps)
        rate = warm * c.learning_rate * 0.5 * (1 + np.cos(np.pi * share)) + c.last_rate
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        found = losses(self.model, next(self._batches), c.loss, self._generator)
        self._optimizer.zero_grad()
        found.total.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), c.clip)
        self._optimizer.step()
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
            self._average[name].lerp_(weight.detach(), 1 - keep)

    def learnt_db(self) -> float:
        """Mean audible error of the batches since the last call, in dB."""
        mean = self._error_sum / max(self._error_count, 1)
        self._error_sum, self._error_count = 0.0, 0
        return mean * BODY_SCALE * NEPERS_TO_DB

    def arrays(self) -> dict[str, Real]:
        """The averaged weights and the statistics, rounded as a file holds them."""
        arrays = {
            name: _in_half_precision(weight.cpu().numpy()) for name, weight in self._average.items()
        }
        for name, statistic in self.model.named_buffers():
            arrays[name] = statistic.cpu().numpy()
        return arrays

    def state(self) -> dict[str, Tensor]:
        """Everything a later run needs to go on: weights, their average, both moments."""
        tensors = {}
        for name, weight in self.model.weights().items():
            moments = self._optimizer.state.get(weight, {})
            tensors[f"weight.{name}"] = weight.detach()
            tensors[f"average.{name}"] = self._average[name]
            for key in ("exp_avg", "exp_avg_sq"):
                tensors[f"{key}.{name}"] = moments.get(key, torch.zeros_like(weight))
        return tensors

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Goes on from another run's state."""
        with torch.no_grad():
            for name, weight in self.model.weights().items():
                weight.copy_(state[f"weight.{name}"])
                self._average[name].copy_(state[f"average.{name}"])
                self._optimizer.state[weight] = {
                    "step": torch.tensor(1_000.0, device=weight.device),
                    "exp_avg": state[f"exp_avg.{name}"].to(weight.device),
                    "exp_avg_sq": state[f"exp_avg_sq.{name}"].to(weight.device),
                }
        self._averaged = 1_000

    def restore_weights(self, arrays: Mapping[str, Real]) -> None:
        """Goes on from an instrument's weights alone."""
        with torch.no_grad():
            for name, weight in self.model.weights().items():
                weight.copy_(torch.from_numpy(np.asarray(arrays[name], np.float32)))
                self._average[name].copy_(weight)


def _in_half_precision(weight: Real) -> Real:
    """As near as half precision comes to it; what lies beyond its range is not infinite."""
    most = np.finfo(np.float16).max
    return np.clip(weight, -most, most).astype(np.float16).astype(np.float32)
