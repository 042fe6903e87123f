"""GRUV: a recurrent network that predicts sound block by block, and plays on from a beginning.

Its settings and defects are in `gruv_config`; sounds are mono float [N].

    model = train_gruv(sounds, sample_rate=44_100, minutes=1.0, seed=0, config=FAITHFUL)
    audio = model.generate(sounds[0], blocks=10)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from messina.baselines.gruv_blocks import (
    Array,
    Audio,
    Examples,
    Statistics,
    blocks_of,
    features_of,
    make_examples,
    samples_of,
    to_16_bit,
)
from messina.baselines.gruv_config import FAITHFUL, GruvConfig

__all__ = ["GruvModel", "GruvNetwork", "GruvProgress", "new_network", "train_gruv"]

State = tuple[Tensor, Tensor]
GruvProgress = Callable[[float, int, float], None]
"""Called after each step with seconds gone, steps done, mean squared error of the step."""

_ERROR_MEMORY: Final = 0.9
"""Of the running mean of the error over steps."""


class GruvNetwork(nn.Module):
    """Linear layer → LSTM → linear layer, the same at every block."""

    def __init__(self, features: int, *, hidden: int, layers: int) -> None:
        super().__init__()
        self.read = nn.Linear(features, hidden)
        self.lstm = nn.LSTM(hidden, hidden, num_layers=layers, batch_first=True)
        self.write = nn.Linear(hidden, features)

    def forward(self, blocks: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Predictions of the next blocks [B, T, D] and the state after them."""
        hidden, state = self.lstm(self.read(blocks), state)
        return self.write(hidden), state


def new_network(features: int, config: GruvConfig, *, seed: int) -> GruvNetwork:
    """An untrained network; the same seed gives the same weights."""
    with torch.device("meta"):
        network = GruvNetwork(features, hidden=config.hidden, layers=config.layers)
    network = network.to_empty(device="cpu")
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            _initialise(name, weight, config.hidden, generator)
    return network


def _initialise(name: str, weight: Tensor, hidden: int, generator: torch.Generator) -> None:
    if "bias" in name:
        weight.zero_()
        if "bias_ih" in name:  # gates: input, forget, cell, output
            weight[hidden : 2 * hidden] = 1.0
        return
    for gate in weight.chunk(4) if "lstm" in name else (weight,):
        if "weight_hh" in name:
            nn.init.orthogonal_(gate, generator=generator)
        else:
            nn.init.xavier_uniform_(gate, generator=generator)


@dataclass(frozen=True, kw_only=True)
class GruvModel:
    """A trained GRUV."""

    config: GruvConfig
    sample_rate: int
    network: GruvNetwork
    statistics: Statistics
    seed: int
    steps: int
    error: float
    """Root mean square of what is predicted wrongly, in standard deviations."""

    @property
    def block_samples(self) -> int:
        """Samples of a block."""
        return self.config.block_samples(self.sample_rate)

    @torch.no_grad()
    def generate(
        self, seed_sound: Audio, *, blocks: int, rng: np.random.Generator | None = None
    ) -> Array:
        """Sound [N] that plays on from `seed_sound` [N] for `blocks` new blocks.

        Of the seed sound, the first `example_blocks` blocks are used. Before the new blocks comes
        what `config.opening` says. rng is needed when `config.spread` is above 0.
        """
        if blocks < 1:
            raise ValueError(f"blocks is {blocks}, not 1 or more")
        seed = self._read(seed_sound)
        network = self._network()
        device = next(network.parameters()).device
        predicted, state = network(torch.from_numpy(seed)[None].to(device))
        opening = {"reconstructed": predicted[0, :-1].cpu().numpy(), "seed": seed}
        new = [self._spread(predicted[:, -1:], rng)]
        # The state holds all that went before, so re-reading the whole sequence for every
        # block, as the original does, gives the same.
        for _ in range(blocks - 1):
            block, state = network(new[-1], state)
            new.append(self._spread(block, rng))
        out = torch.cat(new, dim=1)[0].cpu().numpy()
        before = opening.get(self.config.opening, out[:0])
        return self._sound(np.concatenate([before, out]))

    def _read(self, audio: Audio) -> Array:
        blocks = blocks_of(audio, self.block_samples)[: self.config.example_blocks]
        return self.statistics.normalised(features_of(blocks, self.config.features))

    def _network(self) -> GruvNetwork:
        if self.config.random_weights:
            return new_network(len(self.statistics.mean), self.config, seed=self.seed + 1)
        return self.network

    def _spread(self, block: Tensor, rng: np.random.Generator | None) -> Tensor:
        if self.config.spread == 0.0:
            return block
        if rng is None:
            raise ValueError("spread is above 0: generating needs rng")
        noise = rng.standard_normal(block.shape, dtype=np.float32)
        return block + self.config.spread * self.error * torch.from_numpy(noise).to(block.device)

    def _sound(self, features: Array) -> Array:
        restored = self.statistics.restored(features)
        sound = samples_of(restored, self.config.features, self.block_samples).ravel()
        return to_16_bit(sound, self.config.overflow)


def train_gruv(
    sounds: Sequence[Audio],
    *,
    sample_rate: int,
    minutes: float,
    seed: int,
    config: GruvConfig = FAITHFUL,
    progress: GruvProgress | None = None,
) -> GruvModel:
    """Learn from mono sounds [N] for this long, at least one step.

    Ctrl-C ends the training early; what has been learnt is returned. The same seed and number of
    steps (`config.max_steps`) give the same model. Raises MessinaError when there is nothing to
    learn from.
    """
    examples = make_examples(sounds, sample_rate=sample_rate, config=config)
    statistics = examples.statistics()
    network = new_network(len(statistics.mean), config, seed=seed)
    network.to("cuda" if torch.cuda.is_available() else "cpu")
    batches = _batches(examples, statistics, config.batch, np.random.default_rng(seed))
    steps, mean_square = _fit(network, batches, config, 60.0 * minutes, progress)
    return GruvModel(
        config=config,
        sample_rate=sample_rate,
        network=network,
        statistics=statistics,
        seed=seed,
        steps=steps,
        error=float(np.sqrt(mean_square)),
    )


def _batches(
    examples: Examples, statistics: Statistics, size: int, rng: np.random.Generator
) -> Iterator[Tensor]:
    """Normalised sequences [B, T + 1, D] for ever, every example once before any comes again."""
    while True:
        order = rng.permutation(len(examples))
        for start in range(0, len(order), size):
            sequences = [examples.sequence(int(row)) for row in order[start : start + size]]
            yield torch.from_numpy(statistics.normalised(np.stack(sequences)))


def _fit(
    network: GruvNetwork,
    batches: Iterator[Tensor],
    config: GruvConfig,
    budget_s: float,
    progress: GruvProgress | None,
) -> tuple[int, float]:
    """Train until time or steps are up; steps done and the running mean squared error."""
    optimiser = torch.optim.RMSprop(
        network.parameters(), lr=config.learning_rate, alpha=config.memory, eps=1e-6
    )
    device = next(network.parameters()).device
    steps, mean_square, began_s = 0, 1.0, time.monotonic()
    try:
        for batch in batches:
            loss = _step(network, optimiser, batch.to(device))
            steps += 1
            keep = _ERROR_MEMORY if steps > 1 else 0.0
            mean_square = keep * mean_square + (1.0 - keep) * loss
            gone_s = time.monotonic() - began_s
            if progress is not None:
                progress(gone_s, steps, loss)
            if gone_s >= budget_s or steps == config.max_steps:
                break
    except KeyboardInterrupt:
        pass  # asked to stop: what has been learnt is kept
    return steps, mean_square


def _step(network: GruvNetwork, optimiser: torch.optim.Optimizer, batch: Tensor) -> float:
    predicted, _ = network(batch[:, :-1])
    loss = nn.functional.mse_loss(predicted, batch[:, 1:])
    optimiser.zero_grad()
    torch.autograd.backward(loss)
    optimiser.step()
    return float(loss.detach())
