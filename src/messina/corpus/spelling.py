"""Notes as people spell them: C#4, Db4, Cs4, Cis4, Do#4, ド4 …

What a spelling means is decided here. Whether `As4` is an A sharp or the German A flat, and
whether `C4` is middle C, only the other files and the sounds can tell.

Before that, facts about how people name sound files: tables only, all in lower case.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

__all__ = [
    "DYNAMICS",
    "GENERIC_WORDS",
    "GERMAN_NOTES",
    "LAYER_WORDS",
    "MACHINES",
    "NOTE_WORDS",
    "ROUND_ROBIN_WORDS",
    "SEMITONES",
    "SINGLE_LETTER_DYNAMICS",
    "SINGLE_LETTER_TAKES",
    "SOLFEGE",
    "UNMISTAKABLE_DYNAMICS",
    "UNMISTAKABLE_GERMAN",
    "VELOCITY_WORDS",
    "Language",
    "note_readings",
    "parse_note_name",
    "pitch_classes",
    "plain_text",
]

SEMITONES: Final[Mapping[str, int]] = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
"""Above the C below."""

GERMAN_NOTES: Final[Mapping[str, int]] = {
    "c": 0, "cis": 1, "des": 1, "d": 2, "dis": 3, "es": 3, "e": 4, "fes": 4, "eis": 5, "f": 5,
    "fis": 6, "ges": 6, "g": 7, "gis": 8, "as": 8, "a": 9, "ais": 10, "b": 10, "bes": 10,
    "h": 11, "ces": -1, "his": 12,
}  # fmt: skip
"""Also Dutch, Scandinavian and East European; there B may be what it is in English."""

UNMISTAKABLE_GERMAN: Final = frozenset(
    {"cis", "des", "dis", "fes", "eis", "fis", "ges", "gis", "ais", "bes", "ces", "his", "h"}
)
"""Those that mean nothing in English."""

SOLFEGE: Final[Mapping[str, int]] = {
    "do": 0, "dó": 0, "ut": 0, "re": 2, "ré": 2, "mi": 4, "fa": 5, "fá": 5, "sol": 7, "la": 9,
    "lá": 9, "si": 11, "ti": 11,
    "ド": 0, "レ": 2, "ミ": 4, "ファ": 5, "ソ": 7, "ラ": 9, "シ": 11,
    "도": 0, "레": 2, "미": 4, "파": 5, "솔": 7, "라": 9, "시": 11,
}  # fmt: skip

UNMISTAKABLE_DYNAMICS: Final[Mapping[str, float]] = {
    "ppp": 16, "pp": 32, "mp": 64, "mf": 80, "ff": 112, "fff": 124,
    "pianissimo": 32, "mezzopiano": 64, "mezzoforte": 80, "fortissimo": 112,
    "softest": 20, "softer": 33, "harder": 108, "hardest": 120, "quietest": 20, "loudest": 120,
    "vsoft": 25, "verysoft": 25, "vhard": 118, "veryhard": 118, "ghost": 25,
}  # fmt: skip
"""Words that say nothing else, with the MIDI velocities they stand for."""

SINGLE_LETTER_DYNAMICS: Final[Mapping[str, float]] = {"p": 48, "m": 64, "f": 96}
"""Dynamics where other files have other dynamics in the same place; else a key or anything."""

DYNAMICS: Final[Mapping[str, float]] = {
    **UNMISTAKABLE_DYNAMICS,
    "soft": 45, "quiet": 45, "light": 45, "lite": 45, "weak": 45, "gentle": 45,
    "med": 70, "medium": 70,
    "hard": 96, "loud": 96, "strong": 96, "heavy": 105, "accent": 110, "forte": 96,
}  # fmt: skip
"""Also words that may name a kind of sound (a soft pad); then they are part of the label."""

VELOCITY_WORDS: Final = frozenset({"v", "vel", "velo", "velocity"})
LAYER_WORDS: Final = frozenset({"vl", "lay", "layer", "dyn", "dynamic", "vlayer", "vg"})
ROUND_ROBIN_WORDS: Final = frozenset(
    {
        "rr", "rnd", "robin", "roundrobin", "take", "tk", "alt", "var", "variation", "ver",
        "version", "tape", "hit", "stroke", "strike", "rep", "repeat", "repetition", "seq", "pass",
    }
)  # fmt: skip
SINGLE_LETTER_TAKES: Final = frozenset({"r", "t", "x"})
"""The same where files differ in their number."""
NOTE_WORDS: Final = frozenset({"note", "key", "root", "midi", "midinote", "pitch", "nn"})
"""Before a number, these make it a MIDI note."""

MACHINES: Final = frozenset({"303", "404", "505", "606", "626", "707", "727", "808", "909", "8000"})
"""Numbers that are names."""

GENERIC_WORDS: Final = frozenset(
    {
        "audio", "bounce", "bounces", "export", "exported", "file", "files", "flac", "folder",
        "hit", "hits", "mono", "new", "note", "notes", "one", "oneshot", "oneshots", "pack",
        "processed", "raw", "rec", "recording", "recordings", "render", "renders", "sample",
        "samples", "shot", "shots", "sound", "sounds", "stereo", "track", "tracks", "untitled",
        "wav", "wave", "waves", "wavs",
    }
)  # fmt: skip
"""Words that do not say what a sound is."""


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
    """The pitch class that a note name without an octave has in each language: semitones above C.

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
