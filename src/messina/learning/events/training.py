"""Learning an event model: within the minutes given, stopped at any moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from messina.events import Phrase, Voice
from messina.learning.events.event_network import Dropout, EventModule, FormExcerpts, form_error
from messina.learning.events.material import EventBatch, EventDataset, Excerpts, gather
from messina.learning.fitting import BestCheckpoint, Budget, fit, plan_run
from messina.learning.optimizer import Optimizer, OptimizerConfig, one_thread
from messina.learning.planning import Plan
from messina.sequences.model import EventModel, EventsManifest
from messina.sequences.network import NetworkSizes

__all__ = ["EventLearningConfig", "learn_events"]

Arrays = dict[str, NDArray[np.float32]]
Progress = Callable[[float, float | None], None]
Keep = Callable[[EventModel], None]

_KEEP_EVERY_S: Final = 10.0

_OPTIMIZER: Final = OptimizerConfig(
    learning_rate=8e-3, last_rate=1e-5, weight_decay=0.02, warm_steps=20, average_share=0.05
)


@dataclass(frozen=True, kw_only=True)
class EventLearningConfig:
    """Sizes of the event network and how it is trained."""

    batch: int = 16
    length: int = 48  # events of an excerpt
    optimizer: OptimizerConfig = _OPTIMIZER
    form_batch: int = 16
    form_length: int = 16  # changes
    form_rate: float = 1.5  # times the learning rate: a form is small and seldom heard
    touch_weight: float = 0.25  # of velocity, lateness and length beside step and voice
    steps_at_least: int = 160  # planned, however little there is
    laps_at_most: int = 200  # times that every event is learnt, where that is more
    checks: int = 24
    aside_at_most: int = 256
    dropout: Dropout = field(default_factory=Dropout)


def learn_events(
    phrases: Sequence[Phrase],
    vocabulary: Sequence[Voice],
    *,
    minutes: float,
    seed: int,
    progress: Progress | None = None,
    stop: Callable[[], bool] | None = None,
    keep: Keep | None = None,
    steps: int | None = None,
    config: EventLearningConfig | None = None,
) -> EventModel:
    """Learns an event model from phrases whose voices are indices into the vocabulary.

    progress gets the share done and the error on bars kept aside (nats of step and voice an
    event), if there are any. stop is asked every step; what is learnt until then is kept. keep
    gets the best model so far, soon and then now and again. steps: exactly so many, whatever the
    clock says. Raises CorpusError when nothing happens in the phrases.
    """
    run = _Run(phrases, vocabulary, minutes, seed, config or EventLearningConfig(), progress, keep)
    with one_thread():
        return run.run(stop or (lambda: False), steps)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Checkpoint:
    """Weights and what is known of them."""

    arrays: Arrays
    steps: int
    error: float | None
    """In nats of step and voice an event."""


class _Run:
    """One run of `learn_events`."""

    def __init__(
        self,
        phrases: Sequence[Phrase],
        vocabulary: Sequence[Voice],
        minutes: float,
        seed: int,
        config: EventLearningConfig,
        progress: Progress | None,
        keep: Keep | None,
    ) -> None:
        self._began = time.monotonic()
        self._vocabulary = tuple(vocabulary)
        self._minutes, self._seed, self._config = minutes, seed, config
        seeds = np.random.SeedSequence(seed).generate_state(4)
        self._rng = np.random.default_rng(int(seeds[0]))
        self._generator = torch.Generator().manual_seed(int(seeds[1]))
        self._material = gather(phrases, len(vocabulary), rng=self._rng)
        self._excerpts = Excerpts(self._material)
        self._form = FormExcerpts(self._material, self._excerpts.first_rows, self._excerpts.periods)
        self._aside = self._excerpts.aside(config.aside_at_most, config.length, self._rng)
        self._sizes = _sizes(self._material)
        self._module = EventModule(
            self._sizes,
            torch.tensor(self._material.steps_ticks),
            self._excerpts.table,
            torch.Generator().manual_seed(int(seeds[2])),
        )
        weights = self._module.weights()
        form = {name: config.form_rate for name in weights if name.startswith("form.")}
        self._optimizer = Optimizer(weights, config.optimizer, factors=form)
        self._progress, self._keep = progress, keep
        self._kept_at = -np.inf
        self._planned = 1
        self._error: float | None = None
        self._best: BestCheckpoint[_Checkpoint] = BestCheckpoint()

    def run(self, stop: Callable[[], bool], steps: int | None) -> EventModel:
        """The best model that is found."""
        c = self._config
        deadline = self._began + 60.0 * self._minutes
        seconds = max(1.0, deadline - time.monotonic())
        wanted = c.laps_at_most * len(self._material.voices) // (c.batch * c.length)
        wanted = max(c.steps_at_least, wanted)
        budget = Budget(
            steps=steps,
            seconds=seconds,
            first_s=seconds,
            first_steps=wanted if steps is None else max(1, steps),
            deadline=deadline,
            most_steps=wanted,
        )
        plan = plan_run(self, budget, lambda: stop() or time.monotonic() > deadline)
        self._planned = plan.steps
        fit(self, plan, stop)
        return self._model()

    @property
    def step(self) -> int:
        return self._optimizer.step

    def advance(self, share: float, planned: int) -> None:
        """One step of learning."""
        batch = self._excerpts.draw(self._config.batch, self._config.length, self._rng)
        self._optimizer.advance(self._loss(batch), share, planned)

    def checks(self, plan: Plan) -> int:
        return 1 + self.step // max(1, plan.steps // self._config.checks)

    def check(self, plan: Plan) -> None:
        """Judges the averaged weights on what is kept aside; the best are kept."""
        arrays = self._optimizer.arrays()
        if self._aside is None:
            self._best.offer(_Checkpoint(arrays=arrays, steps=self.step, error=None), None)
        else:
            self._error, whole = self._errors(arrays, self._aside)
            checkpoint = _Checkpoint(arrays=arrays, steps=self.step, error=self._error)
            self._best.offer(checkpoint, whole)
        self.report(plan)
        if self._keep is not None and time.monotonic() - self._kept_at > _KEEP_EVERY_S:
            self._keep(self._model())
            self._kept_at = time.monotonic()

    def report(self, plan: Plan) -> None:
        if self._progress is not None:
            self._progress(plan.progress(self.step), self._error)

    def _loss(self, batch: EventBatch) -> Tensor:
        errors = self._module.errors(batch, self._config.dropout, self._generator)
        learnt = ~batch.aside[:, 1:]
        total: Tensor = (errors.step * (learnt & batch.known_step[:, 1:])).sum()
        total = total + ((errors.voice + self._touch(errors.touch)) * learnt).sum()
        total = total / learnt.sum().clamp_min(1)
        changes = self._form.draw(self._config.form_batch, self._config.form_length, self._rng)
        if changes is not None:
            total = total + form_error(self._module.weights(), self._module.table, changes)
        return total

    def _touch(self, touch: Tensor) -> Tensor:
        return self._config.touch_weight * touch.sum(dim=-1)

    def _errors(self, arrays: Arrays, batch: EventBatch) -> tuple[float, float]:
        """Nats of step and voice an event, and with touch by its weight."""
        module = EventModule(
            self._sizes, self._module.ticks, self._module.table, torch.Generator().manual_seed(0)
        )
        with torch.no_grad():
            for name, weight in module.weights().items():
                weight.copy_(torch.from_numpy(arrays[name]))
            errors = module.errors(batch, None, self._generator)
            chosen = batch.aside[:, 1:].clone()
            chosen[:, : batch.voices.shape[1] // 2] = False  # what was heard too little before
            plain = (errors.step * batch.known_step[:, 1:] + errors.voice)[chosen]
            touch = self._touch(errors.touch)[chosen]
        return float(plain.mean()), float((plain + touch).mean())

    def _model(self) -> EventModel:
        """The best so far."""
        best = self._best.value
        m = self._material
        styles, stored = m.stored
        manifest = EventsManifest(
            seed=self._seed,
            minutes=self._minutes,
            planned_steps=self._planned,
            steps=best.steps,
            held_out_nats=best.error,
            network=self._sizes,
            scale=m.scale,
            vocabulary=self._vocabulary,
            styles=styles,
            steps_ticks=m.steps_ticks,
            spans_beats=m.spans_beats,
            most_together=m.most_together,
        )
        beats = [own for own, style in zip(m.beats, styles, strict=True) if style.events]
        events = {
            "tick": m.ticks[stored].astype(np.int32),
            "voice": m.voices[stored].astype(np.int32),
            "context": np.concatenate(beats).astype(np.int32),
            "touch": m.raw[stored],
        }
        return EventModel(manifest=manifest, arrays={**best.arrays, **events})


def _sizes(material: EventDataset) -> NetworkSizes:
    return NetworkSizes(
        voices=material.voices_count,
        steps=len(material.steps_ticks),
        styles=len(material.styles),
        contexts=material.contexts_count,
        spans=len(material.spans_beats),
    )
