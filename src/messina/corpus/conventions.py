"""In which octave a label's names and root keys are meant: middle C is C3, C4 or C5.

Decided by what sounds: by the loud facts of the label in its folder where there are some, else by
those of the label, of the folder, of all. A whole set may also be written for a transposing
instrument, or be wrong throughout.

And what is said of a folder whose names, chunks and sounds do not agree, in a line for each kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from messina.corpus.clips import Clip
from messina.corpus.evidence import Evidence, is_octave_apart
from messina.corpus.naming import Named
from messina.units import note_name

__all__ = [
    "LEAST_GROUP",
    "MIDDLE_C",
    "NoteFound",
    "moved_semitones",
    "note_remarks",
    "pair_remarks",
    "root_notes",
    "spelt",
]

LEAST_SOUNDS: Final = 3
LEAST_GROUP: Final = 4
"""Fewer sounds than these are judged together with those around them."""
MAJORITY: Final = 0.6
MIDDLE_C: Final = {-2: "C6", -1: "C5", 0: "C4", 1: "C3", 2: "C2", 3: "C1"}
TRANSPOSED_SHARE: Final = 0.8
"""So many of a label's sounds agree on an interval that is no octave, or it is none."""


@dataclass(frozen=True, kw_only=True)
class NoteFound:
    """The note of one sound, and where it comes from."""

    note: float | None = None
    source: str = ""
    """`name and sound (sure)`, `root key (likely)` …; empty without a note."""
    moved_semitones: int = 0
    """From the name read with C4 = 60 to what sounds."""
    remark: str = ""
    """What disagreed."""


def moved_semitones(evidence: Evidence) -> list[int]:
    """For each sound, semitones from the note its name has with C4 = 60 to the one that is heard.

    It is 12 where names have C3 = 60.
    """
    groupings = evidence.groupings
    answers = [
        [
            _agreed(evidence, group, all_of_them=grouping is groupings[-1])
            for group in grouping.members
        ]
        for grouping in groupings
    ]
    return [
        next(
            (
                moved
                for grouping, answer in zip(groupings, answers, strict=True)
                if (moved := answer[grouping.of[index]]) is not None
            ),
            0,
        )
        for index in range(len(evidence.clips))
    ]


def _agreed(evidence: Evidence, group: Sequence[int], *, all_of_them: bool) -> int | None:
    """What most of a group agree on, or None where they are too few or at odds."""
    votes = _intervals(evidence, group)
    if not votes:
        return None
    best, count = votes.most_common(1)[0]
    enough = votes.total() >= LEAST_SOUNDS or all_of_them or count == votes.total() > 1
    if best % 12 == 0 and count > MAJORITY * votes.total() and enough:
        return best
    return best if count >= max(LEAST_GROUP, TRANSPOSED_SHARE * votes.total()) else None


def _intervals(evidence: Evidence, group: Sequence[int]) -> Counter[int]:
    """How often the note lies how many semitones over the name; loud facts and root keys only."""
    votes: Counter[int] = Counter()
    for i in group:
        note = evidence.named[i].note
        fact = evidence.heard[i] if evidence.loud[i] else evidence.roots[i]
        if note is None or fact is None or evidence.named[i].note_source not in ("name", "lower"):
            continue
        octaves = round((fact - note) / 12)
        if abs(fact - note - 12 * octaves) < 0.8 and octaves in MIDDLE_C:
            votes[12 * octaves] += 1
        elif abs(fact - note) < 12:
            votes[round(fact - note)] += 1
    return votes


def root_notes(evidence: Evidence) -> list[NoteFound]:
    """The notes of the root keys, in the octave in which their label's sounds are."""
    moved = [_root_octaves(evidence, members) for members in evidence.labels.members]
    return [
        NoteFound() if root is None else _root_note(root, 12 * moved[label])
        for root, label in zip(evidence.roots, evidence.labels.of, strict=True)
    ]


def _root_octaves(evidence: Evidence, members: Sequence[int]) -> int:
    """How many octaves the sounds of a label lie over their root keys, where most agree."""
    apart: Counter[int] = Counter(
        round((heard - root) / 12)
        for i in members
        if evidence.loud[i]
        and (root := evidence.roots[i]) is not None
        and (heard := evidence.heard[i]) is not None
        and is_octave_apart(heard, root)
    )
    octaves, count = apart.most_common(1)[0] if apart else (0, 0)
    return octaves if count >= max(LEAST_SOUNDS, TRANSPOSED_SHARE * apart.total()) else 0


def _root_note(root: float, moved: int) -> NoteFound:
    note = min(127.0, max(0.0, root + moved))
    said = f"root key says {spelt(root)}, it sounds {spelt(note)}" if moved else ""
    return NoteFound(note=note, source="root key", remark=said)


def spelt(note: float) -> str:
    """A note by name and number, such as C4 (60)."""
    return f"{note_name(note)} ({note:.2f})".replace(".00)", ")")


def pair_remarks(clips: Sequence[Clip]) -> list[str]:
    """A line where two files were taken for the channels of one sound."""
    pairs = [(clip.file, clip.right) for clip in clips if clip.right]
    if not pairs:
        return []
    left, right = pairs[0]
    if len(pairs) == 1:
        return [f"two files are the left and right of one sound: {left}, {right}"]
    return [f"{len(pairs)} sounds have left and right in two files, the first: {left}, {right}"]


def note_remarks(
    clips: Sequence[Clip], named: Sequence[Named], found: Sequence[NoteFound]
) -> list[str]:
    """A line for each thing that names and sounds did not agree on."""
    remarks = []
    by_name = [n.note is not None and n.note_source in ("name", "lower") for n in named]
    moved = {
        f.moved_semitones
        for f, is_name in zip(found, by_name, strict=True)
        if is_name and f.note is not None
    }
    for semitones in sorted(moved - {0}):
        labels = sorted(
            {n.label for n, f in zip(named, found, strict=True) if f.moved_semitones == semitones}
        )
        whose = "" if len(moved) == 1 else f" of {_few(labels)}"
        if semitones % 12 == 0:
            middle = MIDDLE_C[semitones // 12]
            remarks.append(
                f"note names{whose} are read with {middle} = 60, as the sounds are pitched"
            )
        else:
            where = "below" if semitones < 0 else "above"
            remarks.append(
                f"{_few(labels)}: the sounds are {abs(semitones)} semitones {where} the notes in "
                "their names; the notes are what sounds"
            )
    said = [(c.name, f.remark) for c, f in zip(clips, found, strict=True) if f.remark]
    if said:
        name, why = said[0]
        if len(said) == 1:
            remarks.append(f"a sound is not what is written of it: {name} ({why})")
        else:
            remarks.append(
                f"{len(said)} sounds are not what is written of them, the first: {name} ({why})"
            )
    return remarks


def _few(labels: Sequence[str]) -> str:
    """Three of them, and how many more."""
    more = f" and {len(labels) - 3} more" if len(labels) > 3 else ""
    return ", ".join(labels[:3]) + more
