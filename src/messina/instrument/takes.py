"""One hit, rendered as far as it is wanted.

Rendering and listening may be two threads: `ready` is written after the samples before it, and who
only reads `ready` and those samples needs no lock.
"""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import HOP, Frames
from messina.frames.synthesis import Synthesiser, moved_cents

__all__ = ["END_FADE", "Playing", "Take", "Touched", "sound_of"]

Real = NDArray[np.float32]
Floats = NDArray[np.float64]

END_FADE: Final = 512
"""Samples over which a sound fades out that ends before it is silent."""


class Playing(Protocol):
    """A sound that is rendered only as far as it is played."""

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
    """Modulation of a sound while it is rendered: gains of its levels, and pitch."""

    def rows(self, count: int, own: Floats | None = None) -> tuple[Real | None, Floats | None]:
        """Modulation of the next `count` rows: nepers [count, BODY_SIZE] and cents [count] in all.

        own: cents [count] by which the sound moves by itself.
        """


class Take:
    """One rendered hit [N, 2], made portion by portion: its first `ready` samples are there."""

    def __init__(
        self,
        frames: Frames,
        *,
        key: int,
        gain: float = 1.0,
        rows: int = 24,
    ) -> None:
        """rows: of the body, rendered at a time."""
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
        """Whether all of it is ready."""
        return self.ready >= len(self.samples)

    def render(self, rows: int | None = None) -> None:
        """Makes one more portion, of so many rows."""
        if self._synthesiser is None:
            return
        some = slice(self._row, self._row + (rows or self._rows))
        part = self._body[some]
        cents = None if self._cents is None else self._cents[some]
        self._row += len(part)
        sound = sound_of(self._synthesiser, part, cents)
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


def sound_of(
    synthesiser: Synthesiser, part: Real, cents: Floats | None, hand: Touched | None = None
) -> Real:
    """Samples [N, 2] that rows of levels [T, BODY_SIZE] complete, or, without rows, the tail.

    cents [T]: by which pitch is moved at these rows. hand: what modulates them.
    """
    if not len(part):
        return synthesiser.finish()
    louder, moved = (None, cents) if hand is None else hand.rows(len(part), cents)
    return synthesiser.step(part, moved, louder=louder)
