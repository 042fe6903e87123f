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

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Literal

from messina.corpus.labels import coarsen, join_words, unify_spelling
from messina.corpus.siblings import MOST_LAYERS, FileName, layer_velocity, resolve_siblings
from messina.corpus.tokens import Token, tokenise
from messina.corpus.words import DYNAMICS, GENERIC_WORDS

__all__ = ["Named", "read_names"]

NoteSource = Literal["name", "lower", "number"]


@dataclass(frozen=True, kw_only=True)
class Named:
    """What a name says. `note` is a MIDI number with C4 = 60."""

    label: str
    note: int | None = None
    note_source: NoteSource | None = None
    """A note name, one in lower case that may be no note, or a bare number that may be none."""
    velocity: float | None = None
    round_robin: int | None = None


def read_names(names: Sequence[str], *, root: str = "") -> list[Named]:
    """What the names of a folder's files say, one answer each; `root` names the folder itself.

    Names are relative paths with '/'. Never fails: every file gets a label.

    >>> [named.label for named in read_names(["Snare-Softest.wav", "hihat closed 03.wav"])]
    ['Snare', 'hihat closed']
    """
    parsed = [_parse(name, root) for name in names]
    folders: dict[str, list[FileName]] = defaultdict(list)
    for name in parsed:
        folders[name.folder].append(name)
    for siblings in folders.values():
        resolve_siblings(siblings)
    layers = max(
        (t.value or 0 for n in parsed for row in n.parents for t in row if t.kind == "layer"),
        default=0,
    )
    read = [_conclude(name, layers) for name in parsed]
    labels = unify_spelling([_label_words(name) for name in parsed])
    labels = coarsen(labels, [(name.folder, _folder_words(name)) for name in parsed])
    return [
        replace(named, label=join_words(label) or "sound")
        for named, label in zip(read, labels, strict=True)
    ]


def _parse(name: str, root: str) -> FileName:
    path = PurePosixPath(name)
    folders = [part for part in path.parts[:-1] if part not in ("/", "..")]
    above = [tokenise(part) for part in reversed(folders)] + [tokenise(root)]
    return FileName(folder="/".join(folders), parents=above, tokens=tokenise(path.stem))


def _label_words(name: FileName) -> list[Token]:
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


def _folder_words(name: FileName) -> list[Token]:
    for row in name.parents:
        words = [t for t in row if t.kind in ("word", "dynamics", "letter")]
        telling = [t for t in words if t.kind == "word" and t.text.lower() not in GENERIC_WORDS]
        if telling:
            return [t for t in words if t.text.lower() not in GENERIC_WORDS]
    return []


def _conclude(name: FileName, folder_layers: int) -> Named:
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


def _note_of(name: FileName) -> tuple[int | None, NoteSource | None]:
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
            return layer_velocity(max(0, (token.value or 1) - 1), layers)
    return None
