"""The fine structure of noise in torch: the twin of messina.frames.excitation, for B sounds at once.

What a sound's noise is made of is a loop with the modes of a known sound, played as much higher as
the new sound is. It is worked out once a sound; where it is begun is a matter of its key.
"""

import numpy as np
import torch
from torch import Tensor, nn

from messina.export import tables
from messina.export.torch_operations import register, shifted, signal_of
from messina.export.torch_random import TorchRng
from messina.frames.layout import CELL_BINS, FINE_CELLS, LOOP_SIZE, REFERENCE_HZ
from messina.instrument import Instrument
from messina.rounding import FINE_GRID

__all__ = ["Excitation"]


class Excitation(nn.Module):
    """The loops of one instrument."""

    packed: Tensor
    fine_of: Tensor
    own_hz: Tensor
    amplitudes: Tensor

    def __init__(self, instrument: Instrument) -> None:
        super().__init__()
        arrays, known = instrument.arrays, instrument.known
        notes = np.array([np.nan if c.note is None else c.note for c in known.controls])
        register(
            self,
            {
                "packed": arrays["fine"],
                "fine_of": arrays["fine_of"].astype(np.int64),
                "own_hz": 440.0 * np.exp2((notes - 69.0) / 12.0),
                "amplitudes": tables.FINE_AMPLITUDES,
            },
        )
        self.rng = TorchRng()
        self.size, self.bins_of_cell, self.cells = LOOP_SIZE, CELL_BINS, FINE_CELLS
        self.flat, self.scale = float(tables.FLAT_AMPLITUDE), float(LOOP_SIZE) ** 0.5
        self.reference_hz, self.grid = REFERENCE_HZ, FINE_GRID
        self.turn = 2.0 * torch.pi / 2**32

    def phases(self) -> Tensor:
        """What every bin of a loop's spectrum is turned by [bins, (real, imaginary)].

        Half a megabyte that any loop needs: worked out, so that no file holds it.
        """
        bins = torch.arange(self.size // 2 + 1)
        angle = self.turn * self.rng.mixed(bins).double()
        turned = torch.stack([torch.cos(angle), torch.sin(angle)], dim=1)
        inside = (bins > 0) & (bins < self.size // 2)
        return (self.scale * turned * inside[:, None]).float()

    def ratio(self, drawn: dict[str, Tensor]) -> Tensor:
        """How much higher the modes of known sounds are played [B]; see torch_drawing."""
        own = self.own_hz[drawn["model"]]
        own = torch.where(torch.isnan(own), drawn["reference_hz"], own)
        unpitched = torch.full_like(own, self.reference_hz)
        own = torch.where(torch.isnan(drawn["note"]), unpitched, own)
        return torch.floor(drawn["reference_hz"] / own / self.grid + 0.5) * self.grid

    def loops(self, drawn: dict[str, Tensor], phases: Tensor) -> Tensor:
        """One period [B, LOOP_SIZE] of each of the sounds drawn."""
        packed = self.packed[self.fine_of[drawn["model"]]].long()
        codes = torch.stack([shifted(packed, 4), packed & 15], dim=2).view(-1, self.cells)
        levels = self.amplitudes[codes]
        levels = torch.cat([levels, torch.full_like(levels[:, :1], self.flat)], dim=1)
        width = (self.ratio(drawn) * self.bins_of_cell)[:, None]
        cells = torch.floor(torch.arange(self.size // 2 + 1).double() / width).long()
        levels = torch.gather(levels, 1, cells.clamp(max=self.cells))
        return signal_of(levels[:, :, None] * phases, self.size)

