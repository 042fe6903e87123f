"""Seek points: bar lines of the corpus from which a piece can go on, and the network's state there.

Which phrase's style comes next is drawn, and all have their turn. Drawn anew each time, one style
may come thrice and another not at all in a minute; then one minute is loud and the next soft, and a
jam is not like what it was learnt from. So what has been played for less than its share of the time
is the likelier, by as much as it lacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.counter_rng import CounterRng
from messina.events import TICKS_PER_BEAT, Phrase
from messina.sequences.form import NO_CONTEXT, changes_of
from messina.sequences.model import (
    EventModel,
    Passage,
    Style,
    bar_ticks,
    in_bars,
    nearest,
    passage_of,
    touch_of,
)
from messina.sequences.network import period, phase_table

__all__ = [
    "FormMemory",
    "Memory",
    "SeekPoint",
    "SeekPoints",
    "StyleScheduler",
    "after_phrase",
    "form_state_at",
    "state_at",
]

Real = NDArray[np.float64]

RECALLED: Final = 24
"""Events that are heard again to know how to go on."""

RECALLED_CHANGES: Final = 12


@dataclass(frozen=True, kw_only=True)
class SeekPoint:
    """A seek point: a bar line of a learnt phrase."""

    style: int
    bar: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Memory:
    """State of the event network before its next event.

    since_ticks: from the last event, which the state does not include yet, to the moment at which
    one goes on; position: of that moment.
    """

    h: Real
    voice: int
    step: int
    touch: Real
    context: int
    since_ticks: int
    position: int


@dataclass(frozen=True, kw_only=True, eq=False)
class FormMemory:
    """State of the network over chord changes.

    The state does not include the context that lasts. since_beats, left_beats: from its beginning
    to the moment, and on to its end.
    """

    h: Real
    context: int
    span: int
    since_beats: float
    left_beats: float


class SeekPoints:
    """Seek points: all bar lines of the styles that have events."""

    def __init__(self, model: EventModel) -> None:
        self._model = model
        styles = model.manifest.styles
        self.styles = [i for i, style in enumerate(styles) if style.events > 0]
        self._bars = np.array([-(-styles[i].ticks // bar_ticks(styles[i])) for i in self.styles])
        lengths = np.array([styles[i].ticks / styles[i].tempo_bpm for i in self.styles])
        self.shares = lengths / lengths.sum()
        """Of the time of the corpus, for each of `styles`."""

    def at(self, share: float) -> SeekPoint:
        """The seek point at 0 … 1 of the corpus, one phrase after another."""
        reached = np.cumsum(self.shares)
        k = min(int(np.searchsorted(reached, share, side="right")), len(self.styles) - 1)
        within = (share - (reached[k] - self.shares[k])) / self.shares[k]
        bar = int(np.clip(within * self._bars[k], 0, self._bars[k] - 1))
        return SeekPoint(style=self.styles[k], bar=bar)

    def draw(self, rng: CounterRng, *, style: int | None = None) -> SeekPoint:
        """A random seek point, of one style or of any; longer phrases are likelier."""
        if style is None:
            return self.at(rng.uniform())
        bars = int(self._bars[self.styles.index(style)])
        return SeekPoint(style=style, bar=rng.below(bars))

    def over(self, context: int, place: SeekPoint, rng: CounterRng, *, tries: int) -> SeekPoint:
        """A seek point of the same style, over a context if one is found in so many tries."""
        beats = self._model.passages[place.style].beats
        own = self._model.manifest.styles[place.style]
        for _ in range(tries):
            beat = (place.bar * bar_ticks(own) - own.first_tick) // TICKS_PER_BEAT
            if 0 <= beat < len(beats) and beats[beat] == context:
                break
            place = self.draw(rng, style=place.style)
        return place

    def likely(self, phrase: Phrase) -> int:
        """The style that a phrase is likest to, by metre and tempo."""
        styles = self._model.manifest.styles
        alike = [i for i in self.styles if styles[i].metric == phrase.metric]
        return min(
            alike or self.styles,
            key=lambda i: (
                styles[i].beats_per_bar != phrase.beats_per_bar,
                abs(np.log(styles[i].tempo_bpm / phrase.tempo_bpm)),
            ),
        )


def state_at(model: EventModel, place: SeekPoint, row: Real) -> Memory:
    """Runs the event network through a phrase up to a seek point; row: embedding of the style."""
    style = model.manifest.styles[place.style]
    line = place.bar * bar_ticks(style)
    passage = model.passages[place.style]
    end = int(np.searchsorted(passage.ticks + style.first_tick, line))
    order = np.arange(end - RECALLED - 1, end)
    laps, indices = np.divmod(order, len(passage.ticks))
    positions = passage.ticks[indices] + laps * style.ticks + style.first_tick
    return state_after(
        model,
        _rows(passage, indices),
        positions.astype(np.int64),
        line,
        row,
        beats_per_bar=style.beats_per_bar,
        metric=style.metric,
    )


def form_state_at(model: EventModel, place: SeekPoint, row: Real) -> FormMemory | None:
    """Runs the network over chord changes up to a seek point; None where there are no chords."""
    style, beats = model.manifest.styles[place.style], model.passages[place.style].beats
    if model.form is None or (beats == NO_CONTEXT).all():
        return None
    beat = max(0.0, (place.bar * bar_ticks(style) - style.first_tick) / TICKS_PER_BEAT)
    return form_state_after(model, beats.tolist(), style, beat, row, lapped=in_bars(style))


def form_state_after(
    model: EventModel,
    contexts: Sequence[int],
    metre: Style | Phrase,
    beat: float,
    row: Real,
    *,
    lapped: bool,
) -> FormMemory:
    """Runs the network over chord changes through contexts, one a beat, up to a beat."""
    assert model.form is not None
    table = phase_table(metre.beats_per_bar, metre.metric)
    spans = np.array(model.manifest.spans_beats, np.int64)
    changes = changes_of(contexts, lapped=lapped)
    begins = np.array([begin for begin, _, _ in changes], np.int64)
    now = int(np.searchsorted(begins, beat, side="right")) - 1
    first = now - RECALLED_CHANGES
    order = range(first if lapped else max(0, first), now + 1)
    recalled = [_lapped(changes, i, len(contexts)) for i in order]
    h = model.form.start()
    for begin, context, lasting in recalled[:-1]:
        phase = table[(begin * TICKS_PER_BEAT + metre.first_tick) % len(table)]
        span = int(nearest(spans, np.array(lasting)))
        h = model.form.advance(h, context=context, span=span, phase=phase, style=row)
    begin, context, lasting = recalled[-1]
    return FormMemory(
        h=h,
        context=context,
        span=int(nearest(spans, np.array(lasting))),
        since_beats=beat - begin,
        left_beats=begin + lasting - beat,
    )


def _lapped(
    changes: Sequence[tuple[int, int, int]], index: int, beats: int
) -> tuple[int, int, int]:
    """A change by its number, round and round `beats`."""
    lap, within = divmod(index, len(changes))
    begin, context, lasting = changes[within]
    return begin + lap * beats, context, lasting


def _rows(passage: Passage, indices: NDArray[np.int64]) -> Passage:
    return Passage(
        ticks=passage.ticks[indices],
        voices=passage.voices[indices],
        touches=passage.touches[indices],
        contexts=passage.contexts[indices],
        beats=passage.beats,
    )


def state_after(
    model: EventModel,
    events: Passage,
    positions: NDArray[np.int64],
    until: int,
    row: Real,
    *,
    beats_per_bar: int,
    metric: bool,
) -> Memory:
    """Runs the event network through events at positions, up to position `until`.

    The first event is only there to tell how long before the second it was.
    """
    table = phase_table(beats_per_bar, metric)
    repeat = period(beats_per_bar, metric)
    touches = touch_of(model.manifest.scale, events.touches)
    steps = model.nearest_step(np.diff(positions, prepend=positions[:1]))
    h = model.network.start()
    for i in range(1, len(positions) - 1):
        h = model.network.advance(
            h,
            voice=int(events.voices[i]),
            step=int(steps[i]),
            touch=touches[i],
            phase=table[positions[i] % repeat],
            style=row,
            context=int(events.contexts[i]),
        )
    return Memory(
        h=h,
        voice=int(events.voices[-1]),
        step=int(steps[-1]),
        touch=touches[-1],
        context=int(events.contexts[-1]),
        since_ticks=int(until - positions[-1]),
        position=until,
    )


def passage_in(phrase: Phrase) -> Passage:
    """The events of a phrase as arrays."""
    events = phrase.events
    ticks = np.array([e.tick for e in events], np.int32)
    return passage_of(
        ticks,
        np.array([e.voice for e in events], np.int32),
        np.array([(e.velocity, e.late_s, e.length_ticks) for e in events], np.float32),
        np.array(phrase.context, np.int32),
    )


def led(passage: Passage) -> Passage:
    """A passage with its first event repeated in front, for `state_after`."""
    return Passage(
        ticks=np.concatenate([passage.ticks[:1], passage.ticks]),
        voices=np.concatenate([passage.voices[:1], passage.voices]),
        touches=np.concatenate([passage.touches[:1], passage.touches]),
        contexts=np.concatenate([passage.contexts[:1], passage.contexts]),
        beats=passage.beats,
    )


class StyleScheduler:
    """Decides which style comes next; none follows itself where there is another."""

    def __init__(self, places: SeekPoints) -> None:
        self._places = places
        self._played_s = np.zeros(len(places.styles))

    def played(self, style: int, seconds: float) -> None:
        """Counts seconds for which a style has been played."""
        self._played_s[self._places.styles.index(style)] += seconds

    def draw(self, rng: CounterRng, *, after: int | None = None) -> SeekPoint:
        """A seek point of the style that comes after the style of index `after`."""
        styles, shares = self._places.styles, self._places.shares
        lacking = shares * self._played_s.sum() - self._played_s
        others = np.ones(len(styles))
        if after is not None and len(styles) > 1:
            others[styles.index(after)] = 0.0
        chances = np.maximum(lacking, 0.0) * others
        if chances.sum() <= 0.0:
            chances = shares * others
        k = rng.choice(chances)
        return self._places.draw(rng, style=styles[k])


def after_phrase(model: EventModel, phrase: Phrase, row: Real) -> tuple[Memory, FormMemory | None]:
    """States of both networks at the end of a phrase; row: embedding of the style."""
    passage = passage_in(phrase)
    positions = passage.ticks.astype(np.int64) + phrase.first_tick
    lead = positions[:1] - 1
    memory = state_after(
        model,
        led(passage),
        np.concatenate([lead, positions]),
        phrase.ticks + phrase.first_tick,
        row,
        beats_per_bar=phrase.beats_per_bar,
        metric=phrase.metric,
    )
    form = None
    if phrase.context and model.form is not None:
        beat = phrase.ticks / TICKS_PER_BEAT
        form = form_state_after(model, phrase.context, phrase, beat, row, lapped=False)
    return memory, form
