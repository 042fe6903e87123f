"""Learning: a corpus becomes an instrument, saved as it goes, stopped at any moment."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch

from messina.arguments import checked
from messina.corpus import Corpus, DescribedSound, LeftOut
from messina.errors import CorpusError, InstrumentError
from messina.instrument import Instrument
from messina.instrument.container import Parts
from messina.instrument.controls import ControlScale
from messina.instrument.manifest import chosen_error_db
from messina.instrument.network import statistic_shapes
from messina.learning.batches import BatchConfig, Batches
from messina.learning.best_instrument import BestInstrument, SoundRun
from messina.learning.building import Material
from messina.learning.examples import (
    Examples,
    assign_roles,
    audibility_of_onsets,
    measure_statistics,
)
from messina.learning.fitting import Budget, fit, fit_closing, plan_run
from messina.learning.model import SoundModel
from messina.learning.planning import Plan, least_seconds, training_seconds
from messina.learning.point_store import analyse_sounds, controls_of
from messina.learning.starting import pretrained
from messina.learning.trainer import Trainer, TrainerConfig
from messina.learning.validation import Validator
from messina.learning.workers import Workers, join_workers
from messina.library import LibraryIndex
from messina.progress import LearningProgress, LearningState, Stage
from messina.stopping import StopRequest, stop_on_signals

__all__ = ["learn"]

_FIRST_ROUND_MINUTES = 1.0
_LEAST_BATCH = 16  # sounds of one worker
_FIRST_ROUND_STEPS = 1_200  # where the number of steps is given, not the minutes


@checked
def learn(
    corpus: Corpus | LibraryIndex,
    *,
    minutes: float = 1.0,
    seed: int = 0,
    steps: int | None = None,
    resume: Path | None = None,
    out: Path | None = None,
    others: Parts | None = None,
    device: str = "auto",
    progress: LearningProgress | None = None,
    stop: StopRequest | None = None,
) -> Instrument:
    """Learns an instrument from a corpus within the minutes given, analysis included.

    Some sounds are kept aside at first, to help choose the best weights; at the end all are learnt
    but those that the corpus holds out. Ctrl-C and SIGTERM end it early, and what is learnt is
    kept. Needs torch. Under torchrun all workers call it with the same arguments; the first alone
    saves and reports.

    Args:
        corpus: What to learn from; a `LibraryIndex` is not held in memory.
        minutes: How long, on this machine.
        seed: Seed of every random draw.
        steps: Exactly so many steps instead, whatever the clock says: with the same seed, the same
            instrument on the same machine.
        resume: An instrument file of the same sounds to go on from.
        out: Where it is saved, first after seconds, then as it gets better.
        others: Parts that its file holds, too; without them, those of `resume`.
        device: Where to compute: "cpu", "cuda", one of several GPUs as "cuda:0"; "auto" is a GPU
            where there is one.
        progress: Called with a `LearningState` now and then.
        stop: Asked between two steps whether to end early; by default, whether there was
            a SIGINT or SIGTERM.

    Returns:
        The instrument, with the best weights found.

    Raises:
        CorpusError: There is nothing to learn from.
        InstrumentError: `resume` was made from other sounds.
        MessinaError: There is no such device here.
    """
    began = time.monotonic()
    earlier = None if resume is None else Instrument.load(resume)
    with (
        join_workers(device) as workers,
        stop_on_signals() if stop is None else nullcontext(stop) as stopping,
    ):
        if not workers.leads:
            progress = out = None
        session = _Session(
            corpus, minutes, seed, steps, earlier, others, stopping, progress, began, workers
        )
        return session.run(resume=resume, out=out)


class _Session:
    """One run of `learn`."""

    def __init__(
        self,
        corpus: Corpus | LibraryIndex,
        minutes: float,
        seed: int,
        steps: int | None,
        earlier: Instrument | None,
        others: Parts | None,
        stop: StopRequest,
        progress: LearningProgress | None,
        began: float,
        workers: Workers,
    ) -> None:
        if not corpus.sounds:
            raise CorpusError("the corpus has no sounds to learn from; give one that has")
        self._corpus = corpus
        self._minutes = minutes
        self._seed = seed
        self._steps = steps
        self._earlier = earlier
        self._others = others or ({} if earlier is None else earlier.others)
        self._stop = stop
        self._progress = progress
        self._ends = began + 60.0 * minutes
        self._workers = workers
        self._device = workers.device()
        # One core is left to draw the batches; where there are two, more threads than that wait
        # for each other for ages as soon as another program wants a core.
        torch.set_num_threads(max(1, workers.cores - 1))
        self._analysis_began = began
        self._least_s = least_seconds(training_seconds(minutes, corpus.duration_s))
        self._error_db: float | None = None
        self._reported: tuple[Stage, float, int] = ("analysing", 0.0, 0)

    def run(self, *, resume: Path | None, out: Path | None) -> Instrument:
        self._workers.check_alike(sound.digest for sound in self._corpus.sounds)
        material = self._material()
        history = () if self._earlier is None else self._earlier.manifest.history
        best = BestInstrument(material, out, history=history, warn=self._remark)
        trainer = self._trainer(material)
        try:
            self._train(trainer, material, best, resume)
        finally:
            trainer.close()
        instrument = best.finished(trainer)
        self._error_db = chosen_error_db(instrument.manifest)
        self._report_progress("done", 1.0, trainer.step)
        return instrument

    def _report_progress(
        self, stage: Stage, done: float, step: int, remark: str | None = None
    ) -> None:
        self._reported = (stage, done, step)
        if self._progress is None:
            return
        self._progress(
            LearningState(
                stage=stage,
                done=done,
                minutes_left=None if self._steps is not None else self._left_s(stage, done) / 60.0,
                error_db=self._error_db,
                step=step,
                device=self._workers.in_words(self._device),
                remark=remark,
            )
        )

    def _left_s(self, stage: Stage, done: float) -> float:
        """Seconds to go: until the minutes are over, or longer where the analysis takes longer."""
        now = time.monotonic()
        left = self._ends - now
        if stage == "analysing" and done > 0:
            analysis = (now - self._analysis_began) * (1.0 - done) / done
            left = max(left, analysis + self._least_s)
        return max(0.0, left)

    def _remark(self, text: str) -> None:
        self._report_progress(*self._reported, remark=text)

    def _material(self) -> Material:
        """The corpus analysed, as much of it as there was time for, and how it is used."""
        self._analysis_began = time.monotonic()
        found = analyse_sounds(self._corpus.sounds, progress=self._analysing)
        sounds = self._corpus.sounds[: len(found)]
        if self._workers.count > 1 and self._workers.least(len(found)) < len(self._corpus.sounds):
            raise CorpusError("stopped before all sounds were analysed; nothing is learnt yet")
        earlier = None if self._earlier is None else self._earlier.manifest
        if earlier is not None and len(found) < len(self._corpus.sounds):
            raise CorpusError(  # sooner than give it fewer sounds than it has
                "stopped before all sounds were analysed; the instrument stays as it was"
            )
        labels = sorted({sound.label for sound in sounds})
        if earlier is not None and labels != [r.label for r in earlier.responses]:
            raise InstrumentError(
                "the labels of the sounds have changed since the instrument was learnt; learn it "
                "anew (`resume=None`)"
            )
        before = None if earlier is None else {s.digest: s.role for s in earlier.sounds}
        roles = assign_roles(sounds, seed=self._seed, before=before)
        controls = [controls_of(sound) for sound in sounds]
        learnt = [c for c, role in zip(controls, roles, strict=True) if role != "held out"]
        scale = ControlScale.of(learnt) if earlier is None else earlier.scale
        own = [labels.index(sound.label) for sound in sounds]
        examples = Examples.of(found, own, controls, scale)
        network = pretrained().network_for(labels=len(labels), points=examples.longest())
        return Material(
            sounds=sounds,
            roles=roles,
            left_out=[*self._corpus.left_out, *_unheard(self._corpus.sounds[len(found) :])],
            labels=labels,
            examples=examples,
            scale=scale,
            network=network if earlier is None else earlier.network,
            seed=self._seed if earlier is None else earlier.seed,
            minutes=self._minutes + (0.0 if earlier is None else earlier.minutes),
            device=self._workers.in_words(self._device),
            others=self._others,
        )

    def _analysing(self, done: int, total: int) -> bool:
        self._report_progress("analysing", done / total, 0)
        return not self._stop.asked

    def _trainer(self, material: Material) -> Trainer:
        first_step = 0
        learnt = material.having("learnt")
        if self._earlier is None:
            statistics = measure_statistics(material.examples, material.network, learnt)
        else:
            arrays = self._earlier.arrays
            statistics = {name: arrays[name] for name in statistic_shapes(material.network)}
            first_step = _last_step(self._earlier)
        seeds = np.random.SeedSequence(self._workers.seed(self._seed, first_step)).generate_state(5)
        torch.manual_seed(int(seeds[0]))
        batches = self._batches(material, int(seeds[1]))
        model = SoundModel(material.network, statistics).to(self._device.torch)
        config = TrainerConfig(half=self._device.half)
        trainer = Trainer(model, batches, config, seed=int(seeds[2]), workers=self._workers)
        if self._earlier is None:
            carried = pretrained().carried_over(
                material.network,
                statistics,
                material.scale,
                audibility_of_onsets(material.examples, learnt),
                np.random.default_rng(int(seeds[3])),
            )
            trainer.restore_weights(carried)
        return trainer

    def _batches(self, material: Material, seed: int) -> list[Batches]:
        share = self._workers.share_of(self._device.sounds, least=_LEAST_BATCH)
        return [
            Batches(
                material.examples,
                material.having("learnt"),
                config=BatchConfig(sounds=share),
                network=material.network,
                scale=material.scale,
                device=self._device.torch,
                rng=np.random.default_rng(own),
            )
            for own in self._device.seeds(seed)
        ]

    def _train(
        self, trainer: Trainer, material: Material, best: BestInstrument, resume: Path | None
    ) -> None:
        checks = Validator(material)
        before = 0
        if self._earlier is not None:
            before = self._go_on(trainer, best, checks, self._earlier, resume)
        run = SoundRun(trainer, best, checks, before, self._report)
        audio_s = sum(sound.length_s for sound in material.sounds)
        budget = Budget(
            steps=self._steps,
            seconds=training_seconds(self._minutes, audio_s),
            first_s=training_seconds(_FIRST_ROUND_MINUTES, audio_s),
            first_steps=_FIRST_ROUND_STEPS,
            deadline=self._ends,
            closing=checks.unheard,
        )
        trainer.join()
        plan = self._workers.plan(plan_run(run, budget, self._stopped))
        best.planned_steps = before + plan.steps
        if plan.deadline is not None:
            self._ends = plan.deadline
        fit(run, plan, self._stopped)
        if plan.closing and not self._stopped():
            self._close(run, material, plan)
        if not self._stop.asked:
            best.planned_steps = before + trainer.step

    def _stopped(self) -> bool:
        return self._workers.agreed(self._stop.asked)

    def _report(self, done: float, step: int, error_db: float | None) -> None:
        self._error_db = self._error_db if error_db is None else error_db
        self._report_progress("learning", done, step)

    def _close(self, run: SoundRun, material: Material, plan: Plan) -> None:
        """The best weights learn what was kept aside, too."""
        whole = material.with_all_learnt()
        seeds = np.random.SeedSequence(self._workers.seed(self._seed, run.step)).generate_state(1)
        run.trainer.go_on_with(self._batches(whole, int(seeds[0])), run.best.arrays)
        run.trainer.join()
        if fit_closing(run, plan, self._stopped):
            arrays = run.trainer.arrays()
            run.best.take(arrays, run.row(Validator(whole).verdict(arrays)), whole)

    def _go_on(
        self,
        trainer: Trainer,
        best: BestInstrument,
        checks: Validator,
        earlier: Instrument,
        resume: Path | None,
    ) -> int:
        """Takes up an earlier run; returns the steps it took."""
        if not best.files.resume(resume, trainer, otherwise="the instrument"):
            trainer.restore_weights(earlier.arrays)
        arrays = {name: earlier.network.arrays[name] for name in trainer.arrays()}
        verdict = checks.verdict(arrays)
        best.start_from(arrays, earlier.manifest.steps, verdict.criterion)
        self._error_db = verdict.row(earlier.manifest.steps).error_db
        return _last_step(earlier)


def _last_step(instrument: Instrument) -> int:
    rows = instrument.manifest.history
    return max((row.step for row in rows), default=instrument.manifest.steps)


def _unheard(sounds: Sequence[DescribedSound]) -> list[LeftOut]:
    return [LeftOut(name=s.name, reason="stopped before it was analysed") for s in sounds]
