"""A corpus's sounds on the time grid; their frames come from the cache or all cores."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from messina.corpus import Sound, each_frames
from messina.frames.layout import BANDS, FINE_CELLS, ONSET_SIZE, Frames, pack_fine
from messina.instrument.controls import Controls
from messina.instrument.descriptors import onset_weights
from messina.instrument.timegrid import pool
from messina.instrument.trajectories import rows_of
from messina.learning.point_store import PointStore

__all__ = ["Analyses", "analyse_sounds", "controls_of"]


class Analyses:
    """Sounds on the time grid: one after the other is added, room is for `most`."""

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

    def __len__(self) -> int:
        return len(self.points)

    def add(self, frames: Frames) -> None:
        """Raises OSError when the disk is full."""
        levels, count = pool(frames.body)
        points = levels.astype(np.float16)
        index = len(self)
        self._counts[index] = count
        self._frames[index] = len(frames)
        self._onsets[index] = frames.onset
        self._onset_weights[index] = onset_weights(points[None].astype(np.float32))[0]
        self._loudest[index] = points[:, :BANDS].max(axis=0)
        self._fine[index] = pack_fine(frames.fine)
        self.points.add(points, count)
        rows = rows_of(frames.body)
        self.rows.add(rows.astype(np.float16), len(rows))

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
        """[S, ONSET_SIZE]"""
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


def controls_of(sound: Sound) -> Controls:
    """A sound's controls, as the corpus measured them."""
    return Controls(
        note=None if sound.note is None else float(sound.note),
        loudness_db=float(sound.loudness_db),
        brightness_hz=float(sound.brightness_hz),
        decay_s=float(sound.decay_s),
    )


def analyse_sounds(sounds: Sequence[Sound], *, progress: Callable[[int, int], bool]) -> Analyses:
    """Analyses sounds in order; `progress(done, total)` is told after each; its False ends it."""
    done = Analyses(len(sounds))
    for frames in each_frames(sounds):
        done.add(frames)
        if not progress(len(done), len(sounds)):
            break
    return done
