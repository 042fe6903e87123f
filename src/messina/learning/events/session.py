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
from messina.learning.events.batches import Batch, Excerpts
from messina.learning.events.form import FormExcerpts, form_error
from messina.learning.events.material import Material, gather
from messina.learning.events.model import Dropout, EventModule
from messina.learning.planning import PACED_STEPS, plan_for
from messina.learning.threads import one_thread
from messina.sequences.manifest import EventsManifest
from messina.sequences.model import EventModel
from messina.sequences.network import NetworkSizes

__all__ = ["EventLearningConfig", "learn_events"]

Arrays = dict[str, NDArray[np.float32]]

_KEEP_EVERY_S: Final = 10.0


@dataclass(frozen=True, kw_only=True)
class EventLearningConfig:
    """How an event model is trained."""

    batch: int = 16
    length: int = 48  # events of an excerpt
    learning_rate: float = 8e-3
    last_rate: float = 1e-5
    weight_decay: float = 0.02
    warm_steps: int = 20
    clip: float = 1.0
    average_share: float = 0.05  # of the run that the moving average reaches back
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
    progress: Callable[[float, float | None], None] | None = None,
    stop: Callable[[], bool] | None = None,
    keep: Callable[[EventModel], None] | None = None,
    steps: int | None = None,
    config: EventLearningConfig | None = None,
) -> EventModel:
    """Learns an event model from phrases whose voices are indices into the vocabulary.

    progress gets the share done and the error on bars kept aside (nats of step and voice an
    event), if there are any. stop is asked every step; what is learnt until then is kept. keep
    gets the best model so far, soon and then now and again. steps: exactly so many, whatever the
    clock says. Raises CorpusError when nothing happens in the phrases.
    """
    run = _Run(phrases, vocabulary, minutes, seed, config or EventLearningConfig())
    with one_thread():
        return run.run(progress, stop or (lambda: False), keep, steps)


class _Run:
    """One run of `learn_events`."""

    def __init__(
        self,
        phrases: Sequence[Phrase],
        vocabulary: Sequence[Voice],
        minutes: float,
        seed: int,
        config: EventLearningConfig,
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
        self._slow = [w for name, w in weights.items() if name.startswith("form.")]
        self._fast = [w for name, w in weights.items() if not name.startswith("form.")]
        self._optimizer = torch.optim.AdamW(
            [{"params": self._fast, "share": 1.0}]
            + [{"params": self._slow, "share": config.form_rate}] * bool(self._slow),
            config.learning_rate,
            betas=(0.9, 0.98),
            weight_decay=config.weight_decay,
        )
        self._average = {n: w.detach().clone() for n, w in self._module.weights().items()}
        self._step = 0
        self._planned = 1
        self._best: tuple[float, int, Arrays] | None = None

    def run(
        self,
        progress: Callable[[float, float | None], None] | None,
        stop: Callable[[], bool],
        keep: Callable[[EventModel], None] | None,
        steps: int | None,
    ) -> EventModel:
        deadline = self._plan(steps, stop)
        kept_at = -np.inf
        every = max(1, self._planned // self._config.checks)
        while True:
            over = self._step >= self._planned or stop() or time.monotonic() > deadline
            if over or self._step % every == 0:
                error = self._check()
                if progress is not None:
                    progress(min(1.0, self._step / self._planned), error)
                if keep is not None and time.monotonic() - kept_at > _KEEP_EVERY_S:
                    keep(self._model())
                    kept_at = time.monotonic()
            if over:
                return self._model()
            self._advance()

    def _plan(self, steps: int | None, stop: Callable[[], bool]) -> float:
        """Plans the steps by the pace of the first; returns when the clock ends it."""
        if steps is not None:
            self._planned = max(1, steps)
            return np.inf
        c = self._config
        wanted = c.laps_at_most * len(self._material.voices) // (c.batch * c.length)
        self._planned = max(c.steps_at_least, wanted)
        deadline = self._began + 60.0 * self._minutes
        times: list[float] = []
        while len(times) < PACED_STEPS and not stop() and time.monotonic() < deadline:
            start = time.thread_time()
            self._advance()
            times.append(time.thread_time() - start)
        seconds = max(1.0, deadline - time.monotonic())
        began = time.monotonic()
        pace = plan_for(times or [1.0], seconds, first_s=seconds, began=began, deadline=deadline)
        self._planned = min(self._planned, pace.steps)
        return deadline

    def _advance(self) -> None:
        """One step of learning."""
        c = self._config
        share = min(1.0, self._step / self._planned)
        warm = min(1.0, (self._step + 1) / c.warm_steps)
        rate = warm * c.learning_rate * 0.5 * (1 + np.cos(np.pi * share)) + c.last_rate
        for group in self._optimizer.param_groups:
            group["lr"] = rate * group["share"]
        batch = self._excerpts.draw(c.batch, c.length, self._rng)
        loss = self._loss(batch)
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        for weights in (self._fast, self._slow):
            torch.nn.utils.clip_grad_norm_(weights, c.clip)
        self._optimizer.step()
        self._step += 1
        reach = max(10.0, c.average_share * self._planned)
        kept = min(1 - 1 / reach, self._step / (self._step + 9))
        for name, weight in self._module.weights().items():
            self._average[name].lerp_(weight.detach(), 1 - kept)

    def _loss(self, batch: Batch) -> Tensor:
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

    def _check(self) -> float | None:
        """Error of the averaged weights on what is kept aside; the best weights are kept."""
        arrays = {
            name: weight.numpy().astype(np.float16).astype(np.float32)
            for name, weight in self._average.items()
        }
        if self._aside is None:
            self._best = (np.inf, self._step, arrays)
            return None
        error, whole = self._error(arrays, self._aside)
        if self._best is None or whole < self._best[0]:
            self._best = (whole, self._step, arrays)
            self._best_error = error
        return error

    def _error(self, arrays: Arrays, batch: Batch) -> tuple[float, float]:
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
        assert self._best is not None
        _, steps, arrays = self._best
        m = self._material
        styles, stored = m.stored
        manifest = EventsManifest(
            seed=self._seed,
            minutes=self._minutes,
            planned_steps=self._planned,
            steps=steps,
            held_out_nats=None if self._aside is None else self._best_error,
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
        return EventModel(manifest=manifest, arrays={**arrays, **events})


def _sizes(material: Material) -> NetworkSizes:
    return NetworkSizes(
        voices=material.voices_count,
        steps=len(material.steps_ticks),
        styles=len(material.styles),
        contexts=material.contexts_count,
        spans=len(material.spans_beats),
    )
