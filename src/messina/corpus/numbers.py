"""Bare numbers of a folder's names: part of the label, a note, a velocity, or a counter.

marimba_60, marimba_62          notes; beside C4, the same note as a number
Snare-000, Snare-042 … -127     velocities, from nought
Vibes_001-040, Vibes_041-090    ranges of velocities: the middle
Snare 1 R1, Snare 2 R1          two snares, where something else counts the takes
Kick 1a, Kick 1b, Kick 2a       counters, with a letter or without
My Keys-C3-9F9A                 a serial number: dropped
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import Final

from messina.corpus.labels import FileName, Role, groups_of, is_drum, octaves_between, rises
from messina.corpus.spelling import MACHINES, SINGLE_LETTER_TAKES
from messina.corpus.tokens import classify

__all__ = [
    "MOST_LAYERS",
    "drop_lettered",
    "drop_serials",
    "resolve_numbers",
    "resolve_ranges",
    "resolve_takes",
]

LOWEST_NOTE: Final = 21
HIGHEST_NOTE: Final = 108
"""Bare numbers outside a piano's range are not taken for notes."""
MOST_LAYERS: Final = 16
"""v1 … v16 are layers; where a folder has higher ones they are velocities."""
LEAST_RANGES_TOP: Final = 100
"""Ranges of velocities reach at least so high."""
LEAST_SERIALS: Final = 3
SERIAL_LENGTH: Final = 4

_LETTERED: Final = re.compile(r"^[0-9]{1,3}[A-Za-z]$", re.ASCII)
_MIXED: Final = re.compile(r"\d[A-Za-z]")
_SERIAL: Final = re.compile(r"^(?:[0-9A-Z]+|[0-9a-z]+)$")


def drop_serials(names: list[FileName]) -> None:
    """Drops the last tokens where they are serial numbers or hashes: 9F9A, QK3D, 0BF4."""
    last = [(name, len(name.tokens) - 1) for name in names if len(name.tokens) > 1]
    texts = [name.tokens[i].written for name, i in last]
    lengths = {len(text) for text in texts}
    if len(texts) < max(LEAST_SERIALS, len(names)) or len(lengths) != 1:
        return
    mixed = {text for text in texts if _MIXED.search(text)}
    alike = min(lengths) >= SERIAL_LENGTH and all(_SERIAL.match(text) for text in texts)
    if alike and len(set(texts)) >= LEAST_SERIALS and len(mixed) >= len(set(texts)) / 2:
        for name, i in last:
            name.tokens[i] = replace(name.tokens[i], kind="dropped")


def drop_lettered(names: list[FileName]) -> None:
    """Drops last words that are counters with a letter, where there are several: 1a, 1b, 2a."""
    found: dict[tuple[str, ...], list[tuple[FileName, int]]] = defaultdict(list)
    for name in names:
        words = [name.tokens[i].written for i in name.of_kind("word")]
        if words and _LETTERED.match(words[-1]) and words[-1][:-1] not in MACHINES:
            key = tuple(word.lower() for word in words[:-1])
            found[key].append((name, name.of_kind("word")[-1]))
    for counted in found.values():
        if len({name.tokens[i].written for name, i in counted}) > 1:
            for name, i in counted:
                name.tokens[i] = replace(name.tokens[i], kind="dropped")


def resolve_ranges(names: list[FileName]) -> None:
    """v1-40, v41-90 and v91-127 are ranges of velocities; what overlaps or ends low counts."""
    found = [(name, i) for name in names for i in name.of_kind("range")]
    ranges = sorted({(_value(name, i), name.tokens[i].top or 0) for name, i in found})
    apart = all(a[1] < b[0] for a, b in pairwise(ranges))
    whole = bool(ranges) and ranges[-1][1] >= LEAST_RANGES_TOP
    if apart and whole:
        for name, i in found:
            if len(ranges) > 1:
                low, high = max(1, _value(name, i)), name.tokens[i].top or 0
                name.velocity = (low + high) / 2
        return
    for name, i in reversed(found):
        token = name.tokens[i]
        digits = len(re.sub(r"^.*\D", "", token.text))
        first, last = token.text[: -digits - 1], token.text[-digits:]
        name.tokens[i : i + 1] = [classify(first, token.separator), classify(last, "-")]


def resolve_takes(names: list[FileName]) -> None:
    """R1, R2 and R3 are takes of what has the same name otherwise."""
    for mark in SINGLE_LETTER_TAKES:
        found = [
            (name, i)
            for name in names
            for i in name.of_kind("word")
            if name.tokens[i].text.lower() == mark and name.tokens[i].digits and i
        ]
        values = {_value(name, i) for name, i in found}
        if len(values) > 1 and min(values) <= 1:
            for name, i in found:
                token = name.tokens[i]
                name.tokens[i] = replace(token, kind="round_robin", text=token.written, digits="")


def _value(name: FileName, place: int) -> int:
    return name.tokens[place].value or 0


def resolve_numbers(names: list[FileName]) -> None:
    """Gives every bare number of one folder's names its role, in place."""
    for group in groups_of(names, _signature):
        for slot in range(_slots(group)):
            if _are_keys(group, slot):
                _assign(group, slot, "key")
    own: dict[tuple[object, int], list[FileName]] = defaultdict(list)
    folder: dict[tuple[int, int], list[FileName]] = defaultdict(list)
    for name in names:
        numbers = name.of_kind("number")
        for slot in range(len(numbers)):
            own[_signature(name), slot].append(name)
            folder[len(numbers), slot].append(name)
    alike = {key: _Slot(members, key[1]) for key, members in own.items()}
    around = {key: _Slot(members, key[1]) for key, members in folder.items()}
    for name in names:
        numbers = name.of_kind("number")
        for slot, i in enumerate(numbers):
            if i in name.roles:
                continue
            beside = alike[_signature(name), slot]
            if len(beside.distinct) == 1:
                beside = around[len(numbers), slot]
            name.roles[i] = _number_role(name, i, beside)
            if name.roles[i] == "velocity":
                name.velocity = float(max(1, _value(name, i)))


class _Slot:
    """The numbers in one place of names that are alike."""

    def __init__(self, members: list[FileName], slot: int) -> None:
        self.members = members
        self.values = [_slot(name, slot) for name in members]
        self.distinct = set(self.values)
        self.lowest, self.highest = min(self.values), max(self.values)

    @cached_property
    def are_all_keys(self) -> bool | None:
        """From 0 to 127, whether they are the keys that sound; None for other numbers."""
        pairs = [
            (value, note)
            for value, name in zip(self.values, self.members, strict=True)
            if (note := name.heard.note) is not None
        ]
        if self.lowest or self.highest < 127 or len({value for value, _ in pairs}) < 4:
            return None
        return octaves_between(pairs) >= 0.75

    @cached_property
    def reach_the_top(self) -> bool:
        """Up to 127, and more than a counter that happens to end there."""
        return self.highest == 127 and self.distinct != set(range(1, 128))

    @cached_property
    def get_louder(self) -> bool:
        """Whether they start from nought, leave gaps, and the sounds rise with them."""
        levels = [
            (value, level)
            for value, name in zip(self.values, self.members, strict=True)
            if (level := name.heard.loudness_db) is not None
        ]
        gaps = len(self.distinct) < self.highest
        return self.lowest == 0 and self.highest >= 64 and gaps and rises(levels) > 0.7

    @cached_property
    def name_kinds(self) -> bool:
        """Whether they tell kinds apart, each of which has several takes: Snare 1 R1, R2 …"""
        if sum(name.heard.note is not None for name in self.members) > len(self.members) / 2:
            return False  # what has a pitch is counted by its keys
        takes: dict[int, set[int | None]] = defaultdict(set)
        for value, name in zip(self.values, self.members, strict=True):
            marks = name.of_kind("round_robin")
            if not marks:
                return False
            takes[value].add(name.tokens[marks[-1]].value)
        return len(takes) > 1 and all(len(marks) > 1 for marks in takes.values())


def _slots(names: list[FileName]) -> int:
    return min((len(name.of_kind("number")) for name in names), default=0)


def _slot(name: FileName, slot: int) -> int:
    return _value(name, name.of_kind("number")[slot])


def _assign(names: list[FileName], slot: int, role: Role) -> None:
    for name in names:
        name.roles[name.of_kind("number")[slot]] = role


def _are_keys(names: list[FileName], slot: int) -> bool:
    """Whether a slot of numbers says as MIDI notes what note names beside them say."""
    apart: set[int] = set()
    written: set[int] = set()
    for name in names:
        notes = name.of_kind("note")
        classes = name.of_kind("class")
        number = _slot(name, slot)
        if notes and name.tokens[notes[-1]].value is not None:
            difference = number - _value(name, notes[-1])
            written.add(number)
            apart.add(difference if difference % 12 == 0 and abs(difference) <= 24 else 1)
        elif classes:
            apart.add(0 if number % 12 == _value(name, classes[-1]) else 1)
            written.add(number)
        else:
            return False
    by_chance = len(written) < 2 and (min(written, default=0) < LOWEST_NOTE or max(apart) > 12)
    return len(apart) == 1 and apart != {1} and not by_chance


def _signature(name: FileName) -> tuple[str, ...]:
    """What two names share that differ in their numbers only."""
    return tuple(
        token.written.lower() if token.kind == "word" else token.kind
        for token in name.tokens
        if token.kind not in ("dynamics", "dropped")
    )


def _number_role(name: FileName, place: int, beside: _Slot) -> Role:
    value = _value(name, place)
    if name.tokens[place].text in MACHINES:
        return "label"
    count = len(beside.values)
    if beside.highest > 127:
        repeated = len(beside.distinct) <= count / 2 or count == 1
        return "label" if repeated and value > 127 else "index"
    has_note = bool(name.of_kind("note", "key")) or not {"note", "key"}.isdisjoint(
        name.roles.values()
    )
    if not has_note and _is_note(name, beside):
        return "note"
    if name.velocity is None and len(beside.distinct) > 1:
        beside_note = has_note and beside.highest > MOST_LAYERS
        if beside_note or beside.reach_the_top or beside.get_louder:
            return "velocity"
    if beside.name_kinds:
        return "label"
    constant = len(beside.distinct) == 1 and count > 1
    return "label" if constant and value > MOST_LAYERS else "index"


def _is_note(name: FileName, beside: _Slot) -> bool:
    words = [name.tokens[i].written for i in name.of_kind("word")]
    if is_drum(" ".join(words)):
        return False
    if beside.are_all_keys is not None:
        return beside.are_all_keys
    in_range = beside.lowest >= LOWEST_NOTE and beside.highest <= HIGHEST_NOTE
    marked = not words or name.velocity is not None or len(beside.distinct) >= 3
    return in_range and marked
