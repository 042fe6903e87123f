"""The training of the model of single sounds: its batches, its loss, its weights."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from messina.learning.batches import Batch, Batches, ahead
from messina.learning.model import LossConfig, Losses, SoundModel, losses
from messina.learning.optimizer import Optimizer, OptimizerConfig
from messina.learning.workers import ALONE, Workers

__all__ = ["Trainer", "TrainerConfig"]

Real = NDArray[np.float32]

_OPTIMIZER: Final = OptimizerConfig(
    learning_rate=2e-3,
    last_rate=1e-5,
    weight_decay=1e-3,
    warm_steps=30,
    fused=True,
    average_every=5,
    average_share=0.08,
)


@dataclass(frozen=True, kw_only=True)
class TrainerConfig:
    """How the autoencoder of single sounds is trained."""

    optimizer: OptimizerConfig = _OPTIMIZER
    loss: LossConfig = field(default_factory=LossConfig)
    half: bool = False
    """Whether matrix products are of bfloat16."""


class Trainer:
    """Trains one autoencoder: its batches, its loss, its optimiser. `close` it when done."""

    def __init__(
        self,
        model: SoundModel,
        batches: Sequence[Batches],
        config: TrainerConfig,
        *,
        seed: int,
        workers: Workers = ALONE,
    ) -> None:
        """batches: drawn from side by side, taken from in turn."""
        self.model = model
        self.waited_s = 0.0
        """For batches."""
        self._batches = ahead(*batches)
        self._config = config
        self._workers = workers
        generator = torch.Generator(model.body_mean.device).manual_seed(seed)
        self._objective = workers.wrapped(_Objective(model, config, generator))
        self._optimizer = Optimizer(model.weights(), config.optimizer)

    @property
    def step(self) -> int:
        """Steps of this run."""
        return self._optimizer.step

    def close(self) -> None:
        """Ends the drawing of batches."""
        self._batches.close()

    def go_on_with(self, batches: Sequence[Batches], arrays: Mapping[str, Real]) -> None:
        """Continues with other batches, starting at these weights."""
        self.close()
        self._batches = ahead(*batches)
        self.restore_weights(arrays)

    def advance(self, share: float, planned: int) -> None:
        """One step; `share` of the run is over, which has `planned` steps."""
        began = time.perf_counter()
        batch = next(self._batches)
        self.waited_s += time.perf_counter() - began
        found: Losses = self._objective(batch)
        self._optimizer.advance(found.total, share, planned)

    def arrays(self) -> dict[str, Real]:
        """The averaged weights and the statistics, rounded as a file holds them."""
        statistics = {name: x.cpu().numpy() for name, x in self.model.named_buffers()}
        return {**self._optimizer.arrays(), **statistics}

    def state(self) -> dict[str, Tensor]:
        """Everything a later run needs to go on."""
        return self._optimizer.state()

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Takes up the state of another run."""
        self._optimizer.restore(state)

    def restore_weights(self, arrays: Mapping[str, Real]) -> None:
        """Starts from an instrument's weights, without the optimiser's moments."""
        self._optimizer.restore_weights(arrays)

    def join(self) -> None:
        """Gives all workers the weights of the first."""
        if self._workers.count == 1:
            return
        state = {name: tensor.clone() for name, tensor in self.state().items()}
        self._workers.spread(state)
        if self._workers.agreed(self.step == 0 and self._optimizer.goes_on):
            self.restore(state)
        else:
            self._optimizer.set_weights(state)


class _Objective(nn.Module):
    """The loss of a batch as a module, whose gradients workers can average."""

    def __init__(
        self, model: SoundModel, config: TrainerConfig, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.model, self._config, self._generator = model, config, generator

    def forward(self, batch: Batch) -> Losses:
        device = self.model.body_mean.device.type
        with torch.autocast(device, torch.bfloat16, enabled=self._config.half):
            return losses(self.model, batch, self._config.loss, self._generator)
