"""A file's name while its tokens are being given their meaning, and what is heard in the file."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from messina.corpus.tokens import Token

__all__ = ["FileName", "Heard", "Role", "groups_of", "octaves_between", "rises"]

Role = Literal["label", "note", "key", "velocity", "index"]


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What the sound itself has to say about its name."""

    note: float | None = None
    """Where it is surely pitched."""
    loudness_db: float | None = None


@dataclass
class FileName:
    """One file while its tokens are being given their meaning."""

    folder: str
    parents: list[list[Token]]  # tokens of the folders, nearest first
    tokens: list[Token]
    roles: dict[int, Role] = field(default_factory=dict)  # of number tokens
    kept_digits: set[int] = field(default_factory=set)  # of word tokens
    velocity: float | None = None
    heard: Heard = Heard()

    def of_kind(self, *kinds: str) -> list[int]:
        """Places of the tokens of these kinds."""
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
