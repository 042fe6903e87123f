"""The training of the network that draws the fast level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from messina.learning.stream.model import FastModel, mixture_loss
from messina.stream.manifest import NetworkShape
from messina.stream.model import StreamModel
from messina.stream.network import EARLIER

__all__ = ["FastTrainer", "FastTrainerConfig"]

_LEAST_SCALE = 0.05
_MOMENTS = ("exp_avg", "exp_avg_sq")
_LONG_AGO = 1_000.0  # steps: the moments need no correction for having begun at 0
_HELD_SHARE = 0.1  # of each recording, its end, kept aside where there is enough


@dataclass(frozen=True, kw_only=True)
class FastTrainerConfig:
    """How the network is trained."""

    learning_rate: float = 2e-3
    last_rate: float = 2e-5
    weight_decay: float = 1e-2
    warm_steps: int = 30
    clip: float = 1.0
    batch: int = 24
    length: int = 64
    noise: float = 0.3
    """Most noise on what the network hears of its past, in deviations: it learns to come back."""


class FastTrainer:
    """One network and its optimiser."""

    def __init__(self, model: StreamModel, config: FastTrainerConfig, *, seed: int) -> None:
        torch.manual_seed(seed)
        self._generator = torch.Generator().manual_seed(seed)
        self.shape = NetworkShape()
        self._config, self._seed = config, seed
        self._rng = np.random.default_rng([seed, 7])
        scale = np.maximum(model.fast.std(axis=0), _LEAST_SCALE).astype(np.float32)
        self.network = FastModel(self.shape, recordings=len(model.names), fast_scale=scale)
        self._optimizer = torch.optim.AdamW(
            self.network.parameters(), config.learning_rate, weight_decay=config.weight_decay
        )
        self._average = {k: v.detach().clone() for k, v in self.network.state_dict().items()}
        self._fast = torch.from_numpy((model.fast / scale).astype(np.float32)).clamp(-4.0, 4.0)
        self._slow = torch.from_numpy(model.slow.astype(np.float32))
        self._starts = model.starts
        lengths = np.diff(model.starts)
        held = np.where(lengths >= 8 * config.length, _HELD_SHARE * lengths, 0).astype(np.int64)
        self._ends = model.starts[1:] - held
        self._shares = (self._ends - self._starts[:-1]) / (self._ends - self._starts[:-1]).sum()
        self.steps = 0
        """Of this run and those before."""
        self.own_steps = 0

    def step(self, share: float) -> float:
        """One step, `share` of the run being over; returns the loss in nats a number."""
        c = self._config
        rate = c.last_rate + 0.5 * (1 + np.cos(np.pi * share)) * c.learning_rate
        for group in self._optimizer.param_groups:
            group["lr"] = rate * min(1.0, (self.own_steps + 1) / c.warm_steps)
        styles = self._rng.choice(len(self._shares), c.batch, p=self._shares)
        last = self._ends[styles] - self._starts[styles]
        begin = self._starts[styles] + self._rng.integers(0, np.maximum(last - c.length, 1))
        loss = self._loss(styles, begin, self._ends[styles], noise=c.noise)
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), c.clip)
        self._optimizer.step()
        self.steps += 1
        self.own_steps += 1
        keep = min(0.995, self.steps / (self.steps + 9))
        for name, value in self.network.state_dict().items():
            self._average[name].lerp_(value, 1 - keep)
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
        own = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.network.load_state_dict(self._average)
        with torch.no_grad():
            ends = self._starts[1:][styles]
            loss = self._loss(styles, self._ends[styles], ends, noise=0.0)
        self.network.load_state_dict(own)
        return float(loss)

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """The averaged network."""
        own = {name: value.clone() for name, value in self.network.state_dict().items()}
        self.network.load_state_dict(self._average)
        arrays = self.network.arrays()
        self.network.load_state_dict(own)
        return arrays

    def state(self) -> dict[str, Tensor]:
        """Everything a later run needs to go on: weights, their average, both moments, steps."""
        tensors = {"steps": torch.tensor(self.steps, dtype=torch.int32)}
        for name, weight in self.network.named_parameters():
            moments = self._optimizer.state.get(weight, {})
            tensors[f"weight.{name}"] = weight.detach()
            tensors[f"average.{name}"] = self._average[name]
            for key in _MOMENTS:
                tensors[f"{key}.{name}"] = moments.get(key, torch.zeros_like(weight))
        return tensors

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Goes on from another run's state."""
        with torch.no_grad():
            for name, weight in self.network.named_parameters():
                weight.copy_(state[f"weight.{name}"])
                self._average[name].copy_(state[f"average.{name}"])
                moments = {key: state[f"{key}.{name}"].clone() for key in _MOMENTS}
                self._optimizer.state[weight] = {"step": torch.tensor(_LONG_AGO), **moments}
        self._start_at(int(state["steps"]))

    def restore_weights(self, arrays: Mapping[str, NDArray[np.float32]], steps: int) -> None:
        """Goes on from the network of a model alone, which learnt for so many steps."""
        with torch.no_grad():
            for name, weight in self.network.named_parameters():
                weight.copy_(torch.from_numpy(np.asarray(arrays[name], np.float32)))
                self._average[name].copy_(weight)
        self._start_at(steps)

    def _start_at(self, steps: int) -> None:
        """Draws what the runs before did not."""
        self.steps = max(steps, 0)
        self._rng = np.random.default_rng([self._seed, 7, self.steps])
        self._generator.manual_seed(int(self._rng.integers(2**62)))
