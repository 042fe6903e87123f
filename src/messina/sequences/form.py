"""The network over chord changes: which context (chord) comes next, and for how many beats.

A form is a sequence of changes, of chords say. The events are conditioned on it, not it on them.
Ref: Eck & Schmidhuber (2002). One step a change; names as in `network`:

    x = [form.contexts[c], form.spans[d], φ(p), styles[s]]    c lasted span d and began at p
    h ← GRU of form.input(x), form.state(h) and h
    context scores    form.context(h)                         of all contexts; index 0 is none
    p ← p + ticks of the span before; c ← the context drawn
    span scores       form.span([h, form.contexts[c], φ(p)])
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.counter_rng import CounterRng
from messina.sequences.network import NetworkSizes, gru, linear
from messina.sequences.truncation import SamplingParams, draw_index

__all__ = ["NO_CONTEXT", "FormNetwork", "FormPlayer", "changes_of"]

Real = NDArray[np.float64]

NO_CONTEXT: Final = -1


def changes_of(contexts: Sequence[int], *, lapped: bool) -> list[tuple[int, int, int]]:
    """(beat, context, beats it lasts) of every change in contexts, one a beat.

    lapped: it goes round, and what lasts over the seam is one.

    >>> changes_of([0, 0, 1, 0], lapped=False)
    [(0, 0, 2), (2, 1, 1), (3, 0, 1)]
    >>> changes_of([0, 0, 1, 0], lapped=True)
    [(2, 1, 1), (3, 0, 3)]
    """
    changes: list[tuple[int, int, int]] = []
    beat = 0
    for context, group in groupby(contexts):
        length = len(list(group))
        changes.append((beat, context, length))
        beat += length
    if lapped and len(changes) > 1 and changes[0][1] == changes[-1][1]:
        last = changes.pop()
        changes = [*changes[1:], (last[0], last[1], last[2] + changes[0][2])]
    return changes


class FormNetwork:
    """The recurrent network over chord changes: the forward pass of one change.

    Ref: Eck & Schmidhuber (2002), "Finding temporal structure in music: blues improvisation with
    LSTM recurrent networks".
    """

    def __init__(self, sizes: NetworkSizes, arrays: Mapping[str, Real]) -> None:
        self.sizes = sizes
        self._arrays = arrays

    def start(self) -> Real:
        """The state before any change [form_hidden]."""
        return np.zeros(self.sizes.form_hidden, np.float64)

    def advance(self, h: Real, *, context: int, span: int, phase: Real, style: Real) -> Real:
        """The state after a context (-1: none) that lasts a span and began at a phase."""
        a = self._arrays
        x = np.concatenate([a["form.contexts"][context + 1], a["form.spans"][span], phase, style])
        return gru(linear(a, "form.input", x), linear(a, "form.state", h), h)

    def context_scores(self, h: Real) -> Real:
        """Scores of none and of all contexts [contexts + 1]."""
        return linear(self._arrays, "form.context", h)

    def span_scores(self, h: Real, *, context: int, phase: Real) -> Real:
        """Scores of all spans [spans] of a context that begins at a phase."""
        a = self._arrays
        x = np.concatenate([h, a["form.contexts"][context + 1], phase])
        return linear(a, "form.span", x)


class FormPlayer:
    """Draws chord changes as far ahead as they are asked for, and says which holds at a tick."""

    def __init__(self, network: FormNetwork, spans_beats: Sequence[int]) -> None:
        self._network = network
        self._spans = spans_beats
        self.begin(network.start(), NO_CONTEXT, 0, 0.0, 0.0)

    def begin(self, h: Real, context: int, span: int, began: float, until: float) -> None:
        """Starts within a context that lasts from tick `began` to tick `until`.

        `h` does not include it yet.
        """
        self._h = h
        self._context, self._span = context, span
        self._began, self._until = began, until

    def at(
        self,
        tick: float,
        *,
        phase_at: Callable[[float], Real],
        style: Real,
        ticks_per_beat: float,
        sampling: SamplingParams,
        rng: CounterRng,
    ) -> int:
        """Index of the context at a tick, -1 for none; ticks may not go back."""
        while tick >= self._until:
            self._h = self._network.advance(
                self._h,
                context=self._context,
                span=self._span,
                phase=phase_at(self._began),
                style=style,
            )
            self._began = self._until
            scores = self._network.context_scores(self._h)
            self._context = draw_index(scores, sampling, rng) - 1
            scores = self._network.span_scores(
                self._h, context=self._context, phase=phase_at(self._began)
            )
            self._span = draw_index(scores, sampling, rng)
            self._until += self._spans[self._span] * ticks_per_beat
        return self._context
