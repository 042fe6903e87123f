"""One file name as a row of tokens: words, numbers, notes, velocities, dynamics, round robins.

What a token means by itself is decided here; what only the other files of the folder can tell
(is 60 a note or a counter? is 'soft' a velocity or a kind?) in `naming`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

from messina.corpus.words import (
    DYNAMICS,
    LAYER_WORDS,
    ROUND_ROBIN_WORDS,
    SEMITONES,
    SINGLE_LETTER_DYNAMICS,
    VELOCITY_WORDS,
)

__all__ = ["Kind", "Token", "parse_note_name", "tokenise"]

Kind = Literal["word", "number", "note", "velocity", "layer", "round_robin", "dynamics", "letter"]


@dataclass(frozen=True, kw_only=True)
class Token:
    kind: Kind
    text: str
    """As written, but for digits glued to the end of a word: `Tom` of `Tom1`."""
    digits: str = ""
    """Those, as written."""
    value: int | None = None
    """The number."""
    separator: str = ""
    """What stood before it."""
    plain: bool = False
    """A note in lower case without a sharp sign: perhaps not a note (cb2, a1)."""

    @property
    def written(self) -> str:
        """Text and digits as they stood in the name."""
        return self.text + self.digits


_SEPARATORS: Final = re.compile(r"([\s_\-.,;+&()\[\]{}~=@!']+)")
_FREESOUND: Final = re.compile(r"^\d{3,}__.+?__(?=.)")
"""The number and the user that freesound.org puts before the name."""
# a capital B is no flat: CB2 is the second cowbell
_NOTE: Final = re.compile(r"^([A-Ga-g])(#|♯|b|♭|s|sharp|flat)?(-[12]|[0-9])$")
_NOTE_AND_VELOCITY: Final = re.compile(r"^([A-Ga-g][#♯b♭s]?\d)([vV](?:el)?\d{1,3})$")
_BELOW_ZERO: Final = re.compile(r"(?<![A-Za-z0-9])([A-G][#b]?)-([12])(?!\d)")
_MARKED: Final = re.compile(r"^([a-z]+)(\d{1,4})$", re.IGNORECASE)
_GLUED: Final = re.compile(r"^(.*?[^\d])(\d{1,4})$")
_TECHNICAL: Final = re.compile(
    r"^(?:\d+(?:\.\d+)?\s?(?:bpm|k|khz|hz|bit|bits|kbps|db)|44100|48000|88200|96000|16bit|24bit)$",
    re.IGNORECASE,
)
_LOUDNESS_SUFFIX: Final = re.compile(
    r"^(.*[a-z0-9])(Softest|Softer|Soft|Medium|Med|Hardest|Harder|Hard|Loud|Quiet)$"
)
_MINUS: Final = "\N{MINUS SIGN}"


def parse_note_name(text: str) -> int | None:
    """MIDI note number of a name such as C4 = 60, F#3, Bb-1, or None.

    >>> [parse_note_name(text) for text in ("C4", "Bb3", "Cs-1", "H2")]
    [60, 58, 1, None]
    """
    found = _NOTE.match(text.strip().replace(_MINUS, "-"))
    if not found:
        return None
    letter, accidental, octave = found.groups()
    shift = {"#": 1, "♯": 1, "s": 1, "sharp": 1, "b": -1, "♭": -1, "flat": -1}
    raised = shift.get(accidental or "", 0)
    note = 12 * (int(octave) + 1) + SEMITONES[letter.lower()] + raised
    return note if 0 <= note <= 127 else None


def tokenise(stem: str) -> list[Token]:
    """The tokens of a file name without its ending; [] when nothing is left of it."""
    stem = unicodedata.normalize("NFC", stem)
    stem = _FREESOUND.sub("", stem)
    stem = _BELOW_ZERO.sub(rf"\1{_MINUS}\2", stem)
    parts = _SEPARATORS.split(stem)
    tokens: list[Token] = []
    for index in range(0, len(parts), 2):
        if not parts[index]:
            continue
        separator = parts[index - 1] if index else ""
        for text in _split_glued(parts[index]):
            if not _TECHNICAL.match(text):
                tokens.append(_classify(text, separator))
            separator = ""
    return _join_markers(tokens)


def _split_glued(text: str) -> list[str]:
    """A4v12 → A4, v12; KickHard → Kick, Hard."""
    if found := _NOTE_AND_VELOCITY.match(text):
        return list(found.groups())
    if found := _LOUDNESS_SUFFIX.match(text):
        return list(found.groups())
    return [text]


def _classify(text: str, separator: str) -> Token:
    if text.isascii() and text.isdigit() and len(text) < 10:  # longer ones count nothing
        return Token(kind="number", text=text, value=int(text), separator=separator)
    if (note := parse_note_name(text)) is not None:
        plain = text[0].islower() and "#" not in text
        return Token(kind="note", text=text, value=note, separator=separator, plain=plain)
    if text.startswith("#") and text[1:].isascii() and text[1:].isdigit():
        return Token(kind="round_robin", text=text, value=int(text[1:]), separator=separator)
    if found := _MARKED.match(text):
        word, number = found[1].lower(), int(found[2])
        kind = _marker_kind(word)
        if kind and not (kind == "velocity" and number > 127):
            return Token(kind=kind, text=text, value=number, separator=separator)
        if word in DYNAMICS:
            return Token(
                kind="dynamics",
                text=found[1],
                digits=found[2],
                value=number,
                separator=separator,
            )
    if text.lower() in DYNAMICS:
        return Token(kind="dynamics", text=text, separator=separator)
    if text.lower() in SINGLE_LETTER_DYNAMICS:
        return Token(kind="letter", text=text, separator=separator)
    if found := _GLUED.match(text):
        return Token(
            kind="word",
            text=found[1],
            digits=found[2],
            value=int(found[2]),
            separator=separator,
        )
    return Token(kind="word", text=text, separator=separator)


def _marker_kind(word: str) -> Kind | None:
    if word in VELOCITY_WORDS:
        return "velocity"
    if word in LAYER_WORDS:
        return "layer"
    return "round_robin" if word in ROUND_ROBIN_WORDS else None


def _join_markers(tokens: list[Token]) -> list[Token]:
    """`vel`, `90` → velocity 90; `take`, `3` → round robin 3."""
    joined: list[Token] = []
    for token in tokens:
        marker = _marker_kind(joined[-1].text.lower()) if joined else None
        is_marker = marker and joined[-1].kind == "word" and joined[-1].value is None
        if token.kind == "number" and is_marker and not (marker == "velocity" and _over(token)):
            before = joined.pop()
            text = before.text + token.separator + token.text
            joined.append(
                Token(
                    kind=marker or "word", text=text, value=token.value, separator=before.separator
                )
            )
        else:
            joined.append(token)
    return joined


def _over(token: Token) -> bool:
    return token.value is not None and token.value > 127
