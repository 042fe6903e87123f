"""The recurrent network over events, one step an event, in numpy.

    previous event, where it lies in the bar, style → GRU → state h
    h, where each step would arrive                 → step: ticks to the next event, 0 = with it
    h, step, where it lies                          → voice
    h, step, voice, where it lies                   → velocity → lateness → length

All of the arithmetic; W.weight is [out, in], W(x) = W.weight · x + W.bias, [a, b] joins vectors,
E[i] is row i of an embedding, φ(p) row p mod period of `phase_table`:

    x = [voices[v], steps[i], touch, φ(p), styles[s], contexts[c]]        of the event before
    touch = [velocity / 32 − 2,  late_s / late_scale_s,
             (ln length_ticks − length_mean) / length_scale], each held within ±4
    r, z, n: thirds of W_in = gru.input(x) and W_rec = gru.state(h)
        r = σ(in_r + rec_r);  z = σ(in_z + rec_z);  n = tanh(in_n + r · rec_n)
        h ← (1 − z) · n + z · h
    step scores    step(h)_k + arrival(h) · φ(p + steps_k)                for each step k
    p ← p + ticks of the step drawn; i ← its index; c ← context at the new p
    voice scores   voice.1(silu(voice.0([h, steps[i], φ(p), contexts[c]])))
    d = silu(touch.0([h, steps[i], voices[v], φ(p), contexts[c]]))
    velocity       velocity(d)              three mixtures of MIXTURES normals:
    lateness       late([d, velocity])      scores, means, ln deviations
    length         length([d, velocity, lateness])

Where there are contexts, `form.FormNetwork` makes them, and does not see the events.
Styles and contexts have a row 0 for none; style s is row s + 1. A mixture of styles is a mixture
of their rows. silu(x) = x · σ(x). Learning holds the same network with gradients, and a test holds
the two together.

Sums run in float64; h, φ and touch are put on the grid of `rounding`: the same seed draws the same
events wherever it is played.

P = PHASES. A position is a tick counted from a bar line; φ holds sines and cosines of its phase in
the beat, the bar, two bars and four, so that metre is given anew with every event and cannot be
lost. Material without a grid has none of it: zeros.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from messina.events import TICKS_PER_BEAT
from messina.rounding import on_grid

__all__ = [
    "BARS",
    "LEAST_DEVIATIONS",
    "MIXTURES",
    "PHASES",
    "TOUCH",
    "EventNetwork",
    "NetworkSizes",
    "gru",
    "linear",
    "period",
    "phase_table",
    "weight_shapes",
]

BARS: Final = 4
"""Bars after which positions repeat."""

BEAT_CYCLES: Final = (1, 2, 3, 4, 6)
BAR_CYCLES: Final = (1, 2, 3)
LONG_BARS: Final = (2, BARS)

PHASES: Final = 2 * (len(BEAT_CYCLES) + len(BAR_CYCLES) + len(LONG_BARS)) + 1


def period(beats_per_bar: int, metric: bool) -> int:
    """Ticks after which features repeat: the rows of `phase_table`."""
    return BARS * beats_per_bar * TICKS_PER_BEAT if metric else 1


def phase_table(beats_per_bar: int, metric: bool) -> NDArray[np.float64]:
    """Features of every position [period, P].

    Columns: sin and cos for each cycle count within the beat, the bar, then two and four bars;
    last a 1. Without a grid one row of zeros.

    >>> phase_table(4, True).shape, phase_table(3, True).shape, phase_table(4, False).shape
    ((384, 21), (288, 21), (1, 21))
    """
    if not metric:
        return np.zeros((1, PHASES))
    ticks = np.arange(period(beats_per_bar, metric))
    bar = beats_per_bar * TICKS_PER_BEAT
    cycles = [
        *(ticks * n / TICKS_PER_BEAT for n in BEAT_CYCLES),
        *(ticks * n / bar for n in BAR_CYCLES),
        *(ticks / (n * bar) for n in LONG_BARS),
    ]
    angles = [2 * np.pi * c for c in cycles]
    waves = [wave(angle) for angle in angles for wave in (np.sin, np.cos)]
    return on_grid(np.stack([*waves, np.ones(len(ticks))], axis=-1))


Real = NDArray[np.float64]

TOUCH: Final = 3
"""Velocity, lateness, length, as the network has them."""

MIXTURES: Final = 3

LEAST_DEVIATIONS: Final = (-3.0, -3.0, -3.0)
"""Least ln deviation of velocity, lateness and length: constants must not end in a spike."""

MOST_DEVIATION: Final = 1.0


_MOST: Final = {
    "voices": 4_096,
    "steps": 512,
    "styles": 65_536,
    "contexts": 4_096,
    "spans": 512,
    "hidden": 1_024,
    "embedding": 256,
    "context_embedding": 256,
    "trunk": 1_024,
    "form_hidden": 1_024,
}


@dataclass(frozen=True, kw_only=True)
class NetworkSizes:
    """Sizes of the network. Raises ValueError when one is out of bounds."""

    voices: Annotated[int, Meta(ge=1, le=_MOST["voices"])]
    steps: Annotated[int, Meta(ge=1, le=_MOST["steps"])]
    """Different numbers of ticks between events."""
    styles: Annotated[int, Meta(ge=1, le=_MOST["styles"])]
    """Phrases learnt."""
    contexts: Annotated[int, Meta(ge=0, le=_MOST["contexts"])]
    """Chords, say; 0: there are none."""
    spans: Annotated[int, Meta(ge=0, le=_MOST["spans"])] = 0
    """Different numbers of beats that a context lasts."""
    hidden: Annotated[int, Meta(ge=1, le=_MOST["hidden"])] = 128
    embedding: Annotated[int, Meta(ge=1, le=_MOST["embedding"])] = 16
    """Of a voice, a step, a style."""
    context_embedding: Annotated[int, Meta(ge=1, le=_MOST["context_embedding"])] = 8
    trunk: Annotated[int, Meta(ge=1, le=_MOST["trunk"])] = 64
    form_hidden: Annotated[int, Meta(ge=1, le=_MOST["form_hidden"])] = 48

    def __post_init__(self) -> None:
        contexts = min(1, self.contexts)  # where there are none, there are no spans of them
        ranges = {name: (1, most) for name, most in _MOST.items()}
        ranges |= {
            "contexts": (0, _MOST["contexts"]),
            "spans": (contexts, contexts * _MOST["spans"]),
        }
        for name, (least, most) in ranges.items():
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name} is {getattr(self, name)}, not {least} … {most}")

    @property
    def form_inputs(self) -> int:
        """Inputs of the network over chord changes."""
        return self.context_embedding + 2 * self.embedding + PHASES

    @property
    def inputs(self) -> int:
        """Inputs of the network over events."""
        return 3 * self.embedding + TOUCH + PHASES + self.context_embedding


def weight_shapes(sizes: NetworkSizes) -> dict[str, tuple[int, ...]]:
    """Name and shape of every learnt array."""
    s = sizes
    place = PHASES + s.context_embedding
    layers = {
        "gru.input": (3 * s.hidden, s.inputs),
        "gru.state": (3 * s.hidden, s.hidden),
        "step": (s.steps, s.hidden),
        "arrival": (PHASES, s.hidden),
        "voice.0": (s.trunk, s.hidden + s.embedding + place),
        "voice.1": (s.voices, s.trunk),
        "touch.0": (s.trunk, s.hidden + 2 * s.embedding + place),
        "velocity": (3 * MIXTURES, s.trunk),
        "late": (3 * MIXTURES, s.trunk + 1),
        "length": (3 * MIXTURES, s.trunk + 2),
    }
    if s.contexts:
        layers |= {
            "form.input": (3 * s.form_hidden, s.form_inputs),
            "form.state": (3 * s.form_hidden, s.form_hidden),
            "form.context": (s.contexts + 1, s.form_hidden),
            "form.span": (s.spans, s.form_hidden + s.context_embedding + PHASES),
        }
    shapes: dict[str, tuple[int, ...]] = {
        "voices": (s.voices, s.embedding),
        "steps": (s.steps, s.embedding),
        "styles": (s.styles + 1, s.embedding),
        "contexts": (s.contexts + 1, s.context_embedding),
    }
    if s.contexts:
        shapes["form.contexts"] = (s.contexts + 1, s.context_embedding)
        shapes["form.spans"] = (s.spans, s.embedding)
    for name, shape in layers.items():
        shapes[f"{name}.weight"] = shape
        shapes[f"{name}.bias"] = shape[:1]
    return shapes


def linear(arrays: Mapping[str, Real], name: str, x: Real) -> Real:
    """W · x + b of a layer."""
    out: Real = arrays[f"{name}.weight"] @ x + arrays[f"{name}.bias"]
    return out


def gru(inputs: Real, states: Real, h: Real) -> Real:
    """One step of gated recurrent units: the next state [hidden], rounded to the grid.

    inputs, states: W_in x + b and W_rec h + b [3 · hidden]. Ref: Cho et al. (2014), "Learning
    phrase representations using RNN encoder-decoder for statistical machine translation".
    """
    n = len(h)
    gates = _sigmoid(inputs[: 2 * n] + states[: 2 * n])
    new = np.tanh(inputs[2 * n :] + gates[:n] * states[2 * n :])
    return on_grid(new + gates[n:] * (h - new))


class EventNetwork:
    """The network over events: one step of it, in the order in which an event is drawn.

    Ref: Cho et al. (2014) for the units, Bishop (1994) for mixture densities, Graves (2013) for
    drawing sequences from both.
    """

    def __init__(self, sizes: NetworkSizes, arrays: Mapping[str, Real]) -> None:
        self.sizes = sizes
        self.arrays = {name: np.asarray(arrays[name], np.float64) for name in weight_shapes(sizes)}

    def _linear(self, name: str, x: Real) -> Real:
        return linear(self.arrays, name, x)

    def start(self) -> Real:
        """The state before any event [hidden]."""
        return np.zeros(self.sizes.hidden)

    def style(self, shares: Mapping[int, float]) -> Real:
        """Embedding [embedding] of a mixture of styles: shares by index, -1 is none."""
        rows = [share * self.arrays["styles"][i + 1] for i, share in shares.items()]
        return np.asarray(np.sum(rows, axis=0))

    def advance(
        self, h: Real, *, voice: int, step: int, touch: Real, phase: Real, style: Real, context: int
    ) -> Real:
        """The state after an event: touch [TOUCH], phase [P], style [embedding]."""
        a = self.arrays
        x = np.concatenate(
            [a["voices"][voice], a["steps"][step], touch, phase, style, a["contexts"][context + 1]]
        )
        return gru(self._linear("gru.input", x), self._linear("gru.state", h), h)

    def step_scores(self, h: Real, arrivals: Real) -> Real:
        """Logits of all steps [steps], which arrive at metric phases [steps, P]."""
        out: Real = self._linear("step", h) + arrivals @ self._linear("arrival", h)
        return out

    def voice_scores(self, h: Real, *, step: int, phase: Real, context: int) -> Real:
        """Logits of all voices [voices] at the metric phase [P] where the step arrives."""
        a = self.arrays
        x = np.concatenate([h, a["steps"][step], phase, a["contexts"][context + 1]])
        return self._linear("voice.1", _silu(self._linear("voice.0", x)))

    def touch(self, h: Real, *, step: int, voice: int, phase: Real, context: int) -> Real:
        """Hidden layer [trunk] that velocity, lateness and length are read from."""
        a = self.arrays
        place = a["contexts"][context + 1]
        x = np.concatenate([h, a["steps"][step], a["voices"][voice], phase, place])
        return _silu(self._linear("touch.0", x))

    def mixture(self, which: int, d: Real, known: Real) -> tuple[Real, Real, Real]:
        """Logits, means and deviations [MIXTURES] of one continuous value, given those before it.

        which: 0 velocity, 1 lateness, 2 length; d [trunk]: as `touch` gives it.
        """
        name = ("velocity", "late", "length")[which]
        out = self._linear(name, np.concatenate([d, known]))
        scores, means, deviations = out.reshape(3, MIXTURES)
        held = np.clip(deviations, LEAST_DEVIATIONS[which], MOST_DEVIATION)
        return scores, means, np.exp(held)


def _sigmoid(x: Real) -> Real:
    out: Real = 1.0 / (1.0 + np.exp(-np.clip(x, -60.0, 60.0)))
    return out


def _silu(x: Real) -> Real:
    return x * _sigmoid(x)
