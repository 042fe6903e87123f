"""New sounds by the systems that are compared: the instrument and the baselines.

oracle      real sounds through the frames: as good as a model of frames could get
sampler     training sounds as they are: the extreme of copying
producer    training sounds reworked by hand
gruv        the recurrent network of 2015, trained for so many minutes
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from messina.baselines.unlearnt import producer_sounds, sampler_sounds
from messina.corpus import Sound, each_frames
from messina.counter_rng import CounterRng
from messina.evaluation.signal_levels import mid
from messina.frames.synthesis import synthesise
from messina.instrument import Instrument
from messina.progress import Progress

__all__ = [
    "BASELINES",
    "Baseline",
    "SystemSounds",
    "baseline_sounds",
    "instrument_sounds",
    "through_the_frames",
]

Audio = NDArray[np.float32]

Baseline = Literal["oracle", "sampler", "producer", "gruv"]
BASELINES: Final[tuple[Baseline, ...]] = ("oracle", "sampler", "producer", "gruv")

_PER_MINUTE: Final = 600
"""Steps of the progress of training in a minute."""


@dataclass(frozen=True, kw_only=True)
class SystemSounds:
    """New sounds of one system: its name, the sounds [N] or [N, 2], and the seconds they took."""

    name: str
    sounds: Sequence[Audio]
    labels: Sequence[str]
    """Of each sound its kind, empty where it is not known."""
    seconds: float


def instrument_sounds(
    instrument: Instrument,
    *,
    count: int,
    seed: int,
    name: str = "instrument",
    progress: Progress | None = None,
) -> SystemSounds:
    """Renders `count` new sounds, of each label in proportion to its sounds in the corpus."""
    began_s, sounds = time.perf_counter(), []
    rows = np.resize(np.random.default_rng(seed).permutation(len(instrument.known.labels)), count)
    labels = [instrument.labels[instrument.known.labels[row]] for row in rows]
    for index, label in enumerate(labels):
        sounds.append(instrument.render(label=label, seed=seed + index))
        if progress is not None:
            progress("making new sounds", index + 1, count)
    return SystemSounds(
        name=name, sounds=sounds, labels=labels, seconds=time.perf_counter() - began_s
    )


def through_the_frames(
    sounds: Sequence[Sound], *, seed: int, progress: Progress | None = None
) -> SystemSounds:
    """The oracle: every sound analysed and played again [N, 2], without a model."""
    began_s = time.perf_counter()
    played = [
        synthesise(frames, key=CounterRng(seed, index).bits(), samples=len(sound.audio))
        for index, (sound, frames) in enumerate(
            zip(sounds, each_frames(sounds, progress=progress), strict=True)
        )
    ]
    return SystemSounds(
        name="oracle",
        sounds=played,
        labels=[sound.label for sound in sounds],
        seconds=time.perf_counter() - began_s,
    )


def baseline_sounds(
    name: Baseline,
    learnt: Sequence[Sound],
    *,
    count: int,
    minutes: float,
    seed: int,
    progress: Progress | None = None,
) -> SystemSounds:
    """`count` sounds by a baseline that is given what the instrument learnt from, as mono."""
    sounds = [mid(sound.audio).astype(np.float32) for sound in learnt]
    rng, began_s = np.random.default_rng(seed), time.perf_counter()
    if name == "sampler":
        made = sampler_sounds(sounds, count=count, rng=rng)
    elif name == "producer":
        made = producer_sounds(sounds, count=count, rng=rng)
    elif name == "gruv":
        made = _gruv(sounds, count, minutes, seed, rng, progress)
    else:
        raise ValueError(f"{name} is measured on every sound: through_the_frames")
    return SystemSounds(
        name=name, sounds=made, labels=[""] * count, seconds=time.perf_counter() - began_s
    )


def _gruv(
    sounds: Sequence[Audio],
    count: int,
    minutes: float,
    seed: int,
    rng: np.random.Generator,
    progress: Progress | None,
) -> list[Audio]:
    # Loaded here: it needs torch, which nothing else in a report does.
    from messina.baselines.gruv_file import gruv_sounds

    total = max(1, round(_PER_MINUTE * minutes))

    def report(gone_s: float, _steps: int, _error: float) -> None:
        if progress is not None:
            progress("training GRUV", min(total, round(gone_s / 60 * _PER_MINUTE)), total)

    return gruv_sounds(sounds, count=count, minutes=minutes, seed=seed, rng=rng, progress=report)
