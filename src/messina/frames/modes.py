"""Modes that die within the onset: damped sinusoids too brief for the spectrum to show as peaks.

The wood of a side stick, the shell of a snare or a floor tom ring at clear pitches, but for tens of
milliseconds: a long window blurs them into noise. ESPRIT finds them in the waveform. With the
samples as a Hankel matrix, its strongest left singular vectors span what damped sinusoids
z^n, z = e^(-1/tau + j w), can make; advancing that span by one sample multiplies it by a matrix
whose eigenvalues are the z.
Ref: Roy and Kailath (1989); Hua and Sarkar (1990) for damped sinusoids.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from messina.frames.glide import low_part
from messina.frames.layout import (
    BANDS,
    HOP,
    PARTIAL_FLOOR,
    REFERENCE_HZ,
    band_edges_hz,
    oscillator_hz,
)
from messina.frames.spectrum import hann
from messina.units import SAMPLE_RATE

__all__ = ["Modes", "add_modes", "find_modes"]

Real = NDArray[np.float32]
Double = NDArray[np.float64]

TOP_HZ: Final = 2_000.0

_DECIMATION = 8
_HEARD = 256  # decimated samples: 46 ms
_ORDER = 16  # complex exponentials: 8 modes
_SHORTEST_S, _LONGEST_S = 0.0025, 0.08  # time constants that are neither clicks nor partials
_LEAST_CYCLES = 2.0  # within a time constant
_LEAST_SHARE = 0.02  # of the energy heard
_MOST_SHARE = 4.0  # more, and modes only cancel each other
_LEAST_AMPLITUDE = 0.05  # re the sound's gain
_CLEAR = 2.5  # ln: what is this much softer than a mode does not count
_APART_HZ = 90.0  # from partials already known: nearer, a mode only mends how those were measured
_WINDOW = 1_024  # samples around a frame in which a mode is looked for
_LONGEST_SOUND = int(8 * _LONGEST_S * SAMPLE_RATE)
_LEAST_TOGETHER = 0.3  # what the modes must explain of it, or there are none


@dataclass(frozen=True, kw_only=True)
class Modes:
    """Damped sinusoids Re(weight z^n), all [M]."""

    frequency_hz: Double
    tau_s: Double
    weight: NDArray[np.complex128]

    @property
    def amplitude(self) -> Double:
        """Amplitude of each mode at sample 0 [M]."""
        return np.abs(self.weight)

    def where(self, keep: NDArray[np.bool_]) -> Modes:
        """Those of the modes that a mask [M] keeps."""
        return Modes(
            frequency_hz=self.frequency_hz[keep], tau_s=self.tau_s[keep], weight=self.weight[keep]
        )

    def sound(self, samples: int, shares: Double) -> Real:
        """Waveform [samples] of all modes together; shares [T, M]: how much of each a frame has."""
        at = np.arange(min(samples, _LONGEST_SOUND))
        rate = (-1 / self.tau_s + 2j * np.pi * self.frequency_hz) / SAMPLE_RATE
        waves = np.exp(rate * at[:, None])
        for mode, share in enumerate(shares.T):
            waves[:, mode] *= np.interp(at, np.arange(len(share)) * HOP, share)
        wave = (waves @ self.weight).real
        return np.pad(wave, (0, samples - len(at))).astype(np.float32)

    def lasting(self, residual: Real, frames: int) -> Double:
        """The share of each mode [frames, M] that is heard: all of it where it was fitted.

        What decays for 46 ms as if it rang on may be damped after that, or beat with a neighbour;
        no mode is louder than what sounds at its pitch.
        """
        looked = min(frames, _LONGEST_SOUND // HOP)
        reach = looked * HOP + _WINDOW
        padded = np.pad(residual[: reach - _WINDOW // 2], (_WINDOW // 2, _WINDOW))[:reach]
        windows = sliding_window_view(padded, _WINDOW)[::HOP][:looked]
        turns = np.exp(-2j * np.pi / SAMPLE_RATE * np.arange(_WINDOW)[:, None] * self.frequency_hz)
        found = np.abs(windows @ (hann(_WINDOW)[:, None] * turns)) * (4 / _WINDOW)
        seconds = np.arange(looked)[:, None] * HOP / SAMPLE_RATE
        modelled = np.exp(-seconds / self.tau_s) * self.amplitude
        shares = np.ones((frames, len(self.tau_s)))
        later = slice(_HEARD * _DECIMATION // HOP, looked)
        shares[later] = np.minimum(1.0, found[later] / np.maximum(modelled[later], 1e-12))
        return np.asarray(np.minimum.accumulate(shares, axis=0))


_NONE = Modes(frequency_hz=np.zeros(0), tau_s=np.zeros(0), weight=np.zeros(0, np.complex128))


def find_modes(residual: Real) -> Modes:
    """Damped sinusoids of an onset [N], by ESPRIT; sinusoids that last are taken away beforehand.

    Ref: Roy & Kailath (1989), "ESPRIT: estimation of signal parameters via rotational invariance
    techniques"; Hua & Sarkar (1990), "Matrix pencil method for estimating parameters of
    exponentially damped/undamped sinusoids in noise".
    """
    heard = np.zeros(_HEARD * _DECIMATION + 2048, np.float32)
    heard[: min(len(residual), len(heard))] = residual[: len(heard)]
    samples = low_part(heard, TOP_HZ)[: _HEARD * _DECIMATION : _DECIMATION].astype(np.float64)
    energy = float((samples**2).sum())
    if energy <= 0.0:
        return _NONE
    poles = _poles(samples)
    poles = poles[_plausible(poles)]
    waves = poles[None] ** np.arange(len(samples))[:, None]
    basis = np.concatenate([waves.real, -waves.imag], axis=1)
    parts = np.linalg.lstsq(basis, samples, rcond=1e-6)[0]
    explained = 1.0 - float(((samples - basis @ parts) ** 2).sum()) / energy
    if explained < _LEAST_TOGETHER:
        return _NONE
    weight = parts[: len(poles)] + 1j * parts[len(poles) :]
    share = 0.5 * np.abs(weight) ** 2 * (np.abs(waves) ** 2).sum(axis=0) / energy
    frequency_hz, tau_s = _frequency_and_tau(poles)
    modes = Modes(frequency_hz=frequency_hz, tau_s=tau_s, weight=weight)
    loud = (share > _LEAST_SHARE) & (modes.amplitude > _LEAST_AMPLITUDE)
    return modes.where(loud & (share < _MOST_SHARE))


def _frequency_and_tau(poles: NDArray[np.complex128]) -> tuple[Double, Double]:
    """Frequency in Hz and time constant in s of poles z; growing ones never die away."""
    seconds = _DECIMATION / SAMPLE_RATE
    decay = -np.log(np.clip(np.abs(poles), 1e-9, 1 - 1e-9))
    return np.angle(poles) / (2 * np.pi * seconds), seconds / decay


def _plausible(poles: NDArray[np.complex128]) -> NDArray[np.bool_]:
    frequency_hz, tau_s = _frequency_and_tau(poles)
    audible = (frequency_hz > 30.0) & (frequency_hz < TOP_HZ)
    return (
        audible
        & (tau_s > _SHORTEST_S)
        & (tau_s < _LONGEST_S)
        & (frequency_hz * tau_s > _LEAST_CYCLES)
    )


def _poles(samples: Double) -> NDArray[np.complex128]:
    hankel = sliding_window_view(samples, len(samples) // 2)
    span = np.linalg.svd(hankel.T, full_matrices=False)[0][:, :_ORDER]
    advance = np.linalg.lstsq(span[:-1], span[1:], rcond=None)[0]
    return np.linalg.eigvals(advance).astype(np.complex128)


def add_modes(levels: Real, offsets: Double, residual: Real) -> tuple[Real, Double, Real]:
    """Levels [T, BANDS] and offsets [BANDS] of a sound without pitch, with its modes put in.

    Also what they sound [N]. Of two modes in one band the one with more energy is taken.
    """
    modes = find_modes(residual)
    edges = band_edges_hz()
    bands = np.searchsorted(edges, modes.frequency_hz) - 1
    levels, offsets = levels.copy(), offsets.copy()
    time_s = np.arange(len(levels)) * HOP / SAMPLE_RATE
    early, known_hz = levels[:8].max(axis=0), oscillator_hz(offsets, REFERENCE_HZ)
    shares = modes.lasting(residual, len(levels))
    taken: dict[int, int] = {}
    for mode in np.argsort(-(modes.amplitude**2) * modes.tau_s):
        band = int(bands[mode])
        start = float(np.log(modes.amplitude[mode]))
        beside = known_hz[early > start - _CLEAR]
        near = np.abs(beside - modes.frequency_hz[mode]).min(initial=np.inf) < _APART_HZ
        if not 0 <= band < BANDS or band in taken or near:
            continue
        taken[band] = mode
        low, high = np.log(edges[band : band + 2])
        offsets[band] = (np.log(modes.frequency_hz[mode]) - low) / (high - low) - 0.5
        ringing = start - time_s / modes.tau_s[mode] + np.log(np.maximum(shares[:, mode], 1e-9))
        levels[:, band] = np.maximum(ringing, PARTIAL_FLOOR)
    used = np.isin(np.arange(len(bands)), list(taken.values()))
    return levels, offsets, modes.where(used).sound(len(residual), shares[:, used])
