"""The network with gradients, and its loss: likely frames, a compact latent, the right onset.

Its arrays are the same by the same names as those of messina.instrument.network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
from messina.learning.batches import Batch

__all__ = ["LossConfig", "Losses", "SoundModel", "losses", "time_features"]


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
    """The conditional variational autoencoder of whole sounds, with gradients.

    Shapes as in messina.instrument.network. Ref: Kingma & Welling (2014), "Auto-encoding
    variational Bayes"; Sohn, Lee & Yan (2015), "Learning structured output representation using
    deep conditional generative models".
    """

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
        """Encoder input [B, features].

        Principal components of levels at its points and of the onset.

        rows: levels [B, P, D]; onset, weights: static parameters and how much each counts [B,
        ONSET_SIZE].
        """
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
        """Hidden code [B, code] of latents [B, latent] and conditioning [B, condition]."""
        h = nn.functional.silu(self.identity[0](torch.cat([z, condition], dim=-1)))
        code: Tensor = nn.functional.silu(self.identity[1](h))
        return code

    def onset_of(self, code: Tensor) -> Tensor:
        """Static parameters [B, ONSET_SIZE], standardised: (onset - mean) / scale."""
        scaled: Tensor = self.onset[1](self.onset[0](code))
        return scaled

    def body_of(self, code: Tensor, times: Tensor) -> tuple[Tensor, Tensor]:
        """Levels at times [B, P, TIME_FEATURES], standardised, and their ln scales: each [B, P, D].

        Every layer is modulated by the code. Ref: Perez et al. (2018), "FiLM: visual reasoning with
        a general conditioning layer".
        """
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


_FAINT_POWER = 1e-9
_LOUDEST = 6.0  # nepers over the gain


@dataclass(frozen=True, kw_only=True)
class LossConfig:
    """Weights of the terms of the loss."""

    divergence: float = 0.02  # of the Kullback-Leibler divergence, per dimension
    beta: float = 0.5  # Ref: Seitzer et al. (2022): how far the spread evens out the errors
    onset: float = 0.3
    power: float = 1.0  # of the error in the power of critical bands
    feature_noise: float = 0.03
    code_dropout: float = 0.0  # share of the latent code that is withheld


@dataclass(frozen=True, kw_only=True)
class Losses:
    """The loss and its terms, each a scalar."""

    total: Tensor
    body: Tensor  # mean audible error, in units of BODY_SCALE
    divergence: Tensor
    onset: Tensor


def losses(
    model: SoundModel, batch: Batch, config: LossConfig, generator: torch.Generator
) -> Losses:
    """The loss of one batch: reconstruction and divergence. All chance comes from `generator`.

    Ref: Kingma & Welling (2014), eq. 7; Seitzer et al. (2022) for the weight of learnt scales.
    """

    def noise(like: Tensor) -> Tensor:
        return torch.randn(like.shape, generator=generator, device=like.device)

    features = model.features(batch.rows, batch.onset, batch.onset_weights)
    features = features + config.feature_noise * noise(features)
    source = model.condition(batch.source_labels, batch.source_controls)
    mean, log_variance = model.encode(features, source)
    z = mean + noise(mean) * (log_variance / 2).exp()
    code = model.code(z, model.condition(batch.labels, batch.controls))
    if config.code_dropout:
        chance = torch.rand(code.shape, generator=generator, device=code.device)
        code = code * (chance >= config.code_dropout) / (1.0 - config.code_dropout)
    body, error = _body_loss(model, code, batch, config)
    divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).mean()
    onset = _onset_loss(model, code, batch)
    total = body + config.divergence * divergence + config.onset * onset
    return Losses(total=total, body=error, divergence=divergence.detach(), onset=onset.detach())


def _body_loss(
    model: SoundModel, code: Tensor, batch: Batch, config: LossConfig
) -> tuple[Tensor, Tensor]:
    """Laplace likelihood, and the plain error, both weighted by what is heard."""
    level, spread = model.body_of(code, time_features(batch.frames, batch.decay_frames))
    error = (level - model.scaled_body(batch.target)).abs()
    scale = spread.exp()
    likelihood = (error / scale + spread) * scale.detach() ** config.beta
    total = (likelihood * batch.weights).sum()
    if config.power:
        total = total + config.power * _power_loss(model, level, batch)
    return total, (error.detach() * batch.weights).sum()


def _power_loss(model: SoundModel, level: Tensor, batch: Batch) -> Tensor:
    """Error of the power in critical bands, whether partials or noise make it.

    Where a partial lies is often chance, and the likeliest level of each is silence; together
    they are as loud as they are.
    """
    powers = [
        torch.bmm((2 * x.clamp(max=_LOUDEST)).exp(), batch.band_shares)
        for x in (model.body_mean + BODY_SCALE * level, batch.target)
    ]
    ours, theirs = (0.5 * (p + _FAINT_POWER).log() for p in powers)
    loudest = theirs.amax(dim=(1, 2), keepdim=True)
    weights = ((theirs - loudest + 7.0) / 7.0).clamp(0.05, 1.0)
    return ((ours - theirs).abs() * weights).sum() / weights.sum() / BODY_SCALE


def _onset_loss(model: SoundModel, code: Tensor, batch: Batch) -> Tensor:
    weights = batch.target_onset_weights
    scaled = (batch.target_onset - model.onset_mean) / model.onset_scale
    error = nn.functional.smooth_l1_loss(model.onset_of(code), scaled, reduction="none")
    return (weights * error).sum() / weights.sum()
