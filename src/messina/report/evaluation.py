"""All of an evaluation in one run: new sounds, playback, responses, baselines, a verdict."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

import messina
from messina.corpus import Sound
from messina.corpus.describing import brightness_hz
from messina.evaluation.distribution import squared_distances
from messina.evaluation.learnt_ears import Embedding
from messina.evaluation.metrics import METRICS
from messina.evaluation.signal_levels import mid
from messina.instrument import Instrument
from messina.instrument.sound_map import amid
from messina.progress import Progress
from messina.report.findings import (
    NOBODY,
    mean_metrics,
    over_seeds,
    seed_rows,
    seeds_clause,
    spread_metrics,
)
from messina.report.markup import with_spread
from messina.report.playback import Played
from messina.report.record import (
    CopyRow,
    HeardRow,
    Learning,
    MapPoint,
    PlaybackRow,
    Record,
    SeedRow,
    SystemRow,
)
from messina.report.scores import Score, score
from messina.report.seed_runs import Benchmark, SeedRun, make_benchmark, run_seeds
from messina.report.subject import RealSounds, digest_of, provenance
from messina.report.systems import Baseline, SystemSounds, baseline_sounds
from messina.report.verdict import verdict

__all__ = ["Evaluation", "evaluate"]

Audio = NDArray[np.float32]

_TELLING: Final = ("told_apart", "coverage", "copy_share", "flux", "pitch_error", "lsd_1024")
"""Metrics whose spread over seeds the verdict names."""


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The outcome of an evaluation.

    Its record, and the sounds in the order of the record's rows.
    """

    record: Record
    real: RealSounds
    systems: tuple[SystemSounds, ...]
    played: tuple[Played, ...]


def evaluate(
    instrument: Instrument,
    real: RealSounds,
    *,
    name: str,
    against: Sequence[Baseline] = (),
    others: Sequence[SystemSounds] = (),
    count: int = 64,
    minutes: float = 1.0,
    seed: int = 0,
    progress: Progress | None = None,
    embedding: Embedding | None = None,
    heard: HeardRow = NOBODY,
    seeds: int = 1,
    digest: str | None = None,
) -> Evaluation:
    """Measure an instrument, called `name`, beside the sounds it was learnt from.

    against: baselines beside the oracle, which is always there; others: further ones, with the
    sounds they made; minutes: how long baselines are trained where they have to be; count: new
    sounds by each; embedding: what a second distance of the new sounds from the real ones is
    measured on; heard: what people said in blind tests; digest: of the instrument's file. The same
    seed gives the same metrics.

    seeds: how many, from `seed` on: metrics are means then, with their spreads. Sounds and pictures
    are those of the first, and so are the references.
    """
    began_s = time.perf_counter()
    benchmark = make_benchmark(real, count=count, seed=seed, progress=progress, embedding=embedding)
    run, findings = run_seeds(
        instrument, benchmark, count=count, seed=seed, seeds=seeds, heard=heard, progress=progress
    )
    each = [own.metrics for own in findings]
    found = over_seeds(findings)
    clauses = verdict(found)
    every: tuple[SeedRow, ...] = ()
    if seeds > 1:
        singly = [verdict(own) for own in findings]
        every = seed_rows(range(seed, seed + seeds), each, singly)
        clauses = (*clauses, seeds_clause(every, _shown(each)))
    baselines = [
        baseline_sounds(
            baseline, real.learnt, count=count, minutes=minutes, seed=seed, progress=progress
        )
        for baseline in dict.fromkeys(against)
        if baseline != "oracle"
    ]
    baselines += others
    rows = [
        _row(run.system, dict(found.metrics), spread_metrics(each)),
        _row(benchmark.oracle, run.oracle),
        *(
            _row(
                baseline, score(baseline, benchmark.measured, seed=seed, progress=progress).metrics
            )
            for baseline in baselines
        ),
    ]
    record = Record(
        program=messina.__version__,
        instrument=name,
        sounds=len(real.sounds),
        minutes=instrument.manifest.minutes,
        seed=seed,
        count=count,
        baseline_minutes=minutes,
        verdict=clauses,
        references=run.references,
        systems=tuple(rows),
        playback_of_learnt=not real.held_out,
        playback=tuple(_playback_row(row) for row in run.played),
        copies=_copies(run.score, real),
        sweeps=run.responses.sweeps,
        heard=heard,
        likeness=tuple(found.likeness),
        layers=run.layers,
        pitches=run.responses.pitches,
        labels=run.labels,
        map=_map(instrument, benchmark, run),
        history=_history(instrument),
        kept_step=instrument.manifest.steps,
        missing=real.missing,
        seconds=time.perf_counter() - began_s,
        seeds=every,
        provenance=provenance(
            digest or digest_of(instrument), [sound.digest for sound in real.sounds]
        ),
    )
    return Evaluation(
        record=record,
        real=real,
        systems=(run.system, benchmark.oracle, *baselines),
        played=run.played,
    )


def _shown(metrics: Sequence[Mapping[str, float]]) -> list[tuple[str, str]]:
    """The metrics that tell most, as means with their spreads over the seeds."""
    means, spreads = mean_metrics(metrics), spread_metrics(metrics)
    return [
        (METRICS[key].title, with_spread(key, means[key], spreads[key]))
        for key in _TELLING
        if key in spreads
    ]


def _row(
    system: SystemSounds, metrics: dict[str, float], spread: dict[str, float] | None = None
) -> SystemRow:
    return SystemRow(
        spread=spread or {},
        name=system.name,
        metrics=metrics,
        sounds=len(system.sounds),
        seconds=system.seconds,
    )


def _playback_row(played: Played) -> PlaybackRow:
    return PlaybackRow(
        name=played.sound.name,
        label=played.sound.label,
        note=played.sound.note,
        metrics=played.metrics,
        oracle=played.oracle,
        nearest=played.nearest,
    )


def _copies(scored: Score, real: RealSounds) -> tuple[CopyRow, ...]:
    return tuple(
        CopyRow(
            generated=suspect.generated,
            training=real.learnt[suspect.training].name,
            ratio=suspect.ratio,
        )
        for suspect in scored.copies.suspects
    )


def _history(instrument: Instrument) -> tuple[Learning, ...]:
    return tuple(
        Learning(step=row.step, learnt_db=row.learnt_db, validation_db=row.validation_db)
        for row in instrument.manifest.history
    )


def _map(instrument: Instrument, benchmark: Benchmark, run: SeedRun) -> tuple[MapPoint, ...]:
    """Real sounds, then generated ones, in their orders, on the instrument's own map.

    What it has no place for lies amid those that it is most like: what was held out, what is new.
    """
    kept = [sound.name for sound in instrument.manifest.sounds if sound.role != "held out"]
    where = dict(zip(kept, instrument.places, strict=True))
    real, measured = benchmark.real.sounds, benchmark.measured.points
    known = [i for i, sound in enumerate(real) if sound.name in where]
    shown = np.array([where[real[i].name] for i in known])
    unlike = squared_distances(np.concatenate([measured, run.score.points]), measured[known])
    places = [amid(shown, row) for row in unlike]
    for i, place in zip(known, shown.tolist(), strict=True):
        places[i] = (place[0], place[1])
    points = [_map_point(sound, place) for sound, place in zip(real, places, strict=False)]
    made = zip(run.system.sounds, run.system.labels, places[len(points) :], strict=True)
    for index, (audio, label, place) in enumerate(made):
        points.append(
            MapPoint(
                kind="generated",
                name=f"new {index + 1}",
                label=label,
                x=place[0],
                y=1.0 - place[1],
                brightness_hz=brightness_hz(mid(audio).astype(np.float32)),
            )
        )
    return tuple(points)


def _map_point(sound: Sound, place: tuple[float, float]) -> MapPoint:
    return MapPoint(
        kind="held out" if sound.held_out else "real",
        name=sound.name,
        label=sound.label,
        x=place[0],
        y=1.0 - place[1],
        brightness_hz=sound.brightness_hz,
    )
