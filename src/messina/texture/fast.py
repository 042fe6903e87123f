"""The fast level of a texture: latents without their slow level, resampled from the corpus.

The walk resamples. Up to wildness 1 it follows what was fast where the slow level is: strokes,
grains and beating go on as they did, from one jump of the slow level to the next; where that
goes at another pace, it comes back to it again and again. Over 1 more and more pieces of a fraction
of a second, at 2 all of them, come from elsewhere in the recording, where the slow level is like
the one now and the fast one was like the last: the two together are nowhere in the recordings.

In older files a network may draw it instead, which is no longer learnt. It is recurrent, its output
a mixture of Gaussians. One step a patch: the last fast level, the slow level now and a little
earlier, and which recording it is, go through two layers of gated recurrent units; out come
weights, means and deviations of a mixture, from which the next fast level is drawn. A layer's state
h, with x its input and s the logistic function:
    r = s(W_r x + b_r + U_r h + c_r),   u = s(W_u x + b_u + U_u h + c_u),
    n = tanh(W_n x + b_n + r (U_n h + c_n)),   h' = (1 - u) n + u h.

Wildness under 1 is a bias towards the typical, over 1 a temperature.
Ref: Graves (2013), "Generating sequences with recurrent neural networks", eqs. 61 and 62.
"""

from __future__ import annotations

from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from messina.counter_rng import CounterRng
from messina.rounding import on_fine_grid, on_grid
from messina.texture.model import NetworkShape, TextureModel
from messina.texture.slow import PATCHES_PER_S, SlowWalk, metric_of

__all__ = [
    "EARLIER",
    "LAYERS",
    "LOG_SPREADS",
    "FastMotion",
    "FastWalk",
    "NetworkMotion",
    "network_shapes",
]

Real = NDArray[np.float64]

LAYERS: Final = 2
EARLIER: Final = 4
"""Patches back that the network also sees the slow level of."""
LOG_SPREADS: Final = (-3.5, 1.5)
FARTHEST = 4.0  # deviations: a fast level goes no farther


def network_shapes(
    shape: NetworkShape, *, latents: int, recordings: int
) -> dict[str, tuple[int, ...]]:
    """Every array of the network and its shape."""
    width, outputs = shape.width, shape.components * (2 * latents + 1)
    shapes: dict[str, tuple[int, ...]] = {
        "fast_scale": (latents,),
        "embedding": (recordings, shape.embedding),
        "input.weight": (width, 3 * latents + shape.embedding),
        "input.bias": (width,),
        "output.weight": (outputs, width),
        "output.bias": (outputs,),
    }
    for layer in range(LAYERS):
        for side in ("ih", "hh"):
            shapes[f"gru.weight_{side}_l{layer}"] = (3 * width, width)
            shapes[f"gru.bias_{side}_l{layer}"] = (3 * width,)
    return shapes


def _logistic(x: Real) -> Real:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * x))


class NetworkMotion:
    """Draws the fast level with the recurrent network of an older file."""

    def __init__(self, model: TextureModel, rng: CounterRng, *, wildness: float) -> None:
        shape = model.manifest.network
        assert shape is not None
        self._shape = shape
        self._weights: dict[str, NDArray[Any]] = {
            name: array.astype(np.float64) for name, array in model.weights.items()
        }
        self._scale = self._weights["fast_scale"]
        self._rng = rng
        self._bias = max(0.0, 1.0 - wildness)
        self._heat = max(1.0, wildness)
        self._state = np.zeros((LAYERS, shape.width))
        self._last = np.zeros(len(self._scale))
        self._slow: list[Real] = []

    def step(self, slow: Real, walk: SlowWalk) -> Real:
        """The fast level [D] of the next patch."""
        self._slow = [*self._slow[-EARLIER:], slow]
        hidden = self._advance(self._last, walk.style)
        self._last = self._drawn(hidden)
        return self._last * self._scale

    def warm(self, slow: Real, fast: Real, walk: SlowWalk) -> None:
        """Sets the network's state by running it over slow and fast levels [T, D]."""
        scaled = fast / self._scale
        for index in range(1, len(slow)):
            self._slow = [*self._slow[-EARLIER:], slow[index]]
            self._advance(scaled[index - 1], walk.style)
        self._last = on_grid(np.clip(scaled[-1], -FARTHEST, FARTHEST))

    def _advance(self, fast: Real, style: int) -> Real:
        """The state [width] of the last layer after one more patch."""
        w = self._weights
        seen = [fast, self._slow[-1], self._slow[0], w["embedding"][style]]
        x = np.concatenate(seen)
        h = np.tanh(w["input.weight"] @ x + w["input.bias"])
        for layer in range(LAYERS):
            before = self._state[layer]
            own = w[f"gru.weight_ih_l{layer}"] @ h + w[f"gru.bias_ih_l{layer}"]
            back = w[f"gru.weight_hh_l{layer}"] @ before + w[f"gru.bias_hh_l{layer}"]
            own_r, own_u, own_n = np.split(own, 3)
            back_r, back_u, back_n = np.split(back, 3)
            update = _logistic(own_u + back_u)
            new = np.tanh(own_n + _logistic(own_r + back_r) * back_n)
            h = on_grid((1 - update) * new + update * before)
            self._state[layer] = h
        return h

    def _drawn(self, hidden: Real) -> Real:
        """One fast level [D], in deviations, from the mixture."""
        count, size = self._shape.components, len(self._scale)
        out = self._weights["output.weight"] @ hidden + self._weights["output.bias"]
        table = out.reshape(count, 2 * size + 1)
        logits = table[:, 0] * (1 + self._bias) / self._heat
        shares = np.exp(logits - logits.max())
        row = table[self._rng.choice(shares)]
        spread = np.exp(np.clip(row[size + 1 :], *LOG_SPREADS) - self._bias)
        spread *= 1 + 0.5 * (self._heat - 1)
        drawn = row[1 : size + 1] + spread * self._rng.normals(size)
        return on_grid(np.clip(drawn, -FARTHEST, FARTHEST))


PIECE_S: Final = 0.35
FADE = 0.5  # share of the difference to the place before that the next patch keeps
SLOW_WEIGHT = 2.0
OWN_PLACE = 0.5  # added to the distance of where the slow level is itself, in mean distances
OWN_PATCHES = 12
SHARE = 0.04
FEWEST = 3
MOST_CANDIDATES = 1_000


class FastMotion(Protocol):
    """Draws the fast level of a texture: how latents move around their slow level."""

    def step(self, slow: Real, walk: SlowWalk) -> Real:
        """The fast level [D] of the next patch, given its slow level and where that comes from."""

    def warm(self, slow: Real, fast: Real, walk: SlowWalk) -> None:
        """Continues from known slow and fast levels [T, D]."""


class FastWalk:
    """Draws the fast level by resampling stretches of the corpus."""

    def __init__(self, model: TextureModel, rng: CounterRng, *, wildness: float) -> None:
        self._slow, self._fast = model.slow, model.fast
        self._starts = model.starts
        self._rng = rng
        self._wildness = wildness
        self._metric = metric_of(model)
        self._style = -1
        self._moves = -1  # of the slow level, when this one last moved
        self._follows = True
        self._place = 0
        self._left = 0.0
        self._last = np.zeros(self._fast.shape[1])
        self._rest = np.zeros_like(self._last)

    def step(self, slow: Real, walk: SlowWalk) -> Real:
        """The fast level [D] of the next patch, given its slow level and where that comes from."""
        self._left -= 1
        self._place += 1
        if (
            walk.style != self._style
            or self._left <= 0
            or self._place >= self._starts[self._style + 1]
            or (self._follows and walk.moves != self._moves)
        ):
            self._move(slow, walk)
        else:
            self._rest *= FADE
        self._last = self._fast[self._place] + self._rest
        return self._last

    def warm(self, slow: Real, fast: Real, walk: SlowWalk) -> None:
        """Continues from known slow and fast levels [T, D]."""
        self._last = fast[-1].astype(np.float64)
        self._style = walk.style
        self._move(slow[-1], walk)

    def _move(self, slow: Real, walk: SlowWalk) -> None:
        self._style, self._moves = walk.style, walk.moves
        self._follows = self._rng.uniform() >= self._wildness - 1.0
        self._place = int(walk.place) if self._follows else self._elsewhere(slow, walk)
        expected = self._fast[max(self._place - 1, int(self._starts[self._style]))]
        self._rest = FADE * (self._last - expected)
        self._left = on_fine_grid(self._rng.exponential(PIECE_S)) * PATCHES_PER_S + 2

    def _elsewhere(self, slow: Real, walk: SlowWalk) -> int:
        """A place of the recording where it was like now."""
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
        return int(allowed[best[self._rng.below(len(best))]])
