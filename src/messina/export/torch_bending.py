"""Pitch that moves, in torch: oscillators in warped time, and noise read at their pace.

As messina.frames.contour, and what oscillators and noise do with a contour, for B voices
at once. Functions, so that what is traced for ONNX keeps their conditions.
"""

import torch
from torch import Tensor

from messina.frames.synthesis import MOST_BENT_CENTS

__all__ = ["bent_time", "pace_of", "passing", "read_at", "with_warped"]


def pace_of(cents: Tensor, most: float = MOST_BENT_CENTS) -> Tensor:
    """Ratio of frequency [B] of pitch moved by cents [B], at most `most` cents."""
    return torch.pow(2.0, cents.double().clamp(-most, most) / 1200.0)


def bent_time(before: Tensor, after: Tensor, hop: int) -> Tensor:
    """Warped time of oscillators [B, HOP + 1] from a block's start on, while their pace changes.

    It is a sum of the paces in the middle between samples, as numpy's.
    """
    share = (torch.arange(hop).double() + 0.5) / hop
    speed = before[:, None] + share * (after - before)[:, None]
    return torch.cat([torch.zeros_like(speed[:, :1]), torch.cumsum(speed, dim=1)], dim=1)


def passing(before: Tensor, after: Tensor, hop: int) -> Tensor:
    """Positions [B, HOP + 1] at which noise is read over a block, while its pace changes."""
    n = torch.arange(hop + 1).double()
    faster = (after - before)[:, None] / (2.0 * hop)
    return n * (before[:, None] + n * faster)


@torch.jit.script_if_tracing  # type: ignore[untyped-decorator]
def read_at(loops: Tensor, rows: Tensor, places: Tensor) -> Tensor:
    """Samples [B, (the middle, its twin), N] at places [B, N] of loops [R, size].

    rows [B]: whose these are. Between samples by cubic Lagrange interpolation.
    """
    size = loops.shape[1]
    whole = torch.floor(places)
    share = (places - whole).float()[:, None]
    first = torch.stack([whole, whole + size // 2], dim=1).long()
    begin = rows[:, None, None] * size
    here = torch.take(loops, begin + torch.remainder(first, size))
    if bool((share != 0.0).any()):
        before = torch.take(loops, begin + torch.remainder(first - 1, size))
        after = torch.take(loops, begin + torch.remainder(first + 1, size))
        later = torch.take(loops, begin + torch.remainder(first + 2, size))
        d = share
        here = (
            here * (d + 1.0) * (d - 1.0) * (d - 2.0) / 2.0
            - before * d * (d - 1.0) * (d - 2.0) / 6.0
            - after * (d + 1.0) * d * (d - 2.0) / 2.0
            + later * (d + 1.0) * d * (d - 1.0) / 6.0
        )
    return here


@torch.jit.script_if_tracing  # type: ignore[untyped-decorator]
def with_warped(
    out: Tensor,
    moving: Tensor,
    ends: Tensor,
    phase: Tensor,
    angles: Tensor,
    places: Tensor,
    ramp: Tensor,
    own: Tensor,
    twin: Tensor,
) -> Tensor:
    """The sound [B, 2, HOP] with oscillators in warped time, of the voices that are moving [B].

    ends [B, 2, BANDS]: levels at both ends, 0 of what stands still; places [B, HOP]: warped time
    from the block's start on.
    """
    if bool(moving.any()):
        rows = torch.nonzero(moving)[:, 0]
        ends = ends[rows]
        heard = (ends.amax(dim=[0, 1]) > 0.0).long()
        bands = int((heard * torch.arange(1, ends.shape[2] + 1)).max().clamp(min=1))
        ends = ends[:, :, :bands]
        levels = ends[:, 0, :, None] + (ends[:, 1] - ends[:, 0])[:, :, None] * ramp
        turned = angles[rows, :bands, None].float() * places[rows, None].float()
        turned = phase[rows, :bands, None] + turned
        sound = torch.matmul(own[rows, :, :bands], levels * torch.sin(turned))
        aside = twin[rows, :, :bands]
        if bool((aside != 0.0).any()):
            sound = sound + torch.matmul(aside, levels * torch.cos(turned))
        out = out.index_add(0, rows, sound)
    return out
