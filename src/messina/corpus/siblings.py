"""The files of one folder read beside each other: what their ambiguous tokens mean.

60 is a note beside 62 and 64 and a counter beside 01 and 02; 'soft' is a velocity where a sibling
is hard, else part of the name; a digit is the label where there is more to tell (Tom1-Hard) and a
take where there is not (kick1, kick2).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

from messina.corpus.labels import is_drum
from messina.corpus.tokens import Token
from messina.corpus.words import (
    DYNAMICS,
    MACHINES,
    SINGLE_LETTER_DYNAMICS,
    UNMISTAKABLE_DYNAMICS,
)

__all__ = ["MOST_LAYERS", "FileName", "layer_velocity", "resolve_siblings"]

VELOCITIES: Final = {**DYNAMICS, **SINGLE_LETTER_DYNAMICS}

Role = Literal["label", "note", "velocity", "index"]

LOWEST_NOTE: Final = 21
HIGHEST_NOTE: Final = 108
"""Bare numbers outside a piano's range are not taken for notes."""
MOST_LAYERS: Final = 16
"""v1 … v16 are layers; where a folder has higher ones they are velocities."""


@dataclass
class FileName:
    """One file while its tokens are being given their meaning."""

    folder: str
    parents: list[list[Token]]  # tokens of the folders, nearest first
    tokens: list[Token]
    roles: dict[int, Role] = field(default_factory=dict)  # of number tokens
    kept_digits: set[int] = field(default_factory=set)  # of word tokens
    velocity: float | None = None

    def of_kind(self, *kinds: str) -> list[int]:
        """Places of the tokens of these kinds."""
        return [i for i, token in enumerate(self.tokens) if token.kind in kinds]


def resolve_siblings(names: list[FileName]) -> None:
    """Gives the tokens of one folder's files their meaning, in place."""
    for resolve in _RESOLVERS:
        resolve(names)


def _resolve_letters(names: list[FileName]) -> None:
    """A lone p or f is a dynamic where other files have pp, mf, ff …; else it is a word."""
    texts = {token.text.lower() for name in names for token in name.tokens}
    has_others = bool(texts & set(UNMISTAKABLE_DYNAMICS))
    for name in names:
        for i in name.of_kind("letter"):
            name.tokens[i] = _as(name.tokens[i], "dynamics" if has_others else "word")


def _resolve_dynamics(names: list[FileName]) -> None:
    """'soft' is a velocity at the end of a name or where a sibling differs only in it."""
    others = Counter(_without(name, i) for name in names for i in [*name.of_kind("dynamics"), None])
    for name in names:
        places = name.of_kind("dynamics")
        for i in places:
            token = name.tokens[i]
            last = not any(t.kind in ("word", "dynamics") for t in name.tokens[i + 1 :])
            sure = token.text.lower() in {*UNMISTAKABLE_DYNAMICS, *SINGLE_LETTER_DYNAMICS}
            has_sibling = others[_without(name, i)] > 1
            if i != places[-1] or not (sure or last or has_sibling):
                name.tokens[i] = _as(token, "word")


def _without(name: FileName, dropped: int | None) -> tuple[str, ...]:
    words = [(i, name.tokens[i]) for i in name.of_kind("word", "dynamics")]
    return tuple(token.text.lower() for i, token in words if i != dropped)


def _resolve_notes(names: list[FileName]) -> None:
    """A-1 is a note where there are others without a minus; else it is take 1 of A."""
    has_plus = any(
        "\N{MINUS SIGN}" not in name.tokens[i].text for name in names for i in name.of_kind("note")
    )
    for name in names:
        for i in name.of_kind("note"):
            letter, minus, digit = name.tokens[i].text.partition("\N{MINUS SIGN}")
            if minus and not has_plus:
                name.tokens[i] = Token(
                    kind="word",
                    text=letter,
                    digits=digit,
                    value=int(digit),
                    separator=name.tokens[i].separator,
                )


def _resolve_velocities(names: list[FileName]) -> None:
    """v90 is a velocity; v1 … v8 are layers, spread evenly; a lone v2 is a version."""
    for kind in ("velocity", "layer"):
        values = {name.tokens[i].value or 0 for name in names for i in name.of_kind(kind)}
        if not values:
            continue
        layered = kind == "layer" or max(values) <= MOST_LAYERS
        for name in names:
            for i in name.of_kind(kind):
                value = name.tokens[i].value or 0
                if not layered:
                    name.velocity = float(max(1, value))
                elif len(values) > 1:
                    name.velocity = layer_velocity(value - min(min(values), 1), max(values))
    for name in names:
        if name.velocity is None and (marks := name.of_kind("dynamics")):
            text = name.tokens[marks[-1]].text.lower()
            name.velocity = float(VELOCITIES[text])


def layer_velocity(rank: int, highest: int) -> float:
    """Middle of the rank-th of `highest` equal layers, the softest being rank 0."""
    return round(max(1.0, min(127.0, 127 * (rank + 0.5) / max(1, highest))), 1)


def _resolve_numbers(names: list[FileName]) -> None:
    """Bare numbers: part of the label, a note, a velocity, or a counter."""
    own: dict[tuple[object, int], list[int]] = defaultdict(list)
    folder: dict[tuple[int, int], list[int]] = defaultdict(list)
    for name in names:
        numbers = name.of_kind("number")
        for slot, i in enumerate(numbers):
            own[_signature(name), slot].append(name.tokens[i].value or 0)
            folder[len(numbers), slot].append(name.tokens[i].value or 0)
    for name in names:
        numbers = name.of_kind("number")
        for slot, i in enumerate(numbers):
            values = own[_signature(name), slot]
            if len(set(values)) == 1:
                values = folder[len(numbers), slot]
            name.roles[i] = _number_role(name, i, values)
            if name.roles[i] == "velocity":
                name.velocity = float(max(1, name.tokens[i].value or 0))


def _signature(name: FileName) -> tuple[str, ...]:
    """What two names share that differ in their numbers only."""
    return tuple(
        token.written.lower() if token.kind == "word" else token.kind
        for token in name.tokens
        if token.kind != "dynamics"
    )


def _number_role(name: FileName, place: int, values: list[int]) -> Role:
    value, distinct = name.tokens[place].value or 0, set(values)
    if name.tokens[place].text in MACHINES:
        return "label"
    if max(values) > 127:
        repeated = len(distinct) <= len(values) / 2 or len(values) == 1
        return "label" if repeated and value > 127 else "index"
    has_note = bool(name.of_kind("note")) or "note" in name.roles.values()
    in_range = min(values) >= LOWEST_NOTE and max(values) <= HIGHEST_NOTE
    words = [name.tokens[i].written for i in name.of_kind("word")]
    marked = not words or name.velocity is not None or len(distinct) >= 3
    if in_range and marked and not has_note and not is_drum(" ".join(words)):
        return "note"
    beside_note = has_note and max(values) > MOST_LAYERS
    up_to_full = max(values) == 127 and len(distinct) <= MOST_LAYERS
    if name.velocity is None and len(distinct) > 1 and (beside_note or up_to_full):
        return "velocity"
    constant = len(distinct) == 1 and len(values) > 1
    return "label" if constant and value > MOST_LAYERS else "index"


def _resolve_digits(names: list[FileName]) -> None:
    """Tom1-Hard, Tom2-Hard: Tom1. kick1, kick2 and no more to tell: two takes of kick."""
    groups: dict[tuple[object, int], list[tuple[FileName, int]]] = defaultdict(list)
    for name in names:
        for i in name.of_kind("word"):
            if name.tokens[i].digits:
                groups[_open_signature(name, i), i].append((name, i))
    for members in groups.values():
        counts = Counter(name.tokens[i].value for name, i in members)
        varied = max(counts.values()) > 1 or any(_has_variation(name) for name, _ in members)
        for name, i in members:
            digits = name.tokens[i].digits
            if varied or digits in MACHINES or len(digits) > 2:
                name.kept_digits.add(i)


def _open_signature(name: FileName, opened: int) -> tuple[str, ...]:
    return tuple(
        token.text.lower() if i == opened else token.written.lower()
        for i, token in enumerate(name.tokens)
        if token.kind == "word" or name.roles.get(i) == "label"
    )


def _has_variation(name: FileName) -> bool:
    marks = name.of_kind("note", "velocity", "layer", "round_robin", "dynamics")
    return bool(marks) or any(role != "label" for role in name.roles.values())


def _as(token: Token, kind: Literal["word", "dynamics"]) -> Token:
    return Token(
        kind=kind,
        text=token.text,
        digits=token.digits,
        value=token.value,
        separator=token.separator,
    )


_RESOLVERS: Final[tuple[Callable[[list[FileName]], None], ...]] = (
    _resolve_letters,
    _resolve_dynamics,
    _resolve_notes,
    _resolve_velocities,
    _resolve_numbers,
    _resolve_digits,
)
