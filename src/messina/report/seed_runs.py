"""One run of an evaluation: an instrument against real sounds that are measured once for all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from messina.evaluation.learnt_ears import Embedding
from messina.evaluation.metrics import summarise
from messina.instrument import Instrument
from messina.progress import Progress
from messina.report.controllability import (
    ControlResponses,
    measure_responses,
    play_layers,
    real_responses,
)
from messina.report.findings import NOBODY, Findings
from messina.report.playback import Played, play_back, sounds_to_play
from messina.report.record import HeardRow, LabelRow, LayerRow, LikenessRow, Reference
from messina.report.scores import (
    Real,
    Score,
    covered_labels,
    measure_real,
    references_of_sounds,
    score,
)
from messina.report.subject import RealSounds
from messina.report.systems import SystemSounds, instrument_sounds, through_the_frames

__all__ = ["Benchmark", "SeedRun", "make_benchmark", "run_seed", "run_seeds"]


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """The real sounds, measured once for all instruments that are held against them."""

    real: RealSounds
    measured: Real
    oracle: SystemSounds
    oracle_score: Score
    references: dict[str, Reference]
    """Of metrics of single sounds, and of those that names tell of."""


@dataclass(frozen=True, kw_only=True)
class SeedRun:
    """Everything measured of one instrument with one seed."""

    system: SystemSounds
    score: Score
    played: tuple[Played, ...]
    responses: ControlResponses
    layers: tuple[LayerRow, ...]
    likeness: tuple[LikenessRow, ...]
    metrics: dict[str, float]
    oracle: dict[str, float]
    """The same metrics of the oracle, as far as it has them."""
    references: dict[str, Reference]
    """Of sounds played back, the oracle's metrics."""
    labels: tuple[LabelRow, ...]

    def findings(self, benchmark: Benchmark, *, heard: HeardRow = NOBODY) -> Findings:
        """What the verdict is derived from; heard: pooled answers of blind tests."""
        return Findings(
            metrics=self.metrics,
            references=self.references,
            oracle=self.oracle,
            count=len(self.system.sounds),
            copies=len(self.score.copies.suspects),
            clicking=self.score.clicking,
            learnt=len(benchmark.real.learnt),
            playback_of_learnt=not benchmark.real.held_out,
            labels=self.labels,
            layers=self.layers,
            likeness=self.likeness,
            heard=heard,
        )


def make_benchmark(
    real: RealSounds,
    *,
    count: int,
    seed: int,
    progress: Progress | None = None,
    embedding: Embedding | None = None,
) -> Benchmark:
    """Measures the real sounds, and their resynthesis without a model (the oracle).

    count: how many new sounds they will be held against.
    """
    measured = measure_real(real, progress, others=count, seed=seed, embedding=embedding)
    oracle = through_the_frames(real.sounds, seed=seed, progress=progress)
    responses = {
        key: Reference(mean=value, spread=0.0) for key, value in real_responses(real.sounds).items()
    }
    return Benchmark(
        real=real,
        measured=measured,
        oracle=oracle,
        oracle_score=score(oracle, measured, seed=seed, paired=True, progress=progress),
        references=references_of_sounds(measured.metrics, seed=seed) | responses,
    )


def run_seed(
    instrument: Instrument,
    benchmark: Benchmark,
    *,
    count: int,
    seed: int,
    name: str = "instrument",
    progress: Progress | None = None,
) -> SeedRun:
    """Measures an instrument with one seed: new sounds, reconstructions, control response."""
    system = instrument_sounds(instrument, count=count, seed=seed, name=name, progress=progress)
    scored = score(system, benchmark.measured, seed=seed, progress=progress)
    played = _played(instrument, benchmark, seed, progress)
    responses = measure_responses(instrument, seed=seed, progress=progress)
    oracle = summarise([row.oracle for row in played])
    ceiling = {
        key: Reference(mean=value, spread=0.0)
        for key, value in oracle.items()
        if np.isfinite(value)
    }
    return SeedRun(
        system=system,
        score=scored,
        played=played,
        responses=responses,
        layers=play_layers(instrument, benchmark.real.sounds, seed=seed, progress=progress),
        likeness=tuple(
            ear.row(discrimination, frames=frames)
            for ear, discrimination, frames in zip(
                benchmark.measured.ears,
                scored.discrimination,
                benchmark.oracle_score.discrimination,
                strict=True,
            )
        ),
        metrics=scored.metrics | responses.metrics | summarise([row.metrics for row in played]),
        oracle=benchmark.oracle_score.metrics | oracle,
        references=benchmark.references | scored.references | ceiling,
        labels=covered_labels(benchmark.measured, scored.points),
    )


def run_seeds(
    instrument: Instrument,
    benchmark: Benchmark,
    *,
    count: int,
    seed: int,
    seeds: int,
    heard: HeardRow = NOBODY,
    progress: Progress | None = None,
) -> tuple[SeedRun, list[Findings]]:
    """Measures an instrument with several seeds, from `seed` on.

    Returns the first run, and what was found in each; the sounds of the others are let go of, as
    those of many seeds do not fit into memory.
    """
    first: SeedRun | None = None
    findings = []
    for more in range(seeds):
        run = run_seed(instrument, benchmark, count=count, seed=seed + more, progress=progress)
        first = first or run
        findings.append(run.findings(benchmark, heard=heard))
        del run  # before the next one is made
    assert first is not None, "no seeds"
    return first, findings


def _played(
    instrument: Instrument, benchmark: Benchmark, seed: int, progress: Progress | None
) -> tuple[Played, ...]:
    sounds = sounds_to_play(benchmark.real)
    by_digest = {
        sound.digest: audio
        for sound, audio in zip(benchmark.real.sounds, benchmark.oracle.sounds, strict=True)
    }
    return play_back(
        instrument,
        sounds,
        learnt=benchmark.real.learnt,
        oracle=[by_digest[sound.digest] for sound in sounds],
        seed=seed,
        progress=progress,
    )
