"""Reconstruction of real sounds by the instrument, beside baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus import Sound
from messina.errors import ControlError
from messina.evaluation.distribution import squared_distances
from messina.evaluation.scoring import pair_metrics
from messina.evaluation.signal_levels import mid
from messina.evaluation.timbre import descriptors
from messina.instrument import Instrument
from messina.progress import Progress
from messina.report.subject import RealSounds
from messina.units import SAMPLE_RATE

__all__ = ["Played", "fresh", "play_back", "sounds_to_play"]

Audio = NDArray[np.float32]

MOST_PLAYED: Final = 48
LEARNT_PLAYED: Final = 12
"""Where nothing is held out."""


@dataclass(frozen=True, kw_only=True)
class Played:
    """One real sound, its reconstruction by the instrument, and what else stands in for it."""

    sound: Sound
    audio: Audio  # [N, 2]
    fresh: Audio  # [N, 2], a new sound of its kind, note and velocity
    metrics: dict[str, float]
    oracle: dict[str, float]
    nearest: dict[str, float]


def sounds_to_play(real: RealSounds) -> tuple[Sound, ...]:
    """What was held out, or some of what was learnt; evenly chosen where there are too many."""
    sounds, most = (real.held_out, MOST_PLAYED) if real.held_out else (real.learnt, LEARNT_PLAYED)
    chosen = np.unique(np.linspace(0, len(sounds) - 1, min(most, len(sounds))).round().astype(int))
    return tuple(sounds[row] for row in chosen)


def play_back(
    instrument: Instrument,
    sounds: Sequence[Sound],
    *,
    learnt: Sequence[Sound],
    oracle: Sequence[Audio],
    seed: int,
    progress: Progress | None = None,
) -> tuple[Played, ...]:
    """Reconstructs each sound with the instrument.

    learnt: sounds whose nearest stands in as a baseline. oracle [N, 2]: the sounds analysed and
    resynthesised without a model. Metrics are those of pairs.
    """
    stand_ins = _nearest(sounds, learnt)
    played = []
    for index, (sound, reference) in enumerate(zip(sounds, oracle, strict=True)):
        audio = instrument.resynth(sound.audio, sample_rate=SAMPLE_RATE, note=sound.note, seed=seed)
        other = stand_ins[index]
        played.append(
            Played(
                sound=sound,
                audio=audio,
                fresh=fresh(instrument, sound, seed + index),
                metrics=pair_metrics(sound.audio, audio),
                oracle=pair_metrics(sound.audio, reference),
                nearest={} if other is None else pair_metrics(sound.audio, other.audio),
            )
        )
        if progress is not None:
            progress("playing back", index + 1, len(sounds))
    return tuple(played)


def fresh(instrument: Instrument, sound: Sound, seed: int) -> Audio:
    """Renders a new sound with the label, note and velocity of a real one, or of any label."""
    label = sound.label if sound.label in instrument.labels else None
    try:
        return instrument.render(label=label, note=sound.note, velocity=sound.velocity, seed=seed)
    except ControlError:  # a note or velocity outside of what can be asked for
        return instrument.render(label=label, seed=seed)


def _nearest(sounds: Sequence[Sound], learnt: Sequence[Sound]) -> list[Sound | None]:
    """Of each sound, the nearest other one that was learnt."""
    points = descriptors([mid(sound.audio) for sound in sounds])
    known = descriptors([mid(sound.audio) for sound in learnt])
    distances = squared_distances(points, known)
    for row, sound in enumerate(sounds):
        distances[row, [other.digest == sound.digest for other in learnt]] = np.inf
    return [learnt[int(row.argmin())] if np.isfinite(row).any() else None for row in distances]
