"""The 12-bar blues as rules: its chords, melodies that fit them, and how well something keeps them.

A chorus is 96 quavers. Chords are sets of pitch classes; melodies walk on the pentatonic scale of
the chord of each bar, in one octave.

Ref: Eck, Schmidhuber (2002), A first look at music composition using LSTM recurrent neural
networks, whose setting this is: 12 units of chords, 13 of melody, a vector a quaver.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from messina.events import TICKS_PER_BEAT, Event, Phrase, Voice
from messina.units import SAMPLE_RATE, note_to_hz

__all__ = [
    "BAR",
    "CHORDS",
    "CHORUS",
    "FORM",
    "HOLDS",
    "MELODY",
    "VOCABULARY",
    "Kept",
    "chord_units",
    "chorus",
    "form_kept",
    "phrase_of",
    "plucked",
]

Real = NDArray[np.float32]
Steps = NDArray[np.int64]

BAR: Final = 8
"""Quavers a bar."""

CHORUS: Final = 12 * BAR
CHORDS: Final = 12
MELODY: Final = 13

HOLDS: Final = -1
"""A melody step at which nothing sounds."""

_LOWEST_CHORD: Final = 48  # C3
_LOWEST_MELODY: Final = 72  # C5
_TICKS: Final = TICKS_PER_BEAT // 2


class Chord(NamedTuple):
    """Pitch classes that sound, and the five of the scale melodies take over it; C is 0."""

    sounds: tuple[int, ...]
    scale: tuple[int, ...]


_C7: Final = Chord((0, 4, 7, 10), (0, 2, 4, 7, 9))
_F7: Final = Chord((5, 9, 0, 3), (5, 7, 9, 0, 2))
_A7: Final = Chord((9, 1, 4, 7), (9, 11, 1, 4, 6))
_DM7: Final = Chord((2, 5, 9, 0), (2, 5, 7, 9, 0))
_G7: Final = Chord((7, 11, 2, 5), (7, 9, 11, 2, 4))

FORM: Final = (_C7, _F7, _C7, _C7, _F7, _F7, _C7, _A7, _DM7, _G7, _C7, _G7)
"""The chord of each bar."""

_LENGTHS: Final = (1, 2, 3, 4)
_LENGTH_CHANCES: Final = (0.45, 0.35, 0.1, 0.1)
_LEAPS: Final = (-2, -1, 1, 2)
_LEAP_CHANCES: Final = (0.15, 0.35, 0.35, 0.15)
_RESTS: Final = 0.12

VOCABULARY: Final = (
    *(Voice(label="chords", note=_LOWEST_CHORD + pitch) for pitch in range(CHORDS)),
    *(Voice(label="melody", note=_LOWEST_MELODY + pitch) for pitch in range(MELODY)),
)
"""What the phrases of `phrase_of` are made of."""


def chord_units(choruses: int = 1) -> Real:
    """The chords of so many choruses [96 * choruses, 12], 1 where a pitch class sounds."""
    bars = np.zeros((len(FORM), CHORDS), np.float32)
    for bar, chord in zip(bars, FORM, strict=True):
        bar[list(chord.sounds)] = 1.0
    return np.tile(np.repeat(bars, BAR, axis=0), (choruses, 1))


def chorus(rng: np.random.Generator) -> Steps:
    """A melody of one chorus [96]: semitones over the lowest note, or HOLDS."""
    melody = np.full(CHORUS, HOLDS)
    at, pitch = 0, int(rng.integers(MELODY))
    while at < CHORUS:
        length = int(rng.choice(_LENGTHS, p=_LENGTH_CHANCES))
        length = min(length, BAR - at % BAR)  # no note hangs over into another chord
        pitch = _next_pitch(pitch, FORM[at // BAR], at % BAR == 0, rng)
        if rng.random() >= _RESTS:
            melody[at : at + length] = pitch
        at += length
    return melody


def _next_pitch(pitch: int, chord: Chord, down_beat: bool, rng: np.random.Generator) -> int:
    """A step or two along the scale; on the first beat of a bar a note of the chord."""
    pitches = [p for p in range(MELODY) if p % 12 in chord.scale]
    if down_beat:
        own = [p for p in pitches if p % 12 in chord.sounds]
        return min(own, key=lambda p: (abs(p - pitch), p))
    nearest = min(range(len(pitches)), key=lambda i: (abs(pitches[i] - pitch), i))
    place = nearest + int(rng.choice(_LEAPS, p=_LEAP_CHANCES))
    if not 0 <= place < len(pitches):
        place = nearest - (place - nearest)
    return pitches[place]


class Kept(NamedTuple):
    """How well choruses keep to the rules, 0 … 1."""

    chords: float
    """Bars throughout which exactly the right chord sounds."""
    scale: float
    """Sounding quavers of melody in the scale of the chord that should sound."""
    by_chance: float
    """The same with the melody a chord late: as who follows the key but not the form."""


def form_kept(chords: Real, melody: Steps) -> Kept:
    """How well steps [N, 12] and [N], which begin a chorus, keep to the rules."""
    bars = len(chords) // BAR
    right = chord_units(-(-bars // len(FORM)))[: bars * BAR]
    same = (chords[: bars * BAR] == right).all(axis=1).reshape(bars, BAR).all(axis=1)
    return Kept(
        chords=float(same.mean()),
        scale=_in_scale(melody, 0),
        by_chance=float(np.mean([_in_scale(melody, late) for late in range(1, len(FORM))])),
    )


def _in_scale(melody: Steps, bars_late: int) -> float:
    sounding = np.flatnonzero(melody != HOLDS)
    chords = [FORM[(int(at) // BAR + bars_late) % len(FORM)] for at in sounding]
    inside = [int(pitch) % 12 in c.scale for pitch, c in zip(melody[sounding], chords, strict=True)]
    return float(np.mean(inside)) if inside else 0.0


def phrase_of(chords: Real, melody: Steps, *, name: str, tempo_bpm: float = 120.0) -> Phrase:
    """Steps as a phrase over VOCABULARY. What goes on at the next step is held; chords till a bar.

    The right chord is the context of each beat, by its place among the chords of the form.
    """
    events: list[Event] = []
    for unit in range(CHORDS):
        events += _held(chords[:, unit] > 0, unit, velocity=70.0, at_most=BAR)
    for pitch in range(MELODY):
        events += _held(melody == pitch, CHORDS + pitch, velocity=96.0, at_most=len(melody))
    kinds = list(dict.fromkeys(FORM))
    return Phrase(
        name=name,
        events=tuple(sorted(events, key=lambda event: (event.tick, event.voice))),
        ticks=len(chords) * _TICKS,
        tempo_bpm=tempo_bpm,
        context=tuple(kinds.index(FORM[at // BAR % len(FORM)]) for at in range(0, len(chords), 2)),
    )


def _held(on: NDArray[np.bool_], voice: int, *, velocity: float, at_most: int) -> Sequence[Event]:
    """A note for every run of steps; runs are cut at multiples of `at_most` steps."""
    places = np.arange(len(on))
    starts = on & (~np.roll(on, 1) | (places % at_most == 0))
    events = []
    for start in np.flatnonzero(starts):
        after = np.flatnonzero(~on[start:] | (starts[start:] & (places[start:] > start)))
        length = int(after[0]) if len(after) else len(on) - int(start)
        events.append(
            Event(
                tick=int(start) * _TICKS,
                voice=voice,
                velocity=velocity,
                length_ticks=length * _TICKS - 1.0,
            )
        )
    return events


Audio = NDArray[np.float32]

_HARMONICS: Final = 8
_LONGEST_S: Final = 3.0
_LET_GO_S: Final = 0.08
_PEAK: Final = 0.8


def plucked(phrase: Phrase, vocabulary: Sequence[Voice]) -> Audio:
    """The phrase [N, 2] at 44.1 kHz, its highest peak 2 dB under full scale."""
    length_s = phrase.ticks * phrase.tick_s + _LONGEST_S
    out = np.zeros(round(length_s * SAMPLE_RATE) + 1)
    for event in phrase.events:
        tone = _tone(vocabulary[event.voice].note or 60, event.length_ticks * phrase.tick_s)
        start = max(round((event.tick * phrase.tick_s + event.late_s) * SAMPLE_RATE), 0)
        here = out[start : start + len(tone)]
        here += (event.velocity / 127) ** 2 * tone[: len(here)]
    peak = np.abs(out).max(initial=0.0)
    mono = (out * (_PEAK / peak if peak else 0.0)).astype(np.float32)
    return np.stack([mono, mono], axis=1)


def _tone(note: int, held_s: float) -> NDArray[np.float64]:
    """One note: harmonics that decay, the high ones sooner, and end when it is let go."""
    hz = float(note_to_hz(note))
    time_s = np.arange(round(min(held_s + _LET_GO_S, _LONGEST_S) * SAMPLE_RATE)) / SAMPLE_RATE
    tone = np.zeros(len(time_s))
    for harmonic in range(1, _HARMONICS + 1):
        if harmonic * hz < 0.4 * SAMPLE_RATE:
            decay = np.exp(-time_s * (1.5 + 1.2 * harmonic))
            tone += decay * np.sin(2 * np.pi * harmonic * hz * time_s) / harmonic
    return tone * np.clip((time_s[-1:] - time_s) / _LET_GO_S, 0.0, 1.0)
