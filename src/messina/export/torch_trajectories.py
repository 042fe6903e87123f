"""Trajectories in torch: as messina.instrument.trajectories, for B sounds at once.

T frames, D levels, K components, W pieces of a warp. A row is levels, and the cents by which pitch
is moved beside them.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from messina.export.torch_operations import register
from messina.instrument import Instrument
from messina.instrument.trajectories import (
    TRAJECTORY_SIZE,
    TRAJECTORY_ZERO,
    WARP_PIECES,
    Trajectories,
)

__all__ = ["TorchTrajectories", "warped"]


class TorchTrajectories(nn.Module):
    """The trajectories of an instrument's known sounds, in torch."""

    basis: Tensor
    codes: Tensor
    counts: Tensor
    starts: Tensor
    louder: Tensor
    contours: Tensor
    bending: Tensor

    def __init__(self, instrument: Instrument) -> None:
        super().__init__()
        own = instrument.trajectories
        codes = own.codes.astype(np.float32) - TRAJECTORY_ZERO
        spare = np.zeros((2, TRAJECTORY_SIZE), np.float32)  # of a sound that has none
        register(
            self,
            {
                "basis": own.basis.astype(np.float32),
                "codes": np.concatenate([codes, spare]),
                "counts": own.counts,
                "starts": own.starts,
                "louder": own.louder.astype(np.float64),
                "contours": np.pad(own.contours.astype(np.float32), (0, len(spare))),
                "bending": _bending(own),
            },
        )
        self.pieces = WARP_PIECES
        self.some = bool(own.counts.any())

    def moves(self, model: Tensor) -> Tensor:
        """Whether known sounds [B] move."""
        return self.counts[model] > 0

    def bends(self, model: Tensor) -> Tensor:
        """Whether the pitch of known sounds [B] moves."""
        return self.bending[model] > 0

    def rows(
        self, basis: Tensor, model: Tensor, warp: Tensor, total: Tensor, frames: int
    ) -> Tensor:
        """What trajectories add to the first frames of sounds, and their cents [B, T, D + 1].

        0 where there is none. basis [B, K, D]: moved as the noise is; warp [B, W + 1]; total [B]:
        frames of each sound.
        """
        places = torch.arange(frames)[None] / (total[:, None] - 1.0).clamp(min=1.0)
        places = places.double().clamp(max=1.0) * self.pieces
        low = torch.floor(places).long().clamp(max=self.pieces - 1)
        before, after = torch.gather(warp, 1, low), torch.gather(warp, 1, low + 1)
        count = self.counts[model].clamp(min=2)[:, None]
        places = (before + (places - low) * (after - before)) * (count - 1)
        low = torch.minimum(torch.floor(places).long(), count - 2)
        share = (places - low).float()
        at = self.starts[model][:, None] + low
        rows = self.codes[at] + share[:, :, None] * (self.codes[at + 1] - self.codes[at])
        cents = self.contours[at] + share * (self.contours[at + 1] - self.contours[at])
        added = torch.cat([torch.matmul(rows, basis), cents[:, :, None]], dim=2)
        return torch.where(self.moves(model)[:, None, None], added, torch.zeros_like(added))


def warped(normals: Tensor, amount: Tensor) -> Tensor:
    """How time runs, 0 … 1 [B, W + 1], of normal numbers [B, W] and how uneven it is [B]."""
    passed = torch.cumsum(torch.exp(amount[:, None] * normals), dim=1)
    knots = passed / passed[:, -1:]
    return torch.cat([torch.zeros_like(knots[:, :1]), knots], dim=1)


def _bending(own: Trajectories) -> NDArray[np.float64]:
    """1 for the sounds that have a contour [S], else 0."""
    contours = ((trajectory := own.of(i)) and trajectory.contour for i in range(len(own.counts)))
    return np.array([float(contour is not None) for contour in contours])
