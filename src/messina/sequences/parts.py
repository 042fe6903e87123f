"""Which part of a score a group of notes is: drums, bass, chords or melody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeVar

import numpy as np

from messina.sequences.casting import DRUMS
from messina.sequences.song import SongNote

__all__ = ["ROLES", "Role", "part_of_notes", "polyphony"]

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
