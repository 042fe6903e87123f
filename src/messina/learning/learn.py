"""Learning: a corpus becomes an instrument, saved as it goes, stopped at any moment."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from messina.corpus.sound import LeftOut, Sound
from messina.errors import CorpusError
from messina.instrument import Instrument
from messina.instrument.controls import ControlScale
from messina.instrument.manifest import HistoryRow, Role
from messina.instrument.network import Network, NetworkConfig
from messina.learning.analysing import analyse_sounds, controls_of
from messina.learning.batches import BatchConfig, Batches
from messina.learning.building import Material, build_instrument
from messina.learning.examples import Examples, measure_statistics
from messina.learning.model import SoundModel
from messina.learning.planning import PACED_STEPS, Plan, plan_for, training_seconds
from messina.learning.stopping import StopRequest, stop_on_signals
from messina.learning.trainer import Trainer, TrainerConfig, model_error

if TYPE_CHECKING:
    from messina.corpus import Corpus

__all__ = ["LearningState", "learn"]


@dataclass(frozen=True, kw_only=True)
class LearningState:
    """What `learn` tells while it works."""

    stage: Literal["analysing", "learning", "done"]
    done: float  # 0 … 1, of the stage
    minutes_left: float | None
    error_db: float | None
    """Audible level error on sounds kept aside, or on those learnt where there are too few."""
    step: int
    device: str


Progress = Callable[[LearningState], None]

_VALIDATION_SHARE = 0.1
_LEAST_FOR_VALIDATION = 10
_VALIDATED_AT_MOST = 64
_ONSET_ERROR_DB = 3.9  # what an onset error of 1 counts beside the body's dB, as in training
_CHECKS = 30
_LEAST_BETWEEN_CHECKS = 50
_SAVE_EVERY_S = 10.0


def learn(
    corpus: Corpus,
    *,
    minutes: float = 1.0,
    seed: int = 0,
    steps: int | None = None,
    resume: Path | None = None,
    out: Path | None = None,
    progress: Progress | None = None,
) -> Instrument:
    """Learns an instrument from a corpus within the minutes given, analysis included.

    steps: exactly so many instead, whatever the clock says. resume: an instrument to go on from.
    out: where it is saved, first after seconds, then whenever it is better. Ctrl-C and SIGTERM end
    it early; what is learnt is kept. Raises CorpusError when no sound can be used.
    """
    began = time.monotonic()
    with stop_on_signals() as stop:
        session = _Session(corpus, minutes, seed, stop, progress, began)
        return session.run(steps=steps, resume=resume, out=out)


class _Session:
    """One run of `learn`."""

    def __init__(
        self,
        corpus: Corpus,
        minutes: float,
        seed: int,
        stop: StopRequest,
        progress: Progress | None,
        began: float,
    ) -> None:
        if not corpus.sounds:
            raise CorpusError("there are no sounds to learn from")
        self._corpus = corpus
        self._minutes = minutes
        self._seed = seed
        self._stop = stop
        self._progress = progress
        self._ends = began + 60.0 * minutes
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._error_db: float | None = None

    def run(self, *, steps: int | None, resume: Path | None, out: Path | None) -> Instrument:
        examples, sounds, left_out, scale = self._analysed()
        roles = _roles(sounds, self._seed)
        material = Material(
            sounds=sounds,
            roles=roles,
            left_out=left_out,
            labels=_labels(sounds),
            examples=examples,
            scale=scale,
            network=NetworkConfig(labels=len(_labels(sounds)), points=examples.longest()),
            seed=self._seed,
            minutes=self._minutes,
            device=_device_name(self._device),
        )
        keeper = _Keeper(material, out)
        self._train(material, keeper, steps)
        self._tell("done", 1.0, keeper.steps)
        return keeper.instrument()

    def _tell(
        self, stage: Literal["analysing", "learning", "done"], done: float, step: int
    ) -> None:
        if self._progress is not None:
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

    def _analysed(self) -> tuple[Examples, list[Sound], list[LeftOut], ControlScale]:
        """Examples of as many sounds as there was time for, what was left out, the scale."""

        def told(done: int, total: int) -> bool:
            self._tell("analysing", done / total, 0)
            return not self._stop.asked

        found = analyse_sounds(self._corpus.sounds, progress=told)
        sounds = list(self._corpus.sounds[: len(found)])
        late = self._corpus.sounds[len(found) :]
        left_out = [
            *self._corpus.left_out,
            *(LeftOut(name=s.name, reason="stopped before it was analysed") for s in late),
        ]
        controls = [controls_of(sound) for sound in sounds]
        learnt = [c for c, s in zip(controls, sounds, strict=True) if not s.held_out]
        scale = ControlScale.of(learnt or controls)
        names = _labels(sounds)
        labels = [names.index(sound.label) for sound in sounds]
        return Examples.of(found, labels, controls, scale), sounds, left_out, scale

    def _train(self, material: Material, keeper: _Keeper, steps: int | None) -> None:
        learnt = _with_role(material.roles, "learnt")
        torch.set_num_threads(max(1, torch.get_num_threads()))
        torch.manual_seed(self._seed)
        statistics = measure_statistics(material.examples, material.network, learnt)
        model = SoundModel(material.network, statistics).to(self._device)
        batches = Batches(
            material.examples,
            learnt,
            config=BatchConfig(),
            network=material.network,
            scale=material.scale,
            device=self._device,
            rng=np.random.default_rng(self._seed),
        )
        trainer = Trainer(model, batches, TrainerConfig(), seed=self._seed)
        plan = self._plan(trainer, material, steps)
        every = max(_LEAST_BETWEEN_CHECKS, plan.steps // _CHECKS)
        checks = _Checks(material)
        while not self._stop.asked and plan.progress(trainer.step) < 1.0:
            trainer.advance(plan.progress(trainer.step), plan.steps)
            if trainer.step % every == 0:
                self._check(trainer, checks, keeper, plan)
        if trainer.step % every != 0:
            self._check(trainer, checks, keeper, plan)
        keeper.save()

    def _plan(self, trainer: Trainer, material: Material, steps: int | None) -> Plan:
        """The plan, from the number of steps asked for or from the pace of the first."""
        began = time.monotonic()
        if steps is not None:
            return Plan(steps=max(1, steps), began=began, deadline=None)
        audio_s = sum(len(sound.audio) for sound in material.sounds) / 44_100
        seconds = training_seconds(self._minutes, audio_s)
        times = []
        for _ in range(PACED_STEPS):
            if self._stop.asked:
                break
            start = time.monotonic()
            trainer.advance(0.0, PACED_STEPS)
            times.append(time.monotonic() - start)
        return plan_for(times or [1.0], seconds, began=began)

    def _check(self, trainer: Trainer, checks: _Checks, keeper: _Keeper, plan: Plan) -> None:
        arrays = trainer.arrays()
        learnt_db = trainer.learnt_db()
        validation_db, criterion = checks.errors(arrays)
        self._error_db = learnt_db if validation_db is None else validation_db
        keeper.offer(
            arrays,
            HistoryRow(step=trainer.step, learnt_db=learnt_db, validation_db=validation_db),
            criterion,
            plan.steps,
        )
        self._tell("learning", plan.progress(trainer.step), trainer.step)


class _Checks:
    """Errors on the sounds kept aside."""

    def __init__(self, material: Material) -> None:
        self._material = material
        aside = _with_role(material.roles, "validation")
        self._chosen = aside[:: max(1, -(-len(aside) // _VALIDATED_AT_MOST))]

    def errors(self, arrays: dict[str, NDArray[np.float32]]) -> tuple[float | None, float | None]:
        """(error of the levels in dB, what the choice goes by); None where nothing is aside."""
        if len(self._chosen) == 0:
            return None, None
        network = Network(self._material.network, arrays)
        body_db, onset = model_error(network, self._material.examples, self._chosen)
        return body_db, body_db + _ONSET_ERROR_DB * onset


class _Keeper:
    """Keeps the best weights seen, and the file up to date with them."""

    def __init__(self, material: Material, out: Path | None) -> None:
        self._material = material
        self._out = out
        self._best: float | None = None
        self._arrays: dict[str, NDArray[np.float32]] | None = None
        self._history: list[HistoryRow] = []
        self._planned = 0
        self._saved_at = -np.inf
        self._unsaved = False
        self.steps = 0

    def offer(
        self,
        arrays: dict[str, NDArray[np.float32]],
        row: HistoryRow,
        criterion: float | None,
        planned: int,
    ) -> None:
        """Takes the weights if they are the best so far, or if there is nothing to judge by."""
        self._history.append(row)
        self._planned = planned
        if criterion is None or self._best is None or criterion < self._best:
            self._best, self._arrays, self.steps = criterion, arrays, row.step
            self._unsaved = True
        if self._unsaved and time.monotonic() - self._saved_at > _SAVE_EVERY_S:
            self.save()

    def instrument(self) -> Instrument:
        assert self._arrays is not None, "nothing was offered"
        return build_instrument(
            self._material,
            self._arrays,
            steps=self.steps,
            planned_steps=self._planned,
            history=self._history,
        )

    def save(self) -> None:
        if self._out is not None:
            self.instrument().save(self._out)
        self._saved_at = time.monotonic()
        self._unsaved = False


def _labels(sounds: list[Sound]) -> list[str]:
    return sorted({sound.label for sound in sounds})


def _with_role(roles: tuple[Role, ...] | list[Role], role: Role) -> NDArray[np.int64]:
    return np.array([i for i, r in enumerate(roles) if r == role], np.int64)


def _roles(sounds: list[Sound], seed: int) -> list[Role]:
    """Held out as the corpus says; a tenth of the rest, whole pitches of it, for validation."""
    roles: list[Role] = ["held out" if sound.held_out else "learnt" for sound in sounds]
    groups: dict[tuple[str, object], list[int]] = {}
    for i, sound in enumerate(sounds):
        if roles[i] == "learnt":
            key = (sound.label, sound.digest if sound.note is None else round(sound.note))
            groups.setdefault(key, []).append(i)
    free = sum(len(group) for group in groups.values())
    if not free:  # a corpus of held-out sounds only: better to learn them than nothing
        return ["learnt"] * len(sounds)
    if free < _LEAST_FOR_VALIDATION or len(groups) < 5:
        return roles
    wanted, taken = round(_VALIDATION_SHARE * free), 0
    ordered = sorted(groups)
    for key in np.random.default_rng(seed).permutation(len(ordered)):
        group = groups[ordered[key]]
        if taken and taken + len(group) > wanted:
            continue
        for i in group:
            roles[i] = "validation"
        taken += len(group)
        if taken >= wanted:
            break
    return roles


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return f"GPU {torch.cuda.get_device_name(device)}"
    return f"CPU, {torch.get_num_threads()} threads"


_ = replace
