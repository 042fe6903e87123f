"""One event after the other, as the network thinks likely: when it comes, what it is, its touch.

Where in the bar one is, is counted, not remembered. Beside the network's scores stand what would be
memorised, which is barred, and what was played one round ago, which comes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from messina.counter_rng import CounterRng
from messina.events import FREE_TEMPO_BPM, TICKS_PER_BEAT
from messina.rounding import on_grid
from messina.sequences.form import NO_CONTEXT, FormPlayer
from messina.sequences.model import TOUCH_LIMIT, EventModel, untouched
from messina.sequences.network import period, phase_table
from messina.sequences.places import FormMemory, Memory
from messina.sequences.priors import (
    NO_EXEMPLAR,
    BarRepeatPrior,
    Exemplars,
    MemorisationDetector,
    PlayedEvent,
)
from messina.sequences.truncation import (
    SamplingParams,
    barred_scores,
    draw_index,
    draw_mixture,
    tilted,
)

__all__ = ["BarCounter", "EventDrawer"]

Real = NDArray[np.float64]


@dataclass(kw_only=True, eq=False)
class BarCounter:
    """Where in the bar a tick is, in one metre; at `origin` is a bar line."""

    metric: bool
    """Whether there is a metre at all."""
    bar_ticks: int
    stretch: float
    """Ticks that are played for each of the style's."""
    period: int
    table: Real  # [period, phases] position in the bar, as it is an input of the network
    allowed: NDArray[np.bool_] | None
    """At which positions of the bar the corpus has an event; None: anywhere."""
    origin: int = 0

    @classmethod
    def of(
        cls,
        beats_per_bar: int,
        metric: bool,
        heard: Mapping[int, NDArray[np.bool_]],
        own_bpm: float,
    ) -> BarCounter:
        """The counter of a style's metre; heard: positions with an event, by beats a bar."""
        return cls(
            metric=metric,
            bar_ticks=beats_per_bar * TICKS_PER_BEAT,
            # Time without a grid is kept in seconds, whatever the tempo of the rest.
            stretch=1.0 if metric else own_bpm / FREE_TEMPO_BPM,
            period=period(beats_per_bar, metric),
            table=phase_table(beats_per_bar, metric),
            allowed=heard.get(beats_per_bar) if metric else None,
        )

    def positions(self, ticks: NDArray[np.floating[Any]] | float) -> NDArray[np.int64]:
        """Rows of `table` that ticks are at."""
        counted = np.floor(np.asarray(ticks) - self.origin + 0.5).astype(np.int64)
        return counted % self.period

    def phase(self, tick: float) -> Real:
        """The row of `table` that a tick is at."""
        row: Real = self.table[self.positions(tick)]
        return row

    def number(self, tick: float) -> int:
        """Number of the bar that a tick is in, from the one at the origin on."""
        return int((tick - self.origin) // (self.bar_ticks * self.stretch))

    def line(self, number: int) -> int:
        """The tick at which a bar begins."""
        return round(self.origin + number * self.bar_ticks * self.stretch)

    def line_before(self, tick: float) -> int:
        """The last bar line that is not after a tick."""
        bar = self.bar_ticks * self.stretch
        return round(self.origin + (tick - self.origin) // bar * bar)

    def line_after(self, tick: float) -> float:
        """The first bar line that is not before a tick."""
        bar = self.bar_ticks * self.stretch
        return self.origin + -(-(tick - self.origin) // bar) * bar


class EventDrawer:
    """Draws from a model's network; `take` says from where on, and in which style and metre.

    returns: logits for what was played one round ago; None where rounds do not come back.
    """

    bars: BarCounter
    row: Real
    """The embedding of the style that is played."""
    h: Real
    clock: float
    """The tick of the last event."""
    voice: int
    touch: Real
    context: int
    """What underlies the last event, a chord say."""
    returning: tuple[int, PlayedEvent] | None
    """The step with which it would go on as one round ago, and what was played then."""

    def __init__(self, model: EventModel, *, returns: float | None) -> None:
        self._model = model
        self._returns = returns
        self._longest = int(model.steps_ticks[-1])
        self._exemplars = Exemplars(model)
        self._memorisation = MemorisationDetector(model)
        self._repeats = BarRepeatPrior()

    @property
    def has_form(self) -> bool:
        """Whether contexts follow each other by a form that is learnt."""
        return self._form is not None

    def take(self, memory: Memory, tick: int, *, round_bars: int) -> None:
        """Goes on at a tick from a memory; round_bars: after how many bars it comes back."""
        self.h = memory.h
        self.voice, self._step, self.touch = memory.voice, memory.step, memory.touch
        self.context = memory.context
        self.bars.origin = tick - memory.position if self.bars.metric else tick
        since = min(memory.since_ticks, self._longest)
        self.clock = tick - since * self.bars.stretch
        self._floor = tick
        self._together = 1
        self._memorisation.forget()
        self._repeats.begin(round_bars * self.bars.bar_ticks * self.bars.stretch)

    def take_form(self, form: FormMemory | None, tick: int) -> None:
        """Goes on with a form; without one, from its beginning, should there be any."""
        self._form = None
        if self._model.form is None:
            return
        self._form = FormPlayer(self._model.form, self._model.manifest.spans_beats)
        start = self._model.form.start()
        if form is None:
            self._form.begin(start, NO_CONTEXT, 0, tick, tick)
        else:
            beat = TICKS_PER_BEAT * self.bars.stretch
            began, until = tick - form.since_beats * beat, tick + form.left_beats * beat
            self._form.begin(form.h, form.context, form.span, began, until)

    def draw(self, rng: CounterRng, sampling: SamplingParams, *, density: float) -> None:
        """Goes on to the next event, which is `voice` at `clock`."""
        network = self._model.network
        self.h = network.advance(
            self.h,
            voice=self.voice,
            step=self._step,
            touch=self.touch,
            phase=self.bars.phase(self.clock),
            style=self.row,
            context=self.context,
        )
        self._memorised = self._memorisation.next_if_memorised(self.bars.bar_ticks // 2)
        self.returning = self._next_if_returning()
        step = self._draw_step(rng, sampling, density)
        ticks = int(self._model.steps_ticks[step])
        self.clock += ticks * self.bars.stretch
        phase = self.bars.phase(self.clock)
        self.context = self._context_now(rng, sampling)
        self.voice = self._draw_voice(rng, sampling, step, ticks, phase)
        self._together = self._together + 1 if ticks == 0 else 1
        self._step = step
        self._memorisation.add(step, self.voice, ticks)
        self.touch = self._draw_touch(rng, sampling, step, phase)
        self._floor = min(self._floor, round(self.clock))

    def _context_now(self, rng: CounterRng, sampling: SamplingParams) -> int:
        if self._form is None:
            return NO_CONTEXT
        return self._form.at(
            self.clock,
            phase_at=self.bars.phase,
            style=self.row,
            ticks_per_beat=TICKS_PER_BEAT * self.bars.stretch,
            sampling=sampling,
            rng=rng,
        )

    def _draw_step(self, rng: CounterRng, sampling: SamplingParams, density: float) -> int:
        """Index of the step to the next event."""
        steps = self._model.steps_ticks
        arrivals = self.clock + steps * self.bars.stretch
        positions = self.bars.positions(arrivals)
        scores = self._model.network.step_scores(self.h, self.bars.table[positions])
        scores = tilted(scores, steps, density)
        if self.bars.allowed is not None:
            unheard = ~self.bars.allowed[positions % self.bars.bar_ticks] & (steps > 0)
            scores[unheard] += sampling.unheard
        for memorised in {step for step, _ in self._memorised}:
            scores[memorised] += sampling.memorised / 2
        if self.returning is not None and self._returns is not None:
            scores[self.returning[0]] += self._returns
        full = self._together >= self._model.manifest.most_together
        barred = arrivals < self._floor
        last = self.voice == self._model.manifest.network.voices - 1
        barred |= (steps == 0) & (full or last)
        return draw_index(barred_scores(scores, barred), sampling, rng)

    def _next_if_returning(self) -> tuple[int, PlayedEvent] | None:
        """The step with which it would go on as one round ago, and what was played then."""
        then = None if self._returns is None else self._repeats.after(self.clock, self.voice)
        if then is None:
            return None
        away = np.abs(self.clock + self._model.steps_ticks * self.bars.stretch - then.clock)
        steps = np.flatnonzero(away < 0.5)
        return (int(steps[0]), then) if len(steps) else None

    def _draw_voice(
        self, rng: CounterRng, sampling: SamplingParams, step: int, ticks: int, phase: Real
    ) -> int:
        scores = self._model.network.voice_scores(
            self.h, step=step, phase=phase, context=self.context
        )
        if ticks == 0:
            # What sounds together is in order of voice, so that nothing sounds twice.
            scores[: self.voice + 1] = -np.inf
        for memorised in {voice for own, voice in self._memorised if own == step}:
            scores[memorised] += sampling.memorised
        if self.returning is not None and self.returning[0] == step:
            scores[self.returning[1].voice] += self._returns or 0.0
        return draw_index(scores, sampling, rng)

    def _draw_touch(
        self, rng: CounterRng, sampling: SamplingParams, step: int, phase: Real
    ) -> Real:
        network = self._model.network
        d = network.touch(self.h, step=step, voice=self.voice, phase=phase, context=self.context)
        known = np.zeros(0)
        for which in range(3):
            drawn = draw_mixture(network.mixture(which, d, known), sampling, rng)
            known = np.append(known, on_grid(np.clip(drawn, -TOUCH_LIMIT, TOUCH_LIMIT)))
        return known

    def played(self, style: int, *, drawn_share: float) -> tuple[float, float, float, int]:
        """Velocity, lateness in s, length in ticks and exemplar of the event, in a style.

        Where rounds come back it is drawn to how its exemplar was played, in the corpus or one
        round ago; drawn_share: 0 … 1 of the way from there to how it was drawn.
        """
        velocity, late_s, length = untouched(self._model.manifest.scale, self.touch)
        position = (self.clock - self.bars.origin) / self.bars.stretch
        exemplar = self._exemplars.at(style, position, self.voice, velocity)
        if self._returns is not None:
            velocity, late_s, exemplar = self._settled(velocity, late_s, exemplar, drawn_share)
            self._repeats.add(PlayedEvent(self.clock, self.voice, velocity, late_s, exemplar))
        return velocity, late_s, length, exemplar

    def _settled(
        self, velocity: float, late_s: float, exemplar: int, drawn_share: float
    ) -> tuple[float, float, int]:
        known = (
            self._model.arrays["touch"][exemplar] if exemplar != NO_EXEMPLAR else (velocity, late_s)
        )
        settled = float(known[0]), float(known[1])
        if self.returning is not None:
            then = self.returning[1]
            if abs(then.clock - self.clock) < 0.5 and then.voice == self.voice:
                settled, exemplar = (then.velocity, then.late_s), then.exemplar
        return (
            settled[0] + drawn_share * (velocity - settled[0]),
            settled[1] + drawn_share * (late_s - settled[1]),
            exemplar,
        )
