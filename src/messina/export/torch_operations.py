"""Operations that torch.jit.script and torch.onnx.export have to be told of in two ways.

Scripted, each is torch's own; traced for ONNX, it is the operator of that standard which torch's
exporter does not know. The spectrum of a real signal is pairs of real numbers in both. Only of
`if is_scripting()` torch leaves the other branch alone.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

__all__ = ["half_spectrum", "inverse", "register", "shifted", "signal_of", "xor"]


def register(module: nn.Module, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Makes arrays buffers of a module."""
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
    """Whole numbers, none negative, without their last bits."""
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
