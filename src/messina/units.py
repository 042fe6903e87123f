"""Conversions between the field's units. Audio is float32, nominally ±1."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "KEYS",
    "NEPERS_TO_DB",
    "SAMPLE_RATE",
    "amplitude_to_db",
    "db_to_amplitude",
    "hz_to_note",
    "note_name",
    "note_to_hz",
]

SAMPLE_RATE = 44_100
"""The one rate inside the program, in Hz. Files are resampled once, at import and at export."""
KEYS: Final = 128
"""Of MIDI."""
NEPERS_TO_DB: Final = float(20 / np.log(10))

Floats = NDArray[np.float64]

_NOTE_NAMES: Final = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


def note_to_hz(note: ArrayLike) -> Floats:
    """Frequency of a MIDI note number in Hz, A4 = 69 = 440 Hz; fractions are cents.

    >>> float(note_to_hz(69))
    440.0
    """
    return 440.0 * np.exp2((np.asarray(note, np.float64) - 69.0) / 12.0)


def hz_to_note(frequency_hz: ArrayLike) -> Floats:
    """MIDI note number, fractional, of a frequency in Hz.

    >>> float(hz_to_note(880.0))
    81.0
    """
    return 69.0 + 12.0 * np.log2(np.asarray(frequency_hz, np.float64) / 440.0)


def note_name(number: float) -> str:
    """The name of the nearest note, C4 being 60.

    >>> note_name(60), note_name(50.8), note_name(10)
    ('C4', 'D#3', 'A#-1')
    """
    nearest = round(number)
    return f"{_NOTE_NAMES[nearest % 12]}{nearest // 12 - 1}"


def amplitude_to_db(amplitude: ArrayLike, *, floor_db: float = -120.0) -> Floats:
    """Level in dB re 1, never under `floor_db`.

    >>> round(float(amplitude_to_db(0.5)), 2)
    -6.02
    """
    floor = 10.0 ** (floor_db / 20.0)
    return 20.0 * np.log10(np.maximum(np.asarray(amplitude, np.float64), floor))


def db_to_amplitude(level_db: ArrayLike) -> Floats:
    """Amplitude of a level in dB re 1.

    >>> float(db_to_amplitude(-20.0))
    0.1
    """
    return np.power(10.0, np.asarray(level_db, np.float64) / 20.0)
