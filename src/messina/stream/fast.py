"""The fast level: what moves around the slow one, a patch at a time.

Both ways of drawing it have one face. The walk resamples: it follows what was fast at one place of
the recording for a fraction of a second and goes on from another where the slow level is like the
one now and the fast one was like the last. The slow level goes its own way, so the two together are
nowhere in the recordings.
"""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from messina.counter_rng import CounterRng
from messina.rounding import on_fine_grid
from messina.stream.model import StreamModel
from messina.stream.slow import PATCHES_PER_S, SlowWalk, metric_of

__all__ = ["FastMotion", "FastWalk"]

Real = NDArray[np.float64]

PIECE_S: Final = 0.35
FADE = 0.5  # share of the difference to the place before that the next patch keeps
SLOW_WEIGHT = 2.0
OWN_PLACE = 0.5  # added to the distance of where the slow level is itself, in mean distances
OWN_PATCHES = 12
SHARE = 0.04
FEWEST = 3
MOST_CANDIDATES = 1_000


class FastMotion(Protocol):
    """What draws the fast level."""

    def step(self, slow: Real, walk: SlowWalk) -> Real:
        """The fast level [D] of the next patch, given its slow level and where that comes from."""

    def warm(self, slow: Real, fast: Real, walk: SlowWalk) -> None:
        """Has heard these levels [T, D], and goes on from there."""


class FastWalk:
    """Resamples the corpus."""

    def __init__(self, model: StreamModel, rng: CounterRng, *, wildness: float) -> None:
        self._slow, self._fast = model.slow, model.fast
        self._starts = model.starts
        self._rng = rng
        self._wildness = wildness
        self._metric = metric_of(model)
        self._style = -1
        self._place = 0
        self._left = 0.0
        self._last = np.zeros(self._fast.shape[1])
        self._rest = np.zeros_like(self._last)

    def step(self, slow: Real, walk: SlowWalk) -> Real:
        self._left -= 1
        self._place += 1
        if (
            walk.style != self._style
            or self._left <= 0
            or self._place >= self._starts[self._style + 1]
        ):
            self._move(slow, walk)
        else:
            self._rest *= FADE
        self._last = self._fast[self._place] + self._rest
        return self._last

    def warm(self, slow: Real, fast: Real, walk: SlowWalk) -> None:
        self._last = fast[-1].astype(np.float64)
        self._style = walk.style
        self._move(slow[-1], walk)

    def _move(self, slow: Real, walk: SlowWalk) -> None:
        self._style = walk.style
        start, end = int(self._starts[self._style]), int(self._starts[self._style + 1])
        allowed = np.arange(start, end)
        if len(allowed) > MOST_CANDIDATES:
            allowed = allowed[self._rng.sample(MOST_CANDIDATES, len(allowed))]
        before = np.maximum(allowed - 1, start)
        away = SLOW_WEIGHT * np.square(self._slow[allowed] - slow)
        away += np.square(self._fast[before] - self._last)
        far = (away * self._metric).sum(axis=1)
        own = np.abs(allowed - walk.place) < OWN_PATCHES
        far = far + OWN_PLACE * far.mean() * own
        count = max(FEWEST, int(SHARE * (0.25 + 0.75 * self._wildness) * len(allowed)))
        best = np.argsort(far, kind="stable")[:count]
        self._place = int(allowed[best[self._rng.below(len(best))]])
        expected = self._fast[max(self._place - 1, start)]
        self._rest = FADE * (self._last - expected)
        self._left = on_fine_grid(self._rng.exponential(PIECE_S)) * PATCHES_PER_S + 2
