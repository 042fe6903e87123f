"""Learning a texture: analysis, then a network for what is fast; what plays best is kept.

The walk over the corpus plays as soon as the analysis is done. Then a recurrent network learns to
draw the fast level instead, and takes the walk's place when what it draws is nearer to the corpus.

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
from messina.errors import InstrumentError, MessinaError
from messina.learning.checkpoint import (
    checkpoint_path,
    load_checkpoint,
    reason_of,
    save_checkpoint,
)
from messina.learning.planning import PACED_STEPS, Plan, plan_for, plan_of
from messina.learning.stream.building import build_model, usable
from messina.learning.stream.judging import latent_distance, with_fast
from messina.learning.stream.trainer import FastTrainer, FastTrainerConfig
from messina.learning.threads import one_thread
from messina.stream.manifest import StreamManifest
from messina.stream.model import StreamModel

__all__ = ["learn_stream"]

Progress = Callable[[float, float | None], None]
Keep = Callable[[StreamModel], None]
Arrays = dict[str, NDArray[np.float32]]

_ANALYSIS_SHARE: Final = 0.1
_LEAST_SHARE = 0.3  # of the minutes, however long the analysis
_START_S = 4.0
_ANALYSED_PER_S = 12.0  # seconds of audio
_JUDGED_S = 5.0  # two judgements of a round
_FIRST_ROUND_MINUTES = 1.0
_FIRST_ROUND_STEPS = 1_000  # where the number of steps is given, not the minutes
_TOLD_EVERY = 20  # steps


def learn_stream(
    recordings: Sequence[NamedRecording],
    *,
    minutes: float = 1.0,
    seed: int = 0,
    steps: int | None = None,
    resume: StreamModel | None = None,
    resume_from: Path | None = None,
    out: Path | None = None,
    progress: Progress | None = None,
    stop: Callable[[], bool] | None = None,
    keep: Keep | None = None,
    warn: Callable[[str], None] | None = None,
) -> StreamModel:
    """A stream model of these recordings, within the minutes given.

    steps: exactly so many instead, whatever the clock says. resume: a model of the same recordings
    to go on from; resume_from: its file, beside which it may have left a checkpoint. out: where
    `keep` writes, beside which this run leaves its own. progress: gets the share done, 0 … 1, and
    the error on what was kept aside, if there is one. stop: asked all the time; what is learnt by
    then is kept. keep: gets the best model so far, at once when there is a new one and then
    now and again. warn: is told what cannot be read or written of checkpoints. Raises CorpusError
    when nothing can be learnt, InstrumentError when `resume` was made from other recordings.
    """
    ends = time.monotonic() + 60.0 * minutes
    tell, stopped, keep = progress or _untold, stop or _never, keep or _unkept
    if resume is None:
        model = build_model(
            recordings,
            minutes=minutes,
            seed=seed,
            heard=lambda share: tell(_ANALYSIS_SHARE * share, None),
            stop=stopped,
        )
        keep(model)
    else:
        _check_same(resume, recordings)
        total = resume.manifest.minutes + minutes
        model = _with(resume, manifest=msgspec.structs.replace(resume.manifest, minutes=total))
    with one_thread():
        if not stopped():
            run = _Run(model, seed, tell, stopped, keep, out, warn or _unwarned)
            if resume is not None:
                run.go_on(resume_from)
            model = run.best(run.plan(minutes, steps, ends))
    tell(1.0, None)
    return model


def _check_same(model: StreamModel, recordings: Sequence[NamedRecording]) -> None:
    before = [row.digest for row in model.manifest.recordings]
    if before != [recording.digest for recording in usable(recordings)]:
        raise InstrumentError(
            "the recordings have changed since the texture was learnt; learn it anew (--force)"
        )


class _Run:
    """The training of one network, judged at the half and at the end of each round."""

    def __init__(
        self,
        model: StreamModel,
        seed: int,
        tell: Progress,
        stopped: Callable[[], bool],
        keep: Keep,
        out: Path | None,
        warn: Callable[[str], None],
    ) -> None:
        self._seed = seed
        self._tell, self._stopped, self._keep = tell, stopped, keep
        self._out, self._warn = out, warn
        self._trainer = FastTrainer(model, FastTrainerConfig(), seed=seed)
        self._warned = False
        self._best = model
        self._distance = min(model.manifest.distances.values(), default=0.0)
        if not model.manifest.distances:
            self._distance = latent_distance(model, seed=model.manifest.seed)
            self._note("walk", self._distance)

    def go_on(self, file: Path | None) -> None:
        """Takes up an earlier run: from its whole state, else from the network it kept."""
        state = None
        if file is not None:
            try:
                state = load_checkpoint(file, self._trainer.state())
            except InstrumentError as error:
                self._warn(f"{error}; going on from the texture alone")
        if state is not None:
            self._trainer.restore(state)
        elif self._best.weights:
            self._trainer.restore_weights(self._best.weights, self._best.manifest.steps)

    def plan(self, minutes: float, steps: int | None, ends: float) -> Plan:
        """The steps asked for, or as many as fit, by the pace of the first."""
        began = time.monotonic()
        if steps is not None:
            return plan_of(steps, _FIRST_ROUND_STEPS)
        audio_s = sum(row.length_s for row in self._best.manifest.recordings)
        seconds = _training_seconds(minutes, audio_s)
        times: list[float] = []
        while len(times) < PACED_STEPS and not self._stopped():
            start = time.thread_time()
            self._trainer.step(0.0)
            times.append(time.thread_time() - start)
        return plan_for(
            times or [1.0],
            seconds,
            first_s=_training_seconds(_FIRST_ROUND_MINUTES, audio_s),
            began=began,
            deadline=ends - _JUDGED_S,
        )

    def best(self, plan: Plan) -> StreamModel:
        """Trains to the end of the plan; the best of the walk and all networks judged."""
        planned = self._trainer.steps - self._trainer.own_steps + plan.steps
        manifest = msgspec.structs.replace(self._best.manifest, planned_steps=planned)
        self._best = _with(self._best, manifest=manifest)
        judged = 0
        while plan.progress(self._trainer.own_steps) < 1.0 and not self._stopped():
            self._trainer.step(plan.place(self._trainer.own_steps).share)
            done = self._trainer.own_steps
            if done % _TOLD_EVERY == 0:
                share = _ANALYSIS_SHARE + (1 - _ANALYSIS_SHARE) * plan.progress(done)
                self._tell(share, self._trainer.held_out())
            if done in _judgements(plan.rounds):
                self._judge()
                judged = done
        if self._trainer.own_steps > judged:
            self._judge()
        return self._best

    def _judge(self) -> None:
        """Keeps the network when it draws nearer to the corpus than what was best so far."""
        steps = self._trainer.steps
        manifest = msgspec.structs.replace(
            self._best.manifest, network=self._trainer.shape, steps=steps
        )
        weights = self._trainer.arrays()
        candidate = with_fast(_with(self._best, manifest=manifest, weights=weights), "network")
        distance = latent_distance(candidate, seed=manifest.seed)
        if distance < self._distance:
            self._distance, self._best = distance, candidate
        self._note(f"network after {steps} steps", distance)
        self._keep(self._best)
        if self._out is not None:
            self._save_checkpoint(self._out)

    def _save_checkpoint(self, out: Path) -> None:
        try:
            save_checkpoint(out, self._trainer.state())
        except (OSError, MessinaError) as error:
            if not self._warned:
                reason = f"{checkpoint_path(out)} cannot be written ({reason_of(error)})"
                self._warn(f"{reason}; {out} is saved all the same")
            self._warned = True

    def _note(self, what: str, distance: float) -> None:
        distances = self._best.manifest.distances | {what: distance}
        manifest = msgspec.structs.replace(self._best.manifest, distances=distances)
        self._best = _with(self._best, manifest=manifest)


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
    model: StreamModel, *, manifest: StreamManifest, weights: Arrays | None = None
) -> StreamModel:
    return replace(model, manifest=manifest, weights=model.weights if weights is None else weights)


def _untold(share: float, error: float | None) -> None:
    del share, error


def _unwarned(text: str) -> None:
    del text


def _unkept(model: StreamModel) -> None:
    del model


def _never() -> bool:
    return False
