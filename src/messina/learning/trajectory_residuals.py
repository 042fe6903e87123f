"""Fitting of trajectories: principal components of what the trained network misses.

What it misses of log levels, weighted by what is heard, has principal components; a trajectory is
a sound's place on these over time. Sounds whose pitch moves keep its contour beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import BODY_SIZE, Steady
from messina.instrument.controls import ControlScale
from messina.instrument.decoding import Latent, decode
from messina.instrument.network import Network
from messina.instrument.trajectories import (
    LEAST_GAIN_DB,
    MOST_TRAJECTORY_ROWS,
    TRAJECTORY_SIZE,
    TRAJECTORY_ZERO,
    Residual,
    gain_db,
    louder_db,
    no_trajectories,
    on_components,
    residual,
)
from messina.learning.examples import Examples, with_fixed_signs

__all__ = ["fit_trajectories"]

Real = NDArray[np.float32]

_MOST_CODE = 127
_LEAST_LARGEST = 1e-3
_MOST_CONSIDERED = 1_024
"""Of more sounds, so many evenly: a save may not take long."""


def fit_trajectories(
    network: Network,
    scale: ControlScale,
    examples: Examples,
    chosen: NDArray[np.int64],
    latents: Sequence[Latent],
    steady: Sequence[Steady | None],
) -> dict[str, NDArray[Any]]:
    """Fits the trajectories of the chosen sounds; returns them as an instrument's arrays, by name.

    Args:
        network: As trained.
        scale: Of its controls.
        examples: All sounds.
        chosen: Indices of those the instrument keeps [S].
        latents: Their latents and controls [S].
        steady: Their steady parts [S]. What goes on while a key is down has to move, so sustained
            sounds keep a trajectory however little it takes away; so do those whose pitch moves.
    """
    considered = np.linspace(0, len(chosen) - 1, _MOST_CONSIDERED).astype(np.int64)
    contours = {i: examples.contour(int(chosen[i])) for i in np.unique(considered).tolist()}
    sustained = {i for i, part in enumerate(steady) if part is not None}
    sustained |= {i for i, contour in contours.items() if contour is not None}
    points_of = _Points(network, scale, examples, chosen, latents)
    covariance = np.zeros((BODY_SIZE, BODY_SIZE))
    candidates = []
    for i in contours:
        found = points_of.residual(i)
        if found.error_db >= LEAST_GAIN_DB or i in sustained:
            weighted = (found.heard * found.missed).astype(np.float64)
            covariance += weighted.T @ weighted
            candidates.append(i)
    if not candidates:
        return no_trajectories(len(chosen))
    directions = _first_directions(covariance)
    lengths, gains = {}, {}
    for i in candidates:  # looked at again, since all of them together may be large
        found = points_of.residual(i)
        lengths[i] = len(found.missed)
        gains[i] = gain_db(found, found.missed @ directions.T, directions)
    kept = _kept(lengths, gains, sustained)
    rows = {i: on_components(points_of.residual(i), directions) for i in kept}
    least = np.full(TRAJECTORY_SIZE, _LEAST_LARGEST)
    largest = np.max([least, *(np.abs(own).max(axis=0) for own in rows.values())], axis=0)
    steps = largest / _MOST_CODE
    basis = (directions * steps[:, None]).astype(np.float32)
    codes = {i: np.round(own / steps).astype(np.float32) for i, own in rows.items()}
    counts, louder = np.zeros((2, len(chosen)), np.float32)
    for i in kept:
        counts[i] = len(codes[i])
        louder[i] = louder_db(codes[i], basis, points_of.points(i), points_of.frames(i))
    stored = [codes[i] for i in kept] or [np.zeros((0, TRAJECTORY_SIZE), np.float32)]
    return {
        "trajectory_basis": basis,
        "trajectories": (np.concatenate(stored) + TRAJECTORY_ZERO).astype(np.uint8),
        "trajectory_counts": counts,
        "trajectory_louder": louder,
        "contours": _contours([contours[i] for i in kept], counts[kept]),
        "steady": _steady_rows(steady, kept),
    }


def _steady_rows(steady: Sequence[Steady | None], kept: Sequence[int]) -> Real:
    """The steady parts [S, 3] of those that keep their trajectory, 0 for all others."""
    rows = np.zeros((len(steady), 3), np.float32)
    for i in kept:
        if (part := steady[i]) is not None:
            rows[i] = part
    return rows


def _contours(contours: Sequence[NDArray[np.float16] | None], counts: Real) -> NDArray[np.float16]:
    """Cents at every row of these sounds, one after the other; 0 for those that have no contour."""
    rows = [
        np.zeros(int(count), np.float16) if contour is None else contour
        for contour, count in zip(contours, counts, strict=True)
    ]
    return np.concatenate([np.zeros(0, np.float16), *rows])


def _first_directions(covariance: NDArray[np.float64]) -> Real:
    """The principal directions [TRAJECTORY_SIZE, BODY_SIZE], of length 1."""
    directions = np.linalg.eigh(covariance)[1][:, ::-1][:, :TRAJECTORY_SIZE].T
    return with_fixed_signs(directions).astype(np.float32)


def _kept(lengths: Mapping[int, int], gains: Mapping[int, float], sustained: Set[int]) -> list[int]:
    """The sounds that keep theirs, in order: those that gain enough, as many as there is room.

    lengths: rows of each.
    """
    kept, left = [], MOST_TRAJECTORY_ROWS
    for i in sorted(lengths, key=lambda i: (-gains[i], i)):
        if (gains[i] >= LEAST_GAIN_DB or i in sustained) and lengths[i] <= left:
            kept.append(i)
            left -= lengths[i]
    return sorted(kept)


class _Points:
    """What the network makes of each chosen sound."""

    def __init__(
        self,
        network: Network,
        scale: ControlScale,
        examples: Examples,
        chosen: NDArray[np.int64],
        latents: Sequence[Latent],
    ) -> None:
        self._network = network
        self._scale = scale
        self._examples = examples
        self._chosen = chosen
        self._latents = latents

    def frames(self, i: int) -> int:
        return int(self._examples.frames[self._chosen[i]])

    def points(self, i: int) -> Real:
        """[POINTS, BODY_SIZE]"""
        return decode(self._network, self._latents[i], self._scale).points

    def residual(self, i: int) -> Residual:
        rows = self._examples.rows.rows(int(self._chosen[i])).astype(np.float32)
        return residual(rows, self.points(i), self.frames(i))
