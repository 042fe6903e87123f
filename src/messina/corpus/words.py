"""Facts about how people name sound files. Tables only, all in lower case."""

from __future__ import annotations

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
