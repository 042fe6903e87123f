"""Noticing when a sequence recites: plays event for event what a phrase of the corpus has.

A small model of a small corpus knows it by heart. Half a bar of it is style; what goes on for
longer than a bar is a copy, and whoever plays on from there had better think of something else.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from messina.sequences.model import EventModel

__all__ = ["Recital"]

NOTICED: Final = 4
"""Events in a row that are the corpus' before it is noticed."""

FOLLOWED: Final = 32  # places of the corpus, at most
INDEXED: Final = 60_000  # events; a larger corpus is not learnt by heart


class Recital:
    """Follows a sequence through the corpus, wherever it runs along with it."""

    def __init__(self, model: EventModel) -> None:
        self._events: list[tuple[int, int]] = []  # step and voice
        self._after: list[int] = []
        self._index: dict[tuple[tuple[int, int], ...], list[int]] = {}
        for style, passage in zip(model.manifest.styles, model.passages, strict=True):
            if style.events > 0 and len(self._events) + style.events <= INDEXED:
                gaps = np.diff(passage.ticks, prepend=passage.ticks[-1] - style.ticks)
                steps = model.nearest_step(np.maximum(gaps, 0).astype(np.int64))
                self._add(list(zip(steps.tolist(), passage.voices.tolist(), strict=True)))
        self.forget()

    def _add(self, events: list[tuple[int, int]]) -> None:
        first, count = len(self._events), len(events)
        self._events += events
        self._after += [first + (i + 1) % count for i in range(count)]
        for i in range(count):
            run = tuple(events[(i - k) % count] for k in range(NOTICED))
            places = self._index.setdefault(run, [])
            if len(places) < FOLLOWED:
                places.append(first + i)

    def forget(self) -> None:
        """Something else begins."""
        self._last: deque[tuple[int, int, int]] = deque(maxlen=NOTICED)
        self._runs: dict[int, int] = {}

    def hear(self, step: int, voice: int, ticks: int) -> None:
        """The next event, so many ticks after the one before."""
        self._last.appendleft((step, voice, ticks))
        runs = {
            self._after[place]: span + ticks
            for place, span in self._runs.items()
            if self._events[self._after[place]] == (step, voice)
        }
        if len(self._last) == NOTICED:
            since = sum(t for _, _, t in list(self._last)[:-1])
            for place in self._index.get(tuple((s, v) for s, v, _ in self._last), ()):
                runs.setdefault(place, since)
        self._runs = dict(list(runs.items())[:FOLLOWED])

    def next_if_recited(self, longer_than_ticks: int) -> set[tuple[int, int]]:
        """Steps and voices that would go on reciting what has been for longer already."""
        return {
            self._events[self._after[place]]
            for place, span in self._runs.items()
            if span >= longer_than_ticks
        }
