"""Drums on the keys where players, pads and files of rhythms expect them: General MIDI percussion.

Ref: MIDI Manufacturers Association (1991), General MIDI System Level 1, percussion key map; keys
27 … 34 and 82 … 87 from General MIDI 2 (1999).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

__all__ = ["assign_keys", "general_midi_keys", "is_hi_hat"]

_HAT: Final = re.compile(r"hi-?hat|open.*hat|hat.*open|pedal.*hat|hat.*pedal|closed?hat")
_HAT_WORDS: Final = frozenset(["hat", "hats", "hh", "hhc", "hho", "ch", "chh", "oh", "ohh", "ph"])
_TOMS: Final = (50, 48, 47, 45, 43, 41)  # high … low
_FIRST_PAD: Final = 36
_ABOVE_THE_MAP: Final = 88


_LOOSE: Final = "open|semi|half|loose|swish|sizzle"


class _Kind(NamedTuple):
    """A kind of drum: any of these words, or this inside a longer word; keys by preference."""

    words: frozenset[str]
    inside: str
    keys: tuple[int, ...]


def _kind(words: str, inside: str, *keys: int) -> _Kind:
    return _Kind(frozenset(words.split()), inside, keys)


# The first that fits is it, so what is more special stands first.
_KINDS: Final = (
    _kind("ph", r"pedal.*hat|hat.*pedal|foot.*hat|hat.*foot", 44, 42),
    _kind("oh ohh hho", rf"({_LOOSE}).*hat|hat.*({_LOOSE})", 46),
    _kind("", r"hat.*chok|chok.*hat"),  # a hat held after the hit has no key of its own
    _kind("hh chh hhc ch hat hats", r"hi-?hat|closed?hat|hat(closed|tight)", 42),
    _kind("", r"snare.*rim|rim.*snare", 40, 37, 38),
    _kind("rim rs", r"side-?stick|x-?stick|cross-?stick|rim-?shot|rimclick", 37),
    _kind("sd sn snr", r"snare", 38, 40),
    _kind("cp", r"clap", 39),
    _kind("bd kd kik kck", r"kick|bass-?drum", 36, 35),
    _kind("cb", r"cow-?bell", 56),
    _kind("bell", r"ride-?bell|bell-?ride", 53),
    _kind("rd rc", r"ride(?!nt)", 51, 59),
    _kind("cc cr", r"crash", 49, 57),
    _kind("", r"china|chinese", 52),
    _kind("", r"splash", 55),
    _kind("", r"cymbal", 49, 57, 51),
    _kind("tamb", r"tambourin", 54),
    _kind("vibraslap", r"vibra-?slap", 58),
    _kind("", r"(lo|low)bongo|bongo(lo|low)", 61, 60),
    _kind("", r"bongo", 60, 61),
    _kind("", r"mute.*conga|conga.*mute", 62, 63),
    _kind("", r"(lo|low)conga|conga(lo|low)", 64, 63),
    _kind("", r"conga", 63, 64, 62),
    _kind("", r"(lo|low)timbale|timbale(lo|low)", 66, 65),
    _kind("", r"timbale", 65, 66),
    _kind("", r"(lo|low)agogo|agogo(lo|low)", 68, 67),
    _kind("", r"agogo", 67, 68),
    _kind("", r"cabasa", 69),
    _kind("", r"maraca", 70),
    _kind("", r"long.*guiro|guiro.*long", 74, 73),
    _kind("", r"guiro", 73, 74),
    _kind("clave claves", r"claves", 75),
    _kind("", r"(lo|low)(wood)?block|block(lo|low)", 77, 76),
    _kind("block", r"wood-?block", 76, 77),
    _kind("", r"open.*cuica|cuica.*open", 79, 78),
    _kind("", r"cuica", 78, 79),
    _kind("", r"open.*triangle|triangle.*open", 81, 80),
    _kind("triangle", r"triangle", 81, 80),
    _kind("shaker", r"shaker", 82, 70),
    _kind("", r"(jingle|sleigh)bell", 83),
    _kind("", r"castanet", 85),
    _kind("surdo", r"surdo", 87, 86),
)  # fmt: skip

_TOM: Final = re.compile(r"tom\d*$|(floor|lo|low|mid|middle|hi|high|rack)toms?\d*$|toms$|ft$")
_TOM_KEYS: Final = (
    (re.compile(r"floor|ft$"), (43, 41, 45)),
    (re.compile(r"lo$|low|deep"), (45, 41, 43, 47)),
    (re.compile(r"mid|middle"), (47, 48, 45)),
    (re.compile(r"hi$|high|small"), (50, 48, 47)),
)
_TOM_AT_NUMBER: Final = {1: (50, 48, 47), 2: (47, 45, 48), 3: (45, 43, 47), 4: (43, 41), 5: (41,)}


def general_midi_keys(label: str) -> tuple[int, ...]:
    """Keys on which General MIDI has this drum, the fitting first; () when the label says none.

    >>> general_midi_keys("PearlKick"), general_midi_keys("hihat open"), general_midi_keys("Zap")
    ((36, 35), (46,), ())
    """
    words = _words(label)
    joined = "".join(words)
    if any(_TOM.match(word) for word in words) or re.search(r"(?:floor|low|mid|high)tom", joined):
        return _tom_keys(words)
    for kind in _KINDS:
        if kind.words & set(words) or (kind.inside and re.search(kind.inside, joined)):
            return kind.keys
    return ()


def is_hi_hat(label: str) -> bool:
    """Whether a label is some hi-hat: the ones that cut each other off."""
    words = _words(label)
    return bool(_HAT_WORDS & set(words) or _HAT.search("".join(words)))


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
        if word.isdigit() and int(word) in _TOM_AT_NUMBER:
            return _then_others(_TOM_AT_NUMBER[int(word)])
    return _then_others((45, 47, 48))


def _then_others(keys: tuple[int, ...]) -> tuple[int, ...]:
    """These toms first, then the rest, from low to high."""
    return (*keys, *(key for key in reversed(_TOMS) if key not in keys))


def assign_keys(labels: Sequence[str]) -> dict[str, int]:
    """A key for each label, no two the same; there must be no more than 128.

    Known drums get their own keys, the others the keys above the drum map, or, where no label is
    that of a drum, pads from C2 (36) up.
    """
    keys: dict[str, int] = {}
    for rank in range(len(_TOMS)):  # first choices of all before second choices of any
        for label in labels:
            wanted = general_midi_keys(label)
            if label not in keys and rank < len(wanted) and wanted[rank] not in keys.values():
                keys[label] = wanted[rank]
    start = _ABOVE_THE_MAP if keys else _FIRST_PAD
    free = [*range(start, 128), *range(start - 1, -1, -1)]
    for label in labels:
        if label not in keys:
            keys[label] = next(key for key in free if key not in keys.values())
    return {label: keys[label] for label in labels}
