"""From a sound to its latent: the encoder's mean, refined by Gauss-Newton steps.

The latent is small and the decoder cheap, so the guess is refined by Gauss–Newton on the error
that was trained on: audible levels, absolute, plus the onset, plus the prior of the latent. The
absolute error is taken as a least-squares one whose weights follow the errors (IRLS).
Ref: Green (1984), "Iteratively reweighted least squares for maximum likelihood estimation".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.instrument.descriptors import audibility, onset_weights
from messina.instrument.network import BODY_SCALE, Network, decay_frames, time_features
from messina.instrument.timegrid import POINT_FRAMES

__all__ = ["Pooled", "encode", "refine"]

Real = NDArray[np.float32]

_FITTED_POINTS = 32
_STEPS = 6
_PRIOR = 0.02
_ONSET_SHARE = 0.3
_SOFT = 0.15  # under this error, in units of BODY_SCALE, absolute error turns to square
_STRIDE = 1e-2
_SILENT_WEIGHT: Final = 0.3


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """A sound on the time grid, with the conditioning the network is given."""

    points: Real  # [POINTS, BODY_SIZE]
    count: int  # points within the sound
    onset: Real  # [ONSET_SIZE]
    condition: Real  # [condition]
    decay_s: float


def encode(network: Network, sound: Pooled) -> tuple[Real, Real]:
    """The encoder's mean and ln variance of the latent, each [latent]."""
    features = network.features(sound.points[None], sound.onset[None])
    mean, log_variance = network.encode(features, sound.condition[None])
    return mean[0], log_variance[0]


class _Errors:
    """Weighted errors of latents against one sound."""

    def __init__(self, network: Network, sound: Pooled, points: int) -> None:
        self._network = network
        last = min(network.config.points, sound.count + 2)
        chosen = np.unique(np.round(np.linspace(0, last - 1, points)).astype(np.int64))
        self._target = sound.points[chosen]
        self._onset = sound.onset
        self._condition = sound.condition[None]
        frames = POINT_FRAMES[None, chosen].astype(np.float32)
        self._times = time_features(frames, decay_frames(np.array([sound.decay_s])))
        heard = audibility(sound.points)[chosen]
        heard *= np.where(chosen < sound.count, 1.0, _SILENT_WEIGHT)[:, None]
        onset_heard = onset_weights(sound.points[None, network.config.encoded_points])[0]
        self.weights = np.concatenate(
            [heard.ravel() / heard.sum(), _ONSET_SHARE * onset_heard / onset_heard.sum()]
        )

    def of(self, latents: Real) -> Real:
        """Errors [B, M] of latents [B, latent], body first, then onset."""
        count = len(latents)
        code = self._network.code(latents, np.repeat(self._condition, count, axis=0))
        body, _ = self._network.body(code, np.repeat(self._times, count, axis=0))
        rows = ((body - self._target) / BODY_SCALE).reshape(count, -1)
        scale = self._network.arrays["onset_scale"]
        return np.concatenate([rows, (self._network.onset(code) - self._onset) / scale], axis=1)

    def cost(self, errors: Real, z: Real) -> float:
        prior = 0.5 * _PRIOR * float((z**2).mean())
        return float((self.weights * np.sqrt(errors**2 + _SOFT**2)).sum()) + prior


def refine(
    network: Network,
    sound: Pooled,
    start: Real,
    *,
    steps: int = _STEPS,
    points: int = _FITTED_POINTS,
) -> tuple[Real, float]:
    """Fits the latent by Gauss-Newton from `start`: the latent [latent] and its cost.

    Absolute errors are iteratively reweighted squares. Ref: Green (1984).
    """
    errors_of = _Errors(network, sound, points)
    z = start.astype(np.float32)
    errors = errors_of.of(z[None])[0]
    cost, damping = errors_of.cost(errors, z), 1e-4
    nudges = _STRIDE * np.eye(len(z), dtype=np.float32)
    for _ in range(steps):
        slope = (errors_of.of(z + nudges) - errors) / _STRIDE  # [latent, M]
        pull = errors_of.weights / np.sqrt(errors**2 + _SOFT**2)
        prior = _PRIOR / len(z)
        gram = (slope * pull) @ slope.T + prior * np.eye(len(z))
        down = (slope * pull) @ errors + prior * z
        for _ in range(4):
            step = np.linalg.solve(gram + damping * np.diag(np.diag(gram)), down)
            moved = (z - step).astype(np.float32)
            moved_errors = errors_of.of(moved[None])[0]
            moved_cost = errors_of.cost(moved_errors, moved)
            if moved_cost < cost:
                break
            damping = 10.0 * damping + 1e-4
        else:
            break
        gained = cost - moved_cost
        z, errors, cost = moved, moved_errors, moved_cost
        damping = max(damping / 5.0, 1e-6)
        if gained < 1e-5:
            break
    return z, cost
