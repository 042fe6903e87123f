"""A recording checked block by block: whether it can be used, and what is to be corrected.

Any number of channels become one or two, as loud as they are. More than two are mixed to stereo by
ITU-R BS.775-3, annex 4: the centre and what is behind 3 dB down in either or its own channel,
low-frequency effects left out. Counts that no standard layout has are rows of pairs (several
microphones): odd left, even right, the mean of those that hold anything. What follows a `Mix` is
linear, so the parts of a long file can be mixed one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.sound import Array
from messina.errors import SoundError

__all__ = [
    "LOUDEST_PEAK",
    "SILENCE_PEAK",
    "ChannelLevels",
    "Corrections",
    "Survey",
    "stereo_weights",
]

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
    """Level and correlation statistics of the channels of a sound, added up block by block."""

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
        """Adds a block [N, C], and that block mixed to one or two channels."""
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


SILENCE_PEAK: Final = 2.5 / 32768
"""Peak of a file that holds nothing but the last bit's dither."""

LOUDEST_PEAK: Final = 100.0
"""+40 dBFS: beyond it the samples are not on the ±1 scale."""

_FULL_SCALES: Final = (2.0**15, 2.0**23, 2.0**31)
"""Of integers, which some programs write as floats without scaling them."""

_QUIETEST: Final = 0.01
"""Peak re such a full scale, -40 dB, from which on that explains a sound."""

_QUIET_POWER: Final = 1e-10  # -100 dBFS


@dataclass(frozen=True, kw_only=True)
class Corrections:
    """Corrections of a recording: DC offset, then weights for its channels."""

    offset: Floats  # [mixed channels]
    weights: Floats  # [mixed channels, C], C is 1 or 2
    full_scale: float = 1.0
    """What the weights bring down to 1."""
    remarks: tuple[str, ...] = ()

    @property
    def channels(self) -> int:
        """Number of channels after the correction."""
        return self.weights.shape[1]

    def applied(self, audio: Array) -> Array:
        """Audio [n, mixed channels] corrected: [n, C]."""
        if self.offset.any():
            audio = audio - self.offset.astype(np.float32)
        if np.array_equal(self.weights, np.eye(len(self.weights))):
            return audio
        corrected: Array = audio @ self.weights.astype(np.float32)
        return corrected


class Survey:
    """Checks a recording block by block [n, C], and finds what is to be corrected in it."""

    def __init__(self, *, rate_hz: int, channels: int) -> None:
        self.frames = 0
        self._channels = channels
        self._weights = stereo_weights(channels).astype(np.float32)
        mixed = self._weights.shape[1]
        self._broken = 0
        self._low, self._high = np.full(channels, np.inf), np.full(channels, -np.inf)
        self._mixed_low, self._mixed_high = np.full(mixed, np.inf), np.full(mixed, -np.inf)
        self._levels = ChannelLevels(channels)
        self._offset = _Offset(max(1, rate_hz // 50), mixed)

    def mixed(self, block: Array) -> Array:
        """A block [n, C] mixed to one or two channels."""
        return block if self._channels <= 2 else block @ self._weights

    def add(self, block: Array) -> Array:
        """Takes a block in, and returns it mixed to one or two channels."""
        if not len(block):
            return self.mixed(block)
        self.frames += len(block)
        self._broken += block.size - int(np.isfinite(block).sum())
        with np.errstate(invalid="ignore", over="ignore"):
            mixed = self.mixed(block)
            # column by column: numpy's reductions over a last axis of two are many times slower
            self._low = np.minimum(self._low, [channel.min() for channel in block.T])
            self._high = np.maximum(self._high, [channel.max() for channel in block.T])
            self._mixed_low = np.minimum(self._mixed_low, [c.min() for c in mixed.T])
            self._mixed_high = np.maximum(self._mixed_high, [c.max() for c in mixed.T])
            self._levels.add(block, mixed)
            self._offset.add(mixed)
        return mixed

    def corrections(self) -> Corrections:
        """The corrections of the whole.

        Raises SoundError for NaN and infinity, silence, a constant, an impossible scale.
        """
        if self._broken:
            samples = self.frames * self._channels
            raise SoundError(f"{self._broken} of {samples} samples are NaN or infinite")
        peak = float(max(-self._low.min(), self._high.max()))
        full_scale, remarks = _full_scale(peak)
        self._check_sounding(peak)
        offset = self._offset.value()
        weights = self._levels.corrections(offset, self.frames) / full_scale
        return Corrections(offset=offset, weights=weights, full_scale=full_scale, remarks=remarks)

    def _check_sounding(self, peak: float) -> None:
        if float((self._high - self._low).max()) <= 2 * SILENCE_PEAK:
            if peak > SILENCE_PEAK:
                raise SoundError(f"no sound, only a constant offset (DC) of {peak:.2g}")
            raise SoundError("silent" if peak == 0 else f"silent (peak {_db(peak):.0f} dBFS)")
        if float((self._mixed_high - self._mixed_low).max()) <= 2 * SILENCE_PEAK:
            raise SoundError("silent but for channels that no mix to stereo has (low effects)")


def _full_scale(peak: float) -> tuple[float, tuple[str, ...]]:
    """What ±1 is in samples of this peak, and a remark where it is not 1."""
    if peak <= LOUDEST_PEAK:
        return 1.0, ()
    for full in _FULL_SCALES:
        if _QUIETEST * full <= peak <= full:
            return full, (f"its samples reach {peak:.3g}; read on a scale of ±{full:.0f}",)
    raise SoundError(f"peak of {peak:.3g}; audio is on the scale of ±1")


def _db(peak: float) -> float:
    return float(20 * np.log10(peak))


class _Offset:
    """The offset each channel has where it is quiet.

    The plain mean will not do: that of a decaying kick is not zero, and taking it away would
    leave a step at the onset. Parts of 20 ms are weighted by 1 / their own variance instead,
    so lead-in and tail decide, where the offset is all there is.
    """

    def __init__(self, size: int, channels: int) -> None:
        self._size = size
        self._rest = np.zeros((0, channels), np.float32)
        self._parts = 0
        self._weighted, self._weights = np.zeros(channels), np.zeros(channels)

    def add(self, block: Array) -> None:
        joined = np.concatenate([self._rest, block]) if len(self._rest) else block
        whole = len(joined) // self._size * self._size
        self._rest = joined[whole:].copy()
        self._parts += whole // self._size
        for channel in range(joined.shape[1] if whole else 0):
            parts = np.ascontiguousarray(joined[:whole, channel]).reshape(-1, self._size)
            means = parts.mean(axis=1, dtype=np.float64)
            power = np.einsum("bn,bn->b", parts, parts, dtype=np.float64) / self._size
            weights = 1.0 / (np.maximum(power - means**2, 0.0) + _QUIET_POWER)
            self._weighted[channel] += (means * weights).sum()
            self._weights[channel] += weights.sum()

    def value(self) -> Floats:
        """[C]; nothing of a sound of less than two parts, or where it is next to nothing."""
        if self._parts < 2:
            return np.zeros(len(self._weights))
        offset: Floats = self._weighted / self._weights
        return offset if np.abs(offset).max() > 1e-5 else np.zeros(len(offset))
