"""One hit, rendered as far as it is wanted.

Rendering and listening may be two threads: `ready` is written after the samples before it, and who
only reads `ready` and those samples needs no lock.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import HOP, Frames
from messina.frames.synthesis import Synthesiser

__all__ = ["END_FADE", "Take"]

Real = NDArray[np.float32]

END_FADE: Final = 512
"""Samples over which a sound fades out that ends before it is silent."""


class Take:
    """Samples of one sound [N, 2] that fade out at its end; the first `ready` of them are there."""

    def __init__(self, frames: Frames, *, key: int, gain: float = 1.0, rows: int = 24) -> None:
        """rows: of the body, rendered at a time."""
        self._synthesiser: Synthesiser | None = Synthesiser(frames, key=key)
        self._body = frames.body
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
        part = self._body[self._row : self._row + (rows or self._rows)]
        self._row += len(part)
        sound = self._synthesiser.step(part) if len(part) else self._synthesiser.finish()
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
