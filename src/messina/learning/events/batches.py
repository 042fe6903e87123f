"""Excerpts to learn from: runs of events, round and round their phrase."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from messina.learning.events.material import Material, laps
from messina.sequences.metre import period, phase_table

__all__ = ["Batch", "Excerpts"]

_EVENNESS: Final = 0.75  # a phrase's share goes with its number of events to this power


@dataclass(frozen=True, kw_only=True, eq=False)
class Batch:
    """B excerpts of L events and the one before; every tensor is [B, L + 1] and so on."""

    voices: Tensor
    steps: Tensor
    touches: Tensor  # [B, L + 1, 3]
    places: Tensor  # rows of the phase table
    arrivals: Tensor  # [B, L, steps] rows at which each step from the event before would arrive
    contexts: Tensor
    styles: Tensor  # [B]
    known_step: Tensor
    aside: Tensor


class Excerpts:
    """Draws excerpts of a material. Rows are of `table`, which has those of every metre."""

    def __init__(self, material: Material) -> None:
        self._material = material
        metres = sorted({(s.beats_per_bar, s.metric) for s in material.styles})
        tables = [phase_table(*metre) for metre in metres]
        firsts = np.cumsum([0, *(len(table) for table in tables)])
        of = [metres.index((s.beats_per_bar, s.metric)) for s in material.styles]
        self.table = torch.from_numpy(np.concatenate(tables).astype(np.float32))
        self.first_rows = firsts[of]
        self.periods = np.array([period(*metres[k]) for k in of])
        self._steps_ticks = np.array(material.steps_ticks, np.int64)
        shares = np.diff(material.starts).astype(np.float64) ** _EVENNESS
        self._shares = shares / shares.sum()

    def draw(self, batch: int, length: int, rng: np.random.Generator) -> Batch:
        """Excerpts from anywhere."""
        styles = rng.choice(len(self._shares), size=batch, p=self._shares)
        counts = np.diff(self._material.starts)[styles]
        return self.excerpts(styles, rng.integers(counts * 4), length)

    def aside(self, most: int, length: int, rng: np.random.Generator) -> Batch | None:
        """Excerpts that end with what is kept aside; None where nothing is."""
        (events,) = np.nonzero(self._material.aside)
        if len(events) == 0:
            return None
        events = rng.permutation(events)[:most]
        styles = np.searchsorted(self._material.starts, events, side="right") - 1
        counts = np.diff(self._material.starts)[styles]
        within = events - self._material.starts[styles]
        laps_back = -(-length // counts) * 4
        return self.excerpts(styles, within - length + laps_back * counts, length)

    def excerpts(self, styles: NDArray[np.int64], begins: NDArray[np.int64], length: int) -> Batch:
        """Excerpts of phrases [B] that begin with their event number `begins` [B]."""
        m = self._material
        counts = np.diff(m.starts)[styles]
        lap, within = np.divmod(begins[:, None] + np.arange(length + 1), counts[:, None])
        events = m.starts[styles][:, None] + within
        shifts = np.stack([laps(m.styles[s], row) for s, row in zip(styles, lap, strict=True)])
        positions = m.positions[events] + shifts
        periods = self.periods[styles][:, None]
        firsts = self.first_rows[styles][:, None]
        reached = positions[:, :-1, None] + self._steps_ticks
        return Batch(
            voices=torch.from_numpy(m.voices[events]),
            steps=torch.from_numpy(m.steps[events]),
            touches=torch.from_numpy(m.touches[events]),
            places=torch.from_numpy(firsts + positions % periods),
            arrivals=torch.from_numpy(firsts[..., None] + reached % periods[..., None]),
            contexts=torch.from_numpy(m.contexts[events]),
            styles=torch.from_numpy(styles),
            known_step=torch.from_numpy(m.known_step[events]),
            aside=torch.from_numpy(m.aside[events]),
        )
