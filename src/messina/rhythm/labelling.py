"""Names for groups of hits, by what they sound like: kick 1, snare, hat 2, tom, tone …"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

__all__ = ["Character", "kind_of", "label_groups"]

SURE_PITCH: Final = 0.6


@dataclass(frozen=True, kw_only=True)
class Character:
    """What a hit is told by; of a group, the middle of its hits."""

    brightness_hz: float
    decay_s: float
    low_share: float
    """Of the energy, below 150 Hz."""
    high_share: float
    """Of the energy, above 5 kHz."""
    pitch_hz: float
    """0 where there is none."""
    pitch_confidence: float

    @classmethod
    def of_group(cls, members: Sequence[Character]) -> Character:
        """Its median in everything."""
        columns = [
            (m.brightness_hz, m.decay_s, m.low_share, m.high_share, m.pitch_hz, m.pitch_confidence)
            for m in members
        ]
        middle = np.median(np.array(columns), axis=0)
        return cls(
            brightness_hz=float(middle[0]),
            decay_s=float(middle[1]),
            low_share=float(middle[2]),
            high_share=float(middle[3]),
            pitch_hz=float(middle[4]),
            pitch_confidence=float(middle[5]),
        )


def kind_of(character: Character) -> str:
    """The plain word for a sound."""
    c = character
    if c.pitch_confidence >= SURE_PITCH and 35.0 < c.pitch_hz < 2000.0:
        return "bass" if c.pitch_hz < 130.0 else "tone"
    if c.brightness_hz > 3500.0 and c.low_share < 0.1:
        return "cymbal" if c.decay_s > 0.8 else "hat"
    if c.low_share > 0.45:
        return "kick"
    if c.high_share > 0.05:
        return "snare"
    return "tom" if c.brightness_hz < 350.0 else "perc"


def label_groups(characters: Sequence[Character], sizes: Sequence[int]) -> list[str]:
    """One label a group: numbered, the largest group first, where several are of a kind.

    >>> hat = Character(
    ...     brightness_hz=8e3, decay_s=0.1, low_share=0, high_share=1,
    ...     pitch_hz=0, pitch_confidence=0,
    ... )
    >>> label_groups([hat, hat], [3, 5])
    ['hat 2', 'hat 1']
    """
    kinds = [kind_of(character) for character in characters]
    counts = Counter(kinds)
    labels = list(kinds)
    used: Counter[str] = Counter()
    for index in sorted(range(len(kinds)), key=lambda index: -sizes[index]):
        kind = kinds[index]
        used[kind] += 1
        if counts[kind] > 1:
            labels[index] = f"{kind} {used[kind]}"
    return labels
