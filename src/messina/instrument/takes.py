"""One hit, rendered as far as it is wanted.

Rendering and listening may be two threads: `ready` is written after the samples before it, and who
only reads `ready` and those samples needs no lock.
"""

from __future__ import annotations

from collections import deque
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import HOP, Frames
from messina.frames.synthesis import Synthesiser, moved_cents
from messina.instrument.holding import Held

__all__ = ["END_FADE", "OVER", "Hands", "HeldTake", "Playing", "Take", "Touched"]

Real = NDArray[np.float32]
Floats = NDArray[np.float64]

END_FADE: Final = 512
"""Samples over which a sound fades out that ends before it is silent."""


OVER: Final = 128
"""Samples within which a note that is let go goes over to its release."""
_ENDLESS: Final = 2**53
"""Samples of a note whose key is down."""
_HEARD_KEPT: Final = 4_096
"""Samples of a held note that stay behind the place where it is heard."""


class Playing(Protocol):
    """A sound that is rendered as far as it is heard."""

    ready: int
    """How many of its samples there are so far."""

    def __len__(self) -> int: ...

    @property
    def rendered(self) -> bool:
        """Whether all of it is ready."""

    def render(self, rows: int | None = None) -> None:
        """Makes one more portion, of so many rows."""

    def reach(self, samples: int) -> None:
        """Renders until so many samples are ready, or all."""

    def read(self, first: int, end: int) -> Real:
        """Samples [N, 2] from `first` to `end`, which are ready."""


class Touched(Protocol):
    """What is done to a sound while it is rendered."""

    def rows(self, count: int, own: Floats | None = None) -> tuple[Real | None, Floats | None]:
        """For so many rows, nepers [count, BODY_SIZE] louder, and cents [count] higher in all.

        own: cents [count] by which the sound moves by itself.
        """


class Hands(Touched, Protocol):
    """The same, where what is rendered may be rendered anew."""

    def copy(self) -> Hands:
        """Another one, at the same row."""

    def go_back(self, to: Any) -> None:
        """Is at the row where that copy of it was."""


class Take:
    """Samples of one sound [N, 2] that fade out at its end; the first `ready` of them are there."""

    def __init__(
        self,
        frames: Frames,
        *,
        key: int,
        gain: float = 1.0,
        rows: int = 24,
        hand: Touched | None = None,
    ) -> None:
        """rows: of the body, rendered at a time; hand: what is done to it."""
        self._hand = hand
        self._synthesiser: Synthesiser | None = Synthesiser(frames, key=key)
        self._body = frames.body
        self._cents = moved_cents(frames)
        self._row = 0
        self._rows = rows
        self._gain = np.float32(gain)
        self.samples: Real = np.zeros(((len(frames) - 1) * HOP, 2), np.float32)
        self.ready = 0

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def rendered(self) -> bool:
        return self.ready >= len(self.samples)

    def render(self, rows: int | None = None) -> None:
        """Makes one more portion, of so many rows."""
        if self._synthesiser is None:
            return
        some = slice(self._row, self._row + (rows or self._rows))
        part = self._body[some]
        cents = None if self._cents is None else self._cents[some]
        self._row += len(part)
        sound = _sound(self._synthesiser, part, cents, self._hand)
        end = min(self.ready + len(sound), len(self.samples))
        here = self.samples[self.ready : end]
        here[:] = sound[: len(here)] * self._gain
        left = len(self.samples) - np.arange(self.ready, end)
        here *= np.minimum(left / END_FADE, 1.0).astype(np.float32)[:, None]
        self.ready = end if len(part) else len(self.samples)
        if self.rendered:  # what it was made from is not needed any more
            self._synthesiser, self._body = None, self._body[:0]

    def reach(self, samples: int) -> None:
        """Renders until so many samples are ready, or all."""
        while self.ready < min(samples, len(self.samples)):
            self.render()

    def read(self, first: int, end: int) -> Real:
        """Samples [N, 2] from `first` to `end`, which are ready."""
        return self.samples[first:end]


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """Samples of a held note, from `first` on."""

    first: int
    samples: Real
    before: _Kept | None = None
    """What was to be heard before it was rendered anew …"""
    lifted: int = 0
    """… from this sample on."""

    def read(self, first: int, end: int) -> Real:
        return self.samples[first - self.first : end - self.first]


def _length(held: Held) -> int:
    """Samples of a note, as far as its end is known."""
    return _ENDLESS if held.end is None else (held.end - 1) * HOP


@dataclass(frozen=True, kw_only=True)
class _Checkpoint:
    """A held note as it was before a portion was rendered."""

    held: Held
    synthesiser: Synthesiser
    hand: Hands | None
    ready: int


class HeldTake:
    """A note that sounds until it is let go, and what of it is still to be heard.

    Where it is let go sooner than it is rendered, it is rendered anew from there on. Who listens
    goes over from what was ready to what is, from the next sample that is read on.
    """

    def __init__(
        self, frames: Frames, *, key: int, rows: int = 24, hand: Hands | None = None
    ) -> None:
        """frames: with a steady part; rows: of the body, rendered at a time; hand: done to it."""
        self._hand = hand
        self._synthesiser = Synthesiser(frames, key=key)
        self._held = Held(frames, key=key)
        self._vibrato = frames.vibrato
        self._rows = rows
        self._kept = _Kept(first=0, samples=np.zeros((0, 2), np.float32))  # replaced as a whole
        self._checkpoints: deque[_Checkpoint] = deque()
        self._heard = 0  # who listens writes it, who renders reads it
        self._turned = -1  # who listens writes it: from where on it goes over to what is anew
        self.ready = 0

    def __len__(self) -> int:
        return _length(self._held)

    @property
    def rendered(self) -> bool:
        return self.ready >= len(self)

    def let_go(self, at: int, *, pace: float = 1.0) -> None:
        """Lifts the key at a sample: at the next row, or where that is rendered at the last one.

        pace: how many times as fast as it was learnt it is released.
        """
        if self._held.let_go_row is not None:
            return
        row = -(-at // HOP)
        if row >= self._held.next_row or not self._checkpoints:
            self._held.let_go(row, pace=pace)
            return
        self._go_back(at // HOP, pace)

    def _go_back(self, row: int, pace: float) -> None:
        """Lifts the key at a row that is rendered, and renders anew what follows."""
        past = [own for own in self._checkpoints if own.held.next_row <= row]
        checkpoint = past[-1] if past else self._checkpoints[0]
        self._checkpoints.clear()
        was, ready = self._kept, self.ready
        held = checkpoint.held
        held.let_go(row, pace=pace)
        self._synthesiser = checkpoint.synthesiser
        if self._hand is not None and checkpoint.hand is not None:
            self._hand.go_back(checkpoint.hand)
        parts, at = [was.samples[: checkpoint.ready - was.first]], checkpoint.ready
        while at < min(ready, _length(held)):
            parts.append(self._portion(held, at, self._rows))
            at += len(parts[-1])
        lifted = (held.let_go_row or 0) * HOP
        # The samples first, then how many there are, then where they end: who listens may be
        # anywhere between.
        self._kept = _Kept(
            first=was.first, samples=np.concatenate(parts), before=was, lifted=lifted
        )
        self.ready, self._held = at, held

    def render(self, rows: int | None = None) -> None:
        """Makes one more portion, of so many rows."""
        if self.rendered:
            return
        if self._held.let_go_row is None:
            self._remember()
        sound = self._portion(self._held, self.ready, rows or self._rows)
        kept = self._kept
        drop = max(self._heard - _HEARD_KEPT - kept.first, 0)
        samples = np.concatenate([kept.samples[drop:], sound])
        before = kept.before
        if before is not None and 0 <= self._turned < self._heard - OVER:
            before = None
        self._kept = replace(kept, first=kept.first + drop, samples=samples, before=before)
        self.ready += len(sound)

    def _remember(self) -> None:
        """Keeps how it is before a portion, and forgets what can be needed no more."""
        self._checkpoints.append(
            _Checkpoint(
                held=self._held.copy(),
                synthesiser=deepcopy(self._synthesiser),
                hand=None if self._hand is None else self._hand.copy(),
                ready=self.ready,
            )
        )
        while len(own := self._checkpoints) > 1 and own[1].held.next_row * HOP <= self._heard:
            own.popleft()

    def _portion(self, held: Held, ready: int, rows: int) -> Real:
        """The samples that the next rows complete, from sample `ready` on."""
        part, moved = held.rows(rows), held.contour
        cents = None if moved is None else moved.astype(np.float64) * self._vibrato
        sound = _sound(self._synthesiser, part, cents, self._hand)
        length = _length(held)
        sound = sound[: length - ready]
        left = np.minimum((length - np.arange(ready, ready + len(sound))) / END_FADE, 1.0)
        return np.asarray(sound * left.astype(np.float32)[:, None])

    def reach(self, samples: int) -> None:
        """Renders until so many samples are ready, or all."""
        while self.ready < min(samples, len(self)):
            self.render()

    def read(self, first: int, end: int) -> Real:
        """Samples [N, 2] from `first` to `end`, which are ready; none before them is asked for."""
        kept = self._kept
        self._heard = first
        here = kept.read(first, end)
        if kept.before is None:
            return here
        if self._turned < 0:
            self._turned = first
        over = min(max(self._turned - kept.lifted, 0), OVER)
        if first >= self._turned + over:
            return here
        share = np.clip((np.arange(first, end) - self._turned + 1) / max(over, 1), 0.0, 1.0)
        was = np.zeros_like(here)
        old = kept.before.read(first, end)
        was[: len(old)] = old
        return np.asarray(was + share.astype(np.float32)[:, None] * (here - was))


def _sound(
    synthesiser: Synthesiser, part: Real, cents: Floats | None, hand: Touched | None
) -> Real:
    """The samples that rows [T, BODY_SIZE] complete, moved by cents [T]; without rows the rest."""
    if not len(part):
        return synthesiser.finish()
    louder, moved = (None, cents) if hand is None else hand.rows(len(part), cents)
    return synthesiser.step(part, moved, louder=louder)
