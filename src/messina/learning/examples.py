"""A corpus as tensors: every sound's points, onset and controls, and what is measured on all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import ONSET_SIZE, ONSET_SLICES, REFERENCE_HZ, band_edges_hz
from messina.instrument.controls import Controls, ControlScale, scale_controls
from messina.instrument.descriptors import onset_weights
from messina.instrument.network import NetworkConfig
from messina.instrument.timegrid import POINTS
from messina.learning.analysing import Analysed
from messina.units import note_to_hz

__all__ = ["Examples", "measure_statistics"]

Real = NDArray[np.float32]

_BASIS_ROWS = 20_000
"""Body rows the principal components are taken from, at most."""
_LEAST_BODY, _LEAST_ONSET = 1e-3, 1e-2
"""Spreads of a direction under which it is none: in nepers; in spreads of the onset's numbers."""


@dataclass(frozen=True, kw_only=True)
class Examples:
    """S sounds, ready to be learnt. Points are kept in half precision: 58 kB a sound."""

    points: NDArray[np.float16]  # [S, POINTS, BODY_SIZE]
    counts: NDArray[np.int64]  # [S] points within the sound
    onsets: Real  # [S, ONSET_SIZE]
    onset_weights: Real  # [S, ONSET_SIZE] how much each number of the onset counts
    labels: NDArray[np.int64]  # [S]
    controls: Real  # [S, CONTROLS], scaled
    decay_s: Real  # [S]
    reference_hz: Real  # [S]

    def __len__(self) -> int:
        return len(self.points)

    @classmethod
    def of(
        cls,
        sounds: Sequence[Analysed],
        labels: Sequence[int],
        controls: Sequence[Controls],
        scale: ControlScale,
    ) -> Examples:
        """Puts analysed sounds together; all sequences run in parallel."""
        return cls(
            points=np.stack([sound.points for sound in sounds]),
            counts=np.array([sound.count for sound in sounds], np.int64),
            onsets=np.stack([sound.onset for sound in sounds]).astype(np.float32),
            onset_weights=np.concatenate(
                [onset_weights(x.points[None].astype(np.float32)) for x in sounds]
            ),
            labels=np.asarray(labels, np.int64),
            controls=scale_controls(controls, scale),
            decay_s=np.array([c.decay_s for c in controls], np.float32),
            reference_hz=np.array(
                [REFERENCE_HZ if c.note is None else note_to_hz(c.note) for c in controls],
                np.float32,
            ),
        )

    def longest(self) -> int:
        """Points the longest sound needs, with two of silence after it."""
        return min(POINTS, max(26, int(self.counts.max()) + 2))


def _principal(rows: Real, count: int, *, least: float) -> Real:
    """First principal directions [count, D] of rows [n, D], as long as makes their spread 1.

    Zeros where there are fewer, and where the rows spread by less than `least`: what hardly varies
    is nothing to be told by, and made as large as what does it would drown it. The last direction
    of few sounds is the rounding of their mean, and all there is of a single sound's onset.
    """
    basis = np.zeros((count, rows.shape[1]), np.float32)
    _, values, directions = np.linalg.svd(rows, full_matrices=False)
    kept = min(count, int((values > 1e-6 * max(values[0], 1e-12)).sum()))
    # The sign of a direction is the solver's whim; fix it, so that runs agree.
    signs = np.sign(directions[np.arange(kept), np.abs(directions[:kept]).argmax(axis=1)])
    spread = (rows @ directions[:kept].T).std(axis=0)
    wide = spread >= least
    basis[:kept][wide] = (directions[:kept] * (signs / np.maximum(spread, least))[:, None])[wide]
    return basis


def measure_statistics(
    examples: Examples, config: NetworkConfig, chosen: NDArray[np.int64]
) -> dict[str, Real]:
    """Means, scales and principal components of the chosen sounds, as the network wants them."""
    sounding = np.arange(POINTS) < examples.counts[chosen, None]
    rows = examples.points[chosen][sounding].astype(np.float32)
    step = -(-len(rows) // _BASIS_ROWS)
    rows = rows[::step]
    body_mean = rows.mean(axis=0)
    onsets = examples.onsets[chosen]
    weights = examples.onset_weights[chosen]
    mean, scale = _weighted_spread(onsets, weights)
    heard = np.sqrt(weights / weights.max(axis=-1, keepdims=True))
    onset_rows = (onsets - mean) / scale * heard
    return {
        "body_mean": body_mean,
        "body_basis": _principal(rows - body_mean, config.body_components, least=_LEAST_BODY),
        "onset_mean": mean,
        "onset_scale": scale,
        "onset_basis": _principal(onset_rows, config.onset_components, least=_LEAST_ONSET),
    }


def _weighted_spread(onsets: Real, weights: Real) -> tuple[Real, Real]:
    """Mean and spread of each number of the onset over sounds where it is heard."""
    total = weights.sum(axis=0) + 1e-9
    mean = (weights * onsets).sum(axis=0) / total
    variance = (weights * (onsets - mean) ** 2).sum(axis=0) / total
    return mean.astype(np.float32), np.sqrt(variance + _LEAST_SPREAD**2).astype(np.float32)


def _least_spread() -> Real:
    """Differences smaller than these [ONSET_SIZE] are not worth learning; of pitch, 2 cents."""
    least = np.full(ONSET_SIZE, 0.03, np.float32)
    cents = 1200 * np.diff(np.log2(band_edges_hz()))
    least[ONSET_SLICES["offsets"]] = 2.0 / cents
    return least


_LEAST_SPREAD = _least_spread()
