"""A performance played by an instrument, or a phrase resynthesised: strokes and notes one by one.

Notes of a tune have the bends and the swells they were sung with. A note is rendered at its pitch
and read faster and slower as it bends; bends are small, so that this moves its spectrum by less
than one takes from another. What is sustained is held as long as the voice is and follows its
level; what is struck dies away as it does, and only how hard it is struck is the voice's.

A phrase is resynthesised apart: its strokes are separated where they begin; what each still sounds
when the next begins is made up and what earlier ones still sound is taken off, so that the sum of
all is the phrase again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from messina.corpus.slicing import find_cuts
from messina.corpus.sound import Array
from messina.counter_rng import CounterRng, Purpose
from messina.errors import ControlError
from messina.frames.interpolation import cubic
from messina.instrument import Instrument
from messina.instrument.finishing import headroom_db
from messina.instrument.playing import LONGEST_S
from messina.limiter import limited
from messina.ranges import RANGES
from messina.rhythm.hits import ringing_hits
from messina.rhythm.onsets import find_onsets
from messina.rhythm.recognising import kind_of
from messina.sequences.performer import Performer, PerformerConfig
from messina.sequences.voices import LET_GO
from messina.transcription.performance import STEP_S, Performed, phrase_of
from messina.units import SAMPLE_RATE, db_to_amplitude

__all__ = [
    "LONGEST_TAKE_S",
    "Resynthesised",
    "bent",
    "is_phrase",
    "play",
    "play_notes",
    "resynth_phrase",
]

Audio = NDArray[np.float32]
Floats = NDArray[np.float64]

LONGEST_HELD_S: Final = RANGES["length_s"][1]
"""What is sustained is held no longer."""
RELEASE_S: Final = 0.25
"""What a sustained note is given to end in, as the learnt ones do."""
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
    sustained = instrument.sustained
    longest_s = [_length_s(note, note.label in sustained) for note in notes]
    ends_s = max(note.time_s + s for note, s in zip(notes, longest_s, strict=True)) + RELEASE_S
    sound = np.zeros((round(ends_s * SAMPLE_RATE) + 1, 2), np.float32)
    gain = float(db_to_amplitude(headroom_db(instrument.manifest.responses)))
    for number, note in enumerate(notes):
        note_seed = CounterRng(seed, Purpose.STRIKE, number).bits() % 2**32
        one = gain * _played(
            instrument, note, note_seed, wildness, sustained=note.label in sustained
        )
        start = round(note.time_s * SAMPLE_RATE)
        end = min(start + len(one), len(sound))
        sound[start:end] += one[: end - start]
        if progress:
            progress(note.time_s, ends_s)
    return limited(sound)


def _length_s(note: Performed, sustained: bool) -> float:
    """How long it is heard at most: what is struck has ended by itself after a while."""
    if note.length_s is None:
        return LONGEST_S
    return min(note.length_s, LONGEST_HELD_S if sustained else LONGEST_S)


def _played(
    instrument: Instrument, note: Performed, seed: int, wildness: float, *, sustained: bool
) -> Audio:
    """One note [N, 2], until it is let go and a little longer."""
    held = sustained and note.length_s is not None
    length_s = _length_s(note, sustained)
    length = round((length_s + RELEASE_S) * SAMPLE_RATE)
    bend = _course(note.bend_cents, length)
    needed_s = float(np.sum(2.0 ** (bend / 1200.0))) / SAMPLE_RATE

    def rendered(longest_s: float) -> Audio:
        return instrument.render(
            note=note.note,
            velocity=note.velocity,
            label=note.label,
            length_s=min(needed_s, longest_s) if held else None,
            wildness=wildness,
            seed=seed,
        )

    try:
        audio = rendered(LONGEST_HELD_S)
    except ControlError:
        if not held or needed_s <= LONGEST_S:
            raise
        audio = rendered(LONGEST_S)  # the label has struck sounds, too, and this is one
    audio = bent(audio, bend) if note.bend_cents else audio[:length].copy()
    if held and note.level_db:
        audio *= _swell(note.level_db, len(audio))[:, None]
    if note.length_s is not None and not held:
        left = round(length_s * SAMPLE_RATE) + LET_GO - np.arange(len(audio))
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
    """Audio [N, C] resampled by a pitch bend in cents at each of the samples to come [M].

    [≤ M, C].
    """
    steps = 2.0 ** (bend_cents / 1200.0)
    places = np.concatenate([[0.0], np.cumsum(steps)[:-1]]) * _OVERSAMPLING
    fine = soxr.resample(audio, SAMPLE_RATE, _OVERSAMPLING * SAMPLE_RATE, quality="VHQ")
    places = places[places < len(fine) - 1]
    return _between(fine, places)


def _between(fine: Audio, places: Floats) -> Audio:
    """The audio [N, C] between its samples, by cubic Lagrange interpolation."""
    padded = np.pad(fine, ((1, 3), (0, 0)))
    whole = places.astype(np.int64)
    share = (places - whole).astype(np.float32)[:, None]
    return cubic((padded[whole + shift] for shift in range(4)), share)


Progress = Callable[[float, float], None]
"""Told the seconds done and the seconds there are, about."""

LONGEST_TAKE_S: Final = 600.0
"""Of a take, and of what is played from one but for its ringing."""
_TAIL_S: Final = 12.0
"""What the last strokes may ring."""
_STROKE_S: Final = 0.4
_BLOCK: Final = 8_192


def play(
    instrument: Instrument,
    rows: Sequence[Performed],
    *,
    seed: int = 0,
    wildness: float = 1.0,
    progress: Progress | None = None,
) -> Audio:
    """The rows as audio [N, 2], second 0 of the rows at sample 0; rows without a label are silent.

    Raises:
        ControlError: The instrument lacks a label.
        InstrumentError: What it makes is not finite: its weights are damaged.
    """
    sustained = instrument.sustained
    strokes = [
        # what would go on for ever is let go as soon as most strokes are over
        replace(row, length_s=_STROKE_S) if row.length_s is None and row.label in sustained else row
        for row in rows
        if row.label and row.note is None
    ]
    notes = [row for row in rows if row.label and row.note is not None]
    last_s = max((row.time_s for row in rows if row.label), default=0.0)
    parts = []
    if strokes:
        parts.append(
            np.concatenate(
                list(_struck(instrument, strokes, last_s, seed, wildness, progress))
                or [np.zeros((0, 2), np.float32)]
            )
        )
    if notes:
        parts.append(play_notes(instrument, notes, seed=seed, wildness=wildness, progress=progress))
    sound = np.zeros((max((len(part) for part in parts), default=0), 2), np.float32)
    for part in parts:
        sound[: len(part)] += part
    return limited(sound) if len(parts) > 1 else sound


def _struck(
    instrument: Instrument,
    strokes: Sequence[Performed],
    last_s: float,
    seed: int,
    wildness: float,
    progress: Progress | None,
) -> Iterator[Audio]:
    """The strokes' sound, block by block, until the last has rung out."""
    phrase, vocabulary = phrase_of(strokes)
    performer = Performer(
        instrument,
        phrase.events,
        vocabulary,
        seconds_at=lambda tick: tick * phrase.tick_s,
        seed=seed,
        # each stroke has its length: what was cut off ends, all else is longer than it rings
        config=PerformerConfig(wildness=wildness, ring=False),
    )
    let_go_s = max(row.time_s + min(row.length_s or 0.0, LONGEST_HELD_S) for row in strokes)
    ends_s = max(last_s, let_go_s) + _TAIL_S
    done = 0
    while not performer.over and done < ends_s * SAMPLE_RATE:
        block = performer.block(_BLOCK)
        done += len(block)
        if progress:
            progress(min(done / SAMPLE_RATE, last_s), max(last_s, 1.0))
        yield block


LEAST_ONSETS: Final = 2
MOST_STROKES: Final = 3_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Resynthesised:
    """A phrase that was resynthesised hit by hit."""

    audio: NDArray[np.float32]
    """[N, 2], as long as what was given, or as its last stroke rings."""
    strokes: int
    left_out: int
    """Strokes in which there was nothing to be heard."""


def is_phrase(audio: Array) -> bool:
    """Whether a recording [N, C] is more than one sound: a rhythm, or hits with rests between."""
    if len(find_onsets(audio)) < LEAST_ONSETS:
        return False
    kind = kind_of(audio)
    return kind == "groove" or (kind == "hits" and len(find_cuts(audio, "auto")) >= LEAST_ONSETS)


def resynth_phrase(
    instrument: Instrument,
    audio: Array,
    *,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Resynthesised:
    """Resynthesises a phrase stroke by stroke.

    Args:
        instrument: What makes it.
        audio: The phrase [N, C] at 44.1 kHz.
        seed: Seed of the noise.
        progress: Called with strokes done, strokes there are.

    Returns:
        The phrase, each stroke where it was.

    Raises:
        ControlError: It is too long, or nothing begins in it.
    """
    length_s = len(audio) / SAMPLE_RATE
    if length_s > LONGEST_TAKE_S:
        raise ControlError(
            f"the phrase is {length_s / 60:.1f} minutes long; it can be up to "
            f"{LONGEST_TAKE_S / 60:.0f}, so cut it into parts"
        )
    hits = ringing_hits(audio, find_onsets(audio))
    if len(hits) > MOST_STROKES:
        raise ControlError(
            f"the phrase has {len(hits)} strokes; it can have up to {MOST_STROKES}, so cut it "
            "into parts"
        )
    longest = max((hit.start + len(hit.audio) for hit in hits), default=0)
    sound = np.zeros((max(len(audio), longest), 2), np.float32)
    left_out = 0
    for number, hit in enumerate(hits):
        try:
            made = instrument.resynth(hit.audio, sample_rate=SAMPLE_RATE, seed=seed + number)
        except ControlError:  # nothing to be heard in it
            left_out += 1
            continue
        sound[hit.start : hit.start + len(made)] += made[: len(sound) - hit.start]
        if progress:
            progress(number + 1, len(hits))
    if left_out == len(hits):
        raise ControlError("nothing begins in the phrase; give one with sounds in it")
    return Resynthesised(audio=limited(sound), strokes=len(hits) - left_out, left_out=left_out)
