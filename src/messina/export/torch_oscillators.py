"""Oscillators in torch: a block of HOP samples from the levels at its ends, for B voices at once.

As messina.frames.oscillators. What glides or bends runs in warped time (messina.frames.
contour); only of that the phase is worked out for every sample. Functions, so that what is traced
for ONNX keeps their conditions; they see no globals: numbers are what they are given.
"""

import numpy as np
import torch
from torch import Tensor, nn

from messina.export.torch_operations import register
from messina.export.torch_tables import GATE_FROM, GATE_OVER, STILL_SEMITONES
from messina.frames.layout import HOP, PARTIAL_FLOOR
from messina.frames.oscillators import NYQUIST_MARGIN
from messina.frames.synthesis import MOST_BENT_CENTS

__all__ = ["Oscillators", "audible", "pace_of"]


def audible(
    levels: Tensor, floor: float, gate_from: float = GATE_FROM, gate_over: float = GATE_OVER
) -> Tensor:
    """Amplitudes of ln levels, with a soft gate above `floor`, as the numpy synthesiser's."""
    gate = ((levels - (floor + gate_from)) / gate_over).clamp(0.0, 1.0)
    return torch.exp(levels) * gate


def pace_of(cents: Tensor, most: float = MOST_BENT_CENTS) -> Tensor:
    """Ratio of frequency [B] of pitch moved by cents [B], at most `most` cents."""
    return torch.pow(2.0, cents.double().clamp(-most, most) / 1200.0)


class Oscillators(nn.Module):
    """The oscillators of any number of voices; parameters and state are passed to each step."""

    samples: Tensor
    ramp: Tensor

    def __init__(self) -> None:
        super().__init__()
        samples = np.arange(HOP)
        register(self, {"samples": samples, "ramp": (samples / HOP).astype(np.float32)})
        self.hop, self.partial_floor, self.still = HOP, PARTIAL_FLOOR, STILL_SEMITONES
        self.highest_angle = 2.0 * np.pi * float(NYQUIST_MARGIN)

    def step(
        self,
        rows: Tensor,
        paces: Tensor,
        block: Tensor,
        sound: dict[str, Tensor],
        state: dict[str, Tensor],
    ) -> Tensor:
        """[B, 2, HOP] between the first two of the rows [B, 3, BANDS] and of the paces [B, 3].

        What stands still is two matrix products with the sound's own table of sines; only what
        glides or bends, while it does, has its phase worked out for every sample.
        """
        ends = audible(rows[:, :2], self.partial_floor) * sound["usable"][:, None]
        passed = block.clamp(min=0).double() * self.hop
        rested, now = state["rested"], state["warped"]
        bending = (paces[:, :2] != 1.0).any(dim=1)
        moving = self.moving(passed, sound) & ~bending
        gliding = sound["gliding"]
        time = rested[:, None] + gliding * (now - rested)[:, None]
        phase = torch.remainder(time * sound["angles"], 2.0 * torch.pi).float() + sound["phases"]
        warping = torch.where(bending[:, None], torch.ones_like(gliding), gliding * moving[:, None])
        out = self.steady(ends * (1.0 - warping.float())[:, None], phase, sound)
        if torch.jit.is_scripting() and not bool((moving | bending).any()):
            state["rested"] = torch.where(block >= 0, rested + self.hop, rested)
            state["warped"] = torch.where(block >= 0, now + self.hop, now)
            return out
        angles, own, twin = sound["angles"], sound["own"], sound["twin"]
        local = self.warped(passed, sound)
        lows = ends * gliding[:, None].float()
        out = _with_warped(out, moving, lows, phase, angles, local[:, :-1], self.ramp, own, twin)
        bent = _bent_time(paces[:, 0], paces[:, 1], self.hop)
        fastest = paces[:, :2].amax(dim=1).clamp(min=1.0)
        heard = ends * (fastest[:, None] * angles <= self.highest_angle).float()[:, None]
        out = _with_warped(out, bending, heard, phase, angles, bent[:, :-1], self.ramp, own, twin)
        still = torch.where(bending, bent[:, -1], torch.full_like(now, self.hop))
        total = torch.where(moving, local[:, -1], still)
        state["rested"] = torch.where(block >= 0, rested + still, rested)
        state["warped"] = torch.where(block >= 0, now + total, now)
        return out

    def steady(self, ends: Tensor, phase: Tensor, sound: dict[str, Tensor]) -> Tensor:
        """Oscillators that do not glide; ends [B, 2, BANDS], phase at the start [B, BANDS]."""
        sine, cosine = torch.sin(phase)[:, None], torch.cos(phase)[:, None]
        own, twin = sound["own"], sound["twin"]
        turned = torch.cat([own * sine + twin * cosine, own * cosine - twin * sine], dim=2)
        start, growth = ends[:, :1], ends[:, 1:] - ends[:, :1]
        straight = torch.matmul(torch.cat([start, start], dim=2) * turned, sound["table"])
        rising = torch.matmul(torch.cat([growth, growth], dim=2) * turned, sound["table"])
        return straight + self.ramp * rising

    def moving(self, passed: Tensor, sound: dict[str, Tensor]) -> Tensor:
        """Which voices still glide in this block [B]."""
        size = sound["semitones"].abs()
        ratio = size.clamp(min=self.still) / self.still
        lasts = torch.floor(sound["tau"] * torch.log(ratio)) + 1.0
        return (passed < lasts) & (size > self.still)

    def warped(self, passed: Tensor, sound: dict[str, Tensor]) -> Tensor:
        """Warped time from the block's start on [B, HOP + 1], of voices that glide."""
        semitones, tau = sound["semitones"][:, None], sound["tau"][:, None]
        middle = passed[:, None] + self.samples + 0.5
        speed = torch.pow(2.0, semitones / 12.0 * torch.exp(-middle / tau))
        return torch.cat([torch.zeros_like(tau), torch.cumsum(speed, dim=1)], dim=1)


def _bent_time(before: Tensor, after: Tensor, hop: int) -> Tensor:
    """Warped time of oscillators [B, HOP + 1] from a block's start on, while their pace changes.

    It is a sum of the paces in the middle between samples, as numpy's.
    """
    share = (torch.arange(hop).double() + 0.5) / hop
    speed = before[:, None] + share * (after - before)[:, None]
    return torch.cat([torch.zeros_like(speed[:, :1]), torch.cumsum(speed, dim=1)], dim=1)


@torch.jit.script_if_tracing  # type: ignore[untyped-decorator]
def _with_warped(
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
