"""Learning: a corpus becomes an instrument, saved as it goes, stopped at any moment."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from messina.corpus import LeftOut, Sound
from messina.errors import CorpusError, InstrumentError
from messina.instrument import Instrument
from messina.instrument.container import Parts
from messina.instrument.controls import ControlScale
from messina.instrument.manifest import HistoryRow
from messina.instrument.network import Network, statistic_shapes
from messina.learning.analysing import analyse_sounds, controls_of
from messina.learning.batches import BatchConfig, Batches
from messina.learning.building import Material
from messina.learning.checking import ModelError, model_error
from messina.learning.checkpoint import checkpoint_path, load_checkpoint
from messina.learning.examples import Examples, measure_statistics
from messina.learning.keeping import Keeper
from messina.learning.model import SoundModel
from messina.learning.planning import PACED_STEPS, Plan, plan_for, rounds_of, training_seconds
from messina.learning.roles import assign_roles
from messina.learning.starting import heard_of_onsets, practised
from messina.learning.trainer import Trainer, TrainerConfig
from messina.stopping import StopRequest, stop_on_signals
from messina.units import SAMPLE_RATE

if TYPE_CHECKING:
    from messina.corpus import Corpus

__all__ = ["LearningState", "learn"]

Stage = Literal["listening", "structure", "analysing", "learning", "done"]

_VALIDATED_AT_MOST: Final = 24
_RESUMED_RATE = 2e-3
_FIRST_ROUND_MINUTES = 1.0
_FIRST_ROUND_STEPS = 1_200  # where the number of steps is given, not the minutes


@dataclass(frozen=True, kw_only=True)
class LearningState:
    """What `learn` tells while it works."""

    stage: Stage
    done: float  # 0 … 1, of the stage
    minutes_left: float | None
    error_db: float | None
    """Audible level error on sounds kept aside, or on those learnt where there are too few."""
    step: int
    device: str


Progress = Callable[[LearningState], None]


def learn(
    corpus: Corpus,
    *,
    minutes: float = 1.0,
    seed: int = 0,
    steps: int | None = None,
    resume: Path | None = None,
    out: Path | None = None,
    others: Parts | None = None,
    progress: Progress | None = None,
    stop: StopRequest | None = None,
) -> Instrument:
    """Learns an instrument from a corpus within the minutes given, analysis included.

    steps: exactly so many instead, whatever the clock says. resume: an instrument file to go on
    from. out: where it is saved, first after seconds, then as it gets better. others: parts that
    its file holds too; without them, those of `resume`. Ctrl-C and SIGTERM (or whoever asks
    `stop`) end it early; what is learnt is kept. Raises CorpusError when there is nothing to
    learn from, InstrumentError when `resume` was made from other sounds.
    """
    began = time.monotonic()
    earlier = None if resume is None else Instrument.load(resume)
    with stop_on_signals() if stop is None else nullcontext(stop) as stopping:
        session = _Session(corpus, minutes, seed, earlier, others, stopping, progress, began)
        return session.run(steps=steps, resume=resume, out=out)


class _Session:
    """One run of `learn`."""

    def __init__(
        self,
        corpus: Corpus,
        minutes: float,
        seed: int,
        earlier: Instrument | None,
        others: Parts | None,
        stop: StopRequest,
        progress: Progress | None,
        began: float,
    ) -> None:
        if not corpus.sounds:
            raise CorpusError("there are no sounds to learn from")
        self._corpus = corpus
        self._minutes = minutes
        self._seed = seed
        self._earlier = earlier
        self._others = others or ({} if earlier is None else earlier.others)
        self._stop = stop
        self._progress = progress
        self._ends = began + 60.0 * minutes
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        # One core is left to draw the batches; where there are two, more threads than that wait
        # for each other for ages as soon as another program wants a core.
        torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
        self._error_db: float | None = None

    def run(self, *, steps: int | None, resume: Path | None, out: Path | None) -> Instrument:
        material = self._material()
        history = () if self._earlier is None else self._earlier.manifest.history
        keeper = Keeper(material, out, history=history)
        trainer = self._trainer(material)
        try:
            self._train(trainer, material, keeper, steps=steps, resume=resume)
        finally:
            trainer.close()
        self._tell("done", 1.0, trainer.step)
        return keeper.instrument()

    def _tell(self, stage: Stage, done: float, step: int) -> None:
        if self._progress is None:
            return
        self._progress(
            LearningState(
                stage=stage,
                done=done,
                minutes_left=max(0.0, self._ends - time.monotonic()) / 60.0,
                error_db=self._error_db,
                step=step,
                device=_device_name(self._device),
            )
        )

    def _material(self) -> Material:
        """The corpus analysed, as much of it as there was time for, and how it is used."""
        found = analyse_sounds(self._corpus.sounds, progress=self._analysing)
        sounds = self._corpus.sounds[: len(found)]
        labels = sorted({sound.label for sound in sounds})
        earlier = None if self._earlier is None else self._earlier.manifest
        if earlier is not None and labels != [r.label for r in earlier.responses]:
            raise InstrumentError(
                "the labels of the sounds have changed since the instrument was learnt; learn it "
                "anew (--force)"
            )
        before = None if earlier is None else {s.digest: s.role for s in earlier.sounds}
        roles = assign_roles(sounds, seed=self._seed, before=before)
        controls = [controls_of(sound) for sound in sounds]
        learnt = [c for c, role in zip(controls, roles, strict=True) if role != "held out"]
        scale = ControlScale.of(learnt) if earlier is None else earlier.scale
        own = [labels.index(sound.label) for sound in sounds]
        examples = Examples.of(found, own, controls, scale)
        network = practised().network_for(labels=len(labels), points=examples.longest())
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
            device=_device_name(self._device),
            others=self._others,
        )

    def _analysing(self, done: int, total: int) -> bool:
        self._tell("analysing", done / total, 0)
        return not self._stop.asked

    def _trainer(self, material: Material) -> Trainer:
        first_step = 0
        learnt = material.having("learnt")
        config = TrainerConfig()
        if self._earlier is None:
            statistics = measure_statistics(material.examples, material.network, learnt)
        else:
            arrays = self._earlier.arrays
            statistics = {name: arrays[name] for name in statistic_shapes(material.network)}
            first_step = _last_step(self._earlier)
            config = TrainerConfig(learning_rate=_RESUMED_RATE)
        seeds = np.random.SeedSequence([self._seed, first_step]).generate_state(4)
        torch.manual_seed(int(seeds[0]))
        batches = Batches(
            material.examples,
            learnt,
            config=BatchConfig(),
            network=material.network,
            scale=material.scale,
            device=self._device,
            rng=np.random.default_rng(int(seeds[1])),
        )
        model = SoundModel(material.network, statistics).to(self._device)
        trainer = Trainer(model, batches, config, seed=int(seeds[2]))
        if self._earlier is None:
            carried = practised().carried_over(
                material.network,
                statistics,
                material.scale,
                heard_of_onsets(material.examples, learnt),
                np.random.default_rng(int(seeds[3])),
            )
            trainer.restore_weights(carried)
        return trainer

    def _train(
        self,
        trainer: Trainer,
        material: Material,
        keeper: Keeper,
        *,
        steps: int | None,
        resume: Path | None,
    ) -> None:
        checks = _Checks(material)
        before = 0
        if self._earlier is not None:
            before = self._go_on(trainer, keeper, checks, self._earlier, resume)
        plan = self._plan(trainer, material, steps)
        keeper.planned_steps = before + plan.steps
        over, checked = False, -1
        while not over:
            over = self._stop.asked or plan.progress(trainer.step) >= 1.0
            if not over:
                index, share = plan.place(trainer.step)
                trainer.advance(share, plan.rounds[index])
            due = over or plan.is_check(trainer.step)
            if due and trainer.step != checked:
                checked = trainer.step
                row, error = checks.check(trainer, before)
                keeper.offer(trainer.arrays(), row, None if error is None else error.total)
                self._error_db = row.learnt_db if error is None else error.body_db
                self._tell("learning", plan.progress(trainer.step), before + trainer.step)
                keeper.save_now_and_then(trainer)
        keeper.save(trainer)

    def _go_on(
        self,
        trainer: Trainer,
        keeper: Keeper,
        checks: _Checks,
        earlier: Instrument,
        resume: Path | None,
    ) -> int:
        """Takes up an earlier run; returns the steps it took."""
        state = None
        if resume is not None:
            state = load_checkpoint(checkpoint_path(resume), trainer.state())
        if state is None:
            trainer.restore_weights(earlier.arrays)
        else:
            trainer.restore(state)
        arrays = {name: earlier.network.arrays[name] for name in trainer.arrays()}
        error = checks.error(arrays)
        total = np.inf if error is None else error.total
        keeper.start_from(arrays, earlier.manifest.steps, total)
        return _last_step(earlier)

    def _plan(self, trainer: Trainer, material: Material, steps: int | None) -> Plan:
        """The plan: the steps asked for, or as many as fit, by the pace of the first."""
        began = time.monotonic()
        if steps is not None:
            rounds = rounds_of(max(1, steps), _FIRST_ROUND_STEPS)
            return Plan(rounds=rounds, began=began, deadline=None)
        audio_s = sum(len(sound.audio) for sound in material.sounds) / SAMPLE_RATE
        seconds = training_seconds(self._minutes, audio_s)
        times: list[float] = []
        while len(times) < PACED_STEPS and not self._stop.asked:
            start = time.thread_time()
            trainer.advance(0.0, _FIRST_ROUND_STEPS)
            times.append(time.thread_time() - start)
        return plan_for(
            times or [1.0],
            seconds,
            first_s=training_seconds(_FIRST_ROUND_MINUTES, audio_s),
            began=began,
            deadline=self._ends,
        )


class _Checks:
    """Errors on the sounds kept aside, where there are any."""

    def __init__(self, material: Material) -> None:
        self._material = material
        aside = material.having("validation")
        self._chosen = aside[:: max(1, -(-len(aside) // _VALIDATED_AT_MOST))]

    def check(self, trainer: Trainer, before: int) -> tuple[HistoryRow, ModelError | None]:
        error = self.error(trainer.arrays())
        row = HistoryRow(
            step=before + trainer.step,
            learnt_db=trainer.learnt_db(),
            validation_db=None if error is None else error.body_db,
        )
        return row, error

    def error(self, arrays: dict[str, NDArray[np.float32]]) -> ModelError | None:
        if len(self._chosen) == 0:
            return None
        network = Network(self._material.network, arrays)
        return model_error(network, self._material.examples, self._chosen)


def _last_step(instrument: Instrument) -> int:
    rows = instrument.manifest.history
    return max((row.step for row in rows), default=instrument.manifest.steps)


def _unheard(sounds: Sequence[Sound]) -> list[LeftOut]:
    return [LeftOut(name=s.name, reason="stopped before it was analysed") for s in sounds]


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return f"GPU {torch.cuda.get_device_name(device)}"
    return f"CPU, {torch.get_num_threads() + 1} cores"
