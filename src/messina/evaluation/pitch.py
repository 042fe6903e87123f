"""How far a note is out of tune.

Audio is mono float [N] at 44.1 kHz with its onset at sample 0. The error is that of the strongest
spectral peak within a semitone of the nominal pitch, over 370 ms from 34 ms after the onset (the
knock of the attack has gone by then), in cents: above zero is sharp. What lies further off reads as
about ±100. Shorter sounds are read as far as they go.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from messina.evaluation.levels import Audio, Floats
from messina.evaluation.spectra import hann
from messina.units import SAMPLE_RATE, note_to_hz

__all__ = ["cents_error"]

START_SAMPLES: Final = 1500
WINDOW_SAMPLES: Final = 16_384
TRANSFORM_SAMPLES: Final = 4 * WINDOW_SAMPLES
BIN_HZ: Final = SAMPLE_RATE / TRANSFORM_SAMPLES


def _log_magnitudes(audio: Audio) -> Floats:
    start = START_SAMPLES if len(audio) > 2 * START_SAMPLES else 0
    part = np.asarray(audio[start : start + WINDOW_SAMPLES], np.float64)
    windowed = part * hann(WINDOW_SAMPLES)[: len(part)]
    return np.log(np.abs(np.fft.rfft(windowed, TRANSFORM_SAMPLES)) + 1e-12)


def _peak_offset(left: float, centre: float, right: float) -> float:
    # Vertex of the parabola through three log magnitudes. At four bins per window bin the main
    # lobe of a Hann window is a parabola to within 0.01 bin, 0.1 cents at 100 Hz.
    bend = left - 2.0 * centre + right
    return 0.0 if bend >= 0 else float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5))


def cents_error(audio: Audio, note: float) -> float:
    """Cents by which the sound is above its MIDI note number; NaN for silence."""
    if not np.any(audio):
        return float("nan")
    magnitudes = _log_magnitudes(audio)
    nominal_hz = float(note_to_hz(note))
    low, high = (int(nominal_hz * 2.0 ** (s / 12.0) / BIN_HZ) for s in (-1, 1))
    low = max(low, 1)
    peak = low + int(np.argmax(magnitudes[low : high + 2]))
    offset = _peak_offset(*(float(magnitudes[i]) for i in (peak - 1, peak, peak + 1)))
    return float(1200.0 * np.log2((peak + offset) * BIN_HZ / nominal_hz))
