"""Labels normalised: one spelling for one thing, and families instead of a label for every file.

And a file's name while its tokens are being given their meaning, with what is heard in the file.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from messina import drums
from messina.corpus.tokens import Token

__all__ = [
    "FileName",
    "Role",
    "SoundEvidence",
    "coarsen",
    "groups_of",
    "is_drum",
    "join_words",
    "octaves_between",
    "rises",
    "unify_spelling",
]

Words = list[Token]

MOST_SINGLE_LABELS: Final = 32
"""A kit may have this many labels of one sound each; beyond, a library has been poured out."""
LEAST_FAMILY: Final = 3


def join_words(words: Words) -> str:
    """The label as the user spelt it: `hihat closed`, `drum_snare`, `tom-hi`.

    >>> from messina.corpus.tokens import tokenise
    >>> join_words(tokenise("drum_snare  (old)"))
    'drum_snare old'
    """
    label = ""
    for word in words:
        label += _plain_separator(word.separator) if label else ""
        label += word.written
    return label.strip()


def _plain_separator(separator: str) -> str:
    for plain in ("_", "-"):
        if separator.strip() == plain:
            return plain
    return " " if separator else ""


def _key(words: Words) -> str:
    """Equal for labels that differ in case, spaces and signs only."""
    return "".join(c for word in words for c in word.written.casefold() if c.isalnum())


def unify_spelling(labels: Sequence[Words]) -> list[Words]:
    """Hi-Hat, hihat and HiHat become the one that is used most, the first where even."""
    counts = Counter((_key(words), join_words(words)) for words in labels)
    spellings: dict[str, Words] = {}
    for words in labels:
        best = spellings.setdefault(_key(words), words)
        if counts[_key(words), join_words(words)] > counts[_key(best), join_words(best)]:
            spellings[_key(words)] = words
    # a name of signs only has an empty key: nothing to compare
    return [spellings[_key(words)] if _key(words) else words for words in labels]


def coarsen(labels: Sequence[Words], folders: Sequence[tuple[str, Words]]) -> list[Words]:
    """Families instead of a label for every file, where most labels have a single sound.

    A label of one sound becomes its first words when others of the folder share them (`bd_808`,
    `bd_fat`, `bd_zum` → `bd`), else the folder it is in (`Kicks/Deep Impact` → `Kicks`). A new
    sound of a label can only be learnt from others of its label.
    """
    counts = Counter(map(_key, labels))
    single = [counts[_key(words)] == 1 for words in labels]
    if sum(single) <= max(MOST_SINGLE_LABELS, len(counts) / 2):
        return list(labels)
    families: dict[tuple[str, str], int] = defaultdict(int)
    sizes = Counter(folder for folder, _ in folders)
    for words, (folder, _), alone in zip(labels, folders, single, strict=True):
        for length in range(1, len(words)):
            families[folder, _key(words[:length])] += alone
    return [
        _family(words, folder, above, families, sizes[folder]) if alone else words
        for words, (folder, above), alone in zip(labels, folders, single, strict=True)
    ]


def _family(
    words: Words, folder: str, above: Words, families: dict[tuple[str, str], int], size: int
) -> Words:
    for length in range(len(words) - 1, 0, -1):
        if LEAST_FAMILY <= families[folder, _key(words[:length])] <= 0.6 * size:
            return words[:length]
    return above if above and folder and size >= LEAST_FAMILY else words


def is_drum(label: str) -> bool:
    """Whether a label names an instrument without a definite pitch.

    >>> is_drum("PearlTom1"), is_drum("bd_808"), is_drum("steel drum"), is_drum("custom bass")
    (True, True, False, False)
    """
    letters = "".join(c for c in label.lower() if c.isalpha())
    if any(drum in letters for drum in drums.PITCHED):
        return False
    words = [word.lower() for word in _WORD.findall(label)]
    return (
        any(drum in letters for drum in drums.ANYWHERE)
        or not drums.ABBREVIATIONS.isdisjoint(words)
        or any(_holds_short_drum(word) for word in words)
    )


_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
"""HatClosed is two words, BD2 one."""


def _holds_short_drum(word: str) -> bool:
    places = ((drum, word.find(drum)) for drum in drums.AT_THE_START)
    return any(place >= 0 and word[:place] in drums.MODIFIERS for _, place in places)


Role = Literal["label", "note", "key", "velocity", "index"]


@dataclass(frozen=True, kw_only=True)
class SoundEvidence:
    """What is measured in a sound that helps to read its name."""

    note: float | None = None
    """Where it is surely pitched."""
    loudness_db: float | None = None


@dataclass
class FileName:
    """One file's name as tokens, while these are being given their meaning."""

    folder: str
    parents: list[list[Token]]  # tokens of the folders, nearest first
    tokens: list[Token]
    roles: dict[int, Role] = field(default_factory=dict)  # of number tokens
    kept_digits: set[int] = field(default_factory=set)  # of word tokens
    velocity: float | None = None
    heard: SoundEvidence = SoundEvidence()

    def of_kind(self, *kinds: str) -> list[int]:
        """Indices of the tokens of these kinds."""
        return [i for i, token in enumerate(self.tokens) if token.kind in kinds]

    def words(self) -> tuple[str, ...]:
        """Its words in lower case, without what any other kind of token says."""
        return tuple(t.text.lower() for t in self.tokens if t.kind == "word")


def groups_of(
    names: Iterable[FileName], key: Callable[[FileName], Hashable]
) -> list[list[FileName]]:
    """The names with equal keys together."""
    groups: dict[Hashable, list[FileName]] = defaultdict(list)
    for name in names:
        groups[key(name)].append(name)
    return list(groups.values())


def octaves_between(pairs: Sequence[tuple[float, float]]) -> float:
    """Share of (written, heard) notes that lie the same number of octaves apart, 0 without any.

    >>> octaves_between([(60, 72.1), (64, 76.0), (67, 70.0)])
    0.6666666666666666
    """
    apart: Counter[int] = Counter()
    for written, heard in pairs:
        octaves = round((heard - written) / 12)
        if abs(heard - written - 12 * octaves) < 0.6:
            apart[octaves] += 1
    return apart.most_common(1)[0][1] / len(pairs) if apart else 0.0


def rises(pairs: Sequence[tuple[float, float]]) -> float:
    """Rank correlation of (number, level): 1 where all rise together, -1 where they fall.

    Kendall's tau over the pairs whose numbers differ; 0 for fewer than three.
    """
    if len(pairs) < 3:
        return 0.0
    some = pairs[:: max(1, len(pairs) // 100)]
    signs = [
        (1 if (a[1] - b[1]) * (a[0] - b[0]) > 0 else -1)
        for i, a in enumerate(some)
        for b in some[:i]
        if a[0] != b[0] and a[1] != b[1]
    ]
    return sum(signs) / len(signs) if signs else 0.0
