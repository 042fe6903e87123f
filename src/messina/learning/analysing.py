"""A corpus to examples: every sound analysed on all cores, what cannot be analysed left out."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from messina.corpus.sound import Sound
from messina.frames.analysis import analyse
from messina.frames.layout import REFERENCE_HZ
from messina.instrument.controls import Controls
from messina.instrument.timegrid import pool
from messina.units import note_to_hz

__all__ = ["Analysed", "analyse_sounds", "controls_of"]


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


def _analysed(sound: Sound) -> Analysed:
    reference_hz = REFERENCE_HZ if sound.note is None else float(note_to_hz(sound.note))
    frames = analyse(sound.audio, reference_hz=reference_hz)
    points, count = pool(frames.body)
    return Analysed(points=points.astype(np.float16), count=count, onset=frames.onset)


def analyse_sounds(
    sounds: Sequence[Sound], *, progress: Callable[[int, int], bool]
) -> list[Analysed]:
    """Analyses sounds in order; `progress(done, total)` is told after each, and ends it by False.

    The transforms let go of the interpreter's lock, so threads use all cores.
    """
    done: list[Analysed] = []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool_of_threads:
        futures = [pool_of_threads.submit(_analysed, sound) for sound in sounds]
        for future in futures:
            done.append(future.result())
            if not progress(len(done), len(sounds)):
                for rest in futures[len(done) :]:
                    rest.cancel()
                break
    return done
