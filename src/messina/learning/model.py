"""The network with gradients: the same arrays by the same names as messina.instrument.network."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from messina.frames.layout import BODY_SIZE, ONSET_SIZE
from messina.instrument.network import (
    BODY_SCALE,
    DECAY_SHARES,
    TIME_CONSTANTS,
    TIME_FEATURES,
    TIME_WAVES,
    NetworkConfig,
    weight_shapes,
)
from messina.instrument.timegrid import LAST_FRAME

__all__ = ["SoundModel", "time_features"]


def time_features(frames: Tensor, decay_frames: Tensor) -> Tensor:
    """[B, P, TIME_FEATURES] of frames [B, P] and decays in frames [B, 1]."""
    log_time = torch.log1p(frames / 2) / float(np.log1p(LAST_FRAME / 2))
    share = frames / decay_frames
    angles = [np.pi * (k + 1) * log_time for k in range(TIME_WAVES)]
    columns = [
        log_time,
        *(torch.exp(-frames / tau) for tau in TIME_CONSTANTS),
        *(torch.sin(a) for a in angles),
        *(torch.cos(a) for a in angles),
        *(torch.exp(-share / s) for s in DECAY_SHARES),
        torch.log1p(4 * share) / 3,
    ]
    return torch.stack(columns, dim=-1)


def _stack(*widths: int) -> nn.ModuleList:
    return nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))


class SoundModel(nn.Module):
    """Encoder and decoder of whole sounds. Shapes as in messina.instrument.network."""

    body_mean: Tensor
    body_basis: Tensor
    onset_mean: Tensor
    onset_scale: Tensor
    onset_basis: Tensor

    def __init__(
        self, config: NetworkConfig, statistics: Mapping[str, NDArray[np.float32]]
    ) -> None:
        super().__init__()
        self.config = config
        for name, array in statistics.items():
            self.register_buffer(name, torch.from_numpy(array.astype(np.float32)))
        c = config
        self.labels = nn.Parameter(torch.randn(c.labels + 1, c.embedding) * 0.5)
        self.encoder = _stack(c.features + c.condition, *c.encoder, 2 * c.latent)
        self.identity = _stack(c.latent + c.condition, c.code, c.code)
        self.film = nn.Linear(c.code, 2 * c.width * (c.layers + 1))
        self.time = nn.Linear(TIME_FEATURES, c.width)
        self.body = _stack(*[c.width] * (c.layers + 1))
        self.level = nn.Linear(c.width, BODY_SIZE)
        self.spread = nn.Linear(c.width, BODY_SIZE)
        self.onset = _stack(c.code, c.onset_components, ONSET_SIZE)
        self._prepare()

    def _prepare(self) -> None:
        """Start near the mean sound, and with the onset's own directions."""
        with torch.no_grad():
            self.spread.weight.mul_(0.1)
            self.spread.bias.fill_(-0.5)
            length = self.onset_basis.square().sum(dim=1).clamp_min(1e-9)
            weights = self.weights()
            weights["onset.0.weight"].mul_(0.3)
            weights["onset.0.bias"].zero_()
            weights["onset.1.weight"].copy_(self.onset_basis.T / length)
            weights["onset.1.bias"].zero_()

    def weights(self) -> dict[str, Tensor]:
        """The learnt arrays by name."""
        return {name: self.get_parameter(name) for name in weight_shapes(self.config)}

    def condition(self, labels: Tensor, controls: Tensor) -> Tensor:
        """[B, condition] of label indices [B] (-1: unknown) and scaled controls."""
        return torch.cat([self.labels[labels + 1], controls], dim=-1)

    def features(self, rows: Tensor, onset: Tensor, weights: Tensor) -> Tensor:
        """What the encoder sees of body rows at its points, onset and the onset's weights."""
        rows = (rows - self.body_mean) @ self.body_basis.T
        weights = torch.sqrt(weights / weights.amax(dim=-1, keepdim=True))
        onset = (onset - self.onset_mean) / self.onset_scale * weights @ self.onset_basis.T
        return torch.cat([rows.flatten(1), onset], dim=-1)

    def encode(self, features: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and ln variance of the latent, each [B, latent]."""
        h = torch.cat([features, condition], dim=-1)
        h = nn.functional.silu(self.encoder[0](h))
        h = nn.functional.silu(self.encoder[1](h))
        mean, log_variance = self.encoder[2](h).chunk(2, dim=-1)
        return mean, log_variance.clamp(-8.0, 4.0)

    def code(self, z: Tensor, condition: Tensor) -> Tensor:
        """Latent code [B, code]."""
        h = nn.functional.silu(self.identity[0](torch.cat([z, condition], dim=-1)))
        code: Tensor = nn.functional.silu(self.identity[1](h))
        return code

    def onset_of(self, code: Tensor) -> Tensor:
        """Onsets [B, ONSET_SIZE], scaled: (onset - mean) / scale."""
        scaled: Tensor = self.onset[1](self.onset[0](code))
        return scaled

    def body_of(self, code: Tensor, times: Tensor) -> tuple[Tensor, Tensor]:
        """Scaled levels, (level - mean) / BODY_SCALE, and ln spreads, each [B, P, D]."""
        width = self.config.width
        film = self.film(code).view(len(code), 1, -1, 2, width)
        h = nn.functional.silu(self.time(times) * (1 + film[:, :, 0, 0]) + film[:, :, 0, 1])
        for i, layer in enumerate(self.body):
            normal = nn.functional.layer_norm(h, (width,))
            h = h + nn.functional.silu(
                layer(normal) * (1 + film[:, :, i + 1, 0]) + film[:, :, i + 1, 1]
            )
        return self.level(h), self.spread(h).clamp(-4.0, 2.0)

    def scaled_body(self, body: Tensor) -> Tensor:
        """(level - mean) / BODY_SCALE, as `body_of` gives it."""
        return (body - self.body_mean) / BODY_SCALE
