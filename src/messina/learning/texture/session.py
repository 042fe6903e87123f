"""Learning a texture: analysis, then a network for what is fast; what plays best is kept.

The walk over the corpus plays as soon as the analysis is done. Then a recurrent network learns to
draw the fast level instead, and takes the walk's place when what it draws is nearer to the corpus:
measured, not believed. Points are windows of a second of decoded frames, levels in dB of BANDS
bands: of each the mean level / 10, its standard deviation / 5 and its mean change from frame to
frame. The kernel distance between what is drawn and the corpus as the latents tell it decides.

How many steps it learns for is planned from the pace of the first (`messina.learning.planning`), so
that the same folder, seed and minutes give the same texture on the same machine; only where the
machine falls far behind does the clock end the run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from messina.corpus.recordings import NamedRecording
from messina.errors import InstrumentError
from messina.evaluation.distribution import kernel_distance
from messina.learning.fitting import BestCheckpoint, Budget, RunFiles, fit, plan_run
from messina.learning.optimizer import one_thread
from messina.learning.planning import Plan
from messina.learning.texture.building import build_model, usable
from messina.learning.texture.fast_network import FastTrainer, FastTrainerConfig
from messina.texture.layout import EDGES_HZ, GROUPS, NOISE, PARTIALS, group_centres_hz
from messina.texture.model import FastMotion, TextureManifest, TextureModel
from messina.texture.player import TexturePlayer

__all__ = ["DRAWN", "latent_distance", "learn_texture_model", "with_fast"]

Real = NDArray[np.float32]

BANDS: Final = 24

DRAWN: Final = 4_096
"""Patches that are judged: 95 s."""

_WINDOW = 172
_HOP = 43
_FLOOR = 1e-7
_PORTION = 1_024


def with_fast(model: TextureModel, fast: FastMotion) -> TextureModel:
    """The same model, with this way of drawing the fast level."""
    manifest = msgspec.structs.replace(model.manifest, fast=fast)
    return replace(model, manifest=manifest)


def latent_distance(model: TextureModel, *, seed: int) -> float:
    """Kernel distance of what a model draws from its corpus."""
    drawn = TexturePlayer(model, seed=seed).latents(DRAWN)
    parts = zip(model.starts[:-1], model.starts[1:], strict=True)
    real = np.concatenate([_points(model, model.latents[a:b]) for a, b in parts])
    return kernel_distance(real, _points(model, drawn))


def _edges(frequencies_hz: NDArray[np.float64]) -> NDArray[np.int64]:
    """Where each band begins among rising frequencies, no band empty."""
    wanted = np.searchsorted(frequencies_hz, np.geomspace(60.0, 16_000.0, BANDS))
    return np.minimum(np.maximum.accumulate(wanted), len(frequencies_hz) - 1)


_PARTIAL_STARTS = _edges(EDGES_HZ[:-1])
_NOISE_STARTS = _edges(group_centres_hz())


def _levels(model: TextureModel, latents: Real) -> Real:
    """Level [T, BANDS] in dB of the frames that latents tell."""
    parts = []
    for start in range(0, len(latents), _PORTION):
        before = latents[max(start - 1, 0)]
        frames = model.basis.decode(latents[start : start + _PORTION], before)
        partials = np.add.reduceat(np.exp(2 * frames[:, PARTIALS]) / 2, _PARTIAL_STARTS, axis=1)
        noise = np.add.reduceat(np.exp(2 * frames[:, NOISE]) / GROUPS, _NOISE_STARTS, axis=1)
        parts.append(10 * np.log10(partials + noise + _FLOOR))
    return np.concatenate(parts).astype(np.float32)


def _points(model: TextureModel, latents: Real) -> Real:
    """[n, 3 * BANDS]; what is shorter than a window is one point."""
    levels = _levels(model, latents)
    change = np.abs(np.diff(levels, axis=0))
    starts = range(0, max(1, len(levels) - _WINDOW + 1), _HOP)
    rows = [
        np.concatenate(
            [
                levels[start : start + _WINDOW].mean(axis=0) / 10,
                levels[start : start + _WINDOW].std(axis=0) / 5,
                change[start : start + _WINDOW].mean(axis=0),
            ]
        )
        for start in starts
    ]
    return np.stack(rows)


Progress = Callable[[float, float | None], None]
Keep = Callable[[TextureModel], None]
Arrays = dict[str, NDArray[np.float32]]

_ANALYSIS_SHARE: Final = 0.1
_LEAST_SHARE = 0.3  # of the minutes, however long the analysis
_START_S = 4.0
_ANALYSED_PER_S = 12.0  # seconds of audio
_JUDGED_S = 5.0  # two judgements of a round
_FIRST_ROUND_MINUTES = 1.0
_FIRST_ROUND_STEPS = 1_000  # where the number of steps is given, not the minutes


def learn_texture_model(
    recordings: Sequence[NamedRecording],
    *,
    minutes: float = 1.0,
    seed: int = 0,
    steps: int | None = None,
    resume: TextureModel | None = None,
    resume_from: Path | None = None,
    out: Path | None = None,
    progress: Progress | None = None,
    stop: Callable[[], bool] | None = None,
    keep: Keep | None = None,
    warn: Callable[[str], None] | None = None,
) -> TextureModel:
    """A texture model of these recordings, within the minutes given.

    steps: exactly so many instead, whatever the clock says. resume: a model of the same recordings
    to go on from; resume_from: its file, beside which it may have left a checkpoint. out: where
    `keep` writes, beside which this run leaves its own. progress: gets the share done, 0 … 1, and
    the error on what was kept aside, if there is one. stop: asked all the time; what is learnt by
    then is kept. keep: gets the best model so far, at once when there is a new one and then
    now and again. warn: is told what cannot be read or written of checkpoints. Raises CorpusError
    when nothing can be learnt, InstrumentError when `resume` was made from other recordings.
    """
    ends = time.monotonic() + 60.0 * minutes
    report, stopped, keep = progress or _unreported, stop or _never, keep or _unkept
    if resume is None:
        model = build_model(
            recordings,
            minutes=minutes,
            seed=seed,
            heard=lambda share: report(_ANALYSIS_SHARE * share, None),
            stop=stopped,
        )
        keep(model)
    else:
        _check_same(resume, recordings)
        total = resume.manifest.minutes + minutes
        model = _with(resume, manifest=msgspec.structs.replace(resume.manifest, minutes=total))
    with one_thread():
        if not stopped():
            run = _Run(model, seed, report, keep, RunFiles(out, warn=warn or _unwarned))
            if resume is not None:
                run.go_on(resume_from)
            audio_s = sum(row.length_s for row in model.manifest.recordings)
            budget = Budget(
                steps=steps,
                seconds=_training_seconds(minutes, audio_s),
                first_s=_training_seconds(_FIRST_ROUND_MINUTES, audio_s),
                first_steps=_FIRST_ROUND_STEPS,
                deadline=ends - _JUDGED_S,
            )
            plan = plan_run(run, budget, stopped)
            run.describe(plan)
            fit(run, plan, stopped)
            model = run.best
    report(1.0, None)
    return model


def _check_same(model: TextureModel, recordings: Sequence[NamedRecording]) -> None:
    before = [row.digest for row in model.manifest.recordings]
    if before != [recording.digest for recording in usable(recordings)]:
        raise InstrumentError(
            "the recordings have changed since the texture was learnt; learn it "
            "anew (`resume=None`)"
        )


class _Run:
    """The fitting of one network, judged at the half and at the end of each round."""

    def __init__(
        self, model: TextureModel, seed: int, report: Progress, keep: Keep, files: RunFiles
    ) -> None:
        self._report, self._keep, self._files = report, keep, files
        self._trainer = FastTrainer(model, FastTrainerConfig(), seed=seed)
        self._best: BestCheckpoint[TextureModel] = BestCheckpoint()
        distances = model.manifest.distances
        if distances:
            self._best.offer(model, min(distances.values()))
        else:
            distance = latent_distance(model, seed=model.manifest.seed)
            self._best.offer(model, distance)
            self._note("walk", distance)

    @property
    def best(self) -> TextureModel:
        """The best of the walk and all networks judged."""
        return self._best.value

    @property
    def step(self) -> int:
        return self._trainer.own_steps

    def go_on(self, file: Path | None) -> None:
        """Takes up an earlier run: from its whole state, else from the network it kept."""
        resumed = self._files.resume(file, self._trainer, otherwise="the texture")
        if not resumed and self.best.weights:
            self._trainer.restore_weights(self.best.weights, self.best.manifest.steps)

    def describe(self, plan: Plan) -> None:
        """The steps that are planned stand in the model."""
        planned = self._trainer.steps - self._trainer.own_steps + plan.steps
        manifest = msgspec.structs.replace(self.best.manifest, planned_steps=planned)
        self._best.describe(_with(self.best, manifest=manifest))

    def advance(self, share: float, planned: int) -> None:
        self._trainer.step(share, planned)

    def checks(self, plan: Plan) -> int:
        return sum(step <= self.step for step in _judgements(plan.rounds))

    def check(self, plan: Plan) -> None:
        """Keeps the network when it draws nearer to the corpus than what was best so far."""
        del plan
        steps = self._trainer.steps
        if self.step == 0:
            return  # stopped before the first: there is nothing new to judge
        manifest = msgspec.structs.replace(
            self.best.manifest, network=self._trainer.shape, steps=steps
        )
        weights = self._trainer.arrays()
        candidate = with_fast(_with(self.best, manifest=manifest, weights=weights), "network")
        distance = latent_distance(candidate, seed=manifest.seed)
        self._best.offer(candidate, distance)
        self._note(f"network after {steps} steps", distance)
        self._keep(self.best)
        self._files.save_checkpoint(self._trainer)

    def report(self, plan: Plan) -> None:
        share = _ANALYSIS_SHARE + (1 - _ANALYSIS_SHARE) * plan.progress(self.step)
        self._report(share, self._trainer.held_out())

    def _note(self, what: str, distance: float) -> None:
        distances = self.best.manifest.distances | {what: distance}
        manifest = msgspec.structs.replace(self.best.manifest, distances=distances)
        self._best.describe(_with(self.best, manifest=manifest))


def _training_seconds(minutes: float, audio_s: float) -> float:
    """What is left of the minutes for learning; by the length of the corpus, not by the clock."""
    rounds = 1 + max(0.0, minutes / _FIRST_ROUND_MINUTES - 1) ** 0.5
    whole = 60.0 * minutes
    return max(
        _LEAST_SHARE * whole, whole - _START_S - audio_s / _ANALYSED_PER_S - _JUDGED_S * rounds
    )


def _judgements(rounds: Sequence[int]) -> set[int]:
    """Steps after which the network is judged.

    >>> sorted(_judgements((100, 200)))
    [50, 100, 200, 300]
    """
    ends = [sum(rounds[: index + 1]) for index in range(len(rounds))]
    return {end - length // 2 for end, length in zip(ends, rounds, strict=True)} | set(ends)


def _with(
    model: TextureModel, *, manifest: TextureManifest, weights: Arrays | None = None
) -> TextureModel:
    return replace(model, manifest=manifest, weights=model.weights if weights is None else weights)


def _unreported(share: float, error: float | None) -> None:
    del share, error


def _unwarned(text: str) -> None:
    del text


def _unkept(model: TextureModel) -> None:
    del model


def _never() -> bool:
    return False
