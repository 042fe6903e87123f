"""The fine structure of noise in torch, for B sounds at once.

As messina.frames.excitation: what a sound's noise is made of is a loop with the modes of a
known sound, played as much higher as the new sound is. It is worked out once a sound; where it is
begun is a matter of its key, and how fast it is read of the pitch that moves.
"""

import numpy as np
import torch
from torch import Tensor, nn

from messina.export import torch_tables
from messina.export.torch_operations import TorchRng, inverse, register, shifted
from messina.frames.layout import CELL_BINS, FINE_CELLS, LOOP_SIZE, LOWEST_BIN, REFERENCE_HZ
from messina.instrument import Instrument
from messina.rounding import FINE_GRID

__all__ = ["Excitation", "passing", "read_at"]


class Excitation(nn.Module):
    """The noise loops of one instrument's sounds."""

    packed: Tensor
    fine_of: Tensor
    own_hz: Tensor
    amplitudes: Tensor
    one: Tensor

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
                "amplitudes": torch_tables.FINE_AMPLITUDES,
                "one": np.ones(1, np.int64),
            },
        )
        self.rng = TorchRng()
        self.size, self.bins_of_cell, self.cells = LOOP_SIZE, CELL_BINS, FINE_CELLS
        self.lowest = LOWEST_BIN
        self.flat, self.scale = float(torch_tables.FLAT_AMPLITUDE), 0.5 * float(LOOP_SIZE) ** 0.5
        self.reference_hz, self.grid = REFERENCE_HZ, FINE_GRID
        self.turn = 2.0 * torch.pi

    def bins(self) -> Tensor:
        """Bins 0 … LOOP_SIZE / 2, computed from a tensor, or a trace would hold them all."""
        return torch.cumsum(self.one.expand(self.size // 2 + 1), dim=0) - self.one

    def phases(self) -> Tensor:
        """Random phases of a loop's bins as complex factors [2, LOOP_SIZE / 2, (real, imaginary)].

        A megabyte that is the same for all loops: computed, so that no file holds it.
        """
        half = self.size // 2
        bins = self.bins()
        inside = (bins >= self.lowest) & (bins < half)
        cosine, sine = self.on_circle(self.rng.mixed(bins).double() / 2**32)
        real, imaginary = cosine * inside, sine * inside
        cosine, sine = self.on_circle(bins[:half].double() / self.size)
        here = _product(real[:half], imaginary[:half], 1.0 - sine, cosine)
        real, imaginary = real.flip(0)[:half], -imaginary.flip(0)[:half]
        mirrored = _product(real, imaginary, 1.0 + sine, -cosine)
        return (self.scale * torch.stack([here, mirrored])).float()

    def on_circle(self, turns: Tensor) -> tuple[Tensor, Tensor]:
        """Cosine and sine of angles in cycles, both by the function that older runtimes have."""
        return torch.sin(self.turn * (turns + 0.25)), torch.sin(self.turn * turns)

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
        cells = torch.floor(self.bins().double() / width).long()
        levels = torch.gather(levels, 1, cells.clamp(max=self.cells))[:, :, None]
        # The even samples are the real, the odd ones the imaginary parts of half as many.
        spectrum = levels[:, :-1] * phases[0] + levels.flip(1)[:, :-1] * phases[1]
        return inverse(spectrum).view(-1, self.size)


def _product(a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> Tensor:
    """(a + ib)(c + id) [K, (real, imaginary)]."""
    return torch.stack([a * c - b * d, a * d + b * c], dim=1)


def passing(before: Tensor, after: Tensor, hop: int) -> Tensor:
    """Positions [B, HOP + 1] at which noise is read over a block, while its pace changes."""
    n = torch.arange(hop + 1).double()
    faster = (after - before)[:, None] / (2.0 * hop)
    return n * (before[:, None] + n * faster)


@torch.jit.script_if_tracing  # type: ignore[untyped-decorator]
def read_at(loops: Tensor, rows: Tensor, places: Tensor) -> Tensor:
    """Samples [B, (the middle, its twin), N] at places [B, N] of loops [R, size].

    rows [B]: whose these are. Between samples by cubic Lagrange interpolation.
    """
    size = loops.shape[1]
    whole = torch.floor(places)
    share = (places - whole).float()[:, None]
    first = torch.stack([whole, whole + size // 2], dim=1).long()
    begin = rows[:, None, None] * size
    here = torch.take(loops, begin + torch.remainder(first, size))
    if bool((share != 0.0).any()):
        before = torch.take(loops, begin + torch.remainder(first - 1, size))
        after = torch.take(loops, begin + torch.remainder(first + 1, size))
        later = torch.take(loops, begin + torch.remainder(first + 2, size))
        d = share
        here = (
            here * (d + 1.0) * (d - 1.0) * (d - 2.0) / 2.0
            - before * d * (d - 1.0) * (d - 2.0) / 6.0
            - after * (d + 1.0) * d * (d - 2.0) / 2.0
            + later * (d + 1.0) * d * (d - 1.0) / 6.0
        )
    return here
