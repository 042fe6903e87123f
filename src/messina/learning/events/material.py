"""Phrases as arrays to learn from, which of their bars are kept aside, and excerpts of them.

Excerpts are runs of events, round and round their phrase. E events of all phrases, one after
another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from messina.errors import CorpusError
from messina.events import TICKS_PER_BEAT, Event, Phrase
from messina.sequences.form import NO_CONTEXT, changes_of
from messina.sequences.model import (
    EVENTS_AT_MOST,
    Style,
    TouchScale,
    bar_ticks,
    in_bars,
    nearest,
    touch_of,
)
from messina.sequences.network import BARS, period, phase_table

__all__ = ["EventBatch", "EventDataset", "Excerpts", "gather"]

_EVENNESS: Final = 0.75  # a phrase's share goes with its number of events to this power


@dataclass(frozen=True, kw_only=True, eq=False)
class EventBatch:
    """Excerpts of events: B of L events and the one before.

    Tensors are [B, L + 1] and [B, L + 1, …].
    """

    voices: Tensor
    steps: Tensor
    touches: Tensor  # [B, L + 1, 3]
    places: Tensor  # rows of the phase table
    arrivals: Tensor  # [B, L, steps] rows at which each step from the event before would arrive
    contexts: Tensor
    styles: Tensor  # [B]
    known_step: Tensor
    aside: Tensor


class Excerpts:
    """Draws excerpts of events to train on.

    Rows index `table`, the metric features of every metre.
    """

    def __init__(self, material: EventDataset) -> None:
        self._material = material
        metres = sorted({(s.beats_per_bar, s.metric) for s in material.styles})
        tables = [phase_table(*metre) for metre in metres]
        firsts = np.cumsum([0, *(len(table) for table in tables)])
        of = [metres.index((s.beats_per_bar, s.metric)) for s in material.styles]
        self.table = torch.from_numpy(np.concatenate(tables).astype(np.float32))
        self.first_rows = firsts[of]
        self.periods = np.array([period(*metres[k]) for k in of])
        self._steps_ticks = np.array(material.steps_ticks, np.int64)
        shares = np.diff(material.starts).astype(np.float64) ** _EVENNESS
        self._shares = shares / shares.sum()

    def draw(self, batch: int, length: int, rng: np.random.Generator) -> EventBatch:
        """A batch of excerpts that begin anywhere."""
        styles = rng.choice(len(self._shares), size=batch, p=self._shares)
        counts = np.diff(self._material.starts)[styles]
        return self.excerpts(styles, rng.integers(counts * 4), length)

    def aside(self, most: int, length: int, rng: np.random.Generator) -> EventBatch | None:
        """A batch of excerpts that end with validation bars; None where there are none."""
        (events,) = np.nonzero(self._material.aside)
        if len(events) == 0:
            return None
        events = rng.permutation(events)[:most]
        styles = np.searchsorted(self._material.starts, events, side="right") - 1
        counts = np.diff(self._material.starts)[styles]
        within = events - self._material.starts[styles]
        laps_back = -(-length // counts) * 4
        return self.excerpts(styles, within - length + laps_back * counts, length)

    def excerpts(
        self, styles: NDArray[np.int64], begins: NDArray[np.int64], length: int
    ) -> EventBatch:
        """Excerpts of phrases [B] that begin with their event number `begins` [B]."""
        m = self._material
        counts = np.diff(m.starts)[styles]
        lap, within = np.divmod(begins[:, None] + np.arange(length + 1), counts[:, None])
        events = m.starts[styles][:, None] + within
        shifts = np.stack([laps(m.styles[s], row) for s, row in zip(styles, lap, strict=True)])
        positions = m.positions[events] + shifts
        periods = self.periods[styles][:, None]
        firsts = self.first_rows[styles][:, None]
        reached = positions[:, :-1, None] + self._steps_ticks
        return EventBatch(
            voices=torch.from_numpy(m.voices[events]),
            steps=torch.from_numpy(m.steps[events]),
            touches=torch.from_numpy(m.touches[events]),
            places=torch.from_numpy(firsts + positions % periods),
            arrivals=torch.from_numpy(firsts[..., None] + reached % periods[..., None]),
            contexts=torch.from_numpy(m.contexts[events]),
            styles=torch.from_numpy(styles),
            known_step=torch.from_numpy(m.known_step[events]),
            aside=torch.from_numpy(m.aside[events]),
        )


Whole = NDArray[np.int64]

_STEPS_AT_MOST: Final = 160
_LEAST_BARS: Final = 64  # fewer say too little of each other, and none is kept aside
_KEPT_ASIDE: Final = 8  # one bar of so many
_LAPPED_BARS: Final = 8  # longer phrases begin anew in their four bars each time round


@dataclass(frozen=True, kw_only=True, eq=False)
class EventDataset:
    """Phrases as arrays to train an event model on.

    Positions are counted in ticks from a bar line, ticks from the phrase's beginning.
    """

    styles: tuple[Style, ...]
    starts: Whole  # [styles + 1] into the events
    ticks: Whole  # [E]
    positions: Whole  # [E]
    voices: Whole  # [E]
    raw: NDArray[np.float32]  # [E, 3] velocity, late_s, length_ticks
    touches: NDArray[np.float32]  # [E, 3]
    contexts: Whole  # [E]
    beats: tuple[Whole, ...]  # for every style the contexts of its beats; empty without contexts
    changes: tuple[tuple[tuple[int, int, int], ...], ...]  # for every style; see `changes_of`
    spans_beats: tuple[int, ...]
    steps: Whole  # [E] index of the step that leads to the event, from the one before
    known_step: NDArray[np.bool_]  # [E] whether it can be learnt from
    aside: NDArray[np.bool_]  # [E] whether it is kept aside
    steps_ticks: tuple[int, ...]
    scale: TouchScale
    voices_count: int
    contexts_count: int
    most_together: int

    @property
    def stored(self) -> tuple[tuple[Style, ...], NDArray[np.bool_]]:
        """Styles and events as far as a file holds them: whole phrases, up to its limit."""
        counts = np.diff(self.starts)
        fits = np.cumsum(counts) <= EVENTS_AT_MOST
        fits[0] = True
        styles = tuple(
            style if fit else _without_events(style)
            for style, fit in zip(self.styles, fits, strict=True)
        )
        return styles, np.repeat(fits, counts)


def gather(phrases: Sequence[Phrase], voices: int, *, rng: np.random.Generator) -> EventDataset:
    """Puts phrases together for training, and keeps some of their bars for validation.

    Raises CorpusError when nothing happens in any.
    """
    kept = [(phrase, _in_order(phrase)) for phrase in phrases]
    kept = [(phrase, events) for phrase, events in kept if events]
    if not kept:
        raise CorpusError("nothing happens in the phrases: there is nothing to learn")
    styles = tuple(_style(phrase, len(events)) for phrase, events in kept)
    starts = np.cumsum([0, *(len(events) for _, events in kept)])
    ticks = np.concatenate([[e.tick for e in events] for _, events in kept]).astype(np.int64)
    firsts = np.repeat([phrase.first_tick for phrase, _ in kept], np.diff(starts))
    gaps, whole = zip(
        *(_gaps(p, e, s) for (p, e), s in zip(kept, styles, strict=True)), strict=True
    )
    gap = np.concatenate(gaps)
    steps_ticks = _most_common(gap)
    raw = np.array(
        [(e.velocity, e.late_s, e.length_ticks) for _, events in kept for e in events], np.float32
    )
    scale = _scale(raw)
    contexts = max((c for phrase, _ in kept for c in phrase.context), default=NO_CONTEXT) + 1
    beats = tuple(_beats(p, s, contexts) for (p, _), s in zip(kept, styles, strict=True))
    changes = tuple(_changes(b, s) for b, s in zip(beats, styles, strict=True))
    return EventDataset(
        styles=styles,
        starts=starts,
        ticks=ticks,
        positions=ticks + firsts,
        voices=np.array([e.voice for _, events in kept for e in events], np.int64),
        raw=raw,
        touches=touch_of(scale, raw).astype(np.float32),
        contexts=np.concatenate(
            [_contexts(events, own) for (_, events), own in zip(kept, beats, strict=True)]
        ),
        beats=beats,
        changes=changes,
        spans_beats=tuple(sorted({span for own in changes for _, _, span in own})),
        steps=nearest(np.array(steps_ticks), gap),
        known_step=np.concatenate(whole),
        aside=_aside(styles, starts, ticks + firsts, rng),
        steps_ticks=steps_ticks,
        scale=scale,
        voices_count=voices,
        contexts_count=contexts,
        most_together=_most_together(kept),
    )


def _in_order(phrase: Phrase) -> list[Event]:
    """Events in order of tick, then voice; of two of a voice at one tick, the louder."""
    events: dict[tuple[int, int], Event] = {}
    for event in sorted(phrase.events, key=lambda e: e.velocity):
        events[event.tick, event.voice] = event
    return [events[key] for key in sorted(events)]


def _style(phrase: Phrase, events: int) -> Style:
    return Style(
        name=phrase.name,
        tempo_bpm=phrase.tempo_bpm,
        beats_per_bar=phrase.beats_per_bar,
        metric=phrase.metric,
        ticks=max(phrase.ticks, max(e.tick for e in phrase.events), 1),
        first_tick=phrase.first_tick,
        events=events,
    )


def _without_events(style: Style) -> Style:
    return Style(
        name=style.name,
        tempo_bpm=style.tempo_bpm,
        beats_per_bar=style.beats_per_bar,
        metric=style.metric,
        ticks=style.ticks,
        first_tick=style.first_tick,
        events=0,
    )


def _gaps(phrase: Phrase, events: list[Event], style: Style) -> tuple[Whole, NDArray[np.bool_]]:
    """Ticks from the event before, round the phrase's end, and which of them are true.

    Round an end that is no bar line the metre would break, and what comes next is not known.
    """
    ticks = np.array([e.tick for e in events], np.int64)
    gaps = np.diff(ticks, prepend=ticks[-1] - style.ticks)
    known = np.ones(len(ticks), np.bool_)
    known[0] = not phrase.metric or in_bars(style)
    if not known[0]:
        gaps[0] = ticks[0] + phrase.first_tick + 1
    gaps[0] = max(int(gaps[0]), 1)
    return gaps, known


def _most_common(gaps: Whole) -> tuple[int, ...]:
    counted = Counter(gaps.tolist())
    common = sorted(counted, key=lambda gap: (-counted[gap], gap))[: _STEPS_AT_MOST - 1]
    return tuple(sorted({*common, int(gaps.max())}))


def _scale(raw: NDArray[np.float32]) -> TouchScale:
    lengths = np.log(np.maximum(raw[:, 2], 0.05))
    return TouchScale(
        late_scale_s=float(np.clip(np.std(raw[:, 1]), 0.004, 0.25)),
        length_mean=float(np.mean(lengths)),
        length_scale=float(np.clip(np.std(lengths), 0.3, 20.0)),
    )


def _beats(phrase: Phrase, style: Style, contexts: int) -> Whole:
    """The context of every beat; nothing where no phrase has any."""
    if contexts == 0:
        return np.zeros(0, np.int64)
    count = -(-style.ticks // TICKS_PER_BEAT)
    beats = np.full(count, NO_CONTEXT, np.int64)
    beats[: len(phrase.context)] = np.maximum(phrase.context[:count], NO_CONTEXT)
    return beats


def _contexts(events: list[Event], beats: Whole) -> Whole:
    if len(beats) == 0:
        return np.full(len(events), NO_CONTEXT, np.int64)
    return beats[np.minimum([e.tick // TICKS_PER_BEAT for e in events], len(beats) - 1)]


def _changes(beats: Whole, style: Style) -> tuple[tuple[int, int, int], ...]:
    """The form of a phrase; nothing where nothing underlies it."""
    if (beats == NO_CONTEXT).all():
        return ()
    return tuple(changes_of(beats.tolist(), lapped=in_bars(style)))


def _most_together(kept: Sequence[tuple[Phrase, list[Event]]]) -> int:
    return max(
        len(list(group))
        for _, events in kept
        for _, group in groupby(events, key=lambda event: event.tick)
    )


def _aside(
    styles: Sequence[Style], starts: Whole, positions: Whole, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Every so many bars one, by chance; none where there are few."""
    lengths = [style.beats_per_bar * TICKS_PER_BEAT for style in styles]
    counts = np.diff(starts)
    bars = positions // np.repeat(lengths, counts)
    names = np.repeat(np.arange(len(styles)), counts) * (1 << 32) + bars
    every, index = np.unique(names, return_inverse=True)
    if len(every) < _LEAST_BARS:
        return np.zeros(len(positions), np.bool_)
    chosen = np.zeros(len(every), np.bool_)
    chosen[rng.permutation(len(every))[: len(every) // _KEPT_ASIDE]] = True
    return chosen[index]


def laps(style: Style, lap: Whole) -> Whole:
    """Ticks to add to the positions of a phrase in each lap [laps] when it is gone round."""
    bar = bar_ticks(style)
    if not in_bars(style) or style.ticks > _LAPPED_BARS * bar:
        return np.zeros_like(lap)
    return lap * style.ticks % (BARS * bar)
