"""What is said of a folder whose names, chunks and sounds do not agree, in a line for each kind."""

from __future__ import annotations

from collections.abc import Sequence

from messina.corpus.clips import Clip
from messina.corpus.conventions import MIDDLE_C, NoteFound
from messina.corpus.naming import Named

__all__ = ["note_remarks", "pair_remarks"]


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
