"""Learning the form: excerpts of changes, and how unlikely each is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from messina.events import TICKS_PER_BEAT
from messina.learning.events.material import Material, laps
from messina.sequences.model import in_bars

__all__ = ["FormBatch", "FormExcerpts", "form_error"]


@dataclass(frozen=True, kw_only=True, eq=False)
class FormBatch:
    """B excerpts of L changes and the one before; every tensor is [B, L + 1]."""

    contexts: Tensor
    spans: Tensor
    places: Tensor  # rows of the phase table
    known: Tensor  # whether what follows the change before is true
    styles: Tensor  # [B]


class FormExcerpts:
    """Draws runs of changes, round and round their phrase."""

    def __init__(
        self, material: Material, first_rows: NDArray[np.int64], periods: NDArray[np.int64]
    ) -> None:
        self._material = material
        self._first_rows, self._periods = first_rows, periods
        self._styles = [i for i, changes in enumerate(material.changes) if changes]
        shares = np.array([len(material.changes[i]) for i in self._styles], np.float64) ** 0.5
        self._shares = shares / shares.sum() if len(shares) else shares

    def draw(self, batch: int, length: int, rng: np.random.Generator) -> FormBatch | None:
        """Excerpts from anywhere; None where there are no contexts."""
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
    """Mean nats of context and span, a change."""
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
