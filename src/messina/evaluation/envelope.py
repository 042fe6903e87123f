"""How a sound starts, goes on and ends.

Audio is mono float [N] at 44.1 kHz with its onset at sample 0.

Envelope: RMS of blocks of 88 samples (2 ms) plus 1e-4, in dB: nothing under -80 dBFS counts.
Envelope error: mean absolute difference of two envelopes. Attack error: the same over the first
30 ms. Attack level: level of the first 10 ms re the loudest 50 ms, in dB; about 0 and more for what
is struck, the lower the softer it sets in. Audible length: until blocks of 10 ms stay 60 dB under
the loudest 50 ms. Tail level: level of the last tenth re the loudest 50 ms, in dB; about -40 for a
sound that was left to ring out. Tail rise: the most that the level of blocks of 1024 samples
(23 ms), later than 140 ms after the loudest block, climbs above the lowest block before it, held at
a floor 50 dB under the loudest; a sound that only dies away has 0, decaying noise 1 to 2, a second
sound more.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from messina.evaluation.levels import Audio, Floats, block_levels_db, level_db, loudest_db, matched
from messina.units import SAMPLE_RATE

__all__ = [
    "attack_error_db",
    "attack_level_db",
    "audible_length_s",
    "envelope_db",
    "envelope_error_db",
    "tail_level_db",
    "tail_rise_db",
]

ENVELOPE_SAMPLES: Final = 88
ATTACK_BLOCKS: Final = 15
ONSET_SAMPLES: Final = 441
AUDIBLE_DB: Final = -60.0
ENVELOPE_FLOOR: Final = 1e-4

RISE_SAMPLES: Final = 1024
RISE_AFTER_BLOCKS: Final = 6
RISE_FLOOR_DB: Final = -50.0


def envelope_db(audio: Audio) -> Floats:
    """Level [N // 88] of each 2 ms, in dB."""
    blocks = len(audio) // ENVELOPE_SAMPLES
    shaped = np.asarray(audio[: blocks * ENVELOPE_SAMPLES], np.float64).reshape(blocks, -1)
    return np.asarray(20.0 * np.log10(np.sqrt(np.mean(shaped**2, axis=1)) + ENVELOPE_FLOOR))


def _envelope_errors_db(reference: Audio, other: Audio) -> Floats:
    first, second = matched(reference, other)
    short = ENVELOPE_SAMPLES - len(first)
    if short > 0:
        first, second = np.pad(first, (0, short)), np.pad(second, (0, short))
    return np.asarray(np.abs(envelope_db(first) - envelope_db(second)))


def envelope_error_db(reference: Audio, other: Audio) -> float:
    """Mean difference of the envelopes in dB, over the longer of the two sounds."""
    return float(_envelope_errors_db(reference, other).mean())


def attack_error_db(reference: Audio, other: Audio) -> float:
    """Mean difference of the envelopes in dB, over the first 30 ms."""
    return float(_envelope_errors_db(reference, other)[:ATTACK_BLOCKS].mean())


def attack_level_db(audio: Audio) -> float:
    """Level of the first 10 ms of the sound re its loudest 50 ms, in dB; NaN for silence."""
    if not np.any(audio):
        return float("nan")
    return level_db(audio[:ONSET_SAMPLES]) - loudest_db(audio)


def audible_length_s(audio: Audio) -> float:
    """Seconds until the sound stays 60 dB under its loudest 50 ms; 0 for silence."""
    if not np.any(audio):
        return 0.0
    padded = np.pad(audio, (0, -len(audio) % ONSET_SAMPLES))
    heard = block_levels_db(padded, ONSET_SAMPLES) > loudest_db(audio) + AUDIBLE_DB
    blocks = int(np.flatnonzero(heard)[-1]) + 1 if heard.any() else 0
    return min(blocks * ONSET_SAMPLES, len(audio)) / SAMPLE_RATE


def tail_level_db(audio: Audio) -> float:
    """Level of the last tenth of the sound re its loudest 50 ms, in dB; NaN for silence."""
    if not np.any(audio):
        return float("nan")
    return level_db(audio[int(0.9 * len(audio)) :]) - loudest_db(audio)


def tail_rise_db(audio: Audio) -> float:
    """Largest climb of the level after the sound has begun to die away, in dB."""
    levels = block_levels_db(audio, RISE_SAMPLES)
    if not len(levels):
        return 0.0
    levels = np.maximum(levels, levels.max() + RISE_FLOOR_DB)
    tail = levels[int(np.argmax(levels)) + RISE_AFTER_BLOCKS :]
    if len(tail) < 3:
        return 0.0
    return float(np.max(tail - np.minimum.accumulate(tail)))
