"""Texture frames to sound that goes on for ever, in bounded memory and at constant speed.

Oscillators keep their phase and move on from where they are: between two frames the level of each
runs in a straight line and so does its frequency, so after n of HOP samples its phase has grown by

    w n + (w' - w) n² / (2 HOP),    w, w': angle a sample at both ends.

The noise is an excitation with the fine spectrum of the place that is played
(`messina.texture.fine`), through a filter that moves with the frames.

Chunks of sound agree however many frames a step brings: every frame is sounded by itself.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.counter_rng import CounterRng, Purpose
from messina.frames.layout import FINE_CELLS, FLAT_FINE, HOP, ZONES
from messina.frames.noise import NOISE_SIZE, SpectralFilter
from messina.texture.fine import MovingExcitation
from messina.texture.layout import (
    BANDS,
    NOISE,
    OFFSETS,
    PARTIALS,
    STEREO,
    group_at,
    log_frequencies,
)
from messina.units import SAMPLE_RATE

__all__ = ["TextureSynthesiser"]

Real = NDArray[np.float32]
Codes = NDArray[np.uint8]

_LEAD: Final = NOISE_SIZE // HOP - 1  # hops that noise comes out behind its rows
_SILENT = np.log(1e-6)
FADED = 1.5  # ln: over this range above silence a level fades in
HIDDEN_BY = 3.0  # ln under the noise of one group: 21 dB under that of its band
HIDING = 40.0  # how steeply it then falls
TOP_TURNS = 0.46  # a sample: sines above are left to the noise
_ZONE_CENTRES = np.log(np.array([120.0, 500.0, 2_000.0, 8_000.0]))
_BINS_HZ = np.fft.rfftfreq(NOISE_SIZE, 1 / SAMPLE_RATE).astype(np.float64)
_GROUP_OF_BIN = group_at(_BINS_HZ)
_EVEN = np.full(FINE_CELLS, FLAT_FINE, np.uint8)
EXCITATION = 1  # what, after the key, tags where the loops of its noise begin


def _zone_weights(frequencies_hz: NDArray[np.float64]) -> Real:
    """Share of each zone's value at each frequency [ZONES, K]."""
    log_hz = np.log(np.maximum(frequencies_hz, 1.0))
    return np.array([np.interp(log_hz, _ZONE_CENTRES, row) for row in np.eye(ZONES)], np.float32)


_BAND_ZONES = _zone_weights(np.exp(log_frequencies(np.zeros(BANDS))))
_BIN_ZONES = _zone_weights(_BINS_HZ)
_GROUP_OF_BAND = group_at(np.exp(log_frequencies(np.zeros(BANDS))))
_LEAN = np.where(np.arange(BANDS) % 2, 1.0, -1.0).astype(np.float32)


def _amplitudes(levels: Real) -> Real:
    return np.exp(levels) * np.clip((levels - np.float32(_SILENT)) / FADED, 0.0, 1.0)


def _heard(frames: Real) -> Real:
    """Levels [T, BANDS] of oscillators; what the noise around hides falls silent, to save sines."""
    levels = frames[:, PARTIALS]
    over = levels - frames[:, NOISE][:, _GROUP_OF_BAND] + np.float32(HIDDEN_BY)
    return levels + np.minimum(over, 0.0) * np.float32(HIDING)


class TextureSynthesiser:
    """Synthesises rows of texture frames; every row in gives HOP samples out, a few rows late."""

    LATE: Final = (_LEAD + 1) * HOP
    """Samples of silence before the first row is heard."""

    def __init__(self, *, key: int, fine: Codes = _EVEN) -> None:
        """From the beginning.

        Args:
            key: Of where its noise begins and of the phases its oscillators begin with, 32 bits.
            fine: Fine spectrum [FINE_CELLS] of the noise until it is to turn to another.
        """
        self._phases = 2 * np.pi * CounterRng(key, Purpose.TEXTURE).uniforms(BANDS)
        self._excitation = MovingExcitation(CounterRng(key, Purpose.TEXTURE, EXCITATION), fine)
        self._rows = np.zeros((0, 2 * BANDS + 2 * ZONES), np.float32)  # until their noise is out
        self._even = SpectralFilter(size=NOISE_SIZE, hop=HOP, channels=2)
        self._out = SpectralFilter(size=NOISE_SIZE, hop=HOP, channels=2)

    def turn_to(self, fine: Codes) -> None:
        """Crossfades the noise to this fine spectrum [FINE_CELLS] from the next row on."""
        self._excitation.turn_to(fine)

    def step(self, frames: Real) -> Real:
        """Rows [T, FRAME_SIZE] to sound [T * HOP, 2]."""
        if len(frames) == 0:
            return np.zeros((0, 2), np.float32)
        sound = self._noise(frames)
        rows = np.concatenate([_heard(frames), frames[:, OFFSETS], frames[:, STEREO]], axis=1)
        held = np.repeat(rows[:1], _LEAD, axis=0) if len(self._rows) == 0 else self._rows
        if len(self._rows) == 0:  # fades in from nothing
            held[:, :BANDS] = _SILENT
        joined = np.concatenate([held, rows])
        self._rows = joined[-_LEAD:]
        sound += self._oscillators(joined[: len(frames) + 1])
        return sound

    def _noise(self, frames: Real) -> Real:
        """[T * HOP, 2]"""
        even = self._even.spectra(self._excitation.read(len(frames) * HOP))
        gains = _amplitudes(frames[:, NOISE])[:, _GROUP_OF_BIN]
        pan, width = np.split(frames[:, STEREO], 2, axis=1)
        middle = even[0] * gains
        side = middle * (pan @ _BIN_ZONES) + even[1] * gains * (width @ _BIN_ZONES)
        return np.ascontiguousarray(
            self._out.overlapped(np.stack([middle - side, middle + side])).T
        )

    def _oscillators(self, rows: Real) -> Real:
        """Rows [T + 1, ...] to the sound between them [T * HOP, 2]."""
        count = len(rows) - 1
        levels = _amplitudes(rows[:, :BANDS])
        angles = 2 * np.pi / SAMPLE_RATE * np.exp(log_frequencies(rows[:, BANDS : 2 * BANDS]))
        levels *= angles < 2 * np.pi * TOP_TURNS
        growth = angles[:-1] * HOP + np.diff(angles, axis=0) * (HOP / 2)
        starts = self._phases + np.cumsum(growth, axis=0) - growth
        self._phases = (self._phases + growth.sum(axis=0)) % (2 * np.pi)
        bands = np.flatnonzero(levels.max(axis=0) > 0)
        pan, width = np.split(rows[:-1, 2 * BANDS :], 2, axis=1)
        pan, width = (pan @ _BAND_ZONES)[:, bands], (width @ _BAND_ZONES * _LEAN)[:, bands]
        out = np.zeros((2, count, HOP), np.float32)
        n = np.arange(HOP, dtype=np.float32)
        curve = (np.diff(angles, axis=0) / (2 * HOP)).astype(np.float32)[:, bands]
        steady, starts = angles[:-1, bands].astype(np.float32), starts[:, bands] % (2 * np.pi)
        slope = np.diff(levels[:, bands], axis=0) / HOP
        for t in range(count):
            phase = (
                starts[t].astype(np.float32)[:, None]
                + (steady[t][:, None] + curve[t][:, None] * n) * n
            )
            level = levels[t, bands][:, None] + slope[t][:, None] * n
            sine = level * np.sin(phase)
            out[0, t] = sine.sum(axis=0)
            out[1, t] = pan[t] @ sine
            if width[t].any():
                out[1, t] += width[t] @ (level * np.cos(phase))
        middle, side = out.reshape(2, -1)
        return np.stack([middle - side, middle + side], axis=1)
