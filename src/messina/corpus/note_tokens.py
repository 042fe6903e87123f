"""Which tokens of a folder's names are notes, and in which language.

    H3, Cis4, B3                German where there is an H or a Cis; B is B flat then
    Do4, Re4, Mi4               solfège where there are three of them
    C-2, C#2, D-2               a tracker's; a minus beside C2; a take of string E in E-1, E-2
    PianoC4, PianoE4            glued to a word, where there are three of them
    Bass C.wav, Bass F#.wav     the octave is in the sound

Where two readings are possible, the one that agrees with the sounds is taken.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from typing import Final

from messina.corpus.labels import FileName, groups_of, is_drum, octaves_between
from messina.corpus.spelling import UNMISTAKABLE_GERMAN, pitch_classes
from messina.corpus.tokens import Token, classify

__all__ = ["resolve_notes"]

LEAST_NOTES: Final = 3
"""So many different ones are no accident."""
MOST_COMPARED: Final = 200
"""Sounds of a label that are compared with each other."""

_GLUED_NOTE: Final = re.compile(r"^(.*[a-z])([A-G](?:#|♯|b|♭)?\d)$")
_LETTER: Final = re.compile(r"^[A-Za-z]$")
_TIED: Final = frozenset("-_ .")


def resolve_notes(names: list[FileName]) -> None:
    """Gives every note of one folder's names its value, in place; what is none is a word."""
    _split_glued(names)
    _resolve_loose(names)
    _resolve_languages(names)
    for name in names:
        for i in name.of_kind("foreign"):
            name.tokens[i] = replace(name.tokens[i], kind="word", readings={})
    _resolve_models(names)
    _resolve_classes(names)


def _words(name: FileName) -> tuple[str, ...]:
    """What names of one label share: words that are no notes."""
    return tuple(
        t.written.lower()
        for t in name.tokens
        if t.kind == "word" and not pitch_classes(t.text) and not _GLUED_NOTE.match(t.written)
    )


def _split_glued(names: list[FileName]) -> None:
    """PianoC4 → Piano, C4, where files differ in it and it is no second cowbell."""
    if any(name.of_kind("note", "foreign") for name in names):
        return
    found = [
        (name, i, match)
        for name in names
        for i in name.of_kind("word")
        if (match := _GLUED_NOTE.match(name.tokens[i].written)) and not is_drum(match[1])
    ]
    stems: dict[str, list[tuple[FileName, int, re.Match[str]]]] = defaultdict(list)
    for name, i, match in found:
        stems[match[1]].append((name, i, match))
    for members in stems.values():
        if len({match[2] for _, _, match in members}) >= LEAST_NOTES:
            for name, i, match in members:
                before = classify(match[1], name.tokens[i].separator)
                name.tokens[i : i + 1] = [before, classify(match[2], "")]


# --- languages ---


def _resolve_languages(names: list[FileName]) -> None:
    folder, texts, with_h = _is_german(names), _note_texts(names), _has_h(names)
    for group in groups_of(names, _words):
        _accept_solfege(group)
        own = _note_texts(group)
        if not own or (len(own) < 2 and len(texts) < LEAST_NOTES):
            continue
        # a flat folder may hold the sets of two makers
        german = _is_german(group) if len(own) >= LEAST_NOTES else folder
        german_b = german and (_has_h(group) if german != folder else with_h)
        for letter, members in _by_letter(group).items():
            # Dutch and Scandinavian names have no H and mean B
            language = _language(letter, members, german=german_b if letter == "b" else german)
            for name, i in members:
                token = name.tokens[i]
                if language in token.readings:
                    value = token.readings[language]
                    name.tokens[i] = replace(
                        token, kind="note", text=token.written, digits="", value=value
                    )


def _note_texts(names: list[FileName]) -> set[str]:
    kinds = ("note", "foreign")
    return {name.tokens[i].written.lower() for name in names for i in name.of_kind(*kinds)}


def _letters(token: Token) -> str:
    """as of As4."""
    return re.sub(r"-?\d$", "", token.written).lower()


def _is_german(names: list[FileName]) -> bool:
    """By the names alone: Cis or H, or Es and As and nothing else that ends with s."""
    tokens = [name.tokens[i] for name in names for i in name.of_kind("note", "foreign")]
    letters = {_letters(token) for token in tokens}
    if any("german" in t.readings and _letters(t) in UNMISTAKABLE_GERMAN for t in tokens):
        return True
    return bool(letters & {"es", "as"}) and not letters & {"cs", "ds", "fs", "gs"}


def _has_h(names: list[FileName]) -> bool:
    kinds = ("note", "foreign")
    return any(_letters(name.tokens[i]) == "h" for name in names for i in name.of_kind(*kinds))


def _by_letter(names: list[FileName]) -> dict[str, list[tuple[FileName, int]]]:
    """Notes that may be read in more than one way or in another language, by their letters."""
    letters: dict[str, list[tuple[FileName, int]]] = defaultdict(list)
    for name in names:
        for i in name.of_kind("note", "foreign"):
            token = name.tokens[i]
            if token.kind == "foreign" and "german" not in token.readings:
                continue
            if token.kind == "foreign" or len(set(token.readings.values())) > 1:
                letters[_letters(token)].append((name, i))
    return letters


def _language(letter: str, members: list[tuple[FileName, int]], *, german: bool) -> str:
    """How the sounds want a letter to be read; without them how the other names do."""
    fits = {
        language: sum(
            abs((name.heard.note - note + 6) % 12 - 6) < 0.6
            for name, i in members
            if name.heard.note is not None
            and (note := name.tokens[i].readings.get(language)) is not None
        )
        for language in ("english", "german")
    }
    if fits["english"] != fits["german"]:
        return max(fits, key=lambda language: fits[language])
    return "german" if german or letter in UNMISTAKABLE_GERMAN else "english"


def _accept_solfege(names: list[FileName]) -> None:
    found = [
        (name, i)
        for name in names
        for i in name.of_kind("foreign")
        if "solfege" in name.tokens[i].readings
    ]
    if len({name.tokens[i].readings["solfege"] % 12 for name, i in found}) < LEAST_NOTES:
        return
    for name, i in found:
        token = name.tokens[i]
        note = token.readings["solfege"]
        name.tokens[i] = replace(token, kind="note", text=token.written, digits="", value=note)


# --- letter and digit apart ---


def _resolve_loose(names: list[FileName]) -> None:
    """C-2, C_2, C 2: a note, or take 2 of C. One answer for the files of a label."""
    natural, sharp = _plain_notes(names)
    for group in groups_of(names, _words):
        pairs = [(name, i) for name in group if (i := _loose_place(name)) is not None]
        if not pairs:
            continue
        value = _best_reading(pairs, _by_names(pairs, natural=natural, sharp=sharp))
        if value is None:
            continue
        for name, i in pairs:
            letter, digit = name.tokens[i], name.tokens[i + 1]
            text = f"{letter.text}{'-' if value < 0 else ''}{digit.text}"
            note = classify(text, letter.separator)
            if note.kind not in ("note", "foreign"):  # below the lowest note there is
                note = replace(note, kind="note", value=None, text=text, digits="")
            name.tokens[i : i + 2] = [replace(note, plain=False)]


def _plain_notes(names: list[FileName]) -> tuple[bool, bool]:
    """Whether there are notes in one piece: naturals, sharps and flats."""
    texts = [name.tokens[i].text for name in names for i in name.of_kind("note")]
    return any(len(text) == 2 for text in texts), any(len(text) > 2 for text in texts)


def _loose_place(name: FileName) -> int | None:
    """Where a note's letter stands before a digit of its own; the last such place."""
    for i in range(len(name.tokens) - 2, -1, -1):
        letter, digit = name.tokens[i : i + 2]
        is_letter = letter.kind in ("word", "letter") and not letter.digits
        if not (is_letter and pitch_classes(letter.text) and digit.kind == "number"):
            continue
        if len(digit.text) == 1 and digit.separator in _TIED:
            return i
    return None


def _by_names(pairs: list[tuple[FileName, int]], *, natural: bool, sharp: bool) -> int | None:
    """1: the digit is the octave. -1: the octave below zero. None: it is no octave."""
    signs = {name.tokens[i + 1].separator for name, i in pairs}
    digits = [int(name.tokens[i + 1].text) for name, i in pairs]
    letters = {name.tokens[i].text for name, i in pairs}
    below = signs == {"-"} and set(digits) <= {1, 2}
    if below and natural:
        return -1
    if sharp and not natural and signs == {"-"}:
        return 1
    if len(letters) >= LEAST_NOTES and (
        any(digit >= 3 for digit in digits) or any(len(letter) > 1 for letter in letters)
    ):
        return 1
    return None


def _best_reading(pairs: list[tuple[FileName, int]], by_names: int | None) -> int | None:
    """The same with a say of the sounds: do they go up with the digits?"""
    heard = [
        (_class(name.tokens[i]), int(name.tokens[i + 1].text), name.heard.note)
        for name, i in pairs
        if name.heard.note is not None
    ]
    heard = heard[:MOST_COMPARED]
    steps = [
        (round((note - other) / 12), digit - before)
        for k, (letter, digit, note) in enumerate(heard)
        for same, before, other in heard[:k]
        if same == letter and digit != before
    ]
    if steps:
        as_octaves = {
            sign: sum(step == sign * by for step, by in steps) / len(steps) for sign in (1, -1)
        }
        sign = max(as_octaves, key=lambda each: as_octaves[each])
        return sign if as_octaves[sign] > 0.6 else None
    if len(heard) >= LEAST_NOTES:
        fits = {
            sign: octaves_between(
                [(letter + sign * 12 * digit, note) for letter, digit, note in heard]
            )
            for sign in (1, -1)
        }
        if max(fits.values()) < 0.5:
            return None
        return by_names if fits[1] == fits[-1] else max(fits, key=lambda sign: fits[sign])
    return by_names


def _class(token: Token) -> int:
    classes = pitch_classes(token.text)
    return classes.get("english", next(iter(classes.values())))


# --- more notes than one ---


def _resolve_models(names: list[FileName]) -> None:
    """Clav D6 C3, Clav D6 E3, B3 Organ C4: what does not change is a model, not a note."""
    values = defaultdict(set)
    for name in names:
        for slot, i in enumerate(name.of_kind("note")):
            values[slot].add(name.tokens[i].text)
    for name in names:
        places = name.of_kind("note")
        if len(places) < 2:
            continue
        best = max(
            range(len(places)),
            key=lambda slot: (not name.tokens[places[slot]].plain, len(values[slot]), slot),
        )
        for slot, i in enumerate(places):
            if slot != best:
                name.tokens[i] = replace(name.tokens[i], kind="word", value=None, readings={})


# --- notes without an octave ---


def _resolve_classes(names: list[FileName]) -> None:
    """Bass C, Bass F#, Bass G: the octave is heard. Kick A, Kick B, Kick C are three kicks."""
    if not _accept_classes(names):
        for group in groups_of(names, _words):
            _accept_classes(group)


def _accept_classes(names: list[FileName]) -> bool:
    """Whether the letters in nearly all of the names are notes."""
    places = [(name, i) for name in names if (i := _class_place(name)) is not None]
    texts = {name.tokens[i].text.lower() for name, i in places}
    if len(places) < max(2, 0.8 * len(names)):
        return False
    letters = {text for text in texts if _LETTER.match(text)}
    syllables = {text for text in texts if "solfege" in pitch_classes(text)}
    raised = texts - letters - syllables
    in_turn = letters == set("abcdefg"[: len(letters)])
    drums = any(is_drum(" ".join(_words(name))) for name, _ in places)
    varied = len(texts) >= LEAST_NOTES and not (in_turn and letters == texts) and not drums
    if not varied and not raised:
        return False
    for name, i in places:
        token = name.tokens[i]
        name.tokens[i] = replace(token, kind="class", value=_class(token))
    return True


def _class_place(name: FileName) -> int | None:
    """Where a letter stands that may be a note; None beside a whole note."""
    if name.of_kind("note"):
        return None
    places = [
        i
        for i in name.of_kind("word")
        if not name.tokens[i].digits
        and {"english", "solfege"} & pitch_classes(name.tokens[i].text).keys()
    ]
    return places[-1] if places else None
