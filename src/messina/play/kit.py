"""Which label of a kit a MIDI note plays: one after the other from note 36, as pads send them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

__all__ = ["FIRST_NOTE", "kit_order"]

FIRST_NOTE: Final = 36

_ROLES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"kick|bass ?drum|^bd|^b8",
        r"snare|^sd|^sn",
        r"clos|pedal|^ch$|^(?!.*open).*(?:hi-?hat|\bhat|^hh)",
        r"open|^oh$",
        r"clap|snap|rim|stick|side",
        r"tom|conga|bongo|timbale",
        r"ride|(?<!cow)bell",
        r"crash|splash|china|cymbal",
        r"shak|tamb|mara|cabasa",
        r"cow|block|clave|agogo|tri",
    )
)


def kit_order(labels: Sequence[str], counts: Sequence[int]) -> list[str]:
    """Labels as hands look for them: one of each part of a kit first. counts: sounds of each.

    The page orders its pads by the same rule (web/sounds/slots.js).

    >>> kit_order(["ride", "snare rim", "snare", "kick"], [1, 2, 5, 3])
    ['kick', 'snare', 'ride', 'snare rim']
    """
    many = dict(zip(labels, counts, strict=True))
    by_role = sorted(labels, key=lambda label: (_role(label), -many[label]))
    first = {_role(label): label for label in reversed(by_role)}
    leading = [label for label in by_role if first[_role(label)] == label]
    return leading + [label for label in by_role if label not in leading]


def _role(label: str) -> int:
    matching = (index for index, pattern in enumerate(_ROLES) if pattern.search(label))
    return next(matching, len(_ROLES))
