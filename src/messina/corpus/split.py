"""Which sounds are held out from learning, to measure on, where that is asked for.

The choice is made by hashes of names, so it is the same on every machine and run, and adding
files changes it as little as can be. Where a label has enough pitches, whole pitches between the
lowest and the highest are held out: what is measured then is notes nobody has heard. Elsewhere
single sounds are, never the only one of a label. Sounds that are one take at different gains go
together: to have learnt one of them is to know the others.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["LARGEST_SHARE", "LEAST_PITCHES", "LEAST_SOUNDS", "Candidate", "hold_out"]

LARGEST_SHARE: Final = 0.5
LEAST_SOUNDS: Final = 8
"""Smaller corpora are learnt whole."""
LEAST_PITCHES: Final = 8
"""From here on whole pitches of a label are held out."""
_MOST_OF_LABEL: Final = 0.2
"""So much of a label may go, or twice the share where that is more."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What is asked of a sound to decide whether it is held out."""

    name: str
    label: str
    note: float | None
    take: str = ""
    """The same for all that are one take at different gains; empty: a take of its own."""


def hold_out(candidates: Sequence[Candidate], share: float) -> list[bool]:
    """Whether each sound is held out: about such a share, none of fewer than LEAST_SOUNDS.

    share: 0 to LARGEST_SHARE.

    >>> kit = [Candidate(name=f"{n}.wav", label="snare", note=None) for n in range(40)]
    >>> sum(hold_out(kit, 0.1))
    4
    """
    if not 0.0 <= share <= LARGEST_SHARE:
        raise ValueError(f"`share` is {share:g}; it can be 0 to {LARGEST_SHARE:g}")
    held: set[int] = set()
    if share and len(candidates) >= LEAST_SOUNDS:
        duplicates = _near_duplicates(candidates)
        labels: dict[str, list[int]] = defaultdict(list)
        for index, candidate in enumerate(candidates):
            labels[candidate.label].append(index)
        singles: list[list[int]] = []
        for members in labels.values():
            pitches = _pitches(candidates, members)
            if len(pitches) >= LEAST_PITCHES:
                held |= _whole_pitches(pitches, candidates[members[0]].label, duplicates, share)
            else:
                singles.append(members)
        held |= _single_sounds(candidates, singles, duplicates, share)
    return [index in held for index in range(len(candidates))]


def _near_duplicates(candidates: Sequence[Candidate]) -> list[frozenset[int]]:
    """For each sound, all that are near-duplicates of it, itself among them."""
    groups: dict[tuple[str, int], set[int]] = defaultdict(set)
    keys = [(c.take, -1 if c.take else index) for index, c in enumerate(candidates)]
    for index, key in enumerate(keys):
        groups[key].add(index)
    whole = {key: frozenset(group) for key, group in groups.items()}
    return [whole[key] for key in keys]


def _pitches(candidates: Sequence[Candidate], members: list[int]) -> dict[int, list[int]]:
    """The sounds of a label by the nearest note; those without a note are nowhere."""
    pitches: dict[int, list[int]] = defaultdict(list)
    for index in members:
        note = candidates[index].note
        if note is not None:
            pitches[round(note)].append(index)
    return pitches


def _whole_pitches(
    pitches: dict[int, list[int]],
    label: str,
    duplicates: Sequence[frozenset[int]],
    share: float,
) -> set[int]:
    inner = sorted(pitches)[1:-1]
    wanted = max(1, round(share * len(pitches)))
    chosen: set[int] = set()
    for note in sorted(inner, key=lambda note: _hash(f"{label}\n{note}")):
        # both neighbours stay, or the gap to interpolate over would be wider
        place = inner.index(note)
        free = not chosen & set(inner[max(0, place - 1) : place + 2])
        own = set(pitches[note])
        whole = all(take <= own for take in {duplicates[index] for index in own})
        if len(chosen) < wanted and free and whole:
            chosen.add(note)
    return {index for note in chosen for index in pitches[note]}


def _single_sounds(
    candidates: Sequence[Candidate],
    labels: list[list[int]],
    duplicates: Sequence[frozenset[int]],
    share: float,
) -> set[int]:
    label_of = {index: label for label, members in enumerate(labels) for index in members}
    wanted = round(share * len(label_of))
    most = max(_MOST_OF_LABEL, 2 * share)
    held: set[int] = set()
    gone = [0] * len(labels)

    def is_spare(group: frozenset[int]) -> bool:
        """Whether enough of every label stays; the first to go may be half of them."""
        if any(index not in label_of for index in group):  # whose pitches are held out as a whole
            return False
        for label, own in Counter(label_of[index] for index in group).items():
            size = len(labels[label])
            first = gone[label] == 0 and 2 * own <= size
            if not first and gone[label] + own > min(int(most * size), size - 1):
                return False
        return True

    by_name = {min(candidates[index].name for index in group): group for group in set(duplicates)}
    for name in sorted(by_name, key=_hash):
        group = by_name[name]
        fits = len(held) + len(group) <= wanted or (wanted > 0 and not held)
        if fits and is_spare(group):
            held |= group
            for index in group:
                gone[label_of[index]] += 1
    return held


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "backslashreplace"), digest_size=8).digest()
