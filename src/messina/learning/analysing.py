"""A corpus's sounds on the time grid; their frames come from the cache or all cores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from messina.corpus import Sound, each_frames
from messina.frames.layout import Frames
from messina.instrument.controls import Controls
from messina.instrument.timegrid import pool

__all__ = ["Analysed", "analyse_sounds", "controls_of", "pooled"]


@dataclass(frozen=True, kw_only=True)
class Analysed:
    """One sound on the time grid."""

    points: NDArray[np.float16]  # [POINTS, BODY_SIZE]
    count: int
    onset: NDArray[np.float32]  # [ONSET_SIZE]


def controls_of(sound: Sound) -> Controls:
    """A sound's controls, as the corpus measured them."""
    return Controls(
        note=None if sound.note is None else float(sound.note),
        loudness_db=float(sound.loudness_db),
        brightness_hz=float(sound.brightness_hz),
        decay_s=float(sound.decay_s),
    )


def pooled(frames: Frames) -> Analysed:
    """Frames on the time grid, in half precision."""
    points, count = pool(frames.body)
    return Analysed(points=points.astype(np.float16), count=count, onset=frames.onset)


def analyse_sounds(
    sounds: Sequence[Sound], *, progress: Callable[[int, int], bool]
) -> list[Analysed]:
    """Analyses sounds in order; `progress(done, total)` is told after each; its False ends it."""
    done: list[Analysed] = []
    for frames in each_frames(sounds):
        done.append(pooled(frames))
        if not progress(len(done), len(sounds)):
            break
    return done
