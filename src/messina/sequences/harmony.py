"""Which chord underlies each beat of a score, and by how much two scores' keys differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.events import TICKS_PER_BEAT
from messina.sequences.song import SongNote

__all__ = ["NO_CHORD", "chord_name", "chords_of_beats", "key_shift", "pitch_classes"]

Floats = NDArray[np.float64]

NO_CHORD: Final = -1

# Semitones over the root, and how much the name of the chord rests on each.
_KINDS: Final = {
    "": {0: 1.0, 4: 1.0, 7: 0.8},
    "m": {0: 1.0, 3: 1.0, 7: 0.8},
    "7": {0: 1.0, 4: 1.0, 7: 0.6, 10: 0.9},
    "m7": {0: 1.0, 3: 1.0, 7: 0.6, 10: 0.9},
    "maj7": {0: 1.0, 4: 1.0, 7: 0.6, 11: 0.9},
    "dim": {0: 1.0, 3: 1.0, 6: 1.0},
    "sus": {0: 1.0, 5: 1.0, 7: 0.9},
}
_ROOTS: Final = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_BASS_WEIGHT: Final = 0.1
"""What the lowest note adds to being the root."""
_CLEAR: Final = 0.7
"""How alike a beat and its chord must be, 0 … 1, to say that it is one."""


def _templates() -> Floats:
    """Unit vectors [12 * kinds, 12], root by root."""
    rows = []
    for root in range(12):
        for weights in _KINDS.values():
            row = np.zeros(12)
            for step, weight in weights.items():
                row[(root + step) % 12] = weight
            rows.append(row / np.linalg.norm(row))
    return np.array(rows)


_TEMPLATES = _templates()


def chord_name(chord: int) -> str:
    """What a chord's number stands for.

    >>> chord_name(0), chord_name(7 * len(_KINDS) + 2), chord_name(NO_CHORD)
    ('C', 'G7', '-')
    """
    if chord == NO_CHORD:
        return "-"
    return _ROOTS[chord // len(_KINDS)] + list(_KINDS)[chord % len(_KINDS)]


def chords_of_beats(notes: Sequence[SongNote], ticks: int) -> list[int]:
    """The chord of every beat of so many ticks, as a number; NO_CHORD where none is clear.

    A beat in which little sounds goes on with the chord before.
    """
    beats = -(-ticks // TICKS_PER_BEAT)
    weights, lowest = np.zeros((beats, 12)), np.full(beats, 128)
    for note in notes:
        first = int(note.tick // TICKS_PER_BEAT)
        last = int((note.tick + max(note.length_ticks, 1.0) - 0.5) // TICKS_PER_BEAT)
        for beat in range(max(first, 0), min(last, beats - 1) + 1):
            start, end = beat * TICKS_PER_BEAT, (beat + 1) * TICKS_PER_BEAT
            held = min(note.tick + note.length_ticks, end) - max(note.tick, start)
            weights[beat, note.note % 12] += max(held, 1.0)
            lowest[beat] = min(lowest[beat], note.note)
    chords: list[int] = []
    for row, low in zip(weights, lowest, strict=True):
        if np.count_nonzero(row) < 2:
            chords.append(chords[-1] if chords else NO_CHORD)
        else:
            chords.append(_chord(row, int(low)))
    return chords


def _chord(weights: Floats, lowest: int) -> int:
    """The chord most like these weights of pitch classes [12]."""
    levels = np.sqrt(weights)  # long notes count for more, but not for all
    alike = _TEMPLATES @ (levels / np.linalg.norm(levels))
    root = lowest % 12
    favoured = alike.copy()
    favoured[root * len(_KINDS) : (root + 1) * len(_KINDS)] += _BASS_WEIGHT * alike.max()
    best = int(np.argmax(favoured))
    return best if alike[best] >= _CLEAR else NO_CHORD


def pitch_classes(notes: Sequence[SongNote]) -> Floats:
    """For how long each pitch class sounds [12], as shares."""
    counts = np.zeros(12)
    for note in notes:
        counts[note.note % 12] += min(max(note.length_ticks, 1.0), 4.0 * TICKS_PER_BEAT)
    return counts / max(counts.sum(), 1e-9)


def key_shift(classes: Floats, reference: Floats) -> int:
    """Semitones, -6 … 5, by which pitch classes [12] are moved to lie most like the reference."""
    shifts = range(-6, 6)
    return max(
        shifts, key=lambda s: (round(float(np.roll(classes, s) @ reference), 9), -abs(s), -s)
    )
