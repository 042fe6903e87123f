"""Any number of channels as one or two, as loud as they are.

More than two are mixed to stereo by ITU-R BS.775-3, annex 4: the centre and what is behind
3 dB down in either or its own channel, low-frequency effects left out. Counts that no standard
layout has are rows of pairs (several microphones): odd left, even right, the mean of those that
hold anything. What follows a `Mix` is linear, so the parts of a long file can be mixed one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.sound import Array

__all__ = ["ChannelLevels", "stereo_weights"]

Floats = NDArray[np.float64]

_SILENT: Final = 1e-6
"""Power re the loudest channel, -60 dB, under which a channel holds nothing."""
_MONO: Final = 1e-6
"""Power of the side re the middle, -60 dB, under which two channels are one."""
_OPPOSED: Final = -0.5
"""Correlation of left and right from which on one of them is taken to be inverted."""


def stereo_weights(channels: int) -> Floats:
    """Weights [C, 2] of a mix to stereo; of C = 1 and 2 the channels as they are [C, C]."""
    if channels <= 2:
        return np.eye(channels)
    left, right, centre, effects = (1.0, 0.0), (0.0, 1.0), (0.7071, 0.7071), (0.0, 0.0)
    behind = [(0.7071, 0.0), (0.0, 0.7071)]
    layouts = {
        3: [left, right, centre],
        4: [left, right, *behind],
        5: [left, right, centre, *behind],
        6: [left, right, centre, effects, *behind],
        7: [left, right, centre, effects, (0.5, 0.5), *behind],
        8: [left, right, centre, effects, *behind, *behind],
    }
    if channels in layouts:
        return np.array(layouts[channels])
    return np.array([left if i % 2 == 0 else right for i in range(channels)])


@dataclass
class ChannelLevels:
    """What the channels of a sound hold, added up block by block."""

    channels: int
    power: Floats = field(init=False)  # [C], sums of squares
    mixed_sum: Floats = field(init=False)  # [1 or 2]
    mixed_power: Floats = field(init=False)  # the same, sums of squares
    product: float = 0.0
    """Sum of left × right, of two channels after mixing."""

    def __post_init__(self) -> None:
        self.power = np.zeros(self.channels)
        self.mixed_sum = np.zeros(min(self.channels, 2))
        self.mixed_power = np.zeros(min(self.channels, 2))

    def add(self, block: Array, mixed: Array) -> None:
        """A block [N, C] and the same in one or two channels."""
        self.power += [_dot(channel, channel) for channel in block.T]
        self.mixed_sum += [channel.sum(dtype=np.float64) for channel in mixed.T]
        self.mixed_power += [_dot(channel, channel) for channel in mixed.T]
        if mixed.shape[1] == 2:
            self.product += _dot(mixed[:, 0], mixed[:, 1])

    def corrections(self, offset: Floats, frames: int) -> Floats:
        """Weights [1 or 2, 1 or 2] for the mixed channels, less an offset [1 or 2] of each.

        Channels that are equal become one. Where left and right are opposed, as from a plug that
        was soldered the wrong way round, right is turned over, for their middle is all but lost.
        """
        if len(self.mixed_power) == 1:
            return np.eye(1)
        weights = np.diag(self._gains())
        left, right = self.mixed_power - offset * (2 * self.mixed_sum - frames * offset)
        crossed = float(offset @ self.mixed_sum[::-1]) - frames * float(offset.prod())
        product = self.product - crossed
        middle, side = left + right + 2 * product, left + right - 2 * product
        if side <= _MONO * middle:
            return weights @ np.array([[0.5], [0.5]])
        if product < _OPPOSED * np.sqrt(left * right):
            turned = weights @ np.diag([1.0, -1.0])
            return turned @ np.array([[0.5], [0.5]]) if middle <= _MONO * side else turned
        return weights

    def _gains(self) -> Floats:
        """Of left and right: the mean of a row of pairs is that of the channels that sound."""
        if self.channels <= 8:
            return np.ones(2)
        sounding = self.power > _SILENT * self.power.max()
        return np.array([1 / max(1, int(sounding[side::2].sum())) for side in (0, 1)])


def _dot(first: Array, second: Array) -> float:
    return float(np.einsum("n,n->", first, second, dtype=np.float64, casting="same_kind"))
