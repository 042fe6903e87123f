"""Random numbers by counting, in torch: those of messina.counter_rng and messina.frames.white.

For many seeds at once, B. Words of 32 bits are int64, which has no unsigned twin.
"""

import math

import torch
from torch import Tensor, nn

from messina.counter_rng import FIRST_KEY, SPACING
from messina.export.torch_operations import shifted, xor
from messina.frames.white import TWIN_KEY

__all__ = ["TorchRng"]


class TorchRng(nn.Module):
    """Streams are keys [B, 2]; numbers are had by their place in a stream."""

    def __init__(self) -> None:
        super().__init__()
        self.word, self.spacing = 0xFFFFFFFF, SPACING
        self.first_factor, self.second_factor = 0x7FEB352D, 0x846CA68B
        self.first_key, self.second_key = FIRST_KEY
        self.other_key = TWIN_KEY
        self.turn, self.white_step = 2.0 * math.pi, math.sqrt(3.0) / 2**31

    def times(self, x: Tensor, factor: int) -> Tensor:
        """x · factor mod 2^32, in halves so that no product leaves 63 bits."""
        high = (x * (factor >> 16)) & 0xFFFF
        return (high * 0x10000 + x * (factor & 0xFFFF)) & self.word

    def mixed(self, x: Tensor) -> Tensor:
        """A bijection of 32 bits."""
        x = (xor(x, shifted(x, 16)) * self.first_factor) & self.word
        x = self.times(xor(x, shifted(x, 15)), self.second_factor)
        return xor(x, shifted(x, 16))

    def of_seed(self, seed: Tensor) -> Tensor:
        """The stream of seeds [B] without tags."""
        rest = torch.full_like(seed, self.first_key), torch.full_like(seed, self.second_key)
        return self.stream(torch.stack(rest, dim=1), seed)

    def stream(self, key: Tensor, tag: Tensor) -> Tensor:
        """The streams [..., 2] of the same seeds for what the tags [...] say."""
        first, second = key[..., 0], key[..., 1]
        for word in (tag & self.word, shifted(tag, 32)):
            first = self.mixed((xor(first, word) + self.spacing) & self.word)
            second = self.mixed((second + first) & self.word)
        return torch.stack([first, second], dim=-1)

    def bits(self, key: Tensor, start: int, count: int) -> Tensor:
        """Words [B, count] of a stream."""
        places = (torch.arange(start, start + count) + key[:, :1]) & self.word
        return self.mixed(xor(self.mixed(places), key[:, 1:]))

    def uniforms(self, key: Tensor, start: int, count: int) -> Tensor:
        """Numbers 0 <= x < 1 [B, count], a word each."""
        return self.bits(key, start, count).double() / 2.0**32

    def normals(self, key: Tensor, start: int, count: int) -> Tensor:
        """Numbers of mean 0 and variance 1 [B, count], two words each."""
        pairs = self.bits(key, start, 2 * count).view(-1, count, 2).double()
        radius = torch.sqrt(-2.0 * torch.log((pairs[:, :, 0] + 1.0) / 2.0**32))
        # A cosine, by the function that ONNX runtimes have had in double precision for longer.
        return radius * torch.sin(self.turn * (pairs[:, :, 1] / 2.0**32 + 0.25))

    def white_noise(self, key: Tensor, places: Tensor) -> Tensor:
        """Samples [B, 2, N] of the white noises of keys [B]; places [N] or [B, 1, N]."""
        keys = torch.stack([key, xor(key, torch.full_like(key, self.other_key))], dim=1)
        offset = self.mixed(self.times(keys, self.spacing))
        words = self.mixed((places + offset[:, :, None]) & self.word)
        signed = torch.where(words > 0x7FFFFFFF, words - 0x100000000, words)
        return signed.float() * self.white_step
