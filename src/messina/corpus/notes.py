"""Note and velocity of each sound: names and chunks propose, the measured sound decides.

Note names come in several conventions (middle C is C3, C4 or C5); which one a label follows is
decided by its measured pitches, else by those of its folder, else by all. Numbers that might be
notes are believed when the sounds are about there. The root key of a chunk is a number without a
convention; it is believed unless nobody set it. Where the sound is a loud fact against what is
written, the sound wins, and it is said. Where nothing is written, measured pitch counts if a
label's sounds agree to have one; drums have none.

Velocities are those of names, or of the range of velocities a file is meant for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from messina.corpus.clips import Clip
from messina.corpus.conventions import LEAST_GROUP, NoteFound, moved_semitones, root_notes, spelt
from messina.corpus.evidence import (
    SAME_SEMITONES,
    Evidence,
    is_octave_apart,
    sounding_note,
)
from messina.corpus.labels import is_drum, rises
from messina.corpus.naming import Named
from messina.corpus.pitch import pitch_near
from messina.units import note_to_hz

__all__ = [
    "VelocityFound",
    "find_notes",
    "find_velocities",
    "measured_pitch_hz",
    "velocity_remarks",
]

LABEL_SHARE: Final = 0.6
"""A label is pitched when so many of its sounds are."""
BELIEVED_SHARE: Final = {"name": 0.25, "lower": 0.5, "number": 0.5, "key": 0.25}
"""What looks like a note is one when so many of the sounds have a partial there."""
LEAST_SOUNDS: Final = 3
"""A label of fewer is pitched only among sounds that mostly are."""


def find_notes(clips: Sequence[Clip], named: Sequence[Named]) -> list[NoteFound]:
    """The note of each clip; None for no pitch."""
    evidence = Evidence(clips, named)
    proposals = [
        _proposed(evidence, index, written, rooted)
        for index, (written, rooted) in enumerate(
            zip(_written(evidence), root_notes(evidence), strict=True)
        )
    ]
    standings = [_standing(evidence, group, proposals) for group in evidence.labels.members]
    pitched = _pitched_labels(evidence)
    return [
        _measured(evidence, index, is_pitched=pitched[label])
        if proposals[index].note is None
        else _checked(evidence, index, proposals[index], standings[label])
        for index, label in enumerate(evidence.labels.of)
    ]


# --- names ---


def _written(evidence: Evidence) -> list[NoteFound]:
    """The notes that the names give, in their labels' conventions, where they are some."""
    moved = moved_semitones(evidence)
    fits = [
        [_fitting(evidence, group) for group in grouping.members] for grouping in evidence.groupings
    ]
    found = []
    for index, name in enumerate(evidence.named):
        if name.note is None or name.note_source is None:
            found.append(NoteFound())
            continue
        source = name.note_source
        own = moved[index] if source in ("name", "lower") else 0
        counts = [
            each[grouping.of[index]][source]
            for grouping, each in zip(evidence.groupings, fits, strict=True)
        ]
        fitting, count = next((c for c in counts if c[1] >= LEAST_GROUP), counts[-1])
        # a set that is off by an interval has its partials elsewhere
        if own % 12 or fitting >= BELIEVED_SHARE[source] * count:
            note = float(min(127, max(0, name.note + own)))
            found.append(NoteFound(note=note, source="name", moved_semitones=own))
        else:
            found.append(NoteFound())
    return found


def _fitting(evidence: Evidence, group: Sequence[int]) -> dict[str, tuple[int, int]]:
    """For each way names give notes: how many sounds have a partial there, of how many."""
    fits: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for i in group:
        note, source = evidence.named[i].note, evidence.named[i].note_source
        if note is not None and source is not None:
            fitting, count = fits[source]
            fits[source] = (fitting + evidence.near_names[i], count + 1)
    return fits


# --- together ---


def _proposed(evidence: Evidence, index: int, written: NoteFound, rooted: NoteFound) -> NoteFound:
    """What is written: by the name, by the chunk, or by that of both which the sound bears out."""
    if written.note is None or rooted.note is None:
        return rooted if written.note is None else written
    if abs(written.note - rooted.note) < SAME_SEMITONES:
        return replace(written, source="name and root key")
    heard = evidence.heard[index]
    if heard is not None and evidence.loud[index]:
        nearer = min((written, rooted), key=lambda found: abs((found.note or 0) - heard))
    elif is_octave_apart(written.note, rooted.note):
        nearer = rooted  # numbers have no convention
    else:
        nearer = written
    said = f"the name says {spelt(written.note)}, its root key {spelt(rooted.note)}"
    return replace(nearer, remark=said)


@dataclass(frozen=True, kw_only=True)
class _Standing:
    """How far the sounds of a label are what is written of them; loud facts only."""

    agreeing: int
    heard: int
    off_semitones: float
    """How far those that agree are out of tune, in the middle."""


def _standing(evidence: Evidence, group: Sequence[int], found: Sequence[NoteFound]) -> _Standing:
    apart = [
        heard - note
        for i in group
        if evidence.loud[i]
        and (heard := evidence.heard[i]) is not None
        and (note := found[i].note) is not None
    ]
    off = [each for each in apart if abs(each) < SAME_SEMITONES]
    return _Standing(agreeing=len(off), heard=len(apart), off_semitones=median(off) if off else 0.0)


def _checked(evidence: Evidence, index: int, found: NoteFound, standing: _Standing) -> NoteFound:
    """What is written beside what is heard."""
    written, heard = found.note, evidence.heard[index]
    if written is None:
        return found
    if heard is None:
        sure = "sure" if "and" in found.source else "doubtful" if found.remark else "likely"
        return replace(found, source=f"{found.source} ({sure})")
    if abs(heard - written) < SAME_SEMITONES:
        if written % 1:  # fine tuning has a sign that programs do not agree on
            found = replace(found, note=round(heard, 2))
        return replace(found, source=f"{found.source} and sound (sure)")
    if evidence.loud[index] and _contradicts(evidence, index, written, heard, standing):
        note = _in_tune(heard, standing)
        said = f"{found.source} says {spelt(written)}, it sounds {spelt(note)}"
        return NoteFound(note=note, source="sound (sure)", remark=said)
    return replace(found, source=f"{found.source} (likely)")


def _contradicts(
    evidence: Evidence, index: int, written: float, heard: float, standing: _Standing
) -> bool:
    """Whether a loud fact speaks against a note, in a label whose others are as they are called."""
    others = standing.heard - 1
    if standing.agreeing < 0.5 * others:
        return False  # sounds of this kind are not what they measure
    if evidence.has_partial(index, written):
        # an octave over what sounds, all of its partials are there
        octave_low = abs(written - heard - 12) < SAME_SEMITONES
        twelfth = evidence.has_partial(index, heard) and evidence.has_partial(index, heard + 19.02)
        return octave_low and twelfth and standing.agreeing >= LEAST_SOUNDS
    return True


def _in_tune(heard: float, standing: _Standing) -> float:
    """The note that is heard: whole, as names are, if it is in tune with those of its label."""
    note = heard - standing.off_semitones
    return float(round(note)) if abs(note - round(note)) < 0.35 else round(heard, 2)


def _measured(evidence: Evidence, index: int, *, is_pitched: bool) -> NoteFound:
    """The note of a sound about which nothing is written."""
    name, heard = evidence.named[index], evidence.sure[index]
    if heard is None or not is_pitched:
        return NoteFound()
    said = ""
    if name.note is not None and name.note_source == "name" and evidence.loud[index]:
        said = f"name says {spelt(name.note)}, it sounds {spelt(heard)}"
    if name.pitch_class is not None and is_octave_apart(heard, name.pitch_class):
        octave = round((heard - name.pitch_class) / 12)
        note = float(name.pitch_class + 12 * octave)
        return NoteFound(note=note, source="name and sound (sure)")
    return NoteFound(note=round(heard, 2), source="sound (likely)", remark=said)


def _pitched_labels(evidence: Evidence) -> list[bool]:
    """For each label whether its sounds agree to have a pitch; drums have none."""
    confident = [sure is not None for sure in evidence.sure]
    least = 1 if sum(confident) >= len(confident) / 2 else LEAST_SOUNDS
    return [
        len(members) >= least
        and sum(confident[i] for i in members) >= LABEL_SHARE * len(members)
        and not is_drum(evidence.named[members[0]].label)
        for members in evidence.labels.members
    ]


def measured_pitch_hz(clip: Clip, note: float | None) -> float | None:
    """The pitch that is heard: next to its note, or anywhere when that is sure."""
    if note is not None:
        return pitch_near(clip.peaks, float(note_to_hz(note)))
    return clip.pitch.frequency_hz if clip.pitch and sounding_note(clip) is not None else None


LEAST_VELOCITIES: Final = 3
"""Fewer different ones do not show which way they go."""
FALLING: Final = -0.5


@dataclass(frozen=True, kw_only=True)
class VelocityFound:
    """The velocity of one sound, and where it comes from."""

    velocity: float | None = None
    """1 … 127."""
    source: str = ""


def find_velocities(clips: Sequence[Clip], named: Sequence[Named]) -> list[VelocityFound]:
    """The velocity of each clip; a range counts where the files of its label have several."""
    ranges = [
        clip.chunks.instrument.velocities if clip.chunks.instrument else None for clip in clips
    ]
    levels: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for name, each in zip(named, ranges, strict=True):
        if each is not None:
            levels[name.label].add(each)
    found = []
    for name, each in zip(named, ranges, strict=True):
        if name.velocity is not None:
            found.append(VelocityFound(velocity=name.velocity, source=name.velocity_from or "name"))
        elif each is not None and len(levels[name.label]) > 1:
            found.append(VelocityFound(velocity=sum(each) / 2, source="inst chunk"))
        else:
            found.append(VelocityFound())
    return found


def velocity_remarks(
    clips: Sequence[Clip], named: Sequence[Named], found: Sequence[VelocityFound]
) -> list[str]:
    """A line where what is called harder sounds softer."""
    struck: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for clip, name, each in zip(clips, named, found, strict=True):
        if each.velocity is not None:
            struck[name.label].append((each.velocity, clip.loudness_db))
    falling = [
        label
        for label, pairs in struck.items()
        if len({velocity for velocity, _ in pairs}) >= LEAST_VELOCITIES and rises(pairs) < FALLING
    ]
    if not falling:
        return []
    more = f" and {len(falling) - 1} more labels" if len(falling) > 1 else ""
    return [f"{falling[0]}{more}: the higher the velocity in the names, the softer the sound"]
