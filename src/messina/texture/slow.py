"""The slow level of a texture: a random walk over seconds through its recordings.

A random walk follows the slow level of one recording for a while, then jumps to a position that is
nearly like where it is: of the nearest ones, one that was not visited lately. The difference
between the two fades away within a moment, so there is no seam. Counting visits keeps the whole of
the corpus in play, each part as often as it is there.

Recordings follow each other in shuffled rounds, each for about as long as it lasts.

Ref: Schödl et al. (2000), "Video textures", for going on from like moments; Schwarz (2011), "State
of the art in sound texture synthesis".
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.counter_rng import CounterRng
from messina.rounding import on_fine_grid
from messina.texture.model import TextureModel

__all__ = ["PATCHES_PER_S", "SlowWalk", "metric_of"]

Real = NDArray[np.float64]

PATCHES_PER_S: Final = 44_100 / 1_024

PIECE_S = 3.0  # mean length of what is followed in one go: each jump is heard, in what has a rhythm
SHORTEST_PIECE_S = 0.4
FADE_S = 0.25  # time constant of what is left of the place before …
FADE_SHARE = 0.06  # … at most this share of the recording …
CHANGE_S = 0.3  # … and at least so much when it came from another recording
STAY_S = (3.0, 40.0)  # a recording is stayed with for as long as it lasts, within this
SHARE = 0.08  # of all places, from among the nearest of which one is taken
FEWEST = 4
SLOPE_PATCHES = 8
COOL = 0.1  # share of the places, the least visited, that may be gone to
LANDING = 43  # patches over which visits are counted: what is only come to by going there
UNTOUCHED = 0.3  # visits at most that a place begins with: where to go first is chance, not level
GOLDEN = 0.618033988749895  # its multiples are spread evenly, in an order that looks like chance
COOLING = 0.9  # share of the heat that a whole round of the recording leaves
MOST_CANDIDATES = 2_000


def metric_of(model: TextureModel) -> Real:
    """Audibility weights of the latents [D], by which places are compared; they sum to 1."""
    squares = np.square(model.basis.spread.astype(np.float64))
    return np.asarray(squares / np.cumsum(squares)[-1])


class SlowWalk:
    """A random walk through the slow level of the recordings, which jumps between like places."""

    def __init__(
        self,
        model: TextureModel,
        rng: CounterRng,
        *,
        styles: NDArray[np.int64],
        wildness: float,
        pace: float,
    ) -> None:
        self._slow = model.slow
        self._starts = model.starts
        self._gains = model.gains
        self._rng = rng
        self._styles = styles
        self._wildness = wildness
        self._pace = pace
        self._metric = metric_of(model)
        self._heat = _first_heat(len(self._slow), rng.uniform())
        self._bag: list[int] = []
        self.moves = 0
        self.style = self._next_style()
        start, end = self._bounds()
        self._enter(start + rng.uniform(0.0, max(1.0, 0.8 * (end - start))))
        self._rest = np.zeros(self._slow.shape[1])
        self._gain_rest = 0.0
        self._stay = self._staying()

    def _bounds(self) -> tuple[int, int]:
        return int(self._starts[self.style]), int(self._starts[self.style + 1])

    def _next_style(self) -> int:
        if not self._bag:
            self._bag = [
                int(self._styles[i]) for i in self._rng.sample(len(self._styles), len(self._styles))
            ]
            if len(self._bag) > 1 and self._bag[-1] == getattr(self, "style", -1):
                self._bag.reverse()
        return self._bag.pop()

    def _staying(self) -> float:
        """Patches until another recording's turn."""
        start, end = self._bounds()
        return float(np.clip((end - start) / PATCHES_PER_S, *STAY_S) * PATCHES_PER_S)

    def _enter(self, place: float) -> None:
        self.place = float(np.floor(place))
        self.moves += 1
        self._changed = False
        length_s = on_fine_grid(self._rng.exponential(PIECE_S - SHORTEST_PIECE_S))
        length_s /= 0.5 + self._wildness / 2
        self._left = (length_s + SHORTEST_PIECE_S) * PATCHES_PER_S

    def value(self) -> Real:
        """The slow level now [D]."""
        return self._at(self.place) + self._rest

    @property
    def gain(self) -> float:
        """Loudness normalisation of the recording played now, ln.

        Interpolated while two crossfade.
        """
        return float(self._gains[self.style]) + self._gain_rest

    def _at(self, place: float) -> Real:
        first = int(place)
        last = min(first + 1, int(self._starts[self.style + 1]) - 1)
        share = place - first
        return np.asarray((1 - share) * self._slow[first] + share * self._slow[last])

    def jump(self, place: float) -> None:
        """Crossfades to this patch, whichever recording it lies in."""
        now, gain = self.value(), self.gain
        place = float(np.clip(place, 0, len(self._slow) - 1))
        before = self.style
        self.style = int(np.searchsorted(self._starts, int(place), side="right")) - 1
        self._enter(place)
        self._changed = self.style != before
        self._stay = self._staying()
        self._rest = now - self._at(self.place)
        self._gain_rest = gain - float(self._gains[self.style])

    def begin_at(self, place: float) -> None:
        """Starts at this patch, without a crossfade."""
        self.jump(place)
        self._rest[:] = 0.0
        self._gain_rest = 0.0

    def go_on_from(self, latent: Real, slope: Real) -> None:
        """Continues from a given slow level [D] and its change a patch [D], into the corpus."""
        allowed = np.concatenate(
            [np.arange(self._starts[s], self._starts[s + 1]) for s in self._styles]
        )
        place = self._nearest(latent, slope, allowed)
        self.jump(place)
        self._rest = latent - self._at(self.place)
        self._gain_rest = -float(self._gains[self.style])  # it is heard as loud as it is

    def step(self) -> Real:
        """The slow level [D] of the next patch."""
        _, end = self._bounds()
        before, gain = self.value(), self.gain
        self._stay -= self._pace
        self._left -= self._pace
        if self._stay <= 0 and len(self._styles) > 1:
            self.style = self._next_style()
            self._move(before, np.zeros_like(before))
            self._gain_rest = gain - float(self._gains[self.style])
            self._stay = self._staying()
            self._changed = True
        elif self._left <= 0 or self.place + self._pace > end - 1:
            self._move(before, self._slope(self.place))
        else:
            self.place += self._pace
        start, end = self._bounds()
        self._heat[start:end] *= on_fine_grid(COOLING ** (1.0 / (end - start)))
        self._heat[int(self.place)] += 1.0
        own = min(FADE_S * PATCHES_PER_S, FADE_SHARE * (end - start))
        fade = max(own, CHANGE_S * PATCHES_PER_S) if self._changed else own
        kept = on_fine_grid(float(np.exp(-self._pace / fade)))
        self._rest *= kept
        self._gain_rest *= kept
        return self.value()

    def _slope(self, place: float) -> Real:
        start, end = self._bounds()
        a, b = max(int(place) - SLOPE_PATCHES, start), min(int(place) + 1, end - 1)
        return np.asarray((self._slow[b] - self._slow[a]) / max(b - a, 1))

    def _move(self, now: Real, slope: Real) -> None:
        start, end = self._bounds()
        length = end - start
        shortest = min(SHORTEST_PIECE_S * PATCHES_PER_S, 0.25 * length)
        allowed = np.arange(start, max(start + 1, int(end - shortest)))
        away = allowed[np.abs(allowed - self.place) > min(PATCHES_PER_S, 0.2 * length)]
        place = self._nearest(now, slope, away if len(away) else allowed)
        self._enter(place)
        self._rest = now - self._at(place)

    def _nearest(self, now: Real, slope: Real, allowed: NDArray[np.int64]) -> int:
        """One of the places most like this slow level and its slope."""
        if len(allowed) > MOST_CANDIDATES:
            allowed = allowed[self._rng.sample(MOST_CANDIDATES, len(allowed))]
        ahead = np.minimum(allowed + SLOPE_PATCHES, len(self._slow) - 1)
        far = (np.square(self._slow[allowed] - now) * self._metric).sum(axis=1)
        change = self._slow[ahead] - self._slow[allowed] - slope * SLOPE_PATCHES
        far = far + (np.square(change) * self._metric).sum(axis=1)
        cool = self._visits(allowed)
        allowed, far = allowed[cool], far[cool]
        count = max(FEWEST, int(SHARE * (0.25 + 0.75 * self._wildness) * len(allowed)))
        best = np.argsort(far, kind="stable")[:count]
        return int(allowed[best[self._rng.below(len(best))]])

    def _visits(self, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of these places, and what comes after them, were visited less than most."""
        sums = np.concatenate([[0.0], np.cumsum(self._heat)])
        after = np.minimum(places + LANDING, len(self._heat))
        visits = (sums[after] - sums[places]) / (after - places)
        return np.asarray(visits <= np.quantile(visits, COOL))


def _first_heat(patches: int, shift: float) -> Real:
    """Visits [patches] before there were any: without them all quiet places would come first."""
    blocks = np.arange(patches) // LANDING
    return np.asarray(UNTOUCHED * ((blocks * GOLDEN + shift) % 1.0))
