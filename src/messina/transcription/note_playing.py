"""Notes of a tune played by an instrument, with the bends and the swells they were sung with.

A note is rendered at its pitch and read faster and slower as it bends; bends are small, so that
this moves its spectrum by less than one takes from another. What is held follows the level of the
voice; what is struck dies away as it does, and only how hard it is struck is the voice's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from messina.counter_rng import CounterRng, Purpose
from messina.instrument import Instrument
from messina.instrument.headroom import headroom_db
from messina.instrument.playing import LONGEST_S
from messina.limiter import limited
from messina.sequences.voices import LET_GO
from messina.transcription.performance import STEP_S, Performed
from messina.units import SAMPLE_RATE, db_to_amplitude

__all__ = ["bent", "play_notes"]

Audio = NDArray[np.float32]
Floats = NDArray[np.float64]

HELD: Final = 2.0
"""A label that lasts so many times as long as a note is held by it, and follows its swells."""
ATTACK_S: Final = 0.06
"""The beginning of a note is the instrument's own, whatever the voice's level does there."""
_OVERSAMPLING: Final = 2


def play_notes(
    instrument: Instrument,
    notes: Sequence[Performed],
    *,
    seed: int,
    wildness: float,
    progress: Callable[[float, float], None] | None = None,
) -> Audio:
    """The notes as audio [N, 2], second 0 at sample 0. Raises ControlError."""
    release_s = LET_GO / SAMPLE_RATE
    ends_s = max(note.time_s + _length_s(note) for note in notes) + release_s
    sound = np.zeros((round(ends_s * SAMPLE_RATE) + 1, 2), np.float32)
    gain = float(db_to_amplitude(headroom_db(instrument.manifest.responses)))
    for number, note in enumerate(notes):
        note_seed = CounterRng(seed, Purpose.STRIKE, number).bits() % 2**32
        one = gain * _played(instrument, note, note_seed, wildness)
        start = round(note.time_s * SAMPLE_RATE)
        end = min(start + len(one), len(sound))
        sound[start:end] += one[: end - start]
        if progress:
            progress(note.time_s, ends_s)
    return limited(sound)


def _length_s(note: Performed) -> float:
    return LONGEST_S if note.length_s is None else min(note.length_s, LONGEST_S)


def _played(instrument: Instrument, note: Performed, seed: int, wildness: float) -> Audio:
    """One note [N, 2], until it is let go and a little longer."""
    length = round(_length_s(note) * SAMPLE_RATE) + LET_GO
    response = next(r for r in instrument.manifest.responses if r.label == note.label)
    lasts_s = float(np.exp(response.decay.centre))
    held = note.length_s is not None and lasts_s >= HELD * note.length_s
    bend = _course(note.bend_cents, length)
    needed_s = float(np.sum(2.0 ** (bend / 1200.0))) / SAMPLE_RATE
    audio = instrument.render(
        note=note.note,
        velocity=note.velocity,
        label=note.label,
        length_s=min(needed_s + 0.1, LONGEST_S) if held else None,
        wildness=wildness,
        seed=seed,
    )
    audio = bent(audio, bend) if note.bend_cents else audio[:length].copy()
    if held and note.level_db:
        audio *= _swell(note.level_db, len(audio))[:, None]
    if note.length_s is not None:
        left = length - np.arange(len(audio))
        audio *= np.clip(left / LET_GO, 0.0, 1.0).astype(np.float32)[:, None]
    return audio


def _course(values: Sequence[float], length: int) -> Floats:
    """A value for each of so many samples, of values every STEP_S; the last stays."""
    if not values:
        return np.zeros(length)
    places = np.arange(len(values)) * STEP_S * SAMPLE_RATE
    return np.asarray(np.interp(np.arange(length), places, values))


def _swell(level_db: Sequence[float], length: int) -> Audio:
    """Gain [N], from 1 at the note's beginning into the level it has by ATTACK_S."""
    gain = 10.0 ** (_course(level_db, length) / 20.0)
    into = np.clip(np.arange(length) / (ATTACK_S * SAMPLE_RATE), 0.0, 1.0)
    return ((1.0 - into) + into * gain).astype(np.float32)


def bent(audio: Audio, bend_cents: Floats) -> Audio:
    """The audio [N, C] read so much higher at each of the samples [M] to come, [≤ M, C]."""
    steps = 2.0 ** (bend_cents / 1200.0)
    places = np.concatenate([[0.0], np.cumsum(steps)[:-1]]) * _OVERSAMPLING
    fine = soxr.resample(audio, SAMPLE_RATE, _OVERSAMPLING * SAMPLE_RATE, quality="VHQ")
    places = places[places < len(fine) - 1]
    return _between(fine, places)


def _between(fine: Audio, places: Floats) -> Audio:
    """The audio [N, C] between its samples, by cubic Lagrange interpolation."""
    padded = np.pad(fine, ((1, 3), (0, 0)))
    whole = places.astype(np.int64)
    d = (places - whole).astype(np.float32)[:, None]
    before, here, after, later = (padded[whole + shift] for shift in range(4))
    return np.asarray(
        -before * d * (d - 1) * (d - 2) / 6
        + here * (d + 1) * (d - 1) * (d - 2) / 2
        - after * (d + 1) * d * (d - 2) / 2
        + later * (d + 1) * d * (d - 1) / 6,
        np.float32,
    )
