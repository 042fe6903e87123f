"""A corpus's sounds on the time grid; their frames come from the cache or all cores."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from messina.corpus import DescribedSound, Sound, each_frames
from messina.frames.layout import BANDS, FINE_CELLS, ONSET_SIZE, Frames
from messina.instrument.controls import Controls
from messina.learning.point_store import Points, PointStore
from messina.library import IndexedSounds
from messina.library.records import record_of

__all__ = ["Analyses", "IndexedAnalyses", "analyse_sounds", "controls_of"]


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
        self._contours: list[NDArray[np.float16]] = []

    def __len__(self) -> int:
        return len(self.points)

    def add(self, frames: Frames) -> None:
        """Raises OSError when the disk is full."""
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
        """Cents at each of a sound's rows [R], where its pitch moves."""
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
    """Analyses sounds in order; `progress(done, total)` is told after each; its False ends it.

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
    """The same as `Analyses`, of the sounds of an index: read from its shards as it is needed."""

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
        """Cents at each of a sound's rows [R], where its pitch moves."""
        cents = self._sounds.over_time("contour", sound)[:, 0]
        return cents if cents.any() else None

    def __len__(self) -> int:
        return len(self.points)


class IndexedPoints(Points):
    """One of the arrays over time of an index."""

    def __init__(self, sounds: IndexedSounds, name: str) -> None:
        self._sounds, self._name = sounds, name

    def __len__(self) -> int:
        return len(self._sounds)

    def rows(self, sound: int) -> NDArray[np.float16]:
        return self._sounds.over_time(self._name, sound)
