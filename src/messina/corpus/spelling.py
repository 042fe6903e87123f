"""Notes as people spell them: C#4, Db4, Cs4, Cis4, Do#4, ド4 …

What a spelling means by itself is told here. Whether `As4` is an A sharp or the German A flat, and
whether `C4` is middle C, only the other files and the sounds can tell.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from messina.corpus.words import GERMAN_NOTES, SEMITONES, SOLFEGE

__all__ = ["Language", "note_readings", "parse_note_name", "pitch_classes", "plain_text"]

Language = str
"""english, german or solfege."""

_OCTAVE: Final = r"(-[12]|[0-9])"
# a capital B is no flat: CB2 is the second cowbell
_ENGLISH: Final = r"([A-Ga-g])(#|♯|b|♭|s|sharp|flat|Sharp|Flat)?"
_GERMAN: Final = "(" + "|".join(sorted(GERMAN_NOTES, key=len, reverse=True)) + ")()"
_SOLFEGE: Final = (
    "("
    + "|".join(sorted(SOLFEGE, key=len, reverse=True))
    + ")(#|♯|b|♭|di[eè]se|b[eé]mol|sostenido)?"
)
_NOTE: Final = re.compile(f"^{_ENGLISH}{_OCTAVE}$")
_GERMAN_NOTE: Final = re.compile(f"^{_GERMAN}{_OCTAVE}$", re.IGNORECASE)
_SOLFEGE_NOTE: Final = re.compile(f"^{_SOLFEGE}{_OCTAVE}$", re.IGNORECASE)
_ENGLISH_CLASS: Final = re.compile(f"^{_ENGLISH}()$")
_GERMAN_CLASS: Final = re.compile(f"^{_GERMAN}()$", re.IGNORECASE)
_SOLFEGE_CLASS: Final = re.compile(f"^{_SOLFEGE}()$", re.IGNORECASE)

LONGEST_CLASS: Final = len("solsostenido")

_SHIFTS: Final[Mapping[str, int]] = {
    "#": 1, "♯": 1, "s": 1, "sharp": 1, "diese": 1, "dièse": 1, "sostenido": 1,
    "b": -1, "♭": -1, "flat": -1, "bemol": -1, "bémol": -1,
}  # fmt: skip
_MINUS: Final = "\N{MINUS SIGN}"


def plain_text(text: str) -> str:
    """Composed, with the wide letters of East Asian typing made narrow.

    >>> plain_text("Ｃ＃４")
    'C#4'
    """
    if text.isascii():
        return text
    narrow = "".join(
        unicodedata.normalize("NFKC", c) if "\uff01" <= c <= "\uff5e" else c for c in text
    )
    return unicodedata.normalize("NFC", narrow)


def parse_note_name(text: str) -> int | None:
    """MIDI note number of a name such as C4 = 60, F#3, Bb-1, or None.

    >>> [parse_note_name(text) for text in ("C4", "Bb3", "Cs-1", "H2")]
    [60, 58, 1, None]
    """
    return _read(_NOTE, plain_text(text.strip()), SEMITONES)


def note_readings(text: str) -> dict[Language, int]:
    """The note that a text names in each language that knows it, with C4 = Do4 = 60.

    >>> note_readings("As4"), note_readings("H3"), note_readings("Sol2")
    ({'english': 70, 'german': 68}, {'german': 59}, {'solfege': 43})
    """
    text = plain_text(text)
    readings = {
        "english": _read(_NOTE, text, SEMITONES),
        "german": _read(_GERMAN_NOTE, text, GERMAN_NOTES),
        "solfege": _read(_SOLFEGE_NOTE, text, SOLFEGE),
    }
    return {language: note for language, note in readings.items() if note is not None}


def pitch_classes(text: str) -> dict[Language, int]:
    """The same of a note without an octave: semitones above C, 0 to 11.

    >>> pitch_classes("F#"), pitch_classes("Cis"), pitch_classes("kick")
    ({'english': 6}, {'german': 1}, {})
    """
    if len(text) > LONGEST_CLASS:
        return {}
    text = plain_text(text)
    readings = {
        "english": _read(_ENGLISH_CLASS, text, SEMITONES),
        "german": _read(_GERMAN_CLASS, text, GERMAN_NOTES),
        "solfege": _read(_SOLFEGE_CLASS, text, SOLFEGE),
    }
    return {language: note % 12 for language, note in readings.items() if note is not None}


def _read(pattern: re.Pattern[str], text: str, names: Mapping[str, int]) -> int | None:
    found = pattern.match(text.replace(_MINUS, "-"))
    if not found:
        return None
    name, accidental, octave = found.groups()
    raised = _SHIFTS.get((accidental or "").lower(), 0)
    note = 12 * (int(octave or 4) + 1) + names[name.lower()] + raised
    return note if 0 <= note <= 127 else None
