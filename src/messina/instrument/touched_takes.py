"""Hits and notes in hand: bent, pressed or let go sooner than they are rendered.

What is rendered ahead of what is heard sounds as things were when it was. So where a hand moves, or
lifts its key, the take goes back to how it was before the portion that is concerned and renders
anew from there; who listens goes over from what was ready to what is, from the next sample that is
read on. A struck sound ends by itself, a held one once it is let go.
"""

from __future__ import annotations

from collections import deque
from copy import copy, deepcopy
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import HOP, Frames
from messina.frames.synthesis import Synthesiser
from messina.instrument.holding import Held
from messina.instrument.takes import END_FADE, Touched, sound_of

__all__ = ["OVER", "Hands", "HeldTake", "TouchedTake"]

Real = NDArray[np.float32]

OVER: Final = 128
"""Samples within which it goes over to what was rendered anew."""
_ENDLESS: Final = 2**53
"""Samples of a note whose key is down."""
_ROWS_AGAIN: Final = 8
"""Rows of a portion that is rendered anew: there is a checkpoint before each."""
_HEARD_KEPT: Final = 4_096
"""Samples that stay behind the place where it is heard."""


class Hands(Touched, Protocol):
    """A modulation that may go back in time, for sounds that are rendered again from some row."""

    def copy(self) -> Hands:
        """An independent copy, at the same row."""

    def moved_since(self, row: int) -> bool:
        """Whether rows from this one on were rendered with other values than those set now."""

    def go_back(self, to: Any, row: int) -> None:
        """Returns to a row, with the state `to` that was copied there.

        From it on today's values hold.
        """


class _Rows(Protocol):
    """Rows of a sound, from its first to its last."""

    contour: Real | None
    """Cents of the rows that were given last, where the sound's pitch moves."""

    @property
    def next_row(self) -> int: ...

    @property
    def end(self) -> int | None:
        """How many there are, as far as that is known."""

    def rows(self, count: int) -> Real: ...

    def copy(self) -> _Rows:
        """Another one, at the same row."""


class _Struck:
    """The rows of a sound that ends by itself."""

    def __init__(self, frames: Frames) -> None:
        self._body, self._cents = frames.body, frames.contour
        self.next_row = 0
        self.end = len(frames.body)
        self.contour: Real | None = None

    def rows(self, count: int) -> Real:
        some = slice(self.next_row, self.next_row + count)
        self.contour = None if self._cents is None else self._cents[some]
        part = self._body[some]
        self.next_row += len(part)
        return part

    def copy(self) -> _Struck:
        return copy(self)


@dataclass(eq=False, kw_only=True)
class _Before:
    """Samples that were to be heard before they were rendered anew."""

    first: int
    samples: Real
    changed: int
    """From this sample on they are others now."""
    turned: int = -1
    """From where on they are left for what is anew; who listens writes it …"""
    heard: int = -1
    """… and how far it has heard since."""

    @property
    def over(self) -> int:
        """Samples within which they are left."""
        return min(max(self.turned - self.changed, 0), OVER)

    @property
    def left(self) -> bool:
        """Whether they are not heard any more."""
        return 0 <= self.turned <= self.heard - self.over


@dataclass(frozen=True, kw_only=True)
class _Kept:
    """Samples from `first` on."""

    first: int
    samples: Real
    before: _Before | None = None

    def read(self, first: int, end: int) -> Real:
        return self.samples[max(first - self.first, 0) : max(end - self.first, 0)]

    def blended(self, first: int, end: int) -> Real:
        """The same as they are heard: from `turned` on, what was to be heard goes over to them."""
        here, before = self.read(first, end), self.before
        if before is None or first >= before.turned + before.over:
            return here
        share = (np.arange(first, end) - before.turned + 1) / max(before.over, 1)
        was = np.zeros_like(here)
        old = before.samples[first - before.first : end - before.first]
        was[: len(old)] = old
        gone = np.clip(share, 0.0, 1.0).astype(np.float32)[:, None]
        return np.asarray(was + gone * (here - was))

    def heard(self) -> Real:
        """All samples, as they are or will be heard once nothing is rendered anew."""
        if self.before is None:
            return self.samples
        first = self.before.turned
        end = min(first + self.before.over, self.first + len(self.samples))
        parts = self.read(self.first, first), self.blended(first, end), self.read(end, _ENDLESS)
        return np.concatenate(parts)


@dataclass(frozen=True, kw_only=True)
class _Checkpoint:
    """A take as it was before a portion was rendered."""

    source: _Rows
    synthesiser: Synthesiser
    hand: Hands | None
    ready: int


class TouchedTake:
    """A hit that is modulated while it sounds.

    What was rendered ahead is rendered anew when needed.
    """

    def __init__(
        self, frames: Frames, *, key: int, rows: int = 24, hand: Hands | None = None
    ) -> None:
        """rows: of the body, rendered at a time; hand: what is done to it."""
        self._hand = hand
        self._synthesiser = Synthesiser(frames, key=key)
        self._source: _Rows = _Struck(frames)
        self._vibrato = frames.vibrato
        self._rows = rows
        self._kept = _Kept(first=0, samples=np.zeros((0, 2), np.float32))  # replaced as a whole
        self._checkpoints: deque[_Checkpoint] = deque()
        self._heard = 0  # who listens writes it, who renders reads it
        self.ready = 0

    def __len__(self) -> int:
        return _length(self._source)

    @property
    def rendered(self) -> bool:
        """Whether all of it is ready."""
        return self.ready >= len(self)

    def settled(self, at: int) -> bool:
        """Whether what is ready from sample `at` on has the modulation that is set now."""
        return self._hand is None or not self._hand.moved_since(max(at, 0) // HOP + 1)

    def follow(self, at: int) -> bool:
        """Renders anew, from sample `at` on, what the modulation has changed.

        False where it cannot yet.
        """
        before = self._kept.before
        if not self._checkpoints or (before is not None and not before.left):
            return False
        self._go_back(max(at, 0) // HOP)
        return True

    def _go_back(self, row: int) -> None:
        """Renders anew what is ready from a row on; its hand moves the next one first."""
        past = [own for own in self._checkpoints if own.source.next_row <= row]
        checkpoint = past[-1] if past else self._checkpoints[0]
        self._checkpoints = deque(past[:-1])
        was, ready = self._kept, self.ready
        before = was.before
        if before is None or before.turned >= 0:
            before = _Before(first=was.first, samples=was.heard(), changed=row * HOP)
        source = self._taken_up(checkpoint.source)
        self._synthesiser = checkpoint.synthesiser
        if self._hand is not None and checkpoint.hand is not None:
            self._hand.go_back(checkpoint.hand, row + 1)
        first, at = min(was.first, checkpoint.ready), checkpoint.ready
        parts = [was.read(first, at)]
        while at < min(ready, _length(source)):
            self._remember(source, at)
            parts.append(self._portion(source, at, _ROWS_AGAIN))
            at += len(parts[-1])
        # The samples first, then how many there are, then where they end: who listens may be
        # anywhere between.
        self._kept = _Kept(first=first, samples=np.concatenate(parts), before=before)
        self.ready, self._source = at, source

    def _taken_up(self, source: _Rows) -> _Rows:
        """Rows of a checkpoint, which go another way from now on."""
        return source

    def render(self, rows: int | None = None) -> None:
        """Makes one more portion, of so many rows."""
        if self.rendered:
            return
        self._remember(self._source, self.ready)
        sound = self._portion(self._source, self.ready, rows or self._rows)
        kept = self._kept
        drop = max(self._heard - _HEARD_KEPT - kept.first, 0)
        samples = np.concatenate([kept.samples[drop:], sound])
        before = kept.before
        if before is not None and before.left:
            before = None
        self._kept = replace(kept, first=kept.first + drop, samples=samples, before=before)
        self.ready += len(sound)

    def _remember(self, source: _Rows, ready: int) -> None:
        """Keeps how it is before a portion, and forgets what can be needed no more."""
        self._checkpoints.append(
            _Checkpoint(
                source=source.copy(),
                synthesiser=deepcopy(self._synthesiser),
                hand=None if self._hand is None else self._hand.copy(),
                ready=ready,
            )
        )
        while len(own := self._checkpoints) > 1 and own[1].source.next_row * HOP <= self._heard:
            own.popleft()

    def _portion(self, source: _Rows, ready: int, rows: int) -> Real:
        """The samples that the next rows complete, from sample `ready` on."""
        part, moved = source.rows(rows), source.contour
        cents = None if moved is None else moved.astype(np.float64) * self._vibrato
        sound = sound_of(self._synthesiser, part, cents, self._hand)
        length = _length(source)
        sound = sound[: length - ready]
        left = np.minimum((length - np.arange(ready, ready + len(sound))) / END_FADE, 1.0)
        return np.asarray(sound * left.astype(np.float32)[:, None])

    def reach(self, samples: int) -> None:
        """Renders until so many samples are ready, or all."""
        while self.ready < min(samples, len(self)):
            self.render()

    def read(self, first: int, end: int) -> Real:
        """Samples [N, 2] from `first` to `end`, which are ready.

        None before them will be asked for again.
        """
        kept = self._kept
        self._heard = first
        before = kept.before
        if before is not None:
            if before.turned < 0:
                before.turned = first
            before.heard = max(end, before.heard)
        return kept.blended(first, end)


class HeldTake(TouchedTake):
    """A note that sounds until it is let go."""

    def __init__(
        self, frames: Frames, *, key: int, rows: int = 24, hand: Hands | None = None
    ) -> None:
        """frames: with a steady part; rows: of the body, rendered at a time; hand: done to it."""
        super().__init__(frames, key=key, rows=rows, hand=hand)
        self._source = Held(frames, key=key)
        self._lifted: tuple[int, float] | None = None  # row and pace

    def let_go(self, at: int, *, pace: float = 1.0) -> None:
        """Lifts the key at a sample: at the next row, or where that is rendered at the last one.

        pace: how many times as fast as it was learnt it is released.
        """
        if self._lifted is not None:
            return
        row = -(-at // HOP)
        if row >= self._source.next_row or not self._checkpoints:
            self._lifted = row, pace
            self._taken_up(self._source)
            return
        self._lifted = at // HOP, pace
        self._go_back(at // HOP)

    def _taken_up(self, source: _Rows) -> _Rows:
        if self._lifted is not None and isinstance(source, Held):
            row, pace = self._lifted
            source.let_go(row, pace=pace)
        return source


def _length(source: _Rows) -> int:
    """Samples of a sound, as far as its end is known."""
    return _ENDLESS if source.end is None else (source.end - 1) * HOP
