"""A corpus's sounds on the time grid, analysed or from the cache, and held without holding them all
in memory.

Of each sound only the points within it are kept; the others are silence. Up to a limit they stay
in memory. What comes after goes, with all the rest, to one unnamed file that ends with the process.
It is read, not mapped: pages of a mapping count as the process's own as soon as they are looked at.
"""

from __future__ import annotations

import tempfile
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from messina.corpus import DescribedSound, Sound, each_frames
from messina.frames.layout import BANDS, BODY_FLOOR, BODY_SIZE, FINE_CELLS, ONSET_SIZE, Frames
from messina.instrument.controls import Controls
from messina.instrument.timegrid import POINTS
from messina.library import IndexedSounds
from messina.library.analysis_pass import record_of

__all__ = [
    "IN_MEMORY_BYTES",
    "Analyses",
    "Curves",
    "IndexedAnalyses",
    "PointStore",
    "Points",
    "analyse_sounds",
    "controls_of",
]

Half = NDArray[np.float16]

IN_MEMORY_BYTES: Final = 64 * 2**20
"""1,150 sounds of 12 s, several thousand short ones."""

_ROW_BYTES: Final = BODY_SIZE * np.dtype(np.float16).itemsize
_SILENCE: Final = BODY_FLOOR.astype(np.float16)


class Points(ABC):
    """Levels of sounds over time, in memory or on disk; threads may share it."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def rows(self, sound: int) -> Half:
        """Levels of one sound at its points [count, BODY_SIZE], half precision."""

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
    """Takes levels of sounds one by one and gives back any of them; large ones lie on disk."""

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
    """Level curves of the U sounds of a batch, linear between points."""

    sounds: Tensor  # [U] their indices, rising
    points: Tensor  # [U, POINTS, D] in half precision
    grid: Tensor  # [P] frames of the points that are used

    @classmethod
    def of(cls, store: Points, sounds: NDArray[np.int64], grid: Tensor) -> Curves:
        """The curves of the sounds listed [U], each of which may be listed more than once."""
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


class Analyses:
    """Analysed sounds on the time grid, added one after the other, up to `most`."""

    def __init__(self, most: int) -> None:
        self.points = PointStore()
        self.rows = PointStore()
        # Never written to beyond the last sound, so it takes no memory there.
        self._counts = np.empty(most, np.int64)
        self._frames = np.empty(most, np.int64)
        self._onsets = np.empty((most, ONSET_SIZE), np.float32)
        self._onset_weights = np.empty((most, ONSET_SIZE), np.float32)
        self._loudest = np.empty((most, BANDS), np.float16)
        self._fine = np.empty((most, FINE_CELLS // 2), np.uint8)
        self._contours: list[NDArray[np.float16]] = []

    def __len__(self) -> int:
        return len(self.points)

    def add(self, frames: Frames) -> None:
        """Adds a sound's frames. Raises OSError when the disk is full."""
        record = record_of(frames)
        index = len(self)
        self._counts[index] = len(record.points)
        self._frames[index] = record.frames
        self._onsets[index] = record.onset
        self._onset_weights[index] = record.onset_weights
        self._loudest[index] = record.loudest
        self._fine[index] = record.fine
        self._contours.append(record.contour if record.contour.any() else record.contour[:0])
        self.points.add(record.points, len(record.points))
        self.rows.add(record.rows, len(record.rows))

    def contour(self, sound: int) -> NDArray[np.float16] | None:
        """Pitch contour in cents at each of a sound's rows [R]; None where its pitch rests."""
        return self._contours[sound][:, 0] if len(self._contours[sound]) else None

    @property
    def counts(self) -> NDArray[np.int64]:
        """Points within each sound [S]."""
        return self._counts[: len(self)]

    @property
    def frames(self) -> NDArray[np.int64]:
        """Frames of each sound [S]."""
        return self._frames[: len(self)]

    @property
    def onsets(self) -> NDArray[np.float32]:
        """Static parameters of each sound [S, ONSET_SIZE]."""
        return self._onsets[: len(self)]

    @property
    def onset_weights(self) -> NDArray[np.float32]:
        """How much each number of the onset counts [S, ONSET_SIZE]."""
        return self._onset_weights[: len(self)]

    @property
    def loudest(self) -> NDArray[np.float16]:
        """The loudest level of the partials in each band [S, BANDS]."""
        return self._loudest[: len(self)]

    @property
    def fine(self) -> NDArray[np.uint8]:
        """Fine spectra of the noise, packed [S, FINE_CELLS / 2]."""
        return self._fine[: len(self)]


def controls_of(sound: DescribedSound) -> Controls:
    """A sound's controls, as the corpus measured them."""
    return Controls(
        note=None if sound.note is None else float(sound.note),
        loudness_db=float(sound.loudness_db),
        brightness_hz=float(sound.brightness_hz),
        decay_s=float(sound.decay_s),
    )


def analyse_sounds(
    sounds: Sequence[Sound] | IndexedSounds, *, progress: Callable[[int, int], bool]
) -> Analyses | IndexedAnalyses:
    """Analyses sounds in order; `progress(done, total)` is called after each; False ends it.

    Those of an index are analysed already.
    """
    if isinstance(sounds, IndexedSounds):
        return IndexedAnalyses(sounds)
    done = Analyses(len(sounds))
    for frames in each_frames(sounds):
        done.add(frames)
        if not progress(len(done), len(sounds)):
            break
    return done


class IndexedAnalyses:
    """The analysed sounds of an index, read from its shards as needed; otherwise as `Analyses`."""

    def __init__(self, sounds: IndexedSounds) -> None:
        self.points: Points = IndexedPoints(sounds, "points")
        self.rows: Points = IndexedPoints(sounds, "rows")
        self.counts, _, self.frames = sounds.lengths()
        self.onsets = sounds.fixed("onset")
        self.onset_weights = sounds.fixed("onset_weights")
        self.loudest = sounds.fixed("loudest")
        self.fine = sounds.fixed("fine")
        self._sounds = sounds

    def contour(self, sound: int) -> NDArray[np.float16] | None:
        """Pitch contour in cents at each of a sound's rows [R]; None where its pitch rests."""
        cents = self._sounds.over_time("contour", sound)[:, 0]
        return cents if cents.any() else None

    def __len__(self) -> int:
        return len(self.points)


class IndexedPoints(Points):
    """Levels over time of an index's sounds, read from its shards."""

    def __init__(self, sounds: IndexedSounds, name: str) -> None:
        self._sounds, self._name = sounds, name

    def __len__(self) -> int:
        return len(self._sounds)

    def rows(self, sound: int) -> NDArray[np.float16]:
        """Levels of one sound at its points [count, BODY_SIZE], half precision."""
        return self._sounds.over_time(self._name, sound)
