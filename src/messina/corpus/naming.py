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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Literal

from messina.corpus.disambiguation import layer_velocity, resolve_by_neighbours
from messina.corpus.labels import FileName, SoundEvidence, coarsen, join_words, unify_spelling
from messina.corpus.numbers import MOST_LAYERS
from messina.corpus.spelling import DYNAMICS, GENERIC_WORDS
from messina.corpus.tokens import Token, tokenise

__all__ = ["Named", "read_names"]

NoteSource = Literal["name", "lower", "number", "key"]
Place = Literal["name", "folder", ""]


@dataclass(frozen=True, kw_only=True)
class Named:
    """What a name says of its sound. `note` is a MIDI number with C4 = 60."""

    label: str
    note: int | None = None
    note_source: NoteSource | None = None
    """A note name, one in lower case that may be no note, a bare number that may be none, or a
    number that is surely meant as a key."""
    pitch_class: int | None = None
    """Semitones above C where a name gives a note without its octave."""
    velocity: float | None = None
    round_robin: int | None = None
    label_from: Place = ""
    velocity_from: Place = ""


def read_names(
    names: Sequence[str], *, root: str = "", heard: Mapping[str, SoundEvidence] | None = None
) -> list[Named]:
    """What the names of a folder's files say, one answer each; `root` names the folder itself.

    Names are relative paths with '/'. What is heard in the files decides between the readings
    that a name may have. Never fails: every file gets a label.

    >>> [named.label for named in read_names(["Snare-Softest.wav", "hihat closed 03.wav"])]
    ['Snare', 'hihat closed']
    """
    heard = heard or {}
    parsed = [_parse(name, root, heard.get(name, SoundEvidence())) for name in names]
    folders: dict[str, list[FileName]] = defaultdict(list)
    for name in parsed:
        folders[name.folder].append(name)
    for siblings in folders.values():
        resolve_by_neighbours(siblings)
    layers = max(
        (t.value or 0 for n in parsed for row in n.parents for t in row if t.kind == "layer"),
        default=0,
    )
    read = [_conclude(name, layers) for name in parsed]
    words = [_label_words(name) for name in parsed]
    labels = unify_spelling([own for own, _ in words])
    labels = coarsen(labels, [(name.folder, _folder_words(name)) for name in parsed])
    return [
        replace(named, label=join_words(label) or "sound", label_from=place if label else "")
        for named, label, (_, place) in zip(read, labels, words, strict=True)
    ]


def _parse(name: str, root: str, heard: SoundEvidence) -> FileName:
    path = PurePosixPath(name)
    folders = [part for part in path.parts[:-1] if part not in ("/", "..")]
    above = [tokenise(part) for part in reversed(folders)] + [tokenise(root)]
    tokens = tokenise(path.stem)
    return FileName(folder="/".join(folders), parents=above, tokens=tokens, heard=heard)


def _label_words(name: FileName) -> tuple[list[Token], Place]:
    """The tokens that make the label; where a name has none, the nearest folder that has."""
    words = []
    for i, token in enumerate(name.tokens):
        if token.kind == "word":
            words.append(token if i in name.kept_digits else _bare(token))
        elif name.roles.get(i) == "label":
            words.append(token)
    own = [token for token in words if token.text]
    if any(token.kind == "word" and token.text.lower() not in GENERIC_WORDS for token in own):
        return own, "name"
    above = _folder_words(name)
    return (above, "folder") if above else (own, "name")


def _bare(token: Token) -> Token:
    return Token(kind="word", text=token.text, separator=token.separator)


def _folder_words(name: FileName) -> list[Token]:
    for row in name.parents:
        words = [t for t in row if t.kind in ("word", "foreign", "dynamics", "letter")]
        telling = [t for t in words if t.kind == "word" and t.text.lower() not in GENERIC_WORDS]
        if telling:
            return [t for t in words if t.text.lower() not in GENERIC_WORDS]
    return []


def _conclude(name: FileName, folder_layers: int) -> Named:
    """Note, velocity and round robin; the label is found for all names together."""
    note, source = _note_of(name)
    velocity = name.velocity
    place: Place = "name"
    if velocity is None:
        place = "folder"
        velocity = next(
            (v for row in name.parents if (v := _folder_velocity(row, folder_layers))), None
        )
    indices = [i for i, role in name.roles.items() if role == "index"]
    marks = [*name.of_kind("round_robin"), *reversed(indices), *name.of_kind("dynamics", "word")]
    takes = [name.tokens[i].value for i in marks if i not in name.kept_digits]
    take = next((value for value in takes if value is not None), None)
    classes = [name.tokens[i].value for i in name.of_kind("class")]
    return Named(
        label="",
        note=note,
        note_source=source,
        pitch_class=classes[-1] if classes and note is None else None,
        velocity=velocity,
        round_robin=take,
        velocity_from=place if velocity is not None else "",
    )


def _note_of(name: FileName) -> tuple[int | None, NoteSource | None]:
    keys = [
        i
        for i, token in enumerate(name.tokens)
        if token.kind == "key" or name.roles.get(i) == "key"
    ]
    if keys:
        return name.tokens[keys[0]].value, "key"
    rows = [name.tokens, *([t for t in row if t.kind == "note"] for row in name.parents)]
    for row in rows:
        notes = [t for t in row if t.kind == "note" and t.value is not None]
        if notes:
            note = min(notes, key=lambda token: token.plain)
            return note.value, "lower" if note.plain else "name"
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
