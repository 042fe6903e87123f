"""One oscillator a band: levels at frames in, sound out, phase carried from block to block.

Between frames the level runs in a straight line. At rest an oscillator's frequency is constant,
so with phase p at a frame and angle w a sample, the next HOP samples are

    (a + (b - a) n/HOP) sin(p + w n)
      = (a + (b - a) n/HOP) (sin p cos w n + cos p sin w n),   a, b: levels at both ends,

which for all bands and frames at once is two matrix products with one table of cos w n, sin w n.
A glide moves all oscillators under GLIDE_TOP_HZ alike: by 2^(semitones e^(-t/tau) / 12). It warps
their time, u(t) = ∫ 2^(semitones e^(-s/tau) / 12) ds, and they sound sin(p + w u(t)). A contour
(`messina.frames.contour`) moves all of them, and a glide what it moves on top.
"""

from __future__ import annotations

from copy import copy
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import HOP, PARTIAL_FLOOR
from messina.units import SAMPLE_RATE

__all__ = [
    "GATE_FROM",
    "GATE_OVER",
    "GLIDE_TOP_HZ",
    "NYQUIST_MARGIN",
    "STILL_SEMITONES",
    "Oscillators",
    "audible",
    "warped_time",
]

Real = NDArray[np.float32]
Double = NDArray[np.float64]

_MIDDLES = (np.arange(HOP) + 0.5) / HOP
_PORTION = 8  # frames whose phases are worked out at a time, so that they stay near the processor

GLIDE_TOP_HZ: Final = 1_500.0
"""Oscillators whose resting frequency is lower take part in a glide."""

STILL_SEMITONES: Final = 0.01
"""A glide nearer than this to its end has ended."""
NYQUIST_MARGIN: Final = 0.48
"""Share of the sample rate up to which oscillators sound."""
_HIGHEST_ANGLE = 2 * np.pi * NYQUIST_MARGIN
GATE_FROM: Final = 0.3
GATE_OVER: Final = 1.5
"""Nepers over the floor from which an oscillator sounds, and over which it comes in."""


def audible(levels: Real, floor: float) -> Real:
    """Amplitudes of ln levels, with a soft gate.

    What is within about 2 (16 dB) of the floor fades out.
    """
    gate = np.clip((levels - (floor + GATE_FROM)) / GATE_OVER, 0.0, 1.0)
    return np.exp(levels) * gate


def warped_time(semitones: float, tau_s: float) -> Double:
    """Warped time u in samples at samples 0, 1, …, while the glide still moves [M].

    Past the end of the table u grows by one a sample. Empty when nothing moves.
    """
    if abs(semitones) <= STILL_SEMITONES:
        return np.zeros(0)
    moving = int(tau_s * np.log(abs(semitones) / STILL_SEMITONES) * SAMPLE_RATE) + 1
    moving = -(-moving // HOP) * HOP
    middle = (np.arange(moving) + 0.5) / (tau_s * SAMPLE_RATE)
    speed = np.exp2(semitones / 12.0 * np.exp(-middle))
    return np.concatenate([[0.0], np.cumsum(speed)])


def _in_cycles(radians: Double) -> Double:
    return radians / (2 * np.pi)


def _turning(angles: Double) -> Real:
    """cos w n over sin w n [2K, HOP] of angles w [K], n = 0 … HOP - 1.

    With n = 16 i + j they are parts of e^(j w 16 i) e^(j w j): far fewer sines.
    """
    coarse = np.exp(1j * np.outer(angles, np.arange(0, HOP, 16)))
    fine = np.exp(1j * np.outer(angles, np.arange(16)))
    turned = (coarse[:, :, None] * fine[:, None, :]).reshape(len(angles), HOP)
    return np.concatenate([turned.real, turned.imag]).astype(np.float32)


class Oscillators:
    """A bank of oscillators that plays on from block to block.

    frequencies_hz [K] at rest, phases [K] in radians at sample 0, glide (semitones, tau in s),
    mix [channels, 2, K]: gain of each oscillator and of its quadrature component.
    """

    def __init__(
        self, frequencies_hz: Double, phases: Double, glide: tuple[float, float], mix: Real
    ) -> None:
        self._mix = mix
        usable = frequencies_hz < NYQUIST_MARGIN * SAMPLE_RATE
        self._angles = 2 * np.pi * np.where(usable, frequencies_hz, 0.0) / SAMPLE_RATE
        self._phases = np.asarray(phases, np.float64)
        self._usable = usable
        self._gliding = frequencies_hz < GLIDE_TOP_HZ
        self._warp = warped_time(*glide)
        self._frame = 0
        self._ahead = np.zeros(2)  # samples by contours so far: of what rests, and what glides
        self._table = _turning(self._angles)
        self._ramp = (np.arange(HOP) / HOP).astype(np.float32)

    def __deepcopy__(self, memo: object) -> Oscillators:
        """Another one at the same frame: all but that, and how far it is ahead, never changes."""
        other = copy(self)
        other._ahead = self._ahead.copy()
        return other

    def step(
        self, levels: Real, paces: Double | None = None, *, louder: Real | None = None
    ) -> Real:
        """Sound between the given frames: ln levels [T + 1, K] to samples [channels, T * HOP].

        The last row given must be the first row of the next call. paces [T + 1] is how fast all of
        them run at each frame, where their pitch is moved; louder [T + 1, K] by how many nepers
        they are played louder.
        """
        amplitudes = audible(levels, PARTIAL_FLOOR) * self._usable
        if louder is not None:
            amplitudes = amplitudes * np.exp(louder)
        if paces is not None:
            return self._moving(amplitudes, paces)
        count = len(amplitudes) - 1
        first, self._frame = self._frame, self._frame + count
        out = np.zeros((len(self._mix), count, HOP), np.float32)
        active = np.flatnonzero(amplitudes.max(axis=0, initial=0.0) > 0.0)
        gliding, steady = active[self._gliding[active]], active[~self._gliding[active]]
        moving = int(np.clip((len(self._warp) - 1) // HOP - first, 0, count))
        self._add_gliding(out[:, :moving], amplitudes[: moving + 1], gliding, first)
        self._add_steady(out[:, moving:], amplitudes[moving:], gliding, first + moving)
        self._add_steady(out, amplitudes, steady, first)
        return out.reshape(len(self._mix), -1)

    def _moving(self, amplitudes: Real, paces: Double) -> Real:
        """The same where a contour moves all of them."""
        count = len(amplitudes) - 1
        first, self._frame = self._frame, self._frame + count
        fastest = np.maximum(np.maximum(paces[:-1], paces[1:]), 1.0)
        speed = (paces[:-1, None] + _MIDDLES * np.diff(paces)[:, None]).reshape(-1)
        glide = np.ones(len(speed))
        falling = np.diff(self._warp[first * HOP : (first + count) * HOP + 1])
        glide[: len(falling)] = falling
        out = np.zeros((len(self._mix), count, HOP), np.float32)
        active = amplitudes.max(axis=0, initial=0.0) > 0.0
        begins, ends = self._resting_times(first), self._resting_times(first + count)
        for which, gliding in enumerate((False, True)):
            begin = begins[which] + self._ahead[which]
            times = begin + np.concatenate([[0.0], np.cumsum(speed)])
            self._ahead[which] = 0.0
            bands = np.flatnonzero(active & (self._gliding == gliding))
            for start in range(0, count, _PORTION):
                some = slice(start, min(start + _PORTION, count))
                now = times[:-1].reshape(count, 1, HOP)[some]
                levels = amplitudes[start : some.stop + 1]
                here = bands[levels[:, bands].max(axis=0) > 0.0]
                heard = np.outer(fastest[some], self._angles[here]) <= _HIGHEST_ANGLE
                own, growth = levels[:-1, here] * heard, np.diff(levels[:, here], axis=0) * heard
                self._add_warped(out[:, some], own, growth, here, self._phase_from(now, here))
            self._ahead[which] = times[-1] - ends[which]
            speed = speed * glide
        return out.reshape(len(self._mix), -1)

    def _resting_times(self, frame: int) -> tuple[float, float]:
        """Time in samples at a frame, had no contour moved it: of what rests, and what glides."""
        sample = frame * HOP
        last = len(self._warp) - 1
        if last < 0:
            return float(sample), float(sample)
        glided = self._warp[min(sample, last)] + max(sample - last, 0)
        return float(sample), float(glided)

    def _time_at(self, frames: NDArray[np.int64], bands: NDArray[np.int64]) -> Double:
        """(Warped) time in samples [T, k] at each frame for each band."""
        samples = frames * float(HOP)
        shift = self._warp[-1] - (len(self._warp) - 1) if len(self._warp) else 0.0
        return samples[:, None] + shift * self._gliding[bands] + self._ahead_of(bands)

    def _ahead_of(self, bands: NDArray[np.int64]) -> Double:
        """How far contours have put each band ahead [k], in samples."""
        ahead: Double = self._ahead[self._gliding[bands].astype(np.int64)]
        return ahead

    def _add_steady(
        self, out: Real, amplitudes: Real, bands: NDArray[np.int64], first: int
    ) -> None:
        count = out.shape[1]
        if count == 0 or len(bands) == 0:
            return
        time = self._time_at(np.arange(first, first + count), bands)
        cycles = time * _in_cycles(self._angles[bands])
        cycles -= np.floor(cycles)  # by far faster than np.mod
        phase = self._phases[bands] + 2 * np.pi * cycles
        sine, cosine = np.sin(phase).astype(np.float32), np.cos(phase).astype(np.float32)
        start = amplitudes[:-1, bands]
        growth = amplitudes[1:, bands] - start
        table = self._table[np.concatenate([bands, bands + len(self._angles)])]
        for channel, (own, quadrature) in zip(out, self._mix[:, :, bands], strict=True):
            turned = np.concatenate(
                [own * sine + quadrature * cosine, own * cosine - quadrature * sine], axis=1
            )
            channel += np.tile(start, 2) * turned @ table
            channel += self._ramp * (np.tile(growth, 2) * turned @ table)

    def _add_gliding(
        self, out: Real, amplitudes: Real, bands: NDArray[np.int64], first: int
    ) -> None:
        count = out.shape[1]
        time = self._warp[first * HOP : (first + count) * HOP].reshape(count, 1, HOP)
        if len(time) == 0 or len(bands) == 0:
            return
        start, growth = amplitudes[:-1, bands], np.diff(amplitudes[:, bands], axis=0)
        cycles = (
            _in_cycles(self._phases[bands])[:, None]
            + (time + self._ahead_of(bands)[:, None]) * _in_cycles(self._angles[bands])[:, None]
        )
        cycles -= np.floor(cycles)  # by far faster than np.mod
        phase = np.float32(2 * np.pi) * cycles.astype(np.float32)  # [T, k, HOP]
        self._add_warped(out, start, growth, bands, phase)

    def _phase_from(self, time: Double, bands: NDArray[np.int64]) -> Real:
        """Phases [T, k, HOP] at warped times [T, 1, HOP].

        From the start of each block on they run in single precision: 1e-4 radians at the top.
        """
        angles = self._angles[bands]
        begin = self._phases[bands] + np.mod(time[:, 0, :1] * angles, 2 * np.pi)
        since = (time - time[:, :, :1]).astype(np.float32)
        phase: Real = (
            begin.astype(np.float32)[:, :, None] + since * angles.astype(np.float32)[:, None]
        )
        return phase

    def _add_warped(
        self, out: Real, start: Real, growth: Real, bands: NDArray[np.int64], phase: Real
    ) -> None:
        """Oscillators at phases [T, k, HOP].

        start, growth [T, k]: their amplitudes, and by how much these rise.
        """
        level = start[:, :, None] + growth[:, :, None] * self._ramp
        mix = self._mix[:, :, bands]
        sine = level * np.sin(phase)
        for channel, own in zip(out, mix[:, 0], strict=True):
            channel += np.einsum("tkn,k->tn", sine, own)
        if mix[:, 1].any():
            cosine = level * np.cos(phase)
            for channel, quadrature in zip(out, mix[:, 1], strict=True):
                channel += np.einsum("tkn,k->tn", cosine, quadrature)
