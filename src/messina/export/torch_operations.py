"""Operations that torch.jit.script and torch.onnx.export need in two forms.

Scripted, each is torch's own; traced for ONNX, it is the operator of that standard which torch's
exporter does not know. The spectrum of a real signal is pairs of real numbers in both. Only of
`if is_scripting()` torch leaves the other branch alone.

Random numbers are by counting, those of messina.counter_rng, for many seeds at once, B. Words of 32
bits are int64, which has no unsigned twin.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from messina.counter_rng import FIRST_KEY, SPACING

__all__ = ["TorchRng", "half_spectrum", "inverse", "register", "shifted", "signal_of", "xor"]


def register(module: nn.Module, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Registers arrays as buffers of a module."""
    for name, array in arrays.items():
        module.register_buffer(name, torch.from_numpy(np.ascontiguousarray(array)))


def half_spectrum(signal: Tensor) -> Tensor:
    """Real and imaginary parts [..., N/2 + 1, 2] of the spectrum of a real signal [..., N]."""
    if torch.jit.is_scripting():
        out = torch.view_as_real(torch.fft.rfft(signal))
    else:
        out = _HalfSpectrum.apply(signal)  # type: ignore[no-untyped-call]
    return out


def signal_of(spectrum: Tensor, size: int) -> Tensor:
    """The signal [..., size] of what `half_spectrum` gives; size is even."""
    if torch.jit.is_scripting():
        out = torch.fft.irfft(torch.view_as_complex(spectrum), size)
    else:
        out = _SignalOf.apply(spectrum, size)  # type: ignore[no-untyped-call]
    return out


def inverse(spectrum: Tensor) -> Tensor:
    """The complex signal [..., N, 2] of a whole spectrum [..., N, 2]."""
    if torch.jit.is_scripting():
        out = torch.view_as_real(torch.fft.ifft(torch.view_as_complex(spectrum)))
    else:
        out = _Inverse.apply(spectrum)  # type: ignore[no-untyped-call]
    return out


def xor(a: Tensor, b: Tensor) -> Tensor:
    """Exclusive or, bit by bit, of whole numbers."""
    if torch.jit.is_scripting():  # noqa: SIM108
        out = torch.bitwise_xor(a, b)
    else:
        out = _Xor.apply(a, b)  # type: ignore[no-untyped-call]
    return out


def shifted(x: Tensor, bits: int) -> Tensor:
    """Logical right shift of whole numbers that are not negative."""
    if torch.jit.is_scripting():  # noqa: SIM108
        out = x >> bits
    else:
        out = torch.div(x, 2**bits, rounding_mode="trunc")
    return out


class _HalfSpectrum(torch.autograd.Function):
    @staticmethod
    def forward(_: Any, signal: Tensor) -> Tensor:
        return torch.view_as_real(torch.fft.rfft(signal))

    @staticmethod
    def symbolic(g: Any, signal: Any) -> Any:
        last = g.op("Constant", value_t=torch.tensor([-1]))
        return g.op("DFT", g.op("Unsqueeze", signal, last), onesided_i=1)


class _SignalOf(torch.autograd.Function):
    """ONNX inverts whole spectra alone: with nothing at the negative frequencies, twice the real
    part of the inverse is the signal, but for 0 Hz and the last bin, which count once."""

    @staticmethod
    def forward(_: Any, spectrum: Tensor, size: int) -> Tensor:
        return torch.fft.irfft(torch.view_as_complex(spectrum), size)

    @staticmethod
    def symbolic(g: Any, spectrum: Any, size: int) -> Any:
        weights = torch.full((size // 2 + 1, 1), 2.0)
        weights[[0, -1]] = 1.0
        weighted = g.op("Mul", spectrum, g.op("Constant", value_t=weights))
        length = g.op("Constant", value_t=torch.tensor(size))
        whole = g.op("DFT", weighted, length, inverse_i=1)
        return g.op("Gather", whole, g.op("Constant", value_t=torch.tensor(0)), axis_i=-1)


class _Inverse(torch.autograd.Function):
    @staticmethod
    def forward(_: Any, spectrum: Tensor) -> Tensor:
        return torch.view_as_real(torch.fft.ifft(torch.view_as_complex(spectrum)))

    @staticmethod
    def symbolic(g: Any, spectrum: Any) -> Any:
        return g.op("DFT", spectrum, inverse_i=1)


class _Xor(torch.autograd.Function):
    @staticmethod
    def forward(_: Any, a: Tensor, b: Tensor) -> Tensor:
        return torch.bitwise_xor(a, b)

    @staticmethod
    def symbolic(g: Any, a: Any, b: Any) -> Any:
        return g.op("BitwiseXor", a, b)


class TorchRng(nn.Module):
    """Streams are keys [B, 2]; numbers are had by their place in a stream."""

    def __init__(self) -> None:
        super().__init__()
        self.word, self.spacing = 0xFFFFFFFF, SPACING
        self.first_factor, self.second_factor = 0x7FEB352D, 0x846CA68B
        self.first_key, self.second_key = FIRST_KEY
        self.turn = 2.0 * math.pi

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
