"""The sequencer: draws events from the model without end, in metre.

What the network thinks likely is drawn event by event. Every few bars, at a bar line, it moves on
to another phrase's style, so that nothing wears out and all of the corpus is visited. Loops are
cut: the next one is there from its bar line on, at its own tempo. Scores blend: the next piece, or
a mixture of two, takes over within what is being played. Ref: the jump to another context is
MAGNet's, here at bar lines. Where in the bar one is, is counted, not remembered.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.counter_rng import CounterRng, Purpose
from messina.errors import ControlError
from messina.events import TICKS_PER_BEAT, Event, Phrase
from messina.ranges import RANGES
from messina.sequences.event_drawing import BarCounter, EventDrawer
from messina.sequences.model import EventModel, Style
from messina.sequences.places import (
    Memory,
    SeekPoint,
    SeekPoints,
    StyleScheduler,
    after_phrase,
    form_state_at,
    state_at,
)
from messina.sequences.priors import heard_positions, swung_division
from messina.sequences.song import LiveTempoMap
from messina.sequences.truncation import SamplingParams

__all__ = ["Sequencer"]

Real = NDArray[np.float64]

STAYS_BARS: Final = (4, 4, 4, 8)
RECALLS: Final = 0.6  # share of moves on that state_at a place
MIXES: Final = 0.25  # share of moves on to a mixture of two styles, times wildness
ROUNDS_BARS: Final = (1, 1, 1, 2)
RETURNS: Final = 3.5  # score of what was played one round ago, where styles are cut
DRAWN_SHARE: Final = 0.5  # of the way from how its exemplar was played to how it is drawn
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
        self._drawer = EventDrawer(model, returns=RETURNS if cuts else None)
        self._longest = int(model.steps_ticks[-1])
        self._heard = heard_positions(model)
        self._softness = np.sort(model.arrays["touch"][:, 0])
        self._division = swung_division(model)
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
            self._tempo_map.turn(
                self._drawer.clock, self._own_bpm if tempo_bpm is None else tempo_bpm
            )

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
        return self._drawer.context

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
        line = self._bars.line_after(max(round(self._drawer.clock), self._came_at))
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
        self._playing = self._places.likely(phrase) if self.style is None else self.style
        self._drawer.row = self._model.network.style({-1: 1.0})
        if self.style is not None:
            self._drawer.row = self._model.network.style({self.style: 1.0})
        memory, form = after_phrase(self._model, phrase, self._drawer.row)
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
        self._drawer.take_form(form, 0)
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
        self._drawer.row = self._model.network.style({place.style: 1.0})
        style = self._model.manifest.styles[place.style]
        self._came_at = tick
        self._take_tempo(tick)
        self._take_metre(style.beats_per_bar, style.metric)
        self._take(state_at(self._model, place, self._drawer.row), tick)
        self._drawer.take_form(form_state_at(self._model, place, self._drawer.row), tick)
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
        self._bars = BarCounter.of(beats_per_bar, metric, self._heard, self._own_bpm)
        self._drawer.bars = self._bars

    def _take(self, memory: Memory, tick: int) -> None:
        """Goes on from a memory, in the metre that is taken already."""
        rounds = self._rng.pick(ROUNDS_BARS) if self._cuts else 0
        self._drawer.take(memory, tick, round_bars=rounds)
        self._bar = self._bars.number(tick)
        self._begun = False  # what has not sounded is not left again

    def _stay(self) -> None:
        bars = self._rng.pick(STAYS_BARS)
        self._moves_at = self._bar + bars

    def _leave(self, tick: float) -> None:
        """The present style has been played until a tick."""
        seconds = self._tempo_map.seconds_at(tick) - self._tempo_map.seconds_at(self._came_at)
        self._scheduler.played(self._playing, seconds)

    def _cut(self) -> None:
        """The next style from the bar line on at which it is time to move on."""
        line = self._bars.line(self._moves_at)
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
            self._drawer.row = self._model.network.style(shares)

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
        self._drawer.row = self._model.network.style(shares)
        if not alike:
            line = self._bars.line_before(self._drawer.clock)
            self._take_metre(style.beats_per_bar, style.metric)
            self._bars.origin = line
            self._bar = self._bars.number(self._drawer.clock)
        if self._rng.uniform() < RECALLS:
            self._drawer.h = state_at(self._model, self._like(place), self._drawer.row).h
        self._playing = place.style
        self._stay()

    def _like(self, place: SeekPoint) -> SeekPoint:
        """A place of the same style, over the context there is now if it can be found."""
        tries = SOUGHT if self._drawer.has_form else 0
        return self._places.over(self._drawer.context, place, self._rng, tries=tries)

    # One event

    def _draw(self) -> Event:
        self._drawer.draw(self._rng, SamplingParams.of(self.wildness), density=self.density)
        event = self._event()
        if self._bars.number(self._drawer.clock) > self._bar:
            self._bar = self._bars.number(self._drawer.clock)
            if self._bar >= self._moves_at and not self._cuts:
                self._move_on()
            elif self._bar >= self._moves_at and self._begun:
                self._cut()
                return self._draw()
            elif self._bar >= self._moves_at:
                self._stay()
        self._begun = True
        return event

    def _event(self) -> Event:
        share = min(DRAWN_SHARE * self.wildness, 1.0)
        velocity, late_s, length, exemplar = self._drawer.played(self._playing, drawn_share=share)
        return Event(
            tick=round(self._drawer.clock),
            voice=self._drawer.voice,
            velocity=velocity,
            length_ticks=length * self._bars.stretch,
            late_s=late_s * self._own_bpm / self.tempo_bpm + self._swung_s(),
            exemplar=exemplar,
        )

    def _swung_s(self) -> float:
        """How late swing makes an event: every other division, and what lies around it."""
        if not self._bars.metric or self.swing == 0.0:
            return 0.0
        within = (
            (self._drawer.clock - self._bars.origin) % (2 * self._division) / (2 * self._division)
        )
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
