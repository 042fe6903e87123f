"""The event network with gradients: same arrays, same names as messina.sequences.network.

The form is learnt from excerpts of its changes, by how unlikely each is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from messina.events import TICKS_PER_BEAT
from messina.learning.events.material import EventBatch, EventDataset, laps
from messina.sequences.model import in_bars
from messina.sequences.network import LEAST_DEVIATIONS, MIXTURES, NetworkSizes, weight_shapes

__all__ = ["Dropout", "EventErrors", "EventModule", "FormBatch", "FormExcerpts", "form_error"]


@dataclass(frozen=True, kw_only=True)
class Dropout:
    """Shares of inputs that are withheld in training, so that phrases are not learnt by heart."""

    state: float = 0.2  # of the state, where it is read
    style: float = 0.3  # of excerpts play without a style
    event: float = 0.1  # of inputs of earlier events are dropped, but for their position


@dataclass(frozen=True, kw_only=True, eq=False)
class EventErrors:
    """Negative log-likelihoods of every event [B, L], in nats."""

    step: Tensor
    voice: Tensor
    touch: Tensor  # [B, L, 3]


class EventModule(nn.Module):
    """The recurrent event network with gradients, over whole excerpts."""

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

    def states(
        self, batch: EventBatch, dropout: Dropout | None, generator: torch.Generator
    ) -> Tensor:
        """The state after each event but the last [B, L, hidden]."""
        w = self.weights()
        B, L = batch.voices.shape[0], batch.voices.shape[1] - 1
        events = torch.cat(
            [w["voices"][batch.voices], w["steps"][batch.steps], batch.touches], dim=-1
        )[:, :-1]
        styles = batch.styles + 1
        if dropout is not None:
            kept = torch.rand((B, L, 1), generator=generator) >= dropout.event
            events = events * kept
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
        self, batch: EventBatch, dropout: Dropout | None, generator: torch.Generator
    ) -> EventErrors:
        """Negative log-likelihood in nats of each event but the first [B, L]."""
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


@dataclass(frozen=True, kw_only=True, eq=False)
class FormBatch:
    """Excerpts of chord changes: B of L changes and the one before; every tensor is [B, L + 1]."""

    contexts: Tensor
    spans: Tensor
    places: Tensor  # rows of the phase table
    known: Tensor  # whether what follows the change before is true
    styles: Tensor  # [B]


class FormExcerpts:
    """Draws excerpts of chord changes from phrases that are gone round and round."""

    def __init__(
        self, material: EventDataset, first_rows: NDArray[np.int64], periods: NDArray[np.int64]
    ) -> None:
        self._material = material
        self._first_rows, self._periods = first_rows, periods
        self._styles = [i for i, changes in enumerate(material.changes) if changes]
        shares = np.array([len(material.changes[i]) for i in self._styles], np.float64) ** 0.5
        self._shares = shares / shares.sum() if len(shares) else shares

    def draw(self, batch: int, length: int, rng: np.random.Generator) -> FormBatch | None:
        """A batch of excerpts that begin anywhere; None where the phrases have no chords."""
        if not self._styles:
            return None
        styles = rng.choice(self._styles, size=batch, p=self._shares)
        begins = [int(rng.integers(4 * len(self._material.changes[s]))) for s in styles]
        rows = [self._rows(int(s), b, length) for s, b in zip(styles, begins, strict=True)]
        contexts, spans, places, known = (np.stack(column) for column in zip(*rows, strict=True))
        return FormBatch(
            contexts=torch.from_numpy(contexts),
            spans=torch.from_numpy(spans),
            places=torch.from_numpy(places),
            known=torch.from_numpy(known),
            styles=torch.from_numpy(styles),
        )

    def _rows(self, style: int, begin: int, length: int) -> tuple[NDArray[np.generic], ...]:
        m = self._material
        changes = np.array(m.changes[style], np.int64)
        lap, within = np.divmod(begin + np.arange(length + 1), len(changes))
        beats, contexts, lasting = changes[within].T
        spans = np.searchsorted(np.array(m.spans_beats), lasting)
        own = m.styles[style]
        positions = beats * TICKS_PER_BEAT + own.first_tick + laps(own, lap)
        places = self._first_rows[style] + positions % self._periods[style]
        known = (within > 0) | in_bars(own)
        return contexts, spans, places, known


def form_error(weights: Mapping[str, Tensor], table: Tensor, batch: FormBatch) -> Tensor:
    """Mean negative log-likelihood of a change in nats.

    Its context (chord) and how long it lasts.
    """
    w = weights
    places = table[batch.places]
    row = w["styles"][batch.styles + 1][:, None].expand(-1, places.shape[1] - 1, -1)
    contexts = w["form.contexts"][batch.contexts + 1]
    x = torch.cat(
        [contexts[:, :-1], w["form.spans"][batch.spans[:, :-1]], places[:, :-1], row], dim=-1
    )
    flat = [w[f"form.{n}"] for n in ("input.weight", "state.weight", "input.bias", "state.bias")]
    start = torch.zeros(1, len(x), flat[1].shape[1])
    h = torch.gru(x, start, flat, True, 1, 0.0, False, False, True)[0]
    context = functional.linear(h, w["form.context.weight"], w["form.context.bias"])
    span = functional.linear(
        torch.cat([h, contexts[:, 1:], places[:, 1:]], dim=-1),
        w["form.span.weight"],
        w["form.span.bias"],
    )
    nats = [
        functional.cross_entropy(scores.transpose(1, 2), chosen, reduction="none")
        for scores, chosen in ((context, batch.contexts[:, 1:] + 1), (span, batch.spans[:, 1:]))
    ]
    known = batch.known[:, 1:]
    return ((nats[0] + nats[1]) * known).sum() / known.sum().clamp_min(1)
