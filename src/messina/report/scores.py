"""Metrics of new sounds, with references from the real sounds.

References come from the real sounds alone. A metric of sets, such as coverage, is measured between
two halves of them; a metric of single sounds, such as the tail's level, on each half by itself: its
mean over all of them, and how far halves lie apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from messina.corpus import Sound
from messina.evaluation.copies import CopyCheck, copy_check
from messina.evaluation.distribution import (
    HALVINGS,
    NEIGHBOURS,
    beside_reference,
    kernel_distance,
    squared_distances,
)
from messina.evaluation.learnt_ears import Embedding
from messina.evaluation.metrics import summarise
from messina.evaluation.scoring import set_metrics, sound_metrics
from messina.evaluation.signal_levels import mid
from messina.evaluation.timbre import descriptors
from messina.process_pool import available_cores
from messina.progress import Progress
from messina.report.likeness import OWN_EAR, CalibratedEar, Ear, calibrated, likeness_reference
from messina.report.record import LabelRow, Reference
from messina.report.subject import RealSounds
from messina.report.systems import SystemSounds

__all__ = ["Real", "Score", "covered_labels", "measure_real", "metrics_of_each", "score"]

Points = NDArray[np.float32]
Audio = NDArray[np.float32]
Metrics = dict[str, float]
T = TypeVar("T")
U = TypeVar("U")

FEWEST_TO_HALVE: Final = 4


@dataclass(frozen=True, kw_only=True)
class Real:
    """The real sounds as points [n, D], with their own metrics, in the order of `sounds`."""

    sounds: tuple[Sound, ...]
    points: Points
    metrics: Sequence[Metrics]
    ears: Sequence[CalibratedEar]
    """The package's own first."""
    embedding: Embedding | None = None
    learned: Points | None = None
    """The same as points of a learned embedding, if there is one."""

    @property
    def learnt_rows(self) -> NDArray[np.intp]:
        """Rows of the sounds that were learnt."""
        return np.flatnonzero([not sound.held_out for sound in self.sounds])


@dataclass(frozen=True, kw_only=True)
class Score:
    """All metrics of one system's sounds, with the references of set metrics."""

    metrics: Metrics
    references: dict[str, Reference]
    points: Points
    copies: CopyCheck
    discrimination: Sequence[float]
    """How surely each ear tells them from the real ones."""
    clicking: int
    """Sounds with a click in them."""


def in_threads(
    function: Callable[[T], U],
    items: Sequence[T],
    what: str,
    progress: Progress | None = None,
) -> list[U]:
    """Maps a function over items, in order, on all cores; FFTs release the GIL."""
    results = []
    with ThreadPoolExecutor(available_cores()) as pool:
        for result in pool.map(function, items):
            results.append(result)
            if progress is not None:
                progress(what, len(results), len(items))
    return results


def metrics_of_each(sounds: Sequence[Audio], progress: Progress | None = None) -> list[Metrics]:
    """Metrics of sound quality of every sound."""
    return in_threads(sound_metrics, sounds, "measuring", progress)


def measure_real(
    real: RealSounds,
    progress: Progress | None = None,
    *,
    others: int,
    seed: int,
    embedding: Embedding | None = None,
) -> Real:
    """Measures the real sounds, once for all systems.

    others: how many sounds will be held against them; seed: of the ears' calibration.
    """
    audios = [sound.audio for sound in real.sounds]
    ears = [OWN_EAR]
    if embedding is not None:
        ears.append(Ear(name="learnt ear", embedding=embedding))
    return Real(
        sounds=real.sounds,
        points=descriptors([mid(audio) for audio in audios]),
        metrics=metrics_of_each(audios, progress),
        ears=[calibrated(ear, audios, others=others, seed=seed, progress=progress) for ear in ears],
        embedding=embedding,
        learned=None if embedding is None else _embedded(audios, embedding, progress),
    )


def _embedded(sounds: Sequence[Audio], embedding: Embedding, progress: Progress | None) -> Points:
    return np.stack(in_threads(embedding, sounds, "listening again", progress))


def score(
    system: SystemSounds,
    real: Real,
    *,
    seed: int,
    paired: bool = False,
    progress: Progress | None = None,
) -> Score:
    """All metrics of a system's sounds beside the real ones.

    paired: they are the real sounds made again, in their order.
    """
    each = metrics_of_each(system.sounds, progress)
    points = descriptors([mid(audio) for audio in system.sounds])
    copies = copy_check(real.points[real.learnt_rows], points)
    sets = set_metrics(real.points, points, rng=np.random.default_rng(seed))
    if real.embedding is not None and real.learned is not None and system.sounds:
        sets["learned_distance"] = beside_reference(
            kernel_distance,
            real.learned,
            _embedded(system.sounds, real.embedding, progress),
            rng=np.random.default_rng(seed),
        )
    references = {
        key: Reference(mean=beside.reference.mean, spread=beside.reference.spread)
        for key, beside in sets.items()
    }
    references["copy_share"] = Reference(
        mean=copies.own_share if len(real.sounds) > 1 else np.nan, spread=0
    )
    references["told_apart"] = likeness_reference(real.ears[0].scale)
    discrimination = [ear.discrimination(system.sounds, paired=paired) for ear in real.ears]
    if np.isfinite(copies.usual):
        references["novelty"] = Reference(mean=1.0, spread=0.0)
    metrics = summarise(each) | {key: beside.value for key, beside in sets.items()}
    metrics |= {
        "copy_share": copies.share,
        "novelty": copies.novelty,
        "told_apart": discrimination[0],
    }
    return Score(
        metrics=metrics,
        references=references,
        points=points,
        copies=copies,
        discrimination=discrimination,
        clicking=sum(row["click_rate"] > 0 for row in each),
    )


def references_of_sounds(each: Sequence[Mapping[str, float]], *, seed: int) -> dict[str, Reference]:
    """Means of per-sound metrics over the real sounds, and their spread between halves."""
    whole = summarise(each)
    if len(each) < FEWEST_TO_HALVE:
        return {key: Reference(mean=value, spread=float("nan")) for key, value in whole.items()}
    rng, halves = np.random.default_rng(seed), []
    for _ in range(HALVINGS):
        order = rng.permutation(len(each))
        halves += [
            summarise([each[row] for row in half])
            for half in (order[: len(each) // 2], order[len(each) // 2 :])
        ]
    return {
        key: Reference(mean=value, spread=float(np.std([half[key] for half in halves])))
        for key, value in whole.items()
    }


def covered_labels(real: Real, points: Points) -> tuple[LabelRow, ...]:
    """Coverage by label.

    How many real sounds have a generated one within reach of their neighbours.
    """
    count = len(real.points)
    if count < 2:
        return ()
    reach = np.sort(squared_distances(real.points, real.points), axis=1)
    radii = reach[:, min(NEIGHBOURS, count - 1)]
    covered = squared_distances(real.points, points).min(axis=1) < radii
    labels = sorted({sound.label for sound in real.sounds})
    rows = []
    for label in labels:
        own = np.array([sound.label == label for sound in real.sounds])
        rows.append(LabelRow(label=label, sounds=int(own.sum()), covered=int(covered[own].sum())))
    return tuple(rows)
