"""Drums on the keys where players, pads and files of rhythms expect them: General MIDI's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina import drums
from messina.instrument.responses import Response
from messina.units import KEYS

__all__ = ["assign_keys", "general_midi_keys", "is_hi_hat", "label_keys", "main_pitched"]

"""Of MIDI."""

_TOM: Final = re.compile(drums.TOM)
_TOM_KEYS: Final = tuple((re.compile(said), keys) for said, keys in drums.TOM_KEYS)


def general_midi_keys(label: str) -> tuple[int, ...]:
    """Keys on which General MIDI has this drum, the fitting first; () when the label says none.

    >>> general_midi_keys("PearlKick"), general_midi_keys("hihat open"), general_midi_keys("Zap")
    ((36, 35), (46,), ())
    """
    words = _words(label)
    if _names_tom(words):
        return _tom_keys(words)
    kind = _kind_of(words)
    return kind.keys if kind else ()


def is_hi_hat(label: str) -> bool:
    """Whether a label is some hi-hat: the ones that cut each other off."""
    kind = _kind_of(_words(label))
    return kind is not None and kind.group == drums.HI_HATS


def _names_tom(words: Sequence[str]) -> bool:
    return any(_TOM.search(word) for word in words) or bool(
        re.search(drums.TOM_TOGETHER, "".join(words))
    )


def _kind_of(words: Sequence[str]) -> drums.Kind | None:
    """The first kind of drum that one of the words names, or all of them written together."""
    joined = "".join(words)
    for kind in drums.KINDS:
        named = not {*kind.words, *kind.abbreviations}.isdisjoint(words)
        if named or (kind.inside and re.search(kind.inside, joined)):
            return kind
    return None


def _words(label: str) -> list[str]:
    """In lower case: `PearlTom1` is pearl, tom, 1."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", " ", label)
    return re.findall(r"[a-z]+|\d+", spaced.lower())


def _tom_keys(words: Sequence[str]) -> tuple[int, ...]:
    """By what is said of its pitch, else by its number, 1 being the highest."""
    for pattern, keys in _TOM_KEYS:
        if any(pattern.search(word.removesuffix("tom").removesuffix("toms")) for word in words):
            return _then_others(keys)
    for word in words:
        if word.isdigit() and int(word) in drums.TOM_AT_NUMBER:
            return _then_others(drums.TOM_AT_NUMBER[int(word)])
    return _then_others(drums.TOM_UNSAID)


def _then_others(keys: tuple[int, ...]) -> tuple[int, ...]:
    """These toms first, then the rest, from low to high."""
    return (*keys, *(key for key in reversed(drums.TOMS) if key not in keys))


def assign_keys(labels: Sequence[str]) -> dict[str, int]:
    """A key for each label, no two the same; there must be no more than 128.

    Known drums get their own keys, the others the keys above the drum map, or, where no label is
    that of a drum, pads from C2 (36) up.
    """
    keys: dict[str, int] = {}
    for rank in range(len(drums.TOMS)):  # first choices of all before second choices of any
        for label in labels:
            wanted = general_midi_keys(label)
            if label not in keys and rank < len(wanted) and wanted[rank] not in keys.values():
                keys[label] = wanted[rank]
    start = drums.ABOVE_THE_MAP if keys else drums.FIRST_PAD
    free = [*range(start, 128), *range(start - 1, -1, -1)]
    for label in labels:
        if label not in keys:
            keys[label] = next(key for key in free if key not in keys.values())
    return {label: keys[label] for label in labels}


def label_keys(responses: Sequence[Response]) -> NDArray[np.int32]:
    """Which label each key of MIDI plays [KEYS], -1: none; the one table for all players.

    Labels without pitch lie where `assign_keys` has them. All other keys play, each at its own
    note, the label of most sounds among those with a pitch, if there is one.
    """
    index = {response.label: i for i, response in enumerate(responses)}
    main = main_pitched(responses)
    keys = np.full(KEYS, -1 if main is None else main, np.int32)
    drums_there = [response.label for response in responses if not response.pitched]
    for label, key in assign_keys(drums_there[:KEYS]).items():
        keys[key] = index[label]
    return keys


def main_pitched(responses: Sequence[Response]) -> int | None:
    """The label of most sounds among those with a pitch, the first of equals; None without any."""
    pitched = [i for i, response in enumerate(responses) if response.pitched]
    return max(pitched, key=lambda i: responses[i].sounds, default=None)
