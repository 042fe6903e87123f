"""The network that plays: an encoder from sounds to latents, a decoder from these to frames.

    features, condition → encoder → posterior of the latent z (mean, ln variance)
    z, condition        → latent code → onset, and how every layer of the body is tuned (FiLM)
    time, tuned layers  → level and ln spread of every dimension of the body at that time

Time is an input of the body's decoder, which has no state: any moment can be decoded on its own,
and nothing drifts. Plain numpy; learning holds the same network with gradients, and a test holds
the two together.

B sounds, F encoder features, P moments, D = BODY_SIZE.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from messina.frames.layout import BODY_SIZE, HOP, ONSET_SIZE
from messina.instrument.descriptors import onset_weights
from messina.instrument.timegrid import LAST_FRAME, POINTS
from messina.units import SAMPLE_RATE

__all__ = [
    "BODY_SCALE",
    "CONTROLS",
    "DECAY_SHARES",
    "ENCODED",
    "SPREAD_RANGE",
    "TIME_CONSTANTS",
    "TIME_FEATURES",
    "TIME_WAVES",
    "Network",
    "NetworkConfig",
    "silu",
    "time_features",
    "weight_shapes",
]

Real = NDArray[np.float32]

CONTROLS: Final = 5
"""Numbers the network is conditioned on beside the label; see `controls`."""

BODY_SCALE: Final = 1.5
"""Nepers of body level per unit of the network's output."""

ENCODED: Final = 24
"""Points of the time grid the encoder looks at."""

SPREAD_RANGE: Final = (-4.0, 2.0)
"""Bounds of the ln scale of takes' deviations."""
_LOG_VARIANCE_RANGE = (-8.0, 4.0)
TIME_CONSTANTS: Final = (2.0, 6.0, 20.0, 60.0, 200.0, 600.0)  # frames
DECAY_SHARES: Final = (0.25, 0.5, 1.0)
TIME_WAVES: Final = 6

TIME_FEATURES: Final = 1 + len(TIME_CONSTANTS) + 2 * TIME_WAVES + len(DECAY_SHARES) + 1


_WIDEST: Final = 2_048
_MOST: Final = {
    "labels": 4_096,
    "points": POINTS,
    "latent": 256,
    "embedding": 64,
    "body_components": BODY_SIZE,
    "onset_components": ONSET_SIZE,
    "code": _WIDEST,
    "width": _WIDEST,
    "layers": 16,
}
_Width: TypeAlias = Annotated[int, Meta(ge=1, le=_WIDEST)]


@dataclass(frozen=True, kw_only=True)
class NetworkConfig:
    """Sizes of the network. Raises ValueError when one is out of bounds."""

    labels: Annotated[int, Meta(ge=1, le=_MOST["labels"])]
    points: Annotated[int, Meta(ge=1, le=_MOST["points"])] = (
        POINTS  # of the time grid, as many as the longest sound needs
    )
    latent: Annotated[int, Meta(ge=1, le=_MOST["latent"])] = 16
    embedding: Annotated[int, Meta(ge=1, le=_MOST["embedding"])] = 8
    body_components: Annotated[int, Meta(ge=1, le=_MOST["body_components"])] = 24
    """Principal components of a body row the encoder sees."""
    onset_components: Annotated[int, Meta(ge=1, le=_MOST["onset_components"])] = 32  # … of onset
    encoder: tuple[_Width, _Width] = (256, 128)
    code: Annotated[int, Meta(ge=1, le=_MOST["code"])] = 128  # width of the latent code
    width: Annotated[int, Meta(ge=1, le=_MOST["width"])] = 192  # width of the body's layers
    layers: Annotated[int, Meta(ge=1, le=_MOST["layers"])] = 3

    def __post_init__(self) -> None:
        for name, most in _MOST.items():
            if not 1 <= getattr(self, name) <= most:
                raise ValueError(f"{name} is {getattr(self, name)}, not 1 … {most}")
        if not all(1 <= width <= _WIDEST for width in self.encoder):
            raise ValueError(f"encoder is {self.encoder}, not two widths of 1 … {_WIDEST}")

    @property
    def encoded_points(self) -> NDArray[np.int64]:
        """The ENCODED points the encoder looks at."""
        return np.round(np.linspace(0, self.points - 1, ENCODED)).astype(np.int64)

    @property
    def condition(self) -> int:
        """Size of the conditioning vector: label embedding and controls."""
        return self.embedding + CONTROLS

    @property
    def features(self) -> int:
        """Size of the encoder's input: principal components of levels and of static parameters."""
        return self.body_components * ENCODED + self.onset_components


def weight_shapes(config: NetworkConfig) -> dict[str, tuple[int, ...]]:
    """Name and shape of every learnt array; a layer's weight is [out, in]."""
    c = config
    layers = {
        "encoder.0": (c.encoder[0], c.features + c.condition),
        "encoder.1": (c.encoder[1], c.encoder[0]),
        "encoder.2": (2 * c.latent, c.encoder[1]),
        "identity.0": (c.code, c.latent + c.condition),
        "identity.1": (c.code, c.code),
        "film": (2 * c.width * (c.layers + 1), c.code),
        "time": (c.width, TIME_FEATURES),
        **{f"body.{i}": (c.width, c.width) for i in range(c.layers)},
        "level": (BODY_SIZE, c.width),
        "spread": (BODY_SIZE, c.width),
        "onset.0": (c.onset_components, c.code),
        "onset.1": (ONSET_SIZE, c.onset_components),
    }
    shapes: dict[str, tuple[int, ...]] = {"labels": (c.labels + 1, c.embedding)}
    for name, shape in layers.items():
        shapes[f"{name}.weight"] = shape
        shapes[f"{name}.bias"] = shape[:1]
    return shapes


def statistic_shapes(config: NetworkConfig) -> dict[str, tuple[int, ...]]:
    """Name and shape of every array that is measured once, before learning."""
    return {
        "body_mean": (BODY_SIZE,),
        "body_basis": (config.body_components, BODY_SIZE),
        "onset_mean": (ONSET_SIZE,),
        "onset_scale": (ONSET_SIZE,),
        "onset_basis": (config.onset_components, ONSET_SIZE),
    }


def silu(x: Real) -> Real:
    """x · sigmoid(x)."""
    decayed: Real = np.exp(-np.maximum(x, np.float32(-80.0)))
    return x / (decayed + np.float32(1.0))


def time_features(frames: Real, decay_frames: Real) -> Real:
    """Features of each moment that the decoder is asked for [B, P, TIME_FEATURES].

    frames [B or 1, P], decay_frames [B, 1]: a moment is known by its time and by its share of the
    sound's decay, so that a longer decay is first of all the same sound, slower.
    """
    frames = np.broadcast_to(frames, (len(decay_frames), frames.shape[1])).astype(np.float32)
    log_time = np.log1p(frames / 2) / np.float32(np.log1p(LAST_FRAME / 2))
    share = frames / decay_frames
    angles = [np.pi * (k + 1) * log_time for k in range(TIME_WAVES)]
    columns = [
        log_time,
        *(np.exp(-frames / tau) for tau in TIME_CONSTANTS),
        *(np.sin(a) for a in angles),
        *(np.cos(a) for a in angles),
        *(np.exp(-share / s) for s in DECAY_SHARES),
        np.log1p(4 * share) / 3,
    ]
    return np.stack(columns, axis=-1).astype(np.float32)


class Network:
    """The forward pass of the conditional variational autoencoder, in numpy.

    `arrays` holds what the two shape tables above name. Ref: Kingma & Welling (2014),
    "Auto-encoding variational Bayes"; Sohn, Lee & Yan (2015) for the conditioning.
    """

    def __init__(self, config: NetworkConfig, arrays: Mapping[str, Real]) -> None:
        self.config = config
        self.arrays = {name: np.asarray(array, np.float32) for name, array in arrays.items()}

    def _linear(self, name: str, x: Real) -> Real:
        out: Real = x @ self.arrays[f"{name}.weight"].T + self.arrays[f"{name}.bias"]
        return out

    def condition(self, labels: NDArray[np.int64], controls: Real) -> Real:
        """[B, condition] of label indices [B] (-1: unknown) and scaled controls [B, CONTROLS]."""
        return np.concatenate([self.arrays["labels"][labels + 1], controls], axis=-1)

    def features(self, points: Real, onset: Real) -> Real:
        """What the encoder sees [B, features] of points [B, POINTS, D] and onsets [B, ONSET]."""
        a = self.arrays
        points = points[:, self.config.encoded_points]
        rows = (points - a["body_mean"]) @ a["body_basis"].T
        weights = onset_weights(points)
        weights = np.sqrt(weights / weights.max(axis=-1, keepdims=True))
        onset_row = (onset - a["onset_mean"]) / a["onset_scale"] * weights @ a["onset_basis"].T
        return np.concatenate([rows.reshape(len(points), -1), onset_row], axis=-1)

    def encode(self, features: Real, condition: Real) -> tuple[Real, Real]:
        """Mean and ln variance of the latent, each [B, latent]."""
        h = np.concatenate([features, condition], axis=-1)
        h = silu(self._linear("encoder.0", h))
        h = silu(self._linear("encoder.1", h))
        mean, log_variance = np.split(self._linear("encoder.2", h), 2, axis=-1)
        return mean, np.clip(log_variance, *_LOG_VARIANCE_RANGE)

    def code(self, z: Real, condition: Real) -> Real:
        """Hidden code [B, code] of latents [B, latent] and conditioning [B, condition]."""
        h = silu(self._linear("identity.0", np.concatenate([z, condition], axis=-1)))
        return silu(self._linear("identity.1", h))

    def onset(self, code: Real) -> Real:
        """Static parameters [B, ONSET_SIZE] of hidden codes [B, code]."""
        a = self.arrays
        row = self._linear("onset.1", self._linear("onset.0", code))
        onset: Real = a["onset_mean"] + a["onset_scale"] * row
        return onset

    def body(self, code: Real, times: Real, *, spread: bool = False) -> tuple[Real, Real | None]:
        """Levels at times [B, P, TIME_FEATURES] of hidden codes: [B, P, D], and their ln spreads.

        Every layer is modulated by the code. Ref: Perez et al. (2018), "FiLM: visual reasoning with
        a general conditioning layer".
        """
        film = self._linear("film", code).reshape(len(code), 1, -1, 2, self.config.width)
        h = silu(self._linear("time", times) * (1 + film[:, :, 0, 0]) + film[:, :, 0, 1])
        for i in range(self.config.layers):
            gain, shift = 1 + film[:, :, i + 1, 0], film[:, :, i + 1, 1]
            h = h + silu(self._linear(f"body.{i}", _normalised(h)) * gain + shift)
        levels = self.arrays["body_mean"] + BODY_SCALE * self._linear("level", h)
        if not spread:
            return levels, None
        return levels, np.clip(self._linear("spread", h), *SPREAD_RANGE)


def _normalised(h: Real) -> Real:
    centred = h - h.mean(axis=-1, keepdims=True)
    out: Real = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(1e-5))
    return out


def decay_frames(decay_s: NDArray[np.floating]) -> Real:
    """Decays in seconds [B] as frames [B, 1], for `time_features`."""
    frames = np.maximum(np.asarray(decay_s, np.float64) * SAMPLE_RATE / HOP, 1.0)
    return frames.astype(np.float32).reshape(-1, 1)
