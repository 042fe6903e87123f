"""Label, note, velocity and round robin of every file, from the names of the whole folder.

    Snare-Softest.wav        snare, soft         PearlTom1-Hard.wav    PearlTom1, hard
    marimba_C4_v90.wav       C4, velocity 90     marimba_60_v80.wav    note 60, velocity 80
    kick_rr2.wav             second of several   hihat closed 03.wav   third of several
    Piano.ff.C#4.wav         C#4, ff             BD 808 long.wav       808 is a name
    kalimba/60_v127.wav      the folder says what it is

A name alone is ambiguous: 60 is a note beside 62 and 64, a counter beside 01 and 02. So numbers,
dynamics and digits are read by comparison with the other files of the same folder.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final, Literal

from messina.corpus.labels import coarsen, join_words, unify_spelling
from messina.corpus.tokens import Token, tokenise
from messina.corpus.words import (
    DRUM_ABBREVIATIONS,
    DRUM_WORDS,
    DYNAMICS,
    GENERIC_WORDS,
    MACHINES,
    PITCHED_WORDS,
    SINGLE_LETTER_DYNAMICS,
    UNMISTAKABLE_DYNAMICS,
)

__all__ = ["Named", "is_drum", "read_names"]

VELOCITIES: Final = {**DYNAMICS, **SINGLE_LETTER_DYNAMICS}

NoteSource = Literal["name", "lower", "number"]
Role = Literal["label", "note", "velocity", "index"]

LOWEST_NOTE: Final = 21
HIGHEST_NOTE: Final = 108
"""Bare numbers outside a piano's range are not taken for notes."""
MOST_LAYERS: Final = 16
"""v1 … v16 are layers; where a folder has higher ones they are velocities."""


@dataclass(frozen=True, kw_only=True)
class Named:
    """What a name says. `note` is a MIDI number with C4 = 60."""

    label: str
    note: int | None = None
    note_source: NoteSource | None = None
    """A note name, one in lower case that may be no note, or a bare number that may be none."""
    velocity: float | None = None
    round_robin: int | None = None


@dataclass
class _Name:
    """One file while its tokens are being given their meaning."""

    folder: str
    parents: list[list[Token]]  # tokens of the folders, nearest first
    tokens: list[Token]
    roles: dict[int, Role] = field(default_factory=dict)  # of number tokens
    kept_digits: set[int] = field(default_factory=set)  # of word tokens
    velocity: float | None = None

    def of_kind(self, *kinds: str) -> list[int]:
        return [i for i, token in enumerate(self.tokens) if token.kind in kinds]


def read_names(names: Sequence[str], *, root: str = "") -> list[Named]:
    """What the names of a folder's files say, one answer each; `root` names the folder itself.

    Names are relative paths with '/'. Never fails: every file gets a label.

    >>> [named.label for named in read_names(["Snare-Softest.wav", "hihat closed 03.wav"])]
    ['Snare', 'hihat closed']
    """
    parsed = [_parse(name, root) for name in names]
    folders: dict[str, list[_Name]] = defaultdict(list)
    for name in parsed:
        folders[name.folder].append(name)
    for siblings in folders.values():
        for resolve in _RESOLVERS:
            resolve(siblings)
    layers = max(
        (t.value or 0 for n in parsed for row in n.parents for t in row if t.kind == "layer"),
        default=0,
    )
    read = [_conclude(name, layers) for name in parsed]
    labels = unify_spelling([_label_words(name) for name in parsed])
    labels = coarsen(labels, [(name.folder, _folder_words(name)) for name in parsed])
    return [
        Named(
            label=join_words(label) or "sound",
            note=named.note,
            note_source=named.note_source,
            velocity=named.velocity,
            round_robin=named.round_robin,
        )
        for named, label in zip(read, labels, strict=True)
    ]


def is_drum(label: str) -> bool:
    """Whether a label names an instrument without a definite pitch.

    >>> is_drum("PearlTom1"), is_drum("bd_808"), is_drum("steel drum"), is_drum("marimba")
    (True, True, False, False)
    """
    lower = label.lower()
    if any(word in lower for word in PITCHED_WORDS):
        return False
    whole = {token.text.lower() for token in tokenise(label)}
    return bool(whole & DRUM_ABBREVIATIONS) or any(word in lower for word in DRUM_WORDS)


def _parse(name: str, root: str) -> _Name:
    path = PurePosixPath(name)
    folders = [part for part in path.parts[:-1] if part not in ("/", "..")]
    above = [tokenise(part) for part in reversed(folders)] + [tokenise(root)]
    return _Name(folder="/".join(folders), parents=above, tokens=tokenise(path.stem))


# --- what the tokens of a folder's files mean, in the order in which it is found out ---


def _resolve_letters(names: list[_Name]) -> None:
    """A lone p or f is a dynamic where other files have pp, mf, ff …; else it is a word."""
    texts = {token.text.lower() for name in names for token in name.tokens}
    has_others = bool(texts & set(UNMISTAKABLE_DYNAMICS))
    for name in names:
        for i in name.of_kind("letter"):
            name.tokens[i] = _as(name.tokens[i], "dynamics" if has_others else "word")


def _resolve_dynamics(names: list[_Name]) -> None:
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


def _without(name: _Name, dropped: int | None) -> tuple[str, ...]:
    words = [(i, name.tokens[i]) for i in name.of_kind("word", "dynamics")]
    return tuple(token.text.lower() for i, token in words if i != dropped)


def _resolve_notes(names: list[_Name]) -> None:
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


def _resolve_velocities(names: list[_Name]) -> None:
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
                    name.velocity = _layer_velocity(value - min(min(values), 1), max(values))
    for name in names:
        if name.velocity is None and (marks := name.of_kind("dynamics")):
            text = name.tokens[marks[-1]].text.lower()
            name.velocity = float(VELOCITIES[text])


def _layer_velocity(rank: int, highest: int) -> float:
    """Middle of the rank-th of `highest` equal layers, the softest being rank 0."""
    return round(max(1.0, min(127.0, 127 * (rank + 0.5) / max(1, highest))), 1)


def _resolve_numbers(names: list[_Name]) -> None:
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


def _signature(name: _Name) -> tuple[str, ...]:
    """What two names share that differ in their numbers only."""
    return tuple(
        token.written.lower() if token.kind == "word" else token.kind
        for token in name.tokens
        if token.kind != "dynamics"
    )


def _number_role(name: _Name, place: int, values: list[int]) -> Role:
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


def _resolve_digits(names: list[_Name]) -> None:
    """Tom1-Hard, Tom2-Hard: Tom1. kick1, kick2 and no more to tell: two takes of kick."""
    groups: dict[tuple[object, int], list[tuple[_Name, int]]] = defaultdict(list)
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


def _open_signature(name: _Name, opened: int) -> tuple[str, ...]:
    return tuple(
        token.text.lower() if i == opened else token.written.lower()
        for i, token in enumerate(name.tokens)
        if token.kind == "word" or name.roles.get(i) == "label"
    )


def _has_variation(name: _Name) -> bool:
    marks = name.of_kind("note", "velocity", "layer", "round_robin", "dynamics")
    return bool(marks) or any(role != "label" for role in name.roles.values())


_RESOLVERS: Final[tuple[Callable[[list[_Name]], None], ...]] = (
    _resolve_letters,
    _resolve_dynamics,
    _resolve_notes,
    _resolve_velocities,
    _resolve_numbers,
    _resolve_digits,
)


def _as(token: Token, kind: Literal["word", "dynamics"]) -> Token:
    return Token(
        kind=kind,
        text=token.text,
        digits=token.digits,
        value=token.value,
        separator=token.separator,
    )


# --- conclusions ---


def _label_words(name: _Name) -> list[Token]:
    """The tokens that make the label; where a name has none, the nearest folder that has."""
    words = []
    for i, token in enumerate(name.tokens):
        if token.kind == "word":
            words.append(token if i in name.kept_digits else _bare(token))
        elif name.roles.get(i) == "label":
            words.append(token)
    own = [token for token in words if token.text]
    if any(token.kind == "word" and token.text.lower() not in GENERIC_WORDS for token in own):
        return own
    return _folder_words(name) or own


def _bare(token: Token) -> Token:
    return Token(kind="word", text=token.text, separator=token.separator)


def _folder_words(name: _Name) -> list[Token]:
    for row in name.parents:
        words = [t for t in row if t.kind in ("word", "dynamics", "letter")]
        telling = [t for t in words if t.kind == "word" and t.text.lower() not in GENERIC_WORDS]
        if telling:
            return [t for t in words if t.text.lower() not in GENERIC_WORDS]
    return []


def _conclude(name: _Name, folder_layers: int) -> Named:
    """Note, velocity and round robin; the label is found for all names together."""
    note, source = _note_of(name)
    velocity = name.velocity
    if velocity is None:
        velocity = next(
            (v for row in name.parents if (v := _folder_velocity(row, folder_layers))), None
        )
    indices = [i for i, role in name.roles.items() if role == "index"]
    marks = [*name.of_kind("round_robin"), *reversed(indices), *name.of_kind("dynamics", "word")]
    takes = [name.tokens[i].value for i in marks if i not in name.kept_digits]
    take = next((value for value in takes if value is not None), None)
    return Named(label="", note=note, note_source=source, velocity=velocity, round_robin=take)


def _note_of(name: _Name) -> tuple[int | None, NoteSource | None]:
    rows = [name.tokens, *([t for t in row if t.kind == "note"] for row in name.parents)]
    for row in rows:
        notes = sorted((t for t in row if t.kind == "note"), key=lambda token: token.plain)
        if notes:
            return notes[0].value, "lower" if notes[0].plain else "name"
        if row is name.tokens and "note" in name.roles.values():
            place = next(i for i, role in name.roles.items() if role == "note")
            return name.tokens[place].value, "number"
    return None, None


def _folder_velocity(row: list[Token], layers: int) -> float | None:
    """The velocity of a folder called 'soft', 'v90' or 'layer 2', but not of 'Soft Piano'."""
    if any(t.kind == "word" and t.text.lower() not in GENERIC_WORDS for t in row):
        return None
    for token in row:
        if token.kind == "dynamics":
            return float(DYNAMICS[token.text.lower()])
        if token.kind == "velocity" and (token.value or 0) > MOST_LAYERS:
            return float(token.value or 0)
        if token.kind == "layer" and layers > 1:
            return _layer_velocity(max(0, (token.value or 1) - 1), layers)
    return None
