"""The network that draws the fast level, with gradients, and its training.

It has the same arrays by the same names as messina.texture.fast.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from messina.learning.optimizer import Optimizer, OptimizerConfig, in_half_precision
from messina.texture.fast import EARLIER, LAYERS, LOG_SPREADS
from messina.texture.model import NetworkShape, TextureModel

__all__ = ["FastModel", "FastTrainer", "FastTrainerConfig", "mixture_loss"]

_LOG_TWO_PI: Final = float(np.log(2 * np.pi))


class FastModel(nn.Module):
    """Draws fast levels; shapes as in messina.texture.fast."""

    fast_scale: Tensor

    def __init__(
        self, shape: NetworkShape, *, recordings: int, fast_scale: NDArray[np.float32]
    ) -> None:
        super().__init__()
        latents = len(fast_scale)
        self.register_buffer("fast_scale", torch.from_numpy(fast_scale))
        self.components = shape.components
        self.embedding = nn.Parameter(0.3 * torch.randn(recordings, shape.embedding))
        self.input = nn.Linear(3 * latents + shape.embedding, shape.width)
        self.gru = nn.GRU(shape.width, shape.width, LAYERS, batch_first=True)
        self.output = nn.Linear(shape.width, shape.components * (2 * latents + 1))

    def forward(
        self, fast: Tensor, slow: Tensor, earlier: Tensor, styles: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """ln weights [B, T, M], means and ln deviations [B, T, M, D] of what comes next.

        fast [B, T, D]: the fast level one patch before; slow, earlier [B, T, D]: the slow level
        now and some patches before; styles [B]: the recordings.
        """
        style = self.embedding[styles][:, None].expand(-1, fast.shape[1], -1)
        h = torch.tanh(self.input(torch.cat([fast, slow, earlier, style], dim=-1)))
        h, _ = self.gru(h)
        out = self.output(h).unflatten(-1, (self.components, -1))
        size = fast.shape[-1]
        spreads = out[..., size + 1 :].clamp(*LOG_SPREADS)
        return out[..., 0].log_softmax(dim=-1), out[..., 1 : size + 1], spreads


def mixture_loss(logits: Tensor, means: Tensor, spreads: Tensor, target: Tensor) -> Tensor:
    """Mean negative ln likelihood of targets [B, T, D], in nats a number."""
    distance = ((target.unsqueeze(-2) - means) * torch.exp(-spreads)).square()
    ln = -0.5 * (distance + _LOG_TWO_PI).sum(dim=-1) - spreads.sum(dim=-1)
    return -torch.logsumexp(logits + ln, dim=-1).mean() / target.shape[-1]


_LEAST_SCALE = 0.05
_HELD_SHARE = 0.1  # of each recording, its end, kept aside where there is enough

_OPTIMIZER: Final = OptimizerConfig(
    learning_rate=2e-3,
    last_rate=2e-5,
    weight_decay=1e-2,
    warm_steps=30,
    warms_last_rate=True,
    betas=(0.9, 0.999),
    average_least=200.0,
)


@dataclass(frozen=True, kw_only=True)
class FastTrainerConfig:
    """How the network is trained."""

    optimizer: OptimizerConfig = _OPTIMIZER
    batch: int = 24
    length: int = 64
    noise: float = 0.3
    """Most noise on what the network hears of its past, in deviations: it learns to come back."""


class FastTrainer:
    """One network and its optimiser."""

    def __init__(self, model: TextureModel, config: FastTrainerConfig, *, seed: int) -> None:
        torch.manual_seed(seed)
        self._generator = torch.Generator().manual_seed(seed)
        self.shape = NetworkShape()
        self._config, self._seed = config, seed
        self._rng = np.random.default_rng([seed, 7])
        scale = np.maximum(model.fast.std(axis=0), _LEAST_SCALE).astype(np.float32)
        self.network = FastModel(self.shape, recordings=len(model.names), fast_scale=scale)
        self._optimizer = Optimizer(dict(self.network.named_parameters()), config.optimizer)
        self._fast = torch.from_numpy((model.fast / scale).astype(np.float32)).clamp(-4.0, 4.0)
        self._slow = torch.from_numpy(model.slow.astype(np.float32))
        self._starts = model.starts
        lengths = np.diff(model.starts)
        held = np.where(lengths >= 8 * config.length, _HELD_SHARE * lengths, 0).astype(np.int64)
        self._ends = model.starts[1:] - held
        self._shares = (self._ends - self._starts[:-1]) / (self._ends - self._starts[:-1]).sum()
        self._before = 0

    @property
    def own_steps(self) -> int:
        """Of this run."""
        return self._optimizer.step

    @property
    def steps(self) -> int:
        """Of this run and those before."""
        return self._before + self.own_steps

    def step(self, share: float, planned: int = 1) -> float:
        """One step, `share` of a run of `planned` being over; the loss in nats a number."""
        c = self._config
        styles = self._rng.choice(len(self._shares), c.batch, p=self._shares)
        last = self._ends[styles] - self._starts[styles]
        begin = self._starts[styles] + self._rng.integers(0, np.maximum(last - c.length, 1))
        loss = self._loss(styles, begin, self._ends[styles], noise=c.noise)
        self._optimizer.advance(loss, share, planned)
        return float(loss.detach())

    def _loss(
        self,
        styles: NDArray[np.int64],
        begin: NDArray[np.int64],
        ends: NDArray[np.int64],
        *,
        noise: float,
    ) -> Tensor:
        rows = np.minimum(begin[:, None] + np.arange(self._config.length), ends[:, None] - 1)
        first = self._starts[styles][:, None]
        before, earlier = np.maximum(rows - 1, first), np.maximum(rows - EARLIER, first)
        fast = self._fast[before]
        if noise > 0:
            strength = noise * torch.rand(len(rows), 1, 1, generator=self._generator)
            fast = fast + strength * torch.randn(fast.shape, generator=self._generator)
        found = self.network(fast, self._slow[rows], self._slow[earlier], torch.from_numpy(styles))
        logits, means, spreads = found
        return mixture_loss(logits, means, spreads, self._fast[rows])

    def held_out(self) -> float | None:
        """Loss on what was kept aside, in nats a number; None when nothing was."""
        held = self._starts[1:] - self._ends
        styles = np.flatnonzero(held > 8)
        if len(styles) == 0:
            return None
        own = {name: weight.detach().clone() for name, weight in self.network.named_parameters()}
        self.network.load_state_dict(self._optimizer.average, strict=False)
        with torch.no_grad():
            ends = self._starts[1:][styles]
            loss = self._loss(styles, self._ends[styles], ends, noise=0.0)
        self.network.load_state_dict(own, strict=False)
        return float(loss)

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """The averaged network and the scale, rounded as a file holds them."""
        arrays = self._optimizer.arrays()
        arrays["fast_scale"] = in_half_precision(self.network.fast_scale)
        return {name: arrays[name] for name in self.network.state_dict()}

    def state(self) -> dict[str, Tensor]:
        """Everything a later run needs to go on, the steps so far among it."""
        return {"steps": torch.tensor(self.steps, dtype=torch.int32), **self._optimizer.state()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Goes on from another run's state."""
        steps = int(state["steps"])
        self._optimizer.restore(state, averaged=max(steps, 0))
        self._start_at(steps)

    def restore_weights(self, arrays: Mapping[str, NDArray[np.float32]], steps: int) -> None:
        """Goes on from the network of a model alone, which learnt for so many steps."""
        self._optimizer.restore_weights(arrays, averaged=max(steps, 0))
        self._start_at(steps)

    def _start_at(self, steps: int) -> None:
        """Draws what the runs before did not."""
        self._before = max(steps, 0)
        self._rng = np.random.default_rng([self._seed, 7, self.steps])
        self._generator.manual_seed(int(self._rng.integers(2**62)))
