"""Which sounds are held out from learning, to measure on.

The choice is made by hashes of names, so it is the same on every machine and run, and adding
files changes it as little as can be. Where a label has enough pitches, whole pitches between the
lowest and the highest are held out: what is measured then is notes nobody has heard. Elsewhere
single sounds are, never the only one of a label.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["LEAST_PITCHES", "LEAST_SOUNDS", "SHARE", "Candidate", "hold_out"]

SHARE: Final = 0.1
LEAST_SOUNDS: Final = 8
"""Smaller corpora are learnt whole."""
LEAST_PITCHES: Final = 8
"""From here on whole pitches of a label are held out."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    name: str
    label: str
    note: float | None


def hold_out(candidates: Sequence[Candidate]) -> list[bool]:
    """Whether each sound is held out: about a tenth, none of fewer than LEAST_SOUNDS.

    >>> kit = [Candidate(name=f"{n}.wav", label="snare", note=None) for n in range(40)]
    >>> sum(hold_out(kit))
    4
    """
    held: set[int] = set()
    if len(candidates) >= LEAST_SOUNDS:
        labels: dict[str, list[int]] = defaultdict(list)
        for index, candidate in enumerate(candidates):
            labels[candidate.label].append(index)
        singles: list[list[int]] = []
        for members in labels.values():
            pitches = _pitches(candidates, members)
            if len(pitches) >= LEAST_PITCHES:
                held |= _whole_pitches(pitches, candidates[members[0]].label)
            else:
                singles.append(members)
        held |= _single_sounds(candidates, singles)
    return [index in held for index in range(len(candidates))]


def _pitches(candidates: Sequence[Candidate], members: list[int]) -> dict[int, list[int]]:
    """The sounds of a label by the nearest note; those without a note are nowhere."""
    pitches: dict[int, list[int]] = defaultdict(list)
    for index in members:
        note = candidates[index].note
        if note is not None:
            pitches[round(note)].append(index)
    return pitches


def _whole_pitches(pitches: dict[int, list[int]], label: str) -> set[int]:
    inner = sorted(pitches)[1:-1]
    wanted = max(1, round(SHARE * len(pitches)))
    chosen: set[int] = set()
    for note in sorted(inner, key=lambda note: _hash(f"{label}\n{note}")):
        # both neighbours stay, or the gap to interpolate over would be wider
        place = inner.index(note)
        if len(chosen) < wanted and not chosen & set(inner[max(0, place - 1) : place + 2]):
            chosen.add(note)
    return {index for note in chosen for index in pitches[note]}


def _single_sounds(candidates: Sequence[Candidate], labels: list[list[int]]) -> set[int]:
    spare = {index: members for members in labels for index in members if len(members) > 1}
    wanted = round(SHARE * sum(map(len, labels)))
    held: set[int] = set()
    for index in sorted(spare, key=lambda index: _hash(candidates[index].name)):
        members = spare[index]
        if len(held) < wanted and len(held & set(members)) < max(1, len(members) // 5):
            held.add(index)
    return held


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "backslashreplace"), digest_size=8).digest()
