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

from messina.corpus.filenames import FileName, groups_of, octaves_between
from messina.corpus.labels import is_drum
from messina.corpus.spelling import pitch_classes
from messina.corpus.tokens import Token, classify
from messina.corpus.words import UNMISTAKABLE_GERMAN

__all__ = ["resolve_notes"]

LEAST_NOTES: Final = 3
"""So many different ones are no accident."""

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
    for stem in {match[1] for _, _, match in found}:
        members = [(name, i, match) for name, i, match in found if match[1] == stem]
        if len({match[2] for _, _, match in members}) >= LEAST_NOTES:
            for name, i, match in members:
                before = classify(match[1], name.tokens[i].separator)
                name.tokens[i : i + 1] = [before, classify(match[2], "")]


# --- languages ---


def _resolve_languages(names: list[FileName]) -> None:
    folder = _is_german(names)
    for group in groups_of(names, _words):
        _accept_solfege(group)
        # a flat folder may hold the sets of two makers
        german = _is_german(group) if len(_note_texts(group)) >= LEAST_NOTES else folder
        enough = len(_note_texts(group)) >= 2 or len(_note_texts(names)) >= LEAST_NOTES
        for letter, members in _by_letter(group).items():
            language = _language(letter, members, german=german)
            for name, i in members:
                token = name.tokens[i]
                if token.kind == "foreign" and not enough:
                    continue
                if language in token.readings:
                    name.tokens[i] = replace(
                        token,
                        kind="note",
                        text=token.written,
                        digits="",
                        value=token.readings[language],
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
    if letter == "b":  # Dutch and Scandinavian names have no H and mean B
        with_h = any(
            _letters(token) == "h" and token.kind in ("note", "foreign")
            for name, _ in members
            for token in name.tokens
        )
        return "german" if german and with_h else "english"
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


# --- notes without an octave ---


def _resolve_classes(names: list[FileName]) -> None:
    """Bass C, Bass F#, Bass G: the octave is heard. Kick A, Kick B, Kick C are three kicks."""
    for group in groups_of(names, _words):
        places = [(name, i) for name in group if (i := _class_place(name)) is not None]
        letters = {name.tokens[i].text.upper() for name, i in places}
        if not letters or len(places) < 0.8 * len(group) or is_drum(" ".join(_words(group[0]))):
            continue
        naturals = {letter for letter in letters if _LETTER.match(letter)}
        in_turn = naturals == set("ABCDEFG"[: len(naturals)]) and naturals == letters
        varied = len(letters) >= LEAST_NOTES and not in_turn
        if varied or (letters - naturals and len(places) > 1):
            for name, i in places:
                token = name.tokens[i]
                name.tokens[i] = replace(token, kind="class", value=_class(token))


def _class_place(name: FileName) -> int | None:
    """Where a letter stands that may be a note; None beside a whole note."""
    if name.of_kind("note"):
        return None
    places = [
        i
        for i in name.of_kind("word")
        if not name.tokens[i].digits
        and pitch_classes(name.tokens[i].text).get("english") is not None
    ]
    return places[-1] if places else None
