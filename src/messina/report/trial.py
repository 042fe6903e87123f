"""One run of an evaluation: an instrument against real sounds that are measured once for all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from messina.evaluation.learnt_ears import Embedding
from messina.evaluation.metrics import summarise
from messina.instrument import Instrument
from messina.progress import Progress
from messina.report.contenders import Contender, instrument_contender, through_the_frames
from messina.report.controllability import Answers, ask, play_layers, real_answers
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

__all__ = ["Bench", "Trial", "prepare", "try_instrument", "try_seeds"]


@dataclass(frozen=True, kw_only=True)
class Bench:
    """The real sounds, measured once for all instruments that are held against them."""

    real: RealSounds
    measured: Real
    oracle: Contender
    oracle_score: Score
    references: dict[str, Reference]
    """Of metrics of single sounds, and of those that names tell of."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """Everything measured of one instrument with one seed."""

    contender: Contender
    score: Score
    played: tuple[Played, ...]
    answers: Answers
    layers: tuple[LayerRow, ...]
    likeness: tuple[LikenessRow, ...]
    metrics: dict[str, float]
    oracle: dict[str, float]
    """The same metrics of the oracle, as far as it has them."""
    references: dict[str, Reference]
    """Of sounds played back, the oracle's metrics."""
    labels: tuple[LabelRow, ...]

    def findings(self, bench: Bench, *, heard: HeardRow = NOBODY) -> Findings:
        """What the verdict is derived from; heard: pooled answers of blind tests."""
        return Findings(
            metrics=self.metrics,
            references=self.references,
            oracle=self.oracle,
            count=len(self.contender.sounds),
            copies=len(self.score.copies.suspects),
            clicking=self.score.clicking,
            learnt=len(bench.real.learnt),
            playback_of_learnt=not bench.real.held_out,
            labels=self.labels,
            layers=self.layers,
            likeness=self.likeness,
            heard=heard,
        )


def prepare(
    real: RealSounds,
    *,
    count: int,
    seed: int,
    progress: Progress | None = None,
    embedding: Embedding | None = None,
) -> Bench:
    """Measures the real sounds, and their resynthesis without a model (the oracle).

    count: how many new sounds they will be held against.
    """
    measured = measure_real(real, progress, others=count, seed=seed, embedding=embedding)
    oracle = through_the_frames(real.sounds, seed=seed, progress=progress)
    answers = {
        key: Reference(mean=value, spread=0.0) for key, value in real_answers(real.sounds).items()
    }
    return Bench(
        real=real,
        measured=measured,
        oracle=oracle,
        oracle_score=score(oracle, measured, seed=seed, paired=True, progress=progress),
        references=references_of_sounds(measured.metrics, seed=seed) | answers,
    )


def try_instrument(
    instrument: Instrument,
    bench: Bench,
    *,
    count: int,
    seed: int,
    name: str = "instrument",
    progress: Progress | None = None,
) -> Trial:
    """Measures an instrument with one seed: new sounds, reconstructions, control response."""
    contender = instrument_contender(
        instrument, count=count, seed=seed, name=name, progress=progress
    )
    scored = score(contender, bench.measured, seed=seed, progress=progress)
    played = _played(instrument, bench, seed, progress)
    answers = ask(instrument, seed=seed, progress=progress)
    oracle = summarise([row.oracle for row in played])
    ceiling = {
        key: Reference(mean=value, spread=0.0)
        for key, value in oracle.items()
        if np.isfinite(value)
    }
    return Trial(
        contender=contender,
        score=scored,
        played=played,
        answers=answers,
        layers=play_layers(instrument, bench.real.sounds, seed=seed, progress=progress),
        likeness=tuple(
            ear.row(discrimination, frames=frames)
            for ear, discrimination, frames in zip(
                bench.measured.ears,
                scored.discrimination,
                bench.oracle_score.discrimination,
                strict=True,
            )
        ),
        metrics=scored.metrics | answers.metrics | summarise([row.metrics for row in played]),
        oracle=bench.oracle_score.metrics | oracle,
        references=bench.references | scored.references | ceiling,
        labels=covered_labels(bench.measured, scored.points),
    )


def try_seeds(
    instrument: Instrument,
    bench: Bench,
    *,
    count: int,
    seed: int,
    seeds: int,
    heard: HeardRow = NOBODY,
    progress: Progress | None = None,
) -> tuple[Trial, list[Findings]]:
    """Measures an instrument with several seeds, from `seed` on.

    Returns the first run, and what was found in each; the sounds of the others are let go of, as
    those of many seeds do not fit into memory.
    """
    first: Trial | None = None
    findings = []
    for more in range(seeds):
        trial = try_instrument(instrument, bench, count=count, seed=seed + more, progress=progress)
        first = first or trial
        findings.append(trial.findings(bench, heard=heard))
        del trial  # before the next one is made
    assert first is not None, "no seeds"
    return first, findings


def _played(
    instrument: Instrument, bench: Bench, seed: int, progress: Progress | None
) -> tuple[Played, ...]:
    sounds = sounds_to_play(bench.real)
    by_digest = {
        sound.digest: audio
        for sound, audio in zip(bench.real.sounds, bench.oracle.sounds, strict=True)
    }
    return play_back(
        instrument,
        sounds,
        learnt=bench.real.learnt,
        oracle=[by_digest[sound.digest] for sound in sounds],
        seed=seed,
        progress=progress,
    )
