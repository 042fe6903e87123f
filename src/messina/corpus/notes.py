"""Which note a sound is: names propose, the sound disposes.

Note names come in several conventions (middle C is C3, C4 or C5); which one a folder follows is
decided once, by its measured pitches. Numbers that might be notes are believed when the sounds
are about there. Where names say nothing, measured pitch counts if a label's sounds agree to have
one; drums have none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from messina.corpus.clips import Clip
from messina.corpus.labels import is_drum
from messina.corpus.naming import Named
from messina.corpus.pitch import is_near_peak, pitch_near
from messina.units import hz_to_note, note_to_hz

__all__ = ["find_notes", "measured_pitch_hz", "octave_shift"]

CONFIDENT: Final = 0.6
LABEL_SHARE: Final = 0.6
"""A label is pitched when so many of its sounds are."""
BELIEVED_SHARE: Final = {"name": 0.25, "lower": 0.5, "number": 0.5}
"""What looks like a note is one when so many of the sounds have a partial there."""
LEAST_SOUNDS: Final = 3
"""A label of fewer is pitched only among sounds that mostly are."""
MIDDLE_C: Final = {-1: "C5", 0: "C4", 1: "C3", 2: "C2"}


def find_notes(clips: Sequence[Clip], named: Sequence[Named]) -> tuple[list[float | None], int]:
    """The note of each clip, None for no pitch, and the octaves that note names were moved by."""
    believed = _believed_sources(clips, named)
    shift = octave_shift(clips, named)
    pitched = _pitched_labels(clips, named)
    notes: list[float | None] = []
    for clip, name in zip(clips, named, strict=True):
        if name.note is not None and name.note_source in believed:
            moved = 0 if name.note_source == "number" else 12 * shift
            notes.append(float(min(127, max(0, name.note + moved))))
        elif name.label in pitched and _is_confident(clip):
            assert clip.pitch is not None
            notes.append(round(float(hz_to_note(clip.pitch.frequency_hz)), 2))
        else:
            notes.append(None)
    return notes, shift


def octave_shift(clips: Sequence[Clip], named: Sequence[Named]) -> int:
    """Octaves between note names read with C4 = 60 and what is heard: 1 where C3 is 60."""
    votes: Counter[int] = Counter()
    for clip, name in zip(clips, named, strict=True):
        if name.note is None or name.note_source == "number" or not _is_confident(clip):
            continue
        assert clip.pitch is not None
        semitones = float(hz_to_note(clip.pitch.frequency_hz)) - name.note
        octaves = round(semitones / 12)
        if abs(semitones - 12 * octaves) < 0.8 and octaves in MIDDLE_C:
            votes[octaves] += 1
    if not votes:
        return 0
    best, count = votes.most_common(1)[0]
    return best if count > 0.6 * votes.total() else 0


def measured_pitch_hz(clip: Clip, note: float | None) -> float | None:
    """The pitch that is heard: next to its note, or anywhere when that is sure."""
    if note is not None:
        return pitch_near(clip.peaks, float(note_to_hz(note)))
    return clip.pitch.frequency_hz if clip.pitch is not None and _is_confident(clip) else None


def _is_confident(clip: Clip) -> bool:
    return clip.pitch is not None and clip.pitch.confidence >= CONFIDENT


def _believed_sources(clips: Sequence[Clip], named: Sequence[Named]) -> set[str]:
    """Where notes may come from: note names, and numbers and the like when the sounds agree."""
    fits: dict[str, list[bool]] = defaultdict(list)
    for clip, name in zip(clips, named, strict=True):
        if name.note is not None and name.note_source:
            fits[name.note_source].append(is_near_peak(clip.peaks, float(note_to_hz(name.note))))
    return {s for s, each in fits.items() if sum(each) >= BELIEVED_SHARE[s] * len(each)}


def _pitched_labels(clips: Sequence[Clip], named: Sequence[Named]) -> set[str]:
    confident: dict[str, list[bool]] = defaultdict(list)
    for clip, name in zip(clips, named, strict=True):
        confident[name.label].append(_is_confident(clip))
    least = 1 if sum(map(_is_confident, clips)) >= len(clips) / 2 else LEAST_SOUNDS
    return {
        label
        for label, each in confident.items()
        if sum(each) >= LABEL_SHARE * len(each) and len(each) >= least and not is_drum(label)
    }
