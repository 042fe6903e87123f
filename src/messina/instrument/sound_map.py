"""What sounds at a point of an instrument's map: on a dot its sound, else a mixture of those near.

The rule is one for all players, and this is its specification: the page's engine and the models for
nn~ and ONNX follow it number by number.

1. The NEIGHBOURS sounds nearest to the point count, ties in the order of the instrument's sounds;
   where only one label is wanted, those of that label. Within ON_DOT of the nearest it is that
   sound.
2. Each weighs ((R - d) / (R d))³, d its distance and R that of the next sound further out: what
   comes and goes at the edge weighs nothing, so nothing jumps where neighbours change. Where there
   is none further out R is infinite, and a sound weighs 1 / d³.
3. Latent, label embeddings, loudness, ln brightness, ln decay and ln length are the weighted
   means. Note, label and what goes by it, and the fine spectrum are those of the nearest.

Ref: Shepard (1968), "A two-dimensional interpolation function for irregularly-spaced data"; Franke
and Nielson (1980) for weights that end.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from messina.errors import ControlError
from messina.instrument.controls import Controls
from messina.instrument.decoding import Latent
from messina.instrument.known import Known
from messina.instrument.parts import Request, SoundSpec
from messina.instrument.playing import struck
from messina.instrument.responses import Response

__all__ = [
    "LEAST_SHARE",
    "NEIGHBOURS",
    "ON_DOT",
    "Mixture",
    "amid",
    "mixture_at",
    "part_of_mixture",
]

Floats = NDArray[np.float64]

NEIGHBOURS: Final = 5
"""Sounds that are mixed at a point."""
LEAST_SHARE: Final = 1e-6
"""A label of less is left out."""
ON_DOT: Final = 1e-4
"""Nearer than this to a sound's place it is that sound."""


class Mixture(NamedTuple):
    """Sounds and how much each counts, the nearest first; weights add up to 1."""

    sounds: NDArray[np.int64]
    weights: Floats


def mixture_at(
    places: NDArray[np.float32],
    x: float,
    y: float,
    *,
    among: NDArray[np.int64] | None = None,
) -> Mixture:
    """What is mixed at a point.

    Args:
        places: Of all sounds [S, 2], 0 … 1.
        x: From left to right, 0 … 1.
        y: Downwards, 0 … 1.
        among: The sounds that may be; all of them where None.

    Raises:
        ControlError: The point lies outside the map.
    """
    for name, value in (("x", x), ("y", y)):
        if not 0.0 <= value <= 1.0:
            raise ControlError(f"{name} on the map is {value:g}; it can be 0 to 1")
    chosen = np.arange(len(places)) if among is None else among
    away = places[chosen].astype(np.float64) - (x, y)
    distances = np.sqrt(away[:, 0] * away[:, 0] + away[:, 1] * away[:, 1])
    order = _nearest(distances, NEIGHBOURS + 1)
    near = order[:NEIGHBOURS]
    if distances[near[0]] < ON_DOT:
        return Mixture(chosen[near[:1]], np.ones(1))
    weights = 1.0 / distances[near]
    if len(order) > NEIGHBOURS and distances[order[-1]] > distances[near[0]]:
        weights -= 1.0 / distances[order[-1]]
    weights = weights * weights * weights
    return Mixture(chosen[near], weights / weights.sum())


def _nearest(distances: Floats, count: int) -> NDArray[np.int64]:
    """Places of the least distances in their order, ties in that of the sounds."""
    if count < len(distances):
        last = np.partition(distances, count - 1)[count - 1]
        chosen = np.flatnonzero(distances <= last)
        return chosen[np.argsort(distances[chosen], kind="stable")][:count]
    return np.argsort(distances, kind="stable")


def part_of_mixture(
    known: Known, responses: tuple[Response, ...], mixture: Mixture, request: Request
) -> SoundSpec:
    """The sound of a mixture, at the note and velocity asked for."""
    sounds, weights = mixture
    nearest = int(sounds[0])
    own = [known.controls[sound] for sound in sounds]
    label, note = int(known.labels[nearest]), own[0].note
    if note is not None and request.note is not None:
        note = request.note

    def mean_ln(values: list[float]) -> float:
        return float(np.exp(weights @ np.log(values)))

    loudness_db = float(weights @ np.array([controls.loudness_db for controls in own]))
    controls = Controls(
        note=note,
        loudness_db=loudness_db,
        brightness_hz=mean_ln([controls.brightness_hz for controls in own]),
        decay_s=mean_ln([controls.decay_s for controls in own]),
    )
    controls, gain_db = struck(controls, responses[label], request.velocity)
    shares: dict[int, float] = {}
    for sound, weight in zip(sounds, weights, strict=True):
        owner = int(known.labels[sound])
        shares[owner] = shares.get(owner, 0.0) + float(weight)
    parts = tuple((owner, share) for owner, share in shares.items() if share > LEAST_SHARE)
    return SoundSpec(
        latent=Latent(
            z=(weights @ known.means[sounds].astype(np.float64)).astype(np.float32),
            label=label,
            controls=controls,
            shares=parts if len(parts) > 1 else (),
        ),
        gain_db=gain_db,
        note=note,
        length_s=mean_ln([float(known.lengths_s[sound]) for sound in sounds]),
        model=nearest,
    )


def amid(places: NDArray[np.floating], squared: Floats) -> tuple[float, float]:
    """Position (x, y), 0 … 1, of a sound that is not on the map among the known ones.

    places: of the S known sounds [S, 2]; squared: its squared distance to each in timbre [S]. It is
    their mean, weighted by 1 / squared, over the NEIGHBOURS nearest.
    """
    near = np.argsort(squared, kind="stable")[:NEIGHBOURS]
    if squared[near[0]] < 1e-9:
        return float(places[near[0], 0]), float(places[near[0], 1])
    weights = 1.0 / squared[near]
    x, y = (weights / weights.sum()) @ places[near].astype(np.float64)
    return float(x), float(y)
