"""The levels of a few sounds as tensors, read at any moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from messina.learning.point_store import PointStore

__all__ = ["Curves"]


@dataclass(frozen=True)
class Curves:
    """Levels over time of U sounds that a batch is made of, in straight lines between points."""

    sounds: Tensor  # [U] their indices, rising
    points: Tensor  # [U, POINTS, D] in half precision
    grid: Tensor  # [P] frames of the points that are used

    @classmethod
    def of(cls, store: PointStore, sounds: NDArray[np.int64], grid: Tensor) -> Curves:
        """Those of the sounds listed, each of which may be listed more than once."""
        each = np.unique(sounds)
        device = grid.device
        return cls(
            torch.as_tensor(each, device=device), torch.as_tensor(store[each]).to(device), grid
        )

    def read(self, sounds: Tensor, frames: Tensor) -> Tensor:
        """Body rows [B, P, D] of sounds [B] at frames [B, P]."""
        low = torch.searchsorted(self.grid, frames.contiguous(), right=True) - 1
        low = low.clamp(0, len(self.grid) - 2)
        share = ((frames - self.grid[low]) / (self.grid[low + 1] - self.grid[low])).clamp(0.0, 1.0)
        own = torch.searchsorted(self.sounds, sounds)[:, None]
        before, after = self.points[own, low], self.points[own, low + 1]
        return torch.lerp(before.float(), after.float(), share[..., None])
