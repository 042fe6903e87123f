"""What the model is trained to do: likely frames, a compact latent, the right onset."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from messina.instrument.network import BODY_SCALE
from messina.learning.batches import Batch
from messina.learning.model import SoundModel, time_features

__all__ = ["LossConfig", "Losses", "losses"]

_FAINT_POWER = 1e-9
_LOUDEST = 6.0  # nepers over the gain


@dataclass(frozen=True, kw_only=True)
class LossConfig:
    """Weights of the terms."""

    divergence: float = 0.02  # of the Kullback-Leibler divergence, per dimension
    beta: float = 0.5  # Ref: Seitzer et al. (2022): how far the spread evens out the errors
    onset: float = 0.3
    power: float = 1.0  # of the error in the power of critical bands
    feature_noise: float = 0.03
    code_dropout: float = 0.0  # share of the latent code that is withheld


@dataclass(frozen=True, kw_only=True)
class Losses:
    """The sum to be minimised and what it is made of."""

    total: Tensor
    body: Tensor  # mean audible error, in units of BODY_SCALE
    divergence: Tensor
    onset: Tensor


def losses(
    model: SoundModel, batch: Batch, config: LossConfig, generator: torch.Generator
) -> Losses:
    """The losses of one batch; all chance comes from `generator`."""

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
