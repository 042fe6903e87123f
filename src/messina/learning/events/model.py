"""The event network with gradients: same arrays, same names as messina.sequences.network."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from messina.learning.events.batches import Batch
from messina.sequences.network import (
    LEAST_DEVIATIONS,
    MIXTURES,
    NetworkSizes,
    weight_shapes,
)

__all__ = ["Dropout", "EventErrors", "EventModule"]


@dataclass(frozen=True, kw_only=True)
class Dropout:
    """What is withheld while learning, so that events are recombined rather than recited."""

    state: float = 0.2  # of the state, where it is read
    style: float = 0.3  # of excerpts play without a style
    event: float = 0.1  # of events before are not told, but for where they lie


@dataclass(frozen=True, kw_only=True, eq=False)
class EventErrors:
    """Negative log-likelihoods of every event [B, L], in nats."""

    step: Tensor
    voice: Tensor
    touch: Tensor  # [B, L, 3]


class EventModule(nn.Module):
    """The network over whole excerpts."""

    def __init__(
        self, sizes: NetworkSizes, ticks: Tensor, table: Tensor, generator: torch.Generator
    ) -> None:
        """ticks [steps]: of every step; table: the rows that batches name as places."""
        super().__init__()
        self.sizes = sizes
        self.ticks = ticks
        self.table = table
        for name, shape in weight_shapes(sizes).items():
            if len(shape) == 1:
                array = torch.zeros(shape)
            elif not name.endswith("weight"):
                array = torch.randn(shape, generator=generator) * 0.5
            else:
                bound = 1.0 / math.sqrt(shape[1])
                array = (torch.rand(shape, generator=generator) * 2 - 1) * bound
            self.register_parameter(name.replace(".", "_"), nn.Parameter(array))
        with torch.no_grad():
            # Three means apart, else the mixtures never part.
            for name in ("velocity", "late", "length"):
                self.weights()[f"{name}.bias"][MIXTURES : 2 * MIXTURES] = torch.tensor([-1.0, 0, 1])

    def weights(self) -> dict[str, Tensor]:
        """The learnt arrays by name."""
        return {
            name: self.get_parameter(name.replace(".", "_")) for name in weight_shapes(self.sizes)
        }

    def _linear(self, name: str, x: Tensor) -> Tensor:
        w = self.weights()
        return functional.linear(x, w[f"{name}.weight"], w[f"{name}.bias"])

    def states(self, batch: Batch, dropout: Dropout | None, generator: torch.Generator) -> Tensor:
        """The state after each event but the last [B, L, hidden]."""
        w = self.weights()
        B, L = batch.voices.shape[0], batch.voices.shape[1] - 1
        events = torch.cat(
            [w["voices"][batch.voices], w["steps"][batch.steps], batch.touches], dim=-1
        )[:, :-1]
        styles = batch.styles + 1
        if dropout is not None:
            told = torch.rand((B, L, 1), generator=generator) >= dropout.event
            events = events * told
            styles = styles * (torch.rand(B, generator=generator) >= dropout.style)
        row = w["styles"][styles][:, None].expand(B, L, -1)
        context = w["contexts"][batch.contexts[:, :-1] + 1]
        x = torch.cat([events, self.table[batch.places[:, :-1]], row, context], dim=-1)
        start = torch.zeros(1, B, self.sizes.hidden)
        flat = [w[f"gru.{n}"] for n in ("input.weight", "state.weight", "input.bias", "state.bias")]
        h: Tensor = torch.gru(x, start, flat, True, 1, 0.0, False, False, True)[0]
        if dropout is not None:
            kept = torch.rand(h.shape, generator=generator) >= dropout.state
            h = h * kept / (1.0 - dropout.state)
        return h

    def errors(
        self, batch: Batch, dropout: Dropout | None, generator: torch.Generator
    ) -> EventErrors:
        """How unlikely each event but the first is."""
        w = self.weights()
        h = self.states(batch, dropout, generator)
        step, voice = batch.steps[:, 1:], batch.voices[:, 1:]
        # φ of every place once; each step reads the score of where it would arrive.
        arriving = (self._linear("arrival", h) @ self.table.T).gather(-1, batch.arrivals)
        step_scores = self._linear("step", h) + arriving
        place = torch.cat(
            [self.table[batch.places[:, 1:]], w["contexts"][batch.contexts[:, 1:] + 1]], dim=-1
        )
        came = w["steps"][step]
        voice_scores = self._linear(
            "voice.1",
            functional.silu(self._linear("voice.0", torch.cat([h, came, place], dim=-1))),
        )
        together = self.ticks[step] == 0
        below = torch.arange(self.sizes.voices) <= batch.voices[:, :-1, None]
        voice_scores = voice_scores.masked_fill(together[..., None] & below, -1e9)
        d = functional.silu(
            self._linear("touch.0", torch.cat([h, came, w["voices"][voice], place], dim=-1))
        )
        return EventErrors(
            step=_unlikelihood(step_scores, step),
            voice=_unlikelihood(voice_scores, voice),
            touch=self._touch_errors(d, batch.touches[:, 1:]),
        )

    def _touch_errors(self, d: Tensor, touches: Tensor) -> Tensor:
        errors = []
        for which, name in enumerate(("velocity", "late", "length")):
            out = self._linear(name, torch.cat([d, touches[..., :which]], dim=-1))
            scores, means = out[..., :MIXTURES], out[..., MIXTURES : 2 * MIXTURES]
            deviations = out[..., 2 * MIXTURES :].clamp(LEAST_DEVIATIONS[which], 1.0)
            z = (touches[..., which, None] - means) / deviations.exp()
            likelihood = -0.5 * z.square() - deviations - 0.5 * math.log(2 * math.pi)
            errors.append(-torch.logsumexp(scores.log_softmax(dim=-1) + likelihood, dim=-1))
        return torch.stack(errors, dim=-1)


def _unlikelihood(scores: Tensor, chosen: Tensor) -> Tensor:
    return functional.cross_entropy(scores.transpose(1, 2), chosen, reduction="none")
