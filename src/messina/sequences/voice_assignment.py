"""Voice assignment: parts of a score for its notes, labels of an instrument for its voices.

A voice that names a label of the instrument is played by it. Drum notes go to the labels that say
they are those drums, else to their nearest relatives, else to labels as bright as that drum is
among drums. Notes of melody, chords and bass go to the pitched label they suit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

import numpy as np

from messina.drums import FAMILIES, HI_HATS, RELATIVES
from messina.events import Voice
from messina.instrument.drum_map import general_midi_keys, is_hi_hat
from messina.instrument.responses import Response
from messina.sequences.song import SongNote

__all__ = [
    "DRUMS",
    "ROLES",
    "AssignedSound",
    "Role",
    "VoiceAssignment",
    "assign_voices",
    "drum_name",
    "part_of_notes",
    "played_by",
    "polyphony",
]

DRUMS: Final = "drums"
"""Label of the voices whose notes are drums of General MIDI."""

_NAMES: Final = {key: name for family in FAMILIES.values() for key, name in family.items()}


@dataclass(frozen=True, kw_only=True)
class AssignedSound:
    """The label and note by which an instrument plays a voice."""

    label: str
    note: int | None
    """None: as the label sounds by itself."""
    pitched: bool
    group: str
    """Voices of one group damp each other: the same hit again, or hats."""


@dataclass(frozen=True, kw_only=True)
class VoiceAssignment:
    """Which label and note plays each voice of a vocabulary; None: it is not played."""

    played: tuple[AssignedSound | None, ...]
    remarks: tuple[str, ...]
    """What a user should know: who stands in for whom, what is left out."""


def drum_name(note: int) -> str:
    """What General MIDI calls a drum note, in short.

    >>> drum_name(42), drum_name(99)
    ('closed hi-hat', 'drum 99')
    """
    return _NAMES.get(note, f"drum {note}")


def assign_voices(responses: Sequence[Response], vocabulary: Sequence[Voice]) -> VoiceAssignment:
    """Assigns each voice of a vocabulary to a label of an instrument, by its labels' responses."""
    labels = {response.label: response for response in responses}
    drums = _Drummer(responses)
    melodist = _Melodist(responses)
    score_too = any(voice.label not in labels and voice.label != DRUMS for voice in vocabulary)
    played: list[AssignedSound | None] = []
    for voice in vocabulary:
        if voice.label in labels:
            pitched = labels[voice.label].pitched
            played.append(played_by(voice.label, voice.note if pitched else None, pitched=pitched))
        elif voice.label == DRUMS:
            played.append(drums.play(36 if voice.note is None else voice.note, alone=not score_too))
        else:
            played.append(melodist.play(voice))
    return VoiceAssignment(played=tuple(played), remarks=(*drums.remarks, *melodist.remarks))


def played_by(label: str, note: int | None, *, pitched: bool) -> AssignedSound:
    """How a label plays a note of its own."""
    group = HI_HATS if not pitched and is_hi_hat(label) else f"{label} {note}"
    return AssignedSound(label=label, note=note, pitched=pitched, group=group)


class _Drummer:
    """Finds labels for drum notes."""

    def __init__(self, responses: Sequence[Response]) -> None:
        self._unpitched = sorted(
            (response for response in responses if not response.pitched),
            key=lambda response: (response.brightness.centre, response.label),
        )
        self._pitched = sorted(
            (response for response in responses if response.pitched),
            key=lambda response: -response.sounds,
        )
        self._by_key: dict[int, tuple[int, Response]] = {}
        for response in sorted(self._unpitched, key=lambda response: -response.sounds):
            for rank, key in enumerate(general_midi_keys(response.label)):
                if key not in self._by_key or rank < self._by_key[key][0]:
                    self._by_key[key] = (rank, response)
        self.remarks: list[str] = []

    def play(self, note: int, *, alone: bool) -> AssignedSound | None:
        """The label for a drum note; alone: there are no other parts than drums."""
        if note in self._by_key:
            return played_by(self._by_key[note][1].label, None, pitched=False)
        if self._unpitched:
            label = self._relative(note)
            self._remark(f"{drum_name(note)} is played by {label}, its nearest relative here")
            return played_by(label, None, pitched=False)
        if alone and self._pitched:
            label = self._pitched[0].label
            self._remark(f"there is no drum here: {label} plays the drum notes as pitches")
            return played_by(label, note, pitched=True)
        self._remark("there is no drum here: the drum part is left out")
        return None

    def _relative(self, note: int) -> str:
        """A label of the same family, of a related one, or as bright among the labels here."""
        own = next((name for name, keys in FAMILIES.items() if note in keys), "wood")
        for family in (own, *RELATIVES[own]):
            for key in FAMILIES[family]:
                if key in self._by_key:
                    return self._by_key[key][1].label
        place = list(FAMILIES).index(own) / (len(FAMILIES) - 1)
        return self._unpitched[round(place * (len(self._unpitched) - 1))].label

    def _remark(self, text: str) -> None:
        if text not in self.remarks:
            self.remarks.append(text)


class _Melodist:
    """Finds labels for the notes of a score."""

    def __init__(self, responses: Sequence[Response]) -> None:
        self._pitched = [response for response in responses if response.pitched]
        self._most = max(responses, key=lambda response: response.sounds)
        self.remarks: list[str] = []

    def play(self, voice: Voice) -> AssignedSound:
        """The pitched label in whose range the note lies, of several the one with most sounds."""
        if not self._pitched:
            label = self._most.label
            remark = f"nothing here has a pitch: {label} plays {voice.label}, moved up and down"
            if remark not in self.remarks:
                self.remarks.append(remark)
            return AssignedSound(
                label=label, note=voice.note, pitched=False, group=f"{voice.label} {voice.note}"
            )
        named = [r for r in self._pitched if voice.label.lower() in r.label.lower()]
        note = 60 if voice.note is None else voice.note

        def suits(response: Response) -> tuple[float, int]:
            low, high = response.note_low or 0.0, response.note_high or 127.0
            return max(low - note, note - high, 0.0) // 12, -response.sounds

        chosen = min(named or self._pitched, key=suits)
        if suits(chosen)[0] >= 1:
            remark = f"{voice.label} goes more than an octave beyond what {chosen.label} learnt"
            if remark not in self.remarks:
                self.remarks.append(remark)
        return played_by(chosen.label, voice.note, pitched=True)


Role = Literal["melody", "chords", "bass", "drums"]
Group = TypeVar("Group")

ROLES: Final[tuple[Role, ...]] = ("melody", "chords", "bass", "drums")

_NAMED: Final[tuple[tuple[str, Role], ...]] = (
    ("drum", "drums"), ("percussion", "drums"), ("bass", "bass"), ("melod", "melody"),
    ("lead", "melody"), ("vocal", "melody"), ("voice", "melody"), ("chord", "chords"),
    ("comp", "chords"), ("pad", "chords"), ("harmony", "chords"),
)  # fmt: skip
_BASSES: Final = range(32, 40)  # General MIDI programs
_LOW: Final = 52.0  # E3: a part that lies under it, one note at a time, is a bass
_CHORDAL: Final = 1.6  # notes that sound together on average


def part_of_notes(
    groups: Mapping[Group, Sequence[SongNote]], track_names: Sequence[str] = ()
) -> dict[Group, Role]:
    """The role of each group of notes, each group being one track's notes on one channel.

    By channel and program, then by the track's name, then by register and by how many notes sound
    together. What remains is melody, but only the highest part of several: others accompany it.
    """
    roles: dict[Group, Role] = {}
    undecided: list[Group] = []
    for group, notes in groups.items():
        role = _said(notes, track_names) or _heard(notes)
        if role is None:
            undecided.append(group)
        else:
            roles[group] = role
    undecided.sort(key=lambda group: -_register(groups[group]))
    for place, group in enumerate(undecided):
        melody = place == 0 and "melody" not in roles.values()
        roles[group] = "melody" if melody else "chords"
    return roles


def polyphony(notes: Sequence[SongNote]) -> float:
    """How many notes sound together while any does, on average."""
    if not notes:
        return 0.0
    starts = np.array([note.tick for note in notes])
    ends = starts + np.array([max(note.length_ticks, 0.5) for note in notes])
    # Where notes are let go a little after the next begins, that is not a chord.
    ends = np.maximum(ends - np.minimum(3.0, 0.25 * (ends - starts)), starts + 0.25)
    edges = np.concatenate([starts, ends])
    changes = np.concatenate([np.ones(len(starts)), -np.ones(len(ends))])
    order = np.lexsort((changes, edges))
    count = np.cumsum(changes[order])[:-1]
    spans = np.diff(edges[order])
    sounding = count > 0
    total = spans[sounding].sum()
    return float((spans * count)[sounding].sum() / total) if total > 0 else 1.0


def _said(notes: Sequence[SongNote], track_names: Sequence[str]) -> Role | None:
    """The role by what the file says of the part."""
    first = notes[0]
    if first.drums:
        return DRUMS
    name = track_names[first.track].lower() if first.track < len(track_names) else ""
    for word, role in _NAMED:
        if word in name:
            return role
    programs = [note.program for note in notes]
    if all(program in _BASSES for program in programs):
        return "bass"
    return None


def _heard(notes: Sequence[SongNote]) -> Role | None:
    """The role by register and polyphony; None: a single line that is not low."""
    if polyphony(notes) >= _CHORDAL:
        return "chords"
    return "bass" if _register(notes) < _LOW else None


def _register(notes: Sequence[SongNote]) -> float:
    return float(np.median([note.note for note in notes]))
