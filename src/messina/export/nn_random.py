"""Chance that TorchScript can keep: numbers that follow from a key and a count, whatever the host.

The generator of messina.frames.white, in int64; its hash is all there is, so the same key gives the
same numbers in blocks of any size, on any machine.
"""

import math

import torch
from torch import Tensor, nn

__all__ = ["Chance"]


class Chance(nn.Module):
    """Numbers by key and count. Keys are below 2^32."""

    def __init__(self) -> None:
        super().__init__()
        self.spacing, self.word = 0x9E3779B9, 0xFFFFFFFF
        self.first_factor, self.second_factor = 0x7FEB352D, 0x846CA68B
        self.turn = 2.0 * math.pi

    def hashed(self, x: Tensor) -> Tensor:
        """A bijection of 32 bits."""
        x = ((x ^ (x >> 16)) * self.first_factor) & self.word
        x = ((x ^ (x >> 15)) * self.second_factor) & self.word
        return x ^ (x >> 16)

    def words(self, keys: Tensor, places: Tensor) -> Tensor:
        """32 bits for each key and place; their shapes are broadcast."""
        return self.hashed((places + self.hashed((keys * self.spacing) & self.word)) & self.word)

    def uniform(self, key: int, start: int, count: int) -> Tensor:
        """Numbers [count] between 0 and 1, neither included."""
        places = torch.arange(start, start + count)
        return (self.words(torch.tensor(key), places).double() + 0.5) / (self.word + 1)

    def normal(self, key: int, start: int, count: int) -> Tensor:
        """Gaussian numbers [count].

        Ref: Box & Muller (1958), "A note on the generation of random normal deviates".
        """
        pairs = self.uniform(key, 2 * start, 2 * count).view(count, 2)
        radius = torch.sqrt(-2.0 * torch.log(pairs[:, 0]))
        return radius * torch.cos(self.turn * pairs[:, 1])
