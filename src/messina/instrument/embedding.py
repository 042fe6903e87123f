"""Where an instrument's sounds lie on its map: those that sound alike near each other.

A sound is described by its levels at a few moments and by what the network is conditioned on. The
two principal components of that give the large order; then each sound is drawn to its nearest
neighbours and away from others, so that groups come apart, and the plane is used evenly. Bright
sounds lie to the right, long ones up. Computed once, when an instrument is made, and kept in its
file: all that show or play the map have these places.

S sounds. Places are [S, 2] of x and y, 0 … 1, y downwards as on a page.
Ref: McInnes et al. (2018), "UMAP", for pulling neighbours and pushing samples of the others.

With the keys of its drums the map is what follows from an instrument's sounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from messina.counter_rng import CounterRng
from messina.frames.layout import BODY_FLOOR
from messina.instrument.controls import ControlScale, scale_controls
from messina.instrument.drum_map import label_keys
from messina.instrument.known import Known, known_sounds
from messina.instrument.manifest import Manifest
from messina.instrument.network import Network, decay_frames, time_features
from messina.instrument.timegrid import POINT_FRAMES

__all__ = ["DERIVED", "LANDMARKS", "derived_arrays", "laid_out", "places_of"]

Real = NDArray[np.float32]
Floats = NDArray[np.float64]
Places = NDArray[np.float32]

LANDMARKS: Final = 1_000
"""Of more sounds, so many are laid out, and the others amid those that they are like."""

_MOMENTS: Final = 8
_RANGE_NEPERS: Final = 6.0
"""What is softer than a sound's loudest by more than this counts as silence."""
_HIGHEST: Final = 100.0
"""Of any number that a network answers with."""
_CONDITIONING: Final = 0.3
"""How much what the network is conditioned on counts beside its levels."""
_NEIGHBOURS: Final = 6
_EPOCHS: Final = 160
_PUSHED: Final = 5
_STEP: Final = 0.035
_PUSH: Final = 0.012
_SOFTENED: Final = 0.004
_FARTHEST: Final = 0.02
_SPREAD: Final = 0.22
_MARGIN: Final = 0.06
_BY_RANK: Final = 0.45
_APART: Final = 0.016
_APART_ROUNDS: Final = 12
_CHUNK: Final = 256


def places_of(network: Network, scale: ControlScale, known: Known) -> Places:
    """Lays out a map: x and y [S, 2] of the sounds an instrument knows, each as it is played."""
    count = len(known.labels)
    conditioning = scale_controls(known.controls, scale)
    decay_s = np.array([controls.decay_s for controls in known.controls])
    brightness = np.log([controls.brightness_hz for controls in known.controls])
    with np.errstate(all="ignore"):  # weights may be anything: what is not finite is silence
        codes = _finite(network.code(known.means, network.condition(known.labels, conditioning)))
        shown = np.unique(np.linspace(0, count - 1, min(count, LANDMARKS)).round().astype(np.int64))
        levels = _levels(network, codes[shown], decay_s[shown])
    places = laid_out(
        _described(levels, conditioning[shown]), brightness[shown], np.log(decay_s[shown])
    )
    if len(shown) == count:
        return places
    rest = _among(codes, codes[shown], places.astype(np.float64)).astype(np.float32)
    rest[shown] = places
    return rest


def _levels(network: Network, codes: Real, decay_s: Floats) -> Real:
    """Body levels [S, M, BODY_SIZE] at a few moments of each sound."""
    chosen = np.unique(np.linspace(0, network.config.points - 1, _MOMENTS).round().astype(np.int64))
    frames, decays = POINT_FRAMES[None, chosen].astype(np.float32), decay_frames(decay_s)
    parts = []
    for start in range(0, len(codes), _CHUNK):
        some = slice(start, start + _CHUNK)
        body, _ = network.body(codes[some], time_features(frames, decays[some]))
        parts.append(_finite(body))
    return np.concatenate(parts)


def _finite(values: Real) -> Real:
    return np.clip(np.nan_to_num(values, nan=-np.inf), -_HIGHEST, _HIGHEST).astype(np.float32)


def _described(levels: Real, conditioning: Real) -> Real:
    """What tells sounds apart on the map [S, F], of levels [S, M, BODY_SIZE] and conditioning."""
    heard = np.maximum(levels, BODY_FLOOR)
    heard = np.maximum(heard, heard.max(axis=(1, 2), keepdims=True) - np.float32(_RANGE_NEPERS))
    flat = heard.reshape(len(heard), -1)
    flat = flat - flat.mean(axis=0)
    spread = float(np.sqrt(np.square(flat, dtype=np.float64).sum(axis=1).mean()))
    return np.concatenate(
        [flat / max(spread, 1e-9), np.float32(_CONDITIONING) * conditioning], axis=1
    )


def laid_out(points: Real, brightness: Floats, decay: Floats) -> Places:
    """A map of sounds by their features [S, F]: neighbours there are neighbours here.

    brightness and decay [S], both ln, decide how the map is turned.
    """
    if len(points) == 1:
        return np.full((1, 2), 0.5, np.float32)
    places = _turned(_principal(points), brightness, decay, swaps=True)
    places *= _SPREAD / np.maximum(places.std(axis=0), 1e-9)
    places = _settled(points, places)
    places = _apart(_evened(_turned(places, brightness, decay, swaps=False)))
    return places.astype(np.float32)


def _principal(points: Real) -> Floats:
    """Along the two directions of most variance [S, 2]; 0 where there is but one."""
    centred = points.astype(np.float64) - points.mean(axis=0)
    squares, directions = np.linalg.eigh(centred @ centred.T)
    places = directions[:, :-3:-1] * np.sqrt(np.maximum(squares[:-3:-1], 0.0))
    places[:, squares[:-3:-1] <= 1e-12 * max(float(squares[-1]), 1e-12)] = 0.0
    # The sign of a direction is the solver's whim.
    most = np.abs(places).argmax(axis=0)
    return np.asarray(places * np.where(places[most, [0, 1]] < 0, -1.0, 1.0))


def _turned(places: Floats, brightness: Floats, decay: Floats, *, swaps: bool) -> Floats:
    """Mirrored, and turned by a quarter where it may be, so that axes mean what they should."""
    by = [[_correlation(places[:, d], trait) for trait in (brightness, decay)] for d in (0, 1)]
    swap = swaps and abs(by[0][1]) + abs(by[1][0]) > abs(by[0][0]) + abs(by[1][1])
    x, y = (1, 0) if swap else (0, 1)
    right = -1.0 if by[x][0] < 0 else 1.0
    down = 1.0 if by[y][1] < 0 else -1.0
    return np.column_stack([right * places[:, x], down * places[:, y]])


def _correlation(a: Floats, b: Floats) -> float:
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size > 0 else 0.0


def _settled(points: Real, places: Floats) -> Floats:
    """Neighbours drawn together, others pushed apart."""
    count = len(points)
    near, weights = _neighbours(points, min(_NEIGHBOURS, count - 1))
    rng = CounterRng(11)
    places = places.copy()
    for epoch in range(_EPOCHS):
        step = _STEP * (1 - epoch / _EPOCHS)
        pull = step * weights[:, :, None] * (places[near] - places[:, None])
        moves = pull.sum(axis=1)
        np.add.at(moves, near.ravel(), -0.5 * pull.reshape(-1, 2))
        others = (rng.stream(epoch).uniforms(count * _PUSHED) * count).astype(np.int64)
        away = places[:, None] - places[others.reshape(count, _PUSHED)]
        force = _PUSH * step / (_SOFTENED + np.square(away).sum(axis=2, keepdims=True))
        moves += np.clip(force * away, -_FARTHEST, _FARTHEST).sum(axis=1)
        places += moves
    return places


def _neighbours(points: Real, count: int) -> tuple[NDArray[np.int64], Floats]:
    """The nearest of each point [S, count], the point itself left out; the nearer the heavier."""
    squared = _squared(points, points)
    np.fill_diagonal(squared, np.inf)
    near = np.argsort(squared, axis=1, kind="stable")[:, :count]
    away = np.take_along_axis(squared, near, axis=1)
    return near, np.exp(-1.5 * away / np.maximum(away[:, -1:], 1e-12))


def _squared(first: Real, second: Real) -> Floats:
    """Squared distances [n, m]."""
    a, b = (points.astype(np.float64) for points in (first, second))
    squares = np.square(a).sum(axis=1)[:, None] + np.square(b).sum(axis=1)[None] - 2.0 * (a @ b.T)
    return np.asarray(np.maximum(squares, 0.0))


def _among(points: Real, landmarks: Real, places: Floats) -> Floats:
    """Places [S, 2] of points amid the landmarks nearest to them."""
    parts = []
    for start in range(0, len(points), _CHUNK):
        squared = _squared(points[start : start + _CHUNK], landmarks)
        near = np.argpartition(squared, _NEIGHBOURS, axis=1)[:, :_NEIGHBOURS]
        weights = 1.0 / np.maximum(np.take_along_axis(squared, near, axis=1), 1e-9)
        weights /= weights.sum(axis=1, keepdims=True)
        parts.append((weights[:, :, None] * places[near]).sum(axis=1))
    return np.concatenate(parts)


def _evened(places: Floats) -> Floats:
    """Into the margins of 0 … 1, partly by rank, so that the whole map is used."""
    low, span = places.min(axis=0), np.ptp(places, axis=0)
    by_place = (places - low) / np.where(span > 0, span, 1.0)
    ranks = np.argsort(np.argsort(places, axis=0, kind="stable"), axis=0, kind="stable")
    by_rank = ranks / max(1, len(places) - 1)
    shares = (1 - _BY_RANK) * by_place + _BY_RANK * by_rank
    return np.asarray(_MARGIN + (1 - 2 * _MARGIN) * shares)


def _apart(places: Floats) -> Floats:
    """Dots that would hide each other move aside a little."""
    room = min(_APART, 0.5 / np.sqrt(len(places)))
    places = places.copy()
    turn = 2.4 * np.arange(len(places))
    for _ in range(_APART_ROUNDS):
        before = places.copy()
        order = np.argsort(before[:, 0], kind="stable")
        for shift in range(1, len(places)):
            first, second = order[:-shift], order[shift:]
            away = before[second] - before[first]
            close = away[:, 0] < room
            if not close.any():
                break
            distance = np.hypot(away[:, 0], away[:, 1])
            close &= distance < room
            angle = np.where(distance > 1e-6, np.arctan2(away[:, 1], away[:, 0]), turn[second])
            move = np.where(close, 0.5 * (room - distance), 0.0)[:, None]
            aside = move * np.column_stack([np.cos(angle), np.sin(angle)])
            np.add.at(places, second, aside)
            np.add.at(places, first, -aside)
        places = np.clip(places, _MARGIN / 2, 1 - _MARGIN / 2)
    return places


DERIVED = ("places", "keys")
"""The names of these arrays."""


def derived_arrays(
    manifest: Manifest, arrays: Mapping[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """The arrays of a file that are worked out from its manifest and its other arrays, by name."""
    network = Network(manifest.network, arrays)
    places = places_of(network, manifest.scale, known_sounds(manifest, arrays))
    return {"places": places, "keys": label_keys(manifest.responses)}
