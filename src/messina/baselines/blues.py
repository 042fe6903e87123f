"""Blues by recurrent networks, as in 2002: a slow network of chords drives a fast one of melody.

Each network is LSTM blocks of two cells that share their gates. Chord blocks see the chords and
themselves; melody blocks see the melody, themselves and the chord blocks, which they never reach
back to. Both say what sounds at the next quaver: chords are what is over a half, the melody is
drawn from the outputs.

Rebuilt are the architecture, the data and the way of playing; the training is of today (Adam,
batches, exact gradients within a chorus), which takes a minute where it took hours.

Ref: Eck, Schmidhuber (2002), A first look at music composition using LSTM recurrent neural
networks; Learning the long-term structure of the blues.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from messina.baselines.blues_form import (
    CHORDS,
    CHORUS,
    HOLDS,
    MELODY,
    chord_units,
    chorus,
)
from messina.learning.optimizer import one_thread

__all__ = ["SEED_STEPS", "BluesConfig", "BluesModel", "train_blues"]

Real = NDArray[np.float32]
Steps = NDArray[np.int64]
State = tuple[Tensor, Tensor]

SEED_STEPS: Final = (1, 24)
"""Quavers of a real chorus that it is given to begin with, at least and at most."""

_CHORUSES_IN_A_ROW: Final = 6
_CHORD_SHARE: Final = 0.6  # of the time; the rest is the melody's
_LEARNT: Final = 0.01  # the chords' error under which they never go wrong
_CLIP: Final = 1.0
_COMPOSED: Final = 256  # choruses of melody to learn from


@dataclass(frozen=True, kw_only=True)
class BluesConfig:
    """Sizes and training of the networks.

    There were 4 and 4 blocks of 2 cells, which a minute cannot teach.
    """

    chord_blocks: int = 16
    melody_blocks: int = 16
    cells: int = 2  # of a block
    batch: int = 16
    learning_rate: float = 0.01


class Blocks(nn.Module):
    """LSTM blocks with gates shared by their cells; blocks start out ever slower to open."""

    def __init__(self, inputs: int, blocks: int, cells: int) -> None:
        super().__init__()
        self.blocks, self.cells = blocks, cells
        self.size = blocks * cells
        self.weights = nn.Linear(inputs + self.size, 3 * blocks + self.size)
        with torch.no_grad():
            slow = 0.5 * torch.arange(1, blocks + 1)
            self.weights.bias[blocks : 2 * blocks] = slow  # forget gates
            self.weights.bias[2 * blocks : 3 * blocks] = -slow  # output gates

    def start(self, batch: int) -> State:
        """The state before any input, for this batch size."""
        return torch.zeros(batch, self.size), torch.zeros(batch, self.size)

    def forward(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """Inputs [T, B, D] to outputs [T, B, size], from a state to a state."""
        # An ordinary LSTM whose gates of one block's cells have the same weights.
        weight = self._of_cells(self.weights.weight)
        bias = self._of_cells(self.weights.bias)
        own, back = weight[:, : -self.size], weight[:, -self.size :]
        outputs, h, c = torch.lstm(
            inputs,
            [state[0][None], state[1][None]],
            [own, back, bias, torch.zeros_like(bias)],
            True,  # biases
            1,  # layers
            0.0,  # dropout
            self.training,
            False,  # both ways
            False,  # batch first
        )
        return outputs, (h[0], c[0])

    def _of_cells(self, rows: Tensor) -> Tensor:
        """Rows of gates and new values for each cell, in the order torch has them."""
        count = self.blocks
        taken, kept, given = (
            rows[i * count : (i + 1) * count].repeat_interleave(self.cells, dim=0) for i in range(3)
        )
        return torch.cat([taken, kept, rows[3 * count :], given])

    def step(self, x: Tensor, state: State) -> State:
        """One step, x [B, D]; the output is the state's first."""
        return self(x[None], state)[1]


class BluesModel(nn.Module):
    """The two networks."""

    def __init__(self, config: BluesConfig) -> None:
        super().__init__()
        self.config = config
        self.chord_blocks = Blocks(CHORDS, config.chord_blocks, config.cells)
        self.chord_out = nn.Linear(self.chord_blocks.size, CHORDS)
        inputs = MELODY + self.chord_blocks.size
        self.melody_blocks = Blocks(inputs, config.melody_blocks, config.cells)
        self.melody_out = nn.Linear(self.melody_blocks.size, MELODY)
        self.steps = 0
        self.error = float("nan")
        """Nats a quaver on training material, at last."""

    @torch.inference_mode()
    def play(
        self, steps: int, *, seed: Sequence[int] | Steps, rng: np.random.Generator
    ) -> tuple[Real, Steps]:
        """Generates so many quavers.

        Chords [steps, 12] and melody [steps], which begin with the seed.

        seed: the melody's first quavers; the chords' are those of the form.
        """
        chords, melody = np.zeros((steps, CHORDS), np.float32), np.full(steps, HOLDS)
        given = min(len(seed), steps)
        chords[:given], melody[:given] = chord_units(1)[:given], seed[:given]
        chord_state, melody_state = self.chord_blocks.start(1), self.melody_blocks.start(1)
        for at in range(steps - 1):
            chord_state = self.chord_blocks.step(torch.from_numpy(chords[at : at + 1]), chord_state)
            heard = torch.cat([_one_hot(melody[at : at + 1]), chord_state[0]], dim=1)
            melody_state = self.melody_blocks.step(heard, melody_state)
            if at + 1 >= given:
                chords[at + 1] = (self.chord_out(chord_state[0])[0].sigmoid() > 0.5).numpy()
                odds = self.melody_out(melody_state[0])[0].sigmoid().double().numpy()
                melody[at + 1] = _drawn(odds, rng)
        return chords, melody


def _drawn(odds: NDArray[np.float64], rng: np.random.Generator) -> int:
    """A note, each as likely as its output is strong; what they lack of 1 is the rest's."""
    rest = max(0.0, 1.0 - odds.sum())
    chances = np.append(odds, rest) / (odds.sum() + rest)
    drawn = int(rng.choice(MELODY + 1, p=chances))
    return HOLDS if drawn == MELODY else drawn


def _one_hot(melody: Steps) -> Tensor:
    """Melody steps [...] to units [..., 13]."""
    units = np.zeros((*melody.shape, MELODY + 1), np.float32)
    np.put_along_axis(units, np.where(melody == HOLDS, MELODY, melody)[..., None], 1.0, axis=-1)
    return torch.from_numpy(units[..., :MELODY])


def train_blues(
    *,
    minutes: float,
    seed: int,
    config: BluesConfig | None = None,
    progress: Callable[[float, int, float], None] | None = None,
    steps: int | None = None,
) -> BluesModel:
    """Trains on composed choruses. progress gets seconds gone, steps, and the error.

    steps: exactly so many, whatever the clock says.
    """
    rng = np.random.default_rng(seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = BluesModel(config or BluesConfig())
    began = time.monotonic()

    def gone() -> float:
        spent_s = time.monotonic() - began
        return model.steps / steps if steps else spent_s / (60.0 * minutes)

    def report(error: float) -> None:
        if progress is not None:
            progress(time.monotonic() - began, model.steps, error)

    with one_thread():
        _train_chords(model, gone, report)
        _train_melody(model, gone, report, rng)
    return model


Gone = Callable[[], float]
"""The share of the time, or of the steps, that is gone."""
Report = Callable[[float], None]


def _train_chords(model: BluesModel, gone: Gone, report: Report) -> None:
    """Learns the form, chorus after chorus with the state carried on."""
    parameters = [*model.chord_blocks.parameters(), *model.chord_out.parameters()]
    optimizer = torch.optim.Adam(parameters, model.config.learning_rate)
    units = torch.from_numpy(chord_units(2))[:, None]
    good = 0
    while gone() < _CHORD_SHARE and good < _CHORUSES_IN_A_ROW * 4:
        state = model.chord_blocks.start(1)
        for _ in range(_CHORUSES_IN_A_ROW):
            _set_rate(optimizer, model.config.learning_rate, gone() / _CHORD_SHARE)
            outputs, state = model.chord_blocks(units[:CHORUS], state)
            state = (state[0].detach(), state[1].detach())
            error = _error(model.chord_out(outputs), units[1 : CHORUS + 1])
            _step(optimizer, parameters, error)
            model.steps += 1
            good = good + 1 if error.item() < _LEARNT else 0
            report(error.item())


def _train_melody(model: BluesModel, gone: Gone, report: Report, rng: np.random.Generator) -> None:
    """Learns melodies over what the chord blocks say, which stay as they are."""
    batch, began = model.config.batch, gone()
    parameters = [*model.melody_blocks.parameters(), *model.melody_out.parameters()]
    optimizer = torch.optim.Adam(parameters, model.config.learning_rate)
    with torch.no_grad():
        heard, _ = model.chord_blocks(
            torch.from_numpy(chord_units(_CHORUSES_IN_A_ROW))[:, None],
            model.chord_blocks.start(1),
        )
    composed = np.stack([chorus(rng) for _ in range(_COMPOSED)], axis=1)
    while gone() < 1.0:
        state = model.melody_blocks.start(batch)
        first = composed[:, rng.integers(_COMPOSED, size=batch)]
        for at in range(_CHORUSES_IN_A_ROW):
            _set_rate(optimizer, model.config.learning_rate, (gone() - began) / (1.0 - began))
            following = composed[:, rng.integers(_COMPOSED, size=batch)]
            units = _one_hot(np.concatenate([first, following[:1]]))
            slow = heard[at * CHORUS : (at + 1) * CHORUS].expand(-1, batch, -1)
            outputs, state = model.melody_blocks(torch.cat([units[:-1], slow], dim=2), state)
            state = (state[0].detach(), state[1].detach())
            error = _error(model.melody_out(outputs), units[1:])
            _step(optimizer, parameters, error)
            first = following
            model.steps += 1
            model.error = error.item()
            report(model.error)
            if gone() >= 1.0:
                break


def _error(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy in nats a quaver, all units together."""
    return nn.functional.binary_cross_entropy_with_logits(logits, targets) * targets.shape[-1]


def _set_rate(optimizer: torch.optim.Optimizer, highest: float, share: float) -> None:
    """The learning rate falls along half a cosine."""
    rate = highest * (0.02 + 0.98 * 0.5 * (1 + float(np.cos(np.pi * min(share, 1.0)))))
    for group in optimizer.param_groups:
        group["lr"] = rate


def _step(optimizer: torch.optim.Optimizer, parameters: Sequence[Tensor], error: Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    torch.autograd.backward(error)
    nn.utils.clip_grad_norm_(parameters, _CLIP)
    optimizer.step()
