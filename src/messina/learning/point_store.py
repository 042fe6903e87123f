"""The time grids of many sounds, held without holding them all in memory, and read at any moment.

Of each sound only the points within it are kept; the others are silence. Up to a limit they stay
in memory. What comes after goes, with all the rest, to one unnamed file that ends with the process.
It is read, not mapped: pages of a mapping count as the process's own as soon as they are looked at.
"""

from __future__ import annotations

import tempfile
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from messina.frames.layout import BODY_FLOOR, BODY_SIZE
from messina.instrument.timegrid import POINTS

__all__ = ["IN_MEMORY_BYTES", "Curves", "PointStore", "Points"]

Half = NDArray[np.float16]

IN_MEMORY_BYTES: Final = 64 * 2**20
"""1,150 sounds of 12 s, several thousand short ones."""

_ROW_BYTES: Final = BODY_SIZE * np.dtype(np.float16).itemsize
_SILENCE: Final = BODY_FLOOR.astype(np.float16)


class Points(ABC):
    """Sounds on the time grid, or at an even rate, wherever they are held. Threads may share it."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def rows(self, sound: int) -> Half:
        """The points within one sound [count, BODY_SIZE]."""

    def __getitem__(self, sounds: int | NDArray[np.int64]) -> Half:
        """Points [POINTS, BODY_SIZE] of one sound, or [n, POINTS, BODY_SIZE] of several.

        They are silent where a sound is over.
        """
        wanted = np.atleast_1d(sounds).tolist()
        points = np.empty((len(wanted), POINTS, BODY_SIZE), np.float16)
        for own, sound in zip(points, wanted, strict=True):
            rows = self.rows(sound)
            own[: len(rows)] = rows
            own[len(rows) :] = _SILENCE
        return points if np.ndim(sounds) else points[0]


class PointStore(Points):
    """Takes sounds on the time grid one by one and gives back any of them."""

    def __init__(self, *, folder: Path | None = None, limit_bytes: int = IN_MEMORY_BYTES) -> None:
        where = None if folder is None else str(folder)
        self._file = tempfile.SpooledTemporaryFile(limit_bytes, dir=where)  # noqa: SIM115
        self._starts = [0]  # in rows; the last one is the end
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._starts) - 1

    def add(self, points: Half, count: int) -> None:
        """A sound's points [POINTS, BODY_SIZE], of which `count` lie within it; in half precision.

        Raises OSError when the disk is full.
        """
        with self._lock:
            self._file.seek(self._starts[-1] * _ROW_BYTES)
            self._file.write(np.ascontiguousarray(points[:count], np.float16).tobytes())
            self._starts.append(self._starts[-1] + count)

    def rows(self, sound: int) -> Half:
        """The points within one sound [count, BODY_SIZE]."""
        start, end = self._starts[sound], self._starts[sound + 1]
        rows = np.empty((end - start, BODY_SIZE), np.float16)
        with self._lock:
            self._file.seek(start * _ROW_BYTES)
            read = self._file.readinto(rows.data.cast("B"))
        if read != rows.nbytes:
            raise OSError("the analyses were cut short on the disk")
        return rows


@dataclass(frozen=True)
class Curves:
    """Levels over time of U sounds that a batch is made of, in straight lines between points."""

    sounds: Tensor  # [U] their indices, rising
    points: Tensor  # [U, POINTS, D] in half precision
    grid: Tensor  # [P] frames of the points that are used

    @classmethod
    def of(cls, store: Points, sounds: NDArray[np.int64], grid: Tensor) -> Curves:
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
