"""What every network is trained by: AdamW, one learning-rate schedule, the average of the weights.

The learning rate rises over the first steps, then falls as half a cosine over the run. What is
kept are not the weights of a step but their exponential moving average, which reaches back over a
share of the run. Ref: Loshchilov & Hutter (2017, 2019); Polyak & Juditsky (1992).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim.adamw import adamw

__all__ = ["Optimizer", "OptimizerConfig", "in_half_precision", "one_thread"]


Real = NDArray[np.float32]

_EPSILON: Final = 1e-8
_LONG_AGO: Final = 1_000.0
"""Steps: moments of an earlier run need no correction for having begun at 0."""


@dataclass(frozen=True, kw_only=True)
class OptimizerConfig:
    """Settings of AdamW, of its learning-rate schedule and of the moving average."""

    learning_rate: float
    last_rate: float
    weight_decay: float
    warm_steps: int
    warms_last_rate: bool = False  # whether the last rate, too, rises over the first steps
    betas: tuple[float, float] = (0.9, 0.98)
    fused: bool = False
    clip: float = 1.0
    average_every: int = 1  # steps
    average_share: float = 0.0  # of the run that the moving average reaches back
    average_least: float = 10.0  # averages that it reaches back at least

    def rate(self, step: int, share: float) -> float:
        """The learning rate of a step (from 0) when `share` of the run is over, 0 … 1."""
        warm = min(1.0, (step + 1) / self.warm_steps)
        fall = 1 + np.cos(np.pi * share)
        if self.warms_last_rate:
            return float((self.last_rate + 0.5 * fall * self.learning_rate) * warm)
        return float(warm * self.learning_rate * 0.5 * fall + self.last_rate)

    def average_keeps(self, averaged: int, planned: int) -> float:
        """Decay of the moving average at its update number `averaged` in a run of `planned` steps.

        At first it is nearly the mean of all.
        """
        reach = max(self.average_least, self.average_share * planned / self.average_every)
        return min(1 - 1 / reach, averaged / (averaged + 9))


@dataclass(frozen=True)
class _Moments:
    """Running means of a weight's gradient and of its square, and steps taken, a scalar."""

    mean: Tensor
    square: Tensor
    steps: Tensor

    def named(self, name: str) -> dict[str, Tensor]:
        return {f"exp_avg.{name}": self.mean, f"exp_avg_sq.{name}": self.square}


class Optimizer:
    """Named weights under AdamW, with a moving average of them.

    It calls the function that torch.optim.AdamW calls: making one of that class loads torch's
    compiler, which takes as long as loading torch did. Ref: Loshchilov & Hutter (2019), "Decoupled
    weight decay regularization".
    """

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        config: OptimizerConfig,
        *,
        factors: Mapping[str, float] | None = None,
    ) -> None:
        """factors: of the learning rate, for weights that have one of their own.

        The gradients of weights of one factor are clipped together.
        """
        self._weights = dict(weights)
        self._config = config
        groups: dict[float, list[str]] = {}
        for name in self._weights:
            groups.setdefault((factors or {}).get(name, 1.0), []).append(name)
        self._groups = sorted(groups.items())
        self._moments: dict[str, _Moments] = {}
        self.average = {name: weight.detach().clone() for name, weight in self._weights.items()}
        """The moving average by name."""
        self._averaged = 0
        self.step = 0
        """Steps of this run."""

    def advance(self, loss: Tensor, share: float, planned: int) -> None:
        """One step down the gradient; `share` of the run is over, which has `planned` steps."""
        rate = self._config.rate(self.step, share)
        for weight in self._weights.values():
            weight.grad = None
        loss.backward()  # type: ignore[no-untyped-call]
        for factor, names in self._groups:
            moved = {n: self._weights[n] for n in names if self._weights[n].grad is not None}
            torch.nn.utils.clip_grad_norm_(moved.values(), self._config.clip)
            self._move(moved, rate * factor)
        self.step += 1
        if self.step % self._config.average_every == 0:
            self._averaged += 1
            kept = self._config.average_keeps(self._averaged, planned)
            for name, weight in self._weights.items():
                self.average[name].lerp_(weight.detach(), 1 - kept)

    @torch.no_grad()
    def _move(self, weights: Mapping[str, Tensor], rate: float) -> None:
        for name, weight in weights.items():
            if name not in self._moments:
                self._moments[name] = self._begun(weight)
        moments = [self._moments[name] for name in weights]
        adamw(
            [*weights.values()],
            [weight.grad for weight in weights.values() if weight.grad is not None],
            [own.mean for own in moments],
            [own.square for own in moments],
            [],
            [own.steps for own in moments],
            fused=True if self._config.fused else None,
            amsgrad=False,
            beta1=self._config.betas[0],
            beta2=self._config.betas[1],
            lr=rate,
            weight_decay=self._config.weight_decay,
            eps=_EPSILON,
            maximize=False,
        )

    def _begun(self, weight: Tensor) -> _Moments:
        steps = torch.tensor(0.0, device=weight.device if self._config.fused else "cpu")
        return _Moments(torch.zeros_like(weight), torch.zeros_like(weight), steps)

    def arrays(self) -> dict[str, Real]:
        """The moving average, rounded as a file holds it."""
        return {name: in_half_precision(weight) for name, weight in self.average.items()}

    def state(self) -> dict[str, Tensor]:
        """Everything a later run needs to go on: weights, their average, both moments."""
        tensors = {}
        for name, weight in self._weights.items():
            tensors[f"weight.{name}"] = weight.detach()
            tensors[f"average.{name}"] = self.average[name]
            moments = self._moments.get(name) or self._begun(weight.detach())
            tensors |= moments.named(name)
        return tensors

    def restore(self, state: Mapping[str, Tensor], *, averaged: int = round(_LONG_AGO)) -> None:
        """Goes on from another run's state, whose average was taken `averaged` times."""
        with torch.no_grad():
            for name, weight in self._weights.items():
                weight.copy_(state[f"weight.{name}"])
                self.average[name].copy_(state[f"average.{name}"])
                moments = self._begun(weight)
                for key, moment in moments.named(name).items():
                    moment.copy_(state[key])
                moments.steps.fill_(_LONG_AGO)
                self._moments[name] = moments
        self._averaged = averaged

    @property
    def goes_on(self) -> bool:
        """Whether it has moments of earlier steps, restored or its own."""
        return bool(self._moments)

    def set_weights(self, state: Mapping[str, Tensor]) -> None:
        """Takes the weights and their average of another's `state`, but no moments."""
        with torch.no_grad():
            for name, weight in self._weights.items():
                weight.copy_(state[f"weight.{name}"])
                self.average[name].copy_(state[f"average.{name}"])

    def restore_weights(self, arrays: Mapping[str, Real], *, averaged: int | None = None) -> None:
        """Goes on from weights alone, whose average was taken `averaged` times, if that is new."""
        with torch.no_grad():
            for name, weight in self._weights.items():
                weight.copy_(torch.from_numpy(np.asarray(arrays[name], np.float32)))
                self.average[name].copy_(weight)
        if averaged is not None:
            self._averaged = averaged


def in_half_precision(weight: Tensor) -> Real:
    """A weight in half precision; what lies beyond its range is clipped to its largest number."""
    most = np.finfo(np.float16).max
    array = weight.detach().cpu().numpy()
    return np.clip(array, -most, most).astype(np.float16).astype(np.float32)


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch computes on one thread meanwhile: faster for small products.

    They do not stall when another program wants a core.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
