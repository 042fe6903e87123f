"""The sequencer: draws events from the model without end, in metre.

What the network thinks likely is drawn event by event. Every few bars, at a bar line, it moves on
to another phrase's style, so that nothing wears out and all of the corpus is visited. Loops are
cut: the next one is there from its bar line on, at its own tempo. Scores blend: the next piece, or
a mixture of two, takes over within what is being played. Ref: the jump to another context is
MAGNet's, here at bar lines. Where in the bar one is, is counted, not remembered.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from messina.counter_rng import CounterRng, Purpose
from messina.errors import ControlError
from messina.events import FREE_TEMPO_BPM, TICKS_PER_BEAT, Event, Phrase
from messina.ranges import RANGES
from messina.rounding import on_grid
from messina.sequences.form import NO_CONTEXT, FormPlayer
from messina.sequences.model import EventModel, Style, bar_ticks, untouched
from messina.sequences.network import period, phase_table
from messina.sequences.places import (
    FormMemory,
    Memory,
    SeekPoint,
    SeekPoints,
    StyleScheduler,
    form_state_after,
    form_state_at,
    led,
    passage_in,
    state_after,
    state_at,
)
from messina.sequences.priors import (
    NO_EXEMPLAR,
    BarRepeatPrior,
    Exemplars,
    MemorisationDetector,
    PlayedEvent,
    heard_positions,
    swung_division,
)
from messina.sequences.song import LiveTempoMap
from messina.sequences.truncation import (
    SamplingParams,
    barred_scores,
    draw_index,
    draw_mixture,
    tilted,
)

__all__ = ["Sequencer"]

Real = NDArray[np.float64]

STAYS_BARS: Final = (4, 4, 4, 8)
RECALLS: Final = 0.6  # share of moves on that recall a place
MIXES: Final = 0.25  # share of moves on to a mixture of two styles, times wildness
ROUNDS_BARS: Final = (1, 1, 1, 2)
RETURNS: Final = 3.5  # score of what was played one round ago, where styles are cut
STRAYS: Final = 0.5  # of the way from how its exemplar was played to how it is drawn
LEFT_OUT: Final = 0.7  # of the softest events at density -1
SWING: Final = 1.0 / 3.0  # of half a swung pair: 0.5 → 0.667
SOUGHT: Final = 16  # places that are looked at for one like this


class Sequencer:
    """Draws events from a model. The same seed and settings draw the same events.

    wildness 0 … 2: 0 the most typical, 1 as it was learnt, 2 wilder. density -1 … 1: fewer or
    more events. swing 0 … 1: how far every other division is late, 1 = triplets. tempo_bpm: of
    the ticks, None: the material's own, each style's where they are cut. style: keeps to one phrase
    (its index). cuts: whether styles are cut at bar lines rather than blended. Settings may be
    changed while it plays. Raises ControlError for one that is out of bounds.
    """

    def __init__(
        self,
        model: EventModel,
        *,
        seed: int,
        wildness: float = 1.0,
        density: float = 0.0,
        swing: float = 0.0,
        tempo_bpm: float | None = None,
        style: int | None = None,
        cuts: bool = False,
    ) -> None:
        _check("wildness", wildness, *RANGES["wildness"])
        _check("density", density, *RANGES["density"])
        _check("swing", swing, *RANGES["swing"])
        if tempo_bpm is not None:
            _check("tempo", tempo_bpm, 10.0, 1_000.0)
        self._model = model
        self._places = SeekPoints(model)
        if style is not None and style not in self._places.styles:
            raise ControlError(
                f"there is no phrase {style} to play in the style of; "
                f"there are {len(model.manifest.styles)}"
            )
        self.seed = seed
        self.wildness = wildness
        self.density = density
        self.swing = swing
        self.style = style
        self._cuts = cuts
        self._wished_bpm = tempo_bpm
        self._exemplars = Exemplars(model)
        self._longest = int(model.steps_ticks[-1])
        self._heard = heard_positions(model)
        self._softness = np.sort(model.arrays["touch"][:, 0])
        self._division = swung_division(model)
        self._memorisation = MemorisationDetector(model)
        self._repeats = BarRepeatPrior()
        self.reset()

    @property
    def tempo_bpm(self) -> float:
        """Beats a minute just now. None, when set: the material's own."""
        return 60.0 / (self.tick_s * TICKS_PER_BEAT)

    @tempo_bpm.setter
    def tempo_bpm(self, tempo_bpm: float | None) -> None:
        if tempo_bpm is not None:
            _check("tempo", tempo_bpm, 10.0, 1_000.0)
        if tempo_bpm != self._wished_bpm:
            self._wished_bpm = tempo_bpm
            self._tempo_map.turn(self._clock, self._own_bpm if tempo_bpm is None else tempo_bpm)

    @property
    def tick_s(self) -> float:
        """Seconds a tick takes just now."""
        return self._tempo_map.tick_s

    def seconds_at(self, tick: float) -> float:
        """When a tick is, in seconds from tick 0; of what has been drawn lately, or is to come."""
        return self._tempo_map.seconds_at(tick)

    @property
    def playing(self) -> int:
        """Index of the phrase in whose style it plays just now."""
        return self._playing

    @property
    def context(self) -> int:
        """Index of the context (chord) of the last event drawn; -1: none."""
        return self._context

    def reset(self) -> None:
        """Back to the seed's beginning: the same events again."""
        self._rng = CounterRng(self.seed, Purpose.EVENTS)
        self._pending: Event | None = None
        self._sounded = 0
        self._scheduler = StyleScheduler(self._places)
        first = self._places.draw(self._rng, style=self.style)
        self._own_bpm = self._own_tempo(first.style)
        self._tempo_map = LiveTempoMap(
            self._own_bpm if self._wished_bpm is None else self._wished_bpm
        )
        self._begin(first, 0)

    def jump(self, place: float) -> None:
        """Continues from the seek point at 0 … 1 of the corpus, from the next bar line on."""
        _check("place", place, *RANGES["place"])
        bar = self._bar_ticks * self._stretch
        passed = max(round(self._clock), self._came_at)
        line = self._origin + -(-(passed - self._origin) // bar) * bar
        self._pending = None
        self._leave(round(line))
        self._begin(self._places.at(place), round(line))

    def prime(self, phrase: Phrase) -> None:
        """Goes on from a phrase, whose end becomes tick 0.

        Its voices are indices into the model's vocabulary. Raises ControlError for others.
        """
        if not phrase.events:
            raise ControlError(f"{phrase.name}: nothing happens in it; nothing to go on from")
        voices = self._model.manifest.network.voices
        if not all(0 <= event.voice < voices for event in phrase.events):
            raise ControlError(f"{phrase.name}: it has voices that were not learnt")
        passage = passage_in(phrase)
        self._playing = self._likely_style(phrase)
        self._row = self._model.network.style({-1: 1.0})
        if self.style is not None:
            self._row = self._model.network.style({self.style: 1.0})
        positions = passage.ticks.astype(np.int64) + phrase.first_tick
        lead = positions[:1] - 1
        memory = state_after(
            self._model,
            led(passage),
            np.concatenate([lead, positions]),
            phrase.ticks + phrase.first_tick,
            self._row,
            beats_per_bar=phrase.beats_per_bar,
            metric=phrase.metric,
        )
        self._pending = None
        self._sounded = 0
        self._came_at = 0
        self._own_bpm = self._own_tempo(self._playing)
        if self._cuts and phrase.metric:
            self._own_bpm = phrase.tempo_bpm
        if self._wished_bpm is None:
            self._tempo_map.turn(0, self._own_bpm)
        self._take_metre(phrase.beats_per_bar, phrase.metric)
        self._take(memory, 0)
        form = None
        if phrase.context and self._model.form is not None:
            beat = phrase.ticks / TICKS_PER_BEAT
            form = form_state_after(
                self._model, phrase.context, phrase, beat, self._row, lapped=False
            )
        self._take_form(form, 0)
        self._stay()

    def next(self) -> Event:
        """The next event; its tick counts from the beginning."""
        if self._pending is not None:
            event, self._pending = self._pending, None
            return event
        while True:
            event = self._draw()
            if self._plays(event):
                self._sounded = event.tick
                return event

    def until(self, tick: int) -> list[Event]:
        """All further events before a tick."""
        events: list[Event] = []
        while (event := self.next()).tick < tick:
            events.append(event)
        self._pending = event
        return events

    # Beginning, going on elsewhere

    def _begin(self, place: SeekPoint, tick: int) -> None:
        """Plays on at `tick` as the corpus did at a place."""
        self._playing = place.style
        self._row = self._model.network.style({place.style: 1.0})
        style = self._model.manifest.styles[place.style]
        self._came_at = tick
        self._take_tempo(tick)
        self._take_metre(style.beats_per_bar, style.metric)
        self._take(state_at(self._model, place, self._row), tick)
        self._take_form(form_state_at(self._model, place, self._row), tick)
        self._stay()

    def _own_tempo(self, style: int) -> float:
        """The tempo a style has without a wish: its own where it is cut or alone."""
        known = self._model.manifest.styles[style]
        alone = self.style is not None
        return known.tempo_bpm if alone or (self._cuts and known.metric) else self._model.tempo_bpm

    def _take_tempo(self, tick: float) -> None:
        self._own_bpm = self._own_tempo(self._playing)
        if self._wished_bpm is None:
            self._tempo_map.turn(tick, self._own_bpm)

    def _take_metre(self, beats_per_bar: int, metric: bool) -> None:
        self._metric = metric
        self._bar_ticks = beats_per_bar * TICKS_PER_BEAT
        self._period = period(beats_per_bar, metric)
        self._table = phase_table(beats_per_bar, metric)
        self._allowed = self._heard.get(beats_per_bar) if metric else None
        # Time without a grid is kept in seconds, whatever the tempo of the rest.
        self._stretch = 1.0 if metric else self._own_bpm / FREE_TEMPO_BPM

    def _take(self, memory: Memory, tick: int) -> None:
        self._h = memory.h
        self._voice, self._step, self._touch = memory.voice, memory.step, memory.touch
        self._context = memory.context
        self._origin = tick - memory.position if self._metric else tick
        since = min(memory.since_ticks, self._longest)
        self._clock = tick - since * self._stretch
        self._floor = tick
        self._bar = self._bar_of(tick)
        self._together = 1
        self._begun = False  # what has not sounded is not left again
        self._memorisation.forget()
        bars = self._rng.pick(ROUNDS_BARS) if self._cuts else 0
        self._repeats.begin(bars * self._bar_ticks * self._stretch)

    def _take_form(self, form: FormMemory | None, tick: int) -> None:
        """Goes on with a form; without one, from its beginning, should there be any."""
        self._form = None
        if self._model.form is None:
            return
        self._form = FormPlayer(self._model.form, self._model.manifest.spans_beats)
        start = self._model.form.start()
        if form is None:
            self._form.begin(start, NO_CONTEXT, 0, tick, tick)
        else:
            beat = TICKS_PER_BEAT * self._stretch
            began, until = tick - form.since_beats * beat, tick + form.left_beats * beat
            self._form.begin(form.h, form.context, form.span, began, until)

    def _context_now(self, sampling: SamplingParams) -> int:
        if self._form is None:
            return NO_CONTEXT
        return self._form.at(
            self._clock,
            phase_at=self._phase,
            style=self._row,
            ticks_per_beat=TICKS_PER_BEAT * self._stretch,
            sampling=sampling,
            rng=self._rng,
        )

    def _stay(self) -> None:
        bars = self._rng.pick(STAYS_BARS)
        self._moves_at = self._bar + bars

    def _bar_of(self, tick: float) -> int:
        return int((tick - self._origin) // (self._bar_ticks * self._stretch))

    def _leave(self, tick: float) -> None:
        """The present style has been played until a tick."""
        seconds = self._tempo_map.seconds_at(tick) - self._tempo_map.seconds_at(self._came_at)
        self._scheduler.played(self._playing, seconds)

    def _cut(self) -> None:
        """The next style from the bar line on at which it is time to move on."""
        line = round(self._origin + self._moves_at * self._bar_ticks * self._stretch)
        self._leave(line)
        if self.style is None:
            place = self._scheduler.draw(self._rng, after=self._playing)
        else:
            place = self._places.draw(self._rng, style=self.style)
        self._begin(place, line)
        if self.wildness > 1.0:
            self._mix(place)

    def _mix(self, place: SeekPoint) -> None:
        """Now and then a style is mixed with another of the same metre."""
        other = self._places.draw(self._rng, style=self.style).style
        styles = self._model.manifest.styles
        if not _alike(styles[place.style], styles[other]) or other == place.style:
            return
        if self._rng.uniform() < MIXES * self.wildness:
            share = self._rng.uniform()
            shares = {place.style: 1.0 - share, other: share}
            self._row = self._model.network.style(shares)

    def _move_on(self) -> None:
        """At a bar line: another style or a mixture, perhaps another place's state."""
        place = self._places.draw(self._rng, style=self.style)
        styles = self._model.manifest.styles
        style, before = styles[place.style], styles[self._playing]
        shares = {place.style: 1.0}
        alike = _alike(style, before)
        if alike and place.style != self._playing and self._rng.uniform() < MIXES * self.wildness:
            share = self._rng.uniform()
            shares = {place.style: share, self._playing: 1.0 - share}
        self._row = self._model.network.style(shares)
        if not alike:
            self._origin = self._line_before(self._clock)
            self._take_metre(style.beats_per_bar, style.metric)
            self._bar = self._bar_of(self._clock)
        if self._rng.uniform() < RECALLS:
            self._h = state_at(self._model, self._alike(place), self._row).h
        self._playing = place.style
        self._stay()

    def _alike(self, place: SeekPoint) -> SeekPoint:
        """A place of the same style, over the context there is now if it can be found."""
        beats = self._model.passages[place.style].beats
        own = self._model.manifest.styles[place.style]
        for _ in range(SOUGHT if self._form is not None else 0):
            beat = (place.bar * bar_ticks(own) - own.first_tick) // TICKS_PER_BEAT
            if 0 <= beat < len(beats) and beats[beat] == self._context:
                break
            place = self._places.draw(self._rng, style=place.style)
        return place

    def _line_before(self, clock: float) -> int:
        bar = self._bar_ticks * self._stretch
        return round(self._origin + (clock - self._origin) // bar * bar)

    def _likely_style(self, phrase: Phrase) -> int:
        if self.style is not None:
            return self.style
        styles = self._model.manifest.styles
        alike = [i for i in self._places.styles if styles[i].metric == phrase.metric]
        return min(
            alike or self._places.styles,
            key=lambda i: (
                styles[i].beats_per_bar != phrase.beats_per_bar,
                abs(np.log(styles[i].tempo_bpm / phrase.tempo_bpm)),
            ),
        )

    # One event

    def _draw(self) -> Event:
        network = self._model.network
        sampling = SamplingParams.of(self.wildness)
        self._h = network.advance(
            self._h,
            voice=self._voice,
            step=self._step,
            touch=self._touch,
            phase=self._phase(self._clock),
            style=self._row,
            context=self._context,
        )
        self._memorised = self._memorisation.next_if_memorised(self._bar_ticks // 2)
        self._returning = self._next_if_returning()
        step = self._draw_step(sampling)
        ticks = int(self._model.steps_ticks[step])
        self._clock += ticks * self._stretch
        phase = self._phase(self._clock)
        self._context = self._context_now(sampling)
        self._voice = self._draw_voice(step, ticks, phase, sampling)
        self._together = self._together + 1 if ticks == 0 else 1
        self._step = step
        self._memorisation.add(step, self._voice, ticks)
        self._touch = self._draw_touch(step, phase, sampling)
        self._floor = min(self._floor, round(self._clock))
        event = self._event()
        if self._bar_of(self._clock) > self._bar:
            self._bar = self._bar_of(self._clock)
            if self._bar >= self._moves_at and not self._cuts:
                self._move_on()
            elif self._bar >= self._moves_at and self._begun:
                self._cut()
                return self._draw()
            elif self._bar >= self._moves_at:
                self._stay()
        self._begun = True
        return event

    def _positions(self, ticks: NDArray[np.floating[Any]] | float) -> NDArray[np.int64]:
        counted = np.floor(np.asarray(ticks) - self._origin + 0.5).astype(np.int64)
        return counted % self._period

    def _phase(self, tick: float) -> Real:
        row: Real = self._table[self._positions(tick)]
        return row

    def _draw_step(self, sampling: SamplingParams) -> int:
        """Index of the step to the next event."""
        steps = self._model.steps_ticks
        arrivals = self._clock + steps * self._stretch
        positions = self._positions(arrivals)
        scores = self._model.network.step_scores(self._h, self._table[positions])
        scores = tilted(scores, steps, self.density)
        if self._allowed is not None:
            unheard = ~self._allowed[positions % self._bar_ticks] & (steps > 0)
            scores[unheard] += sampling.unheard
        for memorised in {step for step, _ in self._memorised}:
            scores[memorised] += sampling.memorised / 2
        if self._returning is not None:
            scores[self._returning[0]] += RETURNS
        full = self._together >= self._model.manifest.most_together
        barred = arrivals < self._floor
        last = self._voice == self._model.manifest.network.voices - 1
        barred |= (steps == 0) & (full or last)
        return draw_index(barred_scores(scores, barred), sampling, self._rng)

    def _next_if_returning(self) -> tuple[int, PlayedEvent] | None:
        """The step with which it would go on as one round ago, and what was played then."""
        then = self._repeats.after(self._clock, self._voice) if self._cuts else None
        if then is None:
            return None
        away = np.abs(self._clock + self._model.steps_ticks * self._stretch - then.clock)
        steps = np.flatnonzero(away < 0.5)
        return (int(steps[0]), then) if len(steps) else None

    def _draw_voice(self, step: int, ticks: int, phase: Real, sampling: SamplingParams) -> int:
        scores = self._model.network.voice_scores(
            self._h, step=step, phase=phase, context=self._context
        )
        if ticks == 0:
            # What sounds together is in order of voice, so that nothing sounds twice.
            scores[: self._voice + 1] = -np.inf
        for memorised in {voice for own, voice in self._memorised if own == step}:
            scores[memorised] += sampling.memorised
        if self._returning is not None and self._returning[0] == step:
            scores[self._returning[1].voice] += RETURNS
        return draw_index(scores, sampling, self._rng)

    def _draw_touch(self, step: int, phase: Real, sampling: SamplingParams) -> Real:
        network = self._model.network
        d = network.touch(self._h, step=step, voice=self._voice, phase=phase, context=self._context)
        known = np.zeros(0)
        for which in range(3):
            drawn = draw_mixture(network.mixture(which, d, known), sampling, self._rng)
            known = np.append(known, on_grid(np.clip(drawn, -4.0, 4.0)))
        return known

    def _event(self) -> Event:
        velocity, late_s, length = untouched(self._model.manifest.scale, self._touch)
        position = (self._clock - self._origin) / self._stretch
        exemplar = self._exemplars.at(self._playing, position, self._voice, velocity)
        if self._cuts:
            velocity, late_s, exemplar = self._settled(velocity, late_s, exemplar)
            played = PlayedEvent(self._clock, self._voice, velocity, late_s, exemplar)
            self._repeats.add(played)
        return Event(
            tick=round(self._clock),
            voice=self._voice,
            velocity=velocity,
            length_ticks=length * self._stretch,
            late_s=late_s * self._own_bpm / self.tempo_bpm + self._swung_s(),
            exemplar=exemplar,
        )

    def _settled(self, velocity: float, late_s: float, exemplar: int) -> tuple[float, float, int]:
        """Drawn to how its exemplar was played, in the corpus or one round ago."""
        known = (
            self._model.arrays["touch"][exemplar] if exemplar != NO_EXEMPLAR else (velocity, late_s)
        )
        settled = float(known[0]), float(known[1])
        if self._returning is not None:
            then = self._returning[1]
            if abs(then.clock - self._clock) < 0.5 and then.voice == self._voice:
                settled, exemplar = (then.velocity, then.late_s), then.exemplar
        stray = min(STRAYS * self.wildness, 1.0)
        return (
            settled[0] + stray * (velocity - settled[0]),
            settled[1] + stray * (late_s - settled[1]),
            exemplar,
        )

    def _swung_s(self) -> float:
        """How late swing makes an event: every other division, and what lies around it."""
        if not self._metric or self.swing == 0.0:
            return 0.0
        within = (self._clock - self._origin) % (2 * self._division) / (2 * self._division)
        late = min(within, 1.0 - within) * 2.0 * SWING / 2.0 * self.swing
        return late * 2 * self._division * self.tick_s

    def _plays(self, event: Event) -> bool:
        """Whether an event is played; at a low density the softest are left out now and then."""
        longest = max(TICKS_PER_BEAT, self._longest * (1.0 - self.density))
        if self.density >= 0.0 or event.tick - self._sounded + self._longest > longest:
            return True
        rank = np.searchsorted(self._softness, event.velocity) / len(self._softness)
        return bool(self._rng.uniform() > -self.density * LEFT_OUT * (1.0 - rank))


def _alike(style: Style, other: Style) -> bool:
    """Whether two phrases have the same metre."""
    return (style.beats_per_bar, style.metric) == (other.beats_per_bar, other.metric)


def _check(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise ControlError(f"{name} is {value:g}, not {least:g} … {most:g}")
