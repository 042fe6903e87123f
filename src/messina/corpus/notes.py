"""Which note a sound is: names and chunks propose, the sound disposes.

Note names come in several conventions (middle C is C3, C4 or C5); which one a label follows is
decided by its measured pitches, else by those of its folder, else by all. Numbers that might be
notes are believed when the sounds are about there. The root key of a chunk is a number without a
convention; it is believed unless nobody set it. Where the sound is a loud fact against what is
written, the sound wins, and it is said. Where nothing is written, measured pitch counts if a
label's sounds agree to have one; drums have none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from messina.corpus.clips import Clip
from messina.corpus.evidence import UNSET_ROOTS, Evidence, root_key, sounding_note
from messina.corpus.labels import is_drum
from messina.corpus.naming import Named
from messina.corpus.pitch import is_near_peak, pitch_near
from messina.units import note_name, note_to_hz

__all__ = ["MIDDLE_C", "NoteFound", "find_notes", "measured_pitch_hz", "note_remarks"]

LABEL_SHARE: Final = 0.6
"""A label is pitched when so many of its sounds are."""
BELIEVED_SHARE: Final = {"name": 0.25, "lower": 0.5, "number": 0.5, "key": 0.25}
"""What looks like a note is one when so many of the sounds have a partial there."""
LEAST_SOUNDS: Final = 3
"""A label of fewer is pitched only among sounds that mostly are."""
LEAST_GROUP: Final = 4
"""Fewer sounds than these are judged together with those around them."""
SAME_SEMITONES: Final = 0.6
"""Notes nearer to each other than this are the same, out of tune."""
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


def find_notes(clips: Sequence[Clip], named: Sequence[Named]) -> list[NoteFound]:
    """The note of each clip; None for no pitch."""
    evidence = Evidence(clips, named)
    written = [_written(evidence, index) for index in range(len(clips))]
    rooted = _believed_roots(evidence)
    proposals = [
        _proposed(evidence, index, written[index], rooted[index]) for index in range(len(clips))
    ]
    pitched = _pitched_labels(evidence)
    return [
        _measured(evidence, index, pitched)
        if found.note is None
        else _checked(evidence, index, proposals)
        for index, found in enumerate(proposals)
    ]


# --- names ---


def _written(evidence: Evidence, index: int) -> NoteFound:
    """The note that the name gives, in its label's convention, if it is one."""
    name = evidence.named[index]
    if name.note is None or not _is_believed(evidence, index):
        return NoteFound()
    moved = 0 if name.note_source in ("number", "key") else _moved_semitones(evidence, index)
    note = float(min(127, max(0, name.note + moved)))
    return NoteFound(note=note, source="name", moved_semitones=moved)


def _is_believed(evidence: Evidence, index: int) -> bool:
    """Whether enough sounds of the label, or around it, have a partial where names say."""
    source = evidence.named[index].note_source or "name"
    for group in evidence.groups(index):
        fits = [
            is_near_peak(evidence.clips[i].peaks, float(note_to_hz(note)))
            for i in group
            if (note := evidence.named[i].note) is not None
            and evidence.named[i].note_source == source
        ]
        if len(fits) >= LEAST_GROUP:
            break
    # a set that is written off by an interval has its partials elsewhere
    moved = source in ("name", "lower") and _moved_semitones(evidence, index) % 12 != 0
    return moved or sum(fits) >= BELIEVED_SHARE[source] * len(fits)


def _moved_semitones(evidence: Evidence, index: int) -> int:
    """From note names read with C4 = 60 to what is heard: 12 where C3 is 60."""
    for group in evidence.groups(index):
        votes = _intervals(evidence, group)
        if votes.total() < LEAST_SOUNDS and len(group) < len(evidence.clips):
            continue
        if not votes:
            return 0
        best, count = votes.most_common(1)[0]
        if best % 12 == 0 and count > LABEL_SHARE * votes.total():
            return best
        if count >= max(LEAST_GROUP, TRANSPOSED_SHARE * votes.total()):
            return best
    return 0


def _intervals(evidence: Evidence, group: Sequence[int]) -> Counter[int]:
    """How often what sounds lies how many semitones over the name; loud facts only."""
    votes: Counter[int] = Counter()
    for i in group:
        note, heard = evidence.named[i].note, evidence.heard[i]
        by_name = evidence.named[i].note_source in ("name", "lower")
        if note is None or heard is None or not by_name or not evidence.loud[i]:
            continue
        octaves = round((heard - note) / 12)
        if abs(heard - note - 12 * octaves) < 0.8 and octaves in MIDDLE_C:
            votes[12 * octaves] += 1
        elif abs(heard - note) < 12:
            votes[round(heard - note)] += 1
    return votes


# --- root keys ---


def _believed_roots(evidence: Evidence) -> list[float | None]:
    """The root keys of chunks, where somebody set them."""
    roots = [root_key(clip) for clip in evidence.clips]
    return [
        root if root is not None and _is_set(evidence, index, roots) else None
        for index, root in enumerate(roots)
    ]


def _is_set(evidence: Evidence, index: int, roots: Sequence[float | None]) -> bool:
    if is_drum(evidence.named[index].label):
        return False
    mates = [i for i in evidence.label_mates(index) if roots[i] is not None]
    pairs = [(roots[i], evidence.heard[i]) for i in mates]
    agree = [
        _interval(root, heard) for root, heard in pairs if root is not None and heard is not None
    ]
    if agree:
        return sum(agree) >= 0.5 * len(agree)
    values = {roots[i] for i in mates}
    return len(values) > 1 or (len(mates) == 1 and roots[index] not in UNSET_ROOTS)


def _interval(note: float, other: float) -> bool:
    """Whether two notes are the same but for octaves."""
    return abs((note - other + 6) % 12 - 6) < SAME_SEMITONES


# --- together ---


def _proposed(evidence: Evidence, index: int, written: NoteFound, root: float | None) -> NoteFound:
    """What is written: by the name, by the chunk, or by that of both which the sound bears out."""
    if root is None:
        return written
    chunk = NoteFound(note=root, source="root key")
    if written.note is None:
        return chunk
    if abs(written.note - root) < SAME_SEMITONES:
        return replace(written, source="name and root key")
    heard = evidence.heard[index]
    said = f"the name says {_spelt(written.note)}, its root key {_spelt(root)}"
    if heard is not None and evidence.loud[index]:
        nearer = min((written, chunk), key=lambda found: abs((found.note or 0) - heard))
    elif _interval(written.note, root):
        nearer = chunk  # numbers have no convention
    else:
        nearer = written
    return replace(nearer, remark=said)


def _checked(evidence: Evidence, index: int, proposals: Sequence[NoteFound]) -> NoteFound:
    """What is written beside what is heard."""
    found, heard = proposals[index], evidence.heard[index]
    written = found.note
    if written is None:
        return found
    if heard is None:
        sure = "sure" if "and" in found.source else "doubtful" if found.remark else "likely"
        return replace(found, source=f"{found.source} ({sure})")
    if abs(heard - written) < SAME_SEMITONES:
        if written % 1:  # fine tuning has a sign that programs do not agree on
            found = replace(found, note=round(heard, 2))
        return replace(found, source=f"{found.source} and sound (sure)")
    if _contradicts(evidence, index, proposals):
        note = _in_tune_with_others(evidence, index, proposals, heard)
        said = f"{found.source} says {_spelt(written)}, it sounds {_spelt(note)}"
        return NoteFound(note=note, source="sound (sure)", remark=said)
    return replace(found, source=f"{found.source} (likely)")


def _contradicts(evidence: Evidence, index: int, proposals: Sequence[NoteFound]) -> bool:
    """Whether the sound is a loud fact against its note, and those of its label are not."""
    note, heard = proposals[index].note, evidence.heard[index]
    if note is None or heard is None or not evidence.loud[index]:
        return False
    agree = [
        abs(other - theirs) < SAME_SEMITONES
        for i in evidence.label_mates(index)
        if i != index
        and evidence.loud[i]
        and (other := evidence.heard[i]) is not None
        and (theirs := proposals[i].note) is not None
    ]
    if agree and sum(agree) < 0.5 * len(agree):
        return False  # sounds of this kind are not what they measure
    if evidence.has_partial(index, note):
        # an octave over what sounds, all of its partials are there
        octave_low = abs(note - heard - 12) < SAME_SEMITONES
        twelfth = evidence.has_partial(index, heard) and evidence.has_partial(index, heard + 19.02)
        return octave_low and twelfth and sum(agree) >= LEAST_SOUNDS
    return True


def _in_tune_with_others(
    evidence: Evidence, index: int, proposals: Sequence[NoteFound], heard: float
) -> float:
    """The note that is heard: whole, as names are, if it is in tune with those of its label."""
    off = [
        other - theirs
        for i in evidence.label_mates(index)
        if (other := evidence.heard[i]) is not None
        and (theirs := proposals[i].note) is not None
        and abs(other - theirs) < SAME_SEMITONES
    ]
    note = heard - (median(off) if off else 0.0)
    return float(round(note)) if abs(note - round(note)) < 0.35 else round(heard, 2)


def _measured(evidence: Evidence, index: int, pitched: set[str]) -> NoteFound:
    """The note of a sound about which nothing is written."""
    name, heard = evidence.named[index], evidence.heard[index]
    if heard is None or name.label not in pitched:
        return NoteFound()
    if name.pitch_class is not None and _interval(heard, name.pitch_class):
        octave = round((heard - name.pitch_class) / 12)
        note = float(name.pitch_class + 12 * octave)
        return NoteFound(note=note, source="name and sound (sure)")
    return NoteFound(note=round(heard, 2), source="sound (likely)")


def _pitched_labels(evidence: Evidence) -> set[str]:
    """The labels whose sounds agree to have a pitch, those left out that are drums."""
    confident = [heard is not None for heard in evidence.heard]
    least = 1 if sum(confident) >= len(confident) / 2 else LEAST_SOUNDS
    pitched = set()
    for index, name in enumerate(evidence.named):
        mates = evidence.label_mates(index)
        if sum(confident[i] for i in mates) >= LABEL_SHARE * len(mates) and len(mates) >= least:
            pitched.add(name.label)
    return {label for label in pitched if not is_drum(label)}


def measured_pitch_hz(clip: Clip, note: float | None) -> float | None:
    """The pitch that is heard: next to its note, or anywhere when that is sure."""
    if note is not None:
        return pitch_near(clip.peaks, float(note_to_hz(note)))
    return clip.pitch.frequency_hz if clip.pitch and sounding_note(clip) is not None else None


def _spelt(note: float) -> str:
    """C4 (60)."""
    return f"{note_name(note)} ({note:.2f})".replace(".00)", ")")


# --- what is said of the folder ---


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
        count = "a sound is" if len(said) == 1 else f"{len(said)} sounds are"
        first = "" if len(said) == 1 else "the first: "
        remarks.append(f"{count} not what is written of it: {first}{said[0][0]} ({said[0][1]})")
    return remarks


def _few(labels: Sequence[str]) -> str:
    """Three of them, and how many more."""
    more = f" and {len(labels) - 3} more" if len(labels) > 3 else ""
    return ", ".join(labels[:3]) + more
