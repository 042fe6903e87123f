"""The network with gradients: the same arrays by the same names as messina.stream.network."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from messina.stream.manifest import NetworkShape
from messina.stream.network import LAYERS, LOG_SPREADS

__all__ = ["FastModel", "mixture_loss"]

_LOG_TWO_PI: Final = float(np.log(2 * np.pi))


class FastModel(nn.Module):
    """Draws fast levels; shapes as in messina.stream.network."""

    fast_scale: Tensor

    def __init__(
        self, shape: NetworkShape, *, recordings: int, fast_scale: NDArray[np.float32]
    ) -> None:
        super().__init__()
        latents = len(fast_scale)
        self.register_buffer("fast_scale", torch.from_numpy(fast_scale))
        self.components = shape.components
        self.embedding = nn.Parameter(0.3 * torch.randn(recordings, shape.embedding))
        self.input = nn.Linear(3 * latents + shape.embedding, shape.width)
        self.gru = nn.GRU(shape.width, shape.width, LAYERS, batch_first=True)
        self.output = nn.Linear(shape.width, shape.components * (2 * latents + 1))

    def forward(
        self, fast: Tensor, slow: Tensor, earlier: Tensor, styles: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """ln weights [B, T, M], means and ln deviations [B, T, M, D] of what comes next.

        fast [B, T, D]: the fast level one patch before; slow, earlier [B, T, D]: the slow level
        now and some patches before; styles [B]: the recordings.
        """
        style = self.embedding[styles][:, None].expand(-1, fast.shape[1], -1)
        h = torch.tanh(self.input(torch.cat([fast, slow, earlier, style], dim=-1)))
        h, _ = self.gru(h)
        out = self.output(h).unflatten(-1, (self.components, -1))
        size = fast.shape[-1]
        spreads = out[..., size + 1 :].clamp(*LOG_SPREADS)
        return out[..., 0].log_softmax(dim=-1), out[..., 1 : size + 1], spreads


def mixture_loss(logits: Tensor, means: Tensor, spreads: Tensor, target: Tensor) -> Tensor:
    """Mean negative ln likelihood of targets [B, T, D], in nats a number."""
    distance = ((target.unsqueeze(-2) - means) * torch.exp(-spreads)).square()
    ln = -0.5 * (distance + _LOG_TWO_PI).sum(dim=-1) - spreads.sum(dim=-1)
    return -torch.logsumexp(logits + ln, dim=-1).mean() / target.shape[-1]
