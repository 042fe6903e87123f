"""Disambiguation of file names: what tokens mean, by the other files of a folder.

60 is a note beside 62 and 64 and a counter beside 01 and 02; 'soft' is a velocity where a sibling
is hard, else part of the name; a digit is the label where there is more to tell (Tom1-Hard) and a
take where there is not (kick1, kick2).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from statistics import median
from typing import Final

from messina.corpus.labels import FileName, groups_of
from messina.corpus.note_tokens import resolve_notes
from messina.corpus.numbers import (
    MOST_LAYERS,
    drop_lettered,
    drop_serials,
    resolve_numbers,
    resolve_ranges,
    resolve_takes,
)
from messina.corpus.spelling import (
    DYNAMICS,
    MACHINES,
    SINGLE_LETTER_DYNAMICS,
    UNMISTAKABLE_DYNAMICS,
)

__all__ = ["layer_velocity", "resolve_by_neighbours"]

VELOCITIES: Final = {**DYNAMICS, **SINGLE_LETTER_DYNAMICS, "piano": 48}
LEAST_FALL_DB: Final = 6.0
"""Layers that fall by so much from the first to the last are numbered from the hardest."""


def resolve_by_neighbours(names: list[FileName]) -> None:
    """Decides the ambiguous tokens of one folder's files, each by the files beside it, in place."""
    for resolve in _RESOLVERS:
        resolve(names)


def _resolve_letters(names: list[FileName]) -> None:
    """A lone p or f is a dynamic where other files have pp, mf, ff …; else it is a word."""
    texts = {name.tokens[i].text.lower() for name in names for i in name.of_kind("dynamics")}
    in_folder = bool(texts & set(UNMISTAKABLE_DYNAMICS))
    # beside notes p and f say how they are played, whatever is played
    by_notes = _lower_letters([name for name in names if name.of_kind("note", "foreign")])
    everywhere = {"p", "f"} <= by_notes
    for group in groups_of(names, FileName.words):
        # soft and loud of the same thing: p beside f
        is_pair = everywhere or {"p", "f"} <= _lower_letters(group)
        for name in group:
            for i in name.of_kind("letter"):
                token = name.tokens[i]
                spoken = is_pair or (in_folder and token.text.lower() != "m")
                name.tokens[i] = replace(token, kind="dynamics" if spoken else "word")


def _lower_letters(names: list[FileName]) -> set[str]:
    return {name.tokens[i].text.lower() for name in names for i in name.of_kind("letter")}


def _resolve_piano(names: list[FileName]) -> None:
    """violin_A3_piano beside violin_A3_forte: soft. Elsewhere it is the instrument."""
    for group in groups_of(names, _first_word):
        marks = {name.tokens[i].text.lower() for name in group for i in name.of_kind("dynamics")}
        if marks.isdisjoint(_SPELT_OUT):
            continue
        for name in group:
            for i in name.of_kind("word")[1:]:
                token = name.tokens[i]
                if token.text.lower() == "piano" and not token.digits:
                    name.tokens[i] = replace(token, kind="dynamics")


_SPELT_OUT: Final = frozenset({"forte", "pianissimo", "fortissimo", "mezzoforte", "mezzopiano"})


def _first_word(name: FileName) -> str:
    return next((t.text.lower() for t in name.tokens if t.kind == "word"), "")


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
                name.tokens[i] = replace(token, kind="word")


def _without(name: FileName, dropped: int | None) -> tuple[str, ...]:
    words = [(i, name.tokens[i]) for i in name.of_kind("word", "dynamics")]
    return tuple(token.text.lower() for i, token in words if i != dropped)


def _resolve_velocities(names: list[FileName]) -> None:
    """v90 is a velocity; v1 … v8 are layers, spread evenly; a lone v2 is a version."""
    for kind in ("velocity", "layer"):
        places = [(name, i) for name in names for i in name.of_kind(kind)]
        values = {name.tokens[i].value or 0 for name, i in places}
        if not values:
            continue
        layered = kind == "layer" or max(values) <= MOST_LAYERS
        falling = layered and _layers_fall(places)
        for name, i in places:
            value = name.tokens[i].value or 0
            if not layered:
                name.velocity = float(max(1, value))
            elif len(values) > 1:
                rank = value - min(min(values), 1)
                highest = max(values)
                name.velocity = layer_velocity(highest - 1 - rank if falling else rank, highest)
    for name in names:
        if name.velocity is None and (marks := name.of_kind("dynamics")):
            text = name.tokens[marks[-1]].text.lower()
            name.velocity = float(VELOCITIES[text])


def _layers_fall(places: list[tuple[FileName, int]]) -> bool:
    """Whether layer 1 is the loudest, by what is heard."""
    levels: dict[int, list[float]] = defaultdict(list)
    for name, i in places:
        if name.heard.loudness_db is not None:
            levels[name.tokens[i].value or 0].append(name.heard.loudness_db)
    each = [median(levels[layer]) for layer in sorted(levels)]
    falls = all(a > b for a, b in pairwise(each))
    return len(each) > 1 and falls and each[0] - each[-1] >= LEAST_FALL_DB


def layer_velocity(rank: int, highest: int) -> float:
    """Middle of the rank-th of `highest` equal layers, the softest being rank 0."""
    return round(max(1.0, min(127.0, 127 * (rank + 0.5) / max(1, highest))), 1)


def _resolve_channels(names: list[FileName]) -> None:
    """'stereo' in every name tells nothing apart."""
    for text in ("stereo", "mono"):
        found = [
            (name, i)
            for name in names
            for i in name.of_kind("word")
            if name.tokens[i].written.lower() == text
        ]
        if len({id(name) for name, _ in found}) == len(names):
            for name, i in found:
                name.tokens[i] = replace(name.tokens[i], kind="dropped")


def _resolve_digits(names: list[FileName]) -> None:
    """Tom1-Hard, Tom2-Hard: Tom1. kick1, kick2 and no more to tell: two takes of kick.

    As far as they go: tick99, tick100 are takes, too, but Juno60 and Juno106 are not.
    """
    groups: dict[tuple[object, int], list[tuple[FileName, int]]] = defaultdict(list)
    for name in names:
        for i in name.of_kind("word"):
            if name.tokens[i].digits:
                groups[_open_signature(name, i), i].append((name, i))
    for members in groups.values():
        counts = Counter(name.tokens[i].value for name, i in members)
        varied = max(counts.values()) > 1 or any(_has_variation(name) for name, _ in members)
        for name, i in members:
            digits, value = name.tokens[i].digits, name.tokens[i].value or 0
            # Of three digits or more they name a thing, unless they count on from another's.
            counted = len(digits) < 3 or value - 1 in counts or value + 1 in counts
            if varied or digits in MACHINES or not counted:
                name.kept_digits.add(i)


def _open_signature(name: FileName, opened: int) -> tuple[str, ...]:
    return tuple(
        token.text.lower() if i == opened else token.written.lower()
        for i, token in enumerate(name.tokens)
        if token.kind == "word" or name.roles.get(i) == "label"
    )


def _has_variation(name: FileName) -> bool:
    marks = name.of_kind(
        "note", "key", "class", "velocity", "layer", "range", "round_robin", "dynamics"
    )
    return bool(marks) or any(role != "label" for role in name.roles.values())


# what changes the number of tokens comes before what keeps their places
_RESOLVERS: Final[tuple[Callable[[list[FileName]], None], ...]] = (
    _resolve_letters,
    _resolve_piano,
    _resolve_channels,
    drop_serials,
    drop_lettered,
    resolve_notes,
    _resolve_dynamics,
    resolve_ranges,
    resolve_takes,
    _resolve_velocities,
    resolve_numbers,
    _resolve_digits,
)
