"""Where learning starts: with a network pretrained on sounds made from nothing.

The weights in `pretrained.safetensors` come from `scripts/pretrain`. They were learnt in the basis
of the procedural sounds: their mean, principal components, scales, grid of points. A corpus has a
basis of its own, better for what it holds, so the first and last layers are turned to it. All of
it is linear. With x a body row, m and B mean and basis, ' for the corpus's own:

    the encoder saw   B (x - m),   it now sees   f' = B' (x - m');   x ≈ m' + B'⁺ f', hence
    W B (x - m)  =  W B B'⁺ f'  +  W B (m' - m)

and the decoder's levels m + s (W h + b) are m' + s (W h + b + (m - m') / s). Controls are turned
alike. Nothing is lost but what the corpus's own basis does not see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

from messina.instrument.controls import ControlScale
from messina.instrument.network import BODY_SCALE, CONTROLS, ENCODED, NetworkConfig, weight_shapes
from messina.instrument.timegrid import POINT_FRAMES

__all__ = ["SHIPPED", "Pretrained", "pretrained"]

Real = NDArray[np.float32]
Floats = NDArray[np.float64]

SHIPPED: Final = Path(__file__).with_name("pretrained.safetensors")
"""The file that comes with the package."""

_HEAD: Final = "head"
_LABEL_SPREAD: Final = 0.3
"""How far new labels start from the unknown one, of the spread of those of pretraining."""
_FARTHEST: Final = 16.0
"""Spreads of the corpus that an onset starts from its mean at most, in each direction. It is under
8 for 77 drums, mallets and waveforms; for a few sounds that are all alike it would be thousands."""
_STEEPEST: Final = 64.0
"""The same for how it follows the latent code, of about unit size; 31 for those 77."""


class _Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    network: NetworkConfig
    scale: ControlScale


@cache
def pretrained() -> Pretrained:
    """The weights that come with the package."""
    return Pretrained.decoded(SHIPPED.read_bytes())


@dataclass(frozen=True, kw_only=True)
class Pretrained:
    """Pretrained weights and statistics by name, with the network's sizes and control scale."""

    network: NetworkConfig
    scale: ControlScale
    arrays: Mapping[str, Floats]

    @classmethod
    def decoded(cls, data: bytes) -> Pretrained:
        """From the bytes of a safetensors file."""
        arrays = load(data)
        head = msgspec.json.decode(arrays.pop(_HEAD).tobytes(), type=_Head)
        return cls(
            network=head.network,
            scale=head.scale,
            arrays={name: array.astype(np.float64) for name, array in arrays.items()},
        )

    def encoded(self) -> bytes:
        """The bytes of a safetensors file, in half precision."""
        head = msgspec.json.encode(_Head(network=self.network, scale=self.scale))
        arrays: dict[str, NDArray[np.generic]] = {
            name: np.ascontiguousarray(array, np.float16) for name, array in self.arrays.items()
        }
        return save({_HEAD: np.frombuffer(head, np.uint8), **arrays})

    def network_for(self, *, labels: int, points: int) -> NetworkConfig:
        """A network of these sizes for another corpus."""
        return replace(self.network, labels=labels, points=points)

    def carried_over(
        self,
        network: NetworkConfig,
        statistics: Mapping[str, Real],
        scale: ControlScale,
        heard: Real,
        rng: np.random.Generator,
    ) -> dict[str, Real]:
        """These weights by name, rotated into the principal components of another corpus.

        statistics: of that corpus; scale: of its controls; heard [ONSET_SIZE]: audibility of static
        parameters, as `examples.audibility_of_onsets` gives it. New labels start near the unknown
        one.
        """
        theirs = {name: array.astype(np.float64) for name, array in statistics.items()}
        arrays = {name: self.arrays[name] for name in weight_shapes(self.network)}
        arrays |= self._conditioned_layers(scale)
        arrays |= self._encoder(arrays, network, theirs, heard.astype(np.float64))
        arrays["level.bias"] = (
            arrays["level.bias"] + (self.arrays["body_mean"] - theirs["body_mean"]) / BODY_SCALE
        )
        arrays |= self._onset(theirs)
        arrays["labels"] = self._labels(network, rng)
        return {name: array.astype(np.float32) for name, array in arrays.items()}

    def _conditioned_layers(self, scale: ControlScale) -> dict[str, Floats]:
        """The layers that are conditioned on the controls, for controls of another scale."""
        own = self.scale
        ratio = np.concatenate([[1.0, 1.0], np.divide(scale.span, own.span)])
        shift = np.concatenate([[0.0, 0.0], np.subtract(scale.centre, own.centre) / own.span])
        arrays: dict[str, Floats] = {}
        for layer in ("encoder.0", "identity.0"):
            weight = self.arrays[f"{layer}.weight"].copy()
            arrays[f"{layer}.bias"] = self.arrays[f"{layer}.bias"] + weight[:, -CONTROLS:] @ shift
            weight[:, -CONTROLS:] *= ratio
            arrays[f"{layer}.weight"] = weight
        return arrays

    def _encoder(
        self,
        arrays: Mapping[str, Floats],
        network: NetworkConfig,
        theirs: Mapping[str, Floats],
        heard: Floats,
    ) -> dict[str, Floats]:
        """The encoder's first layer, for rows at other points in another basis."""
        own, weight = self.arrays, arrays["encoder.0.weight"]
        components, rows = self.network.body_components, ENCODED * self.network.body_components
        end = rows + self.network.onset_components
        body = weight[:, :rows].reshape(len(weight), ENCODED, components)
        onset = weight[:, rows:end]
        moments = _interpolation(self.network.encoded_points, network.encoded_points)
        turned = own["body_basis"] @ _inverse(theirs["body_basis"])
        body_there = np.einsum("hjc,jk,cd->hkd", body, moments, turned)
        moved = own["body_basis"] @ (theirs["body_mean"] - own["body_mean"])
        wider = theirs["onset_scale"] / own["onset_scale"]
        onset_there = onset @ (own["onset_basis"] * wider) @ _inverse(theirs["onset_basis"])
        away = heard * (theirs["onset_mean"] - own["onset_mean"]) / own["onset_scale"]
        bias = arrays["encoder.0.bias"] + body.sum(axis=1) @ moved
        return {
            "encoder.0.weight": np.concatenate(
                [body_there.reshape(len(weight), -1), onset_there, weight[:, end:]], axis=1
            ),
            "encoder.0.bias": bias + onset @ own["onset_basis"] @ away,
        }

    def _onset(self, theirs: Mapping[str, Floats]) -> dict[str, Floats]:
        """The onset's layers: what they say, as near as the corpus's own directions come to it."""
        own = self.arrays
        ratio = own["onset_scale"] / theirs["onset_scale"]
        offset = own["onset_mean"] + own["onset_scale"] * own["onset.1.bias"] - theirs["onset_mean"]
        basis = theirs["onset_basis"]
        last = ratio[:, None] * own["onset.1.weight"]
        bias = basis @ (last @ own["onset.0.bias"] + offset / theirs["onset_scale"])
        return {
            "onset.0.weight": _held(basis @ last @ own["onset.0.weight"]),
            "onset.0.bias": np.clip(bias, -_FARTHEST, _FARTHEST),
            "onset.1.weight": _inverse(basis),
            "onset.1.bias": np.zeros(len(ratio)),
        }

    def _labels(self, network: NetworkConfig, rng: np.random.Generator) -> Floats:
        unknown, known = self.arrays["labels"][0], self.arrays["labels"][1:]
        away = rng.standard_normal((network.labels + 1, network.embedding))
        away[0] = 0.0
        labels: Floats = unknown + _LABEL_SPREAD * known.std(axis=0) * away
        return labels


def _held(rows: Floats) -> Floats:
    """Rows no longer than _STEEPEST: in directions in which a corpus hardly varies they are."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    held: Floats = rows * np.minimum(1.0, _STEEPEST / np.maximum(length, 1e-12))
    return held


def _inverse(basis: Floats) -> Floats:
    """Pseudo-inverse [D, c] of a basis [c, D] of orthogonal rows, of which some may be zero."""
    length = (basis**2).sum(axis=1, keepdims=True)
    inverse: Floats = np.where(length > 1e-12, basis / np.maximum(length, 1e-12), 0.0).T
    return inverse


def _interpolation(own: NDArray[np.int64], theirs: NDArray[np.int64]) -> Floats:
    """Shares [len(own), len(theirs)] that read points at `theirs` as if they lay at `own`."""
    wanted, there = POINT_FRAMES[own].astype(float), POINT_FRAMES[theirs].astype(float)
    return np.stack([np.interp(wanted, there, row) for row in np.eye(len(there))], axis=1)
