"""One file name as a row of tokens: words, numbers, notes, velocities, dynamics, round robins.

What a token means by itself is decided here; what only the other files of the folder can tell
(is 60 a note or a counter? is 'soft' a velocity or a kind?) in `disambiguation`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from messina.corpus.spelling import (
    DYNAMICS,
    LAYER_WORDS,
    NOTE_WORDS,
    ROUND_ROBIN_WORDS,
    SINGLE_LETTER_DYNAMICS,
    VELOCITY_WORDS,
    note_readings,
    parse_note_name,
    plain_text,
)

__all__ = ["Kind", "Token", "classify", "parse_note_name", "tokenise"]

Kind = Literal[
    "word", "number", "note", "foreign", "key", "class", "velocity", "layer", "range",
    "round_robin", "dynamics", "letter", "dropped",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Token:
    """A part of a file name, and what it means as far as that is decided."""

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
    readings: Mapping[str, int] = field(default_factory=dict)
    """The note it names, by language. `foreign` is a word that names one in no English."""
    top: int | None = None
    """Where a range of velocities ends; `value` is where it begins."""

    @property
    def written(self) -> str:
        """Text and digits as they stood in the name."""
        return self.text + self.digits


_SEPARATORS: Final = re.compile(r"([\s_\-.,;+&()\[\]{}~=@!']+)")
_FREESOUND: Final = re.compile(r"^\d{3,}__.+?__(?=.)")
"""The number and the user that freesound.org puts before the name."""
_INNER_EXTENSIONS: Final = re.compile(
    r"(?<=.)(?:\.(?:wave?|aiff?|aifc|flac|ogg|opus|mp[1-4]|m4a|caf|w64|snd|wma|aac))+$",
    re.IGNORECASE,
)
_STAMP: Final = re.compile(
    r"(?<!\d)(?:19|20)\d\d-[01]\d-[0-3]\d"
    r"(?:[ _T-]?\d{4,6}|[ _T-]\d\d[-.:]\d\d(?:[-.:]\d\d)?)?(?!\d)"
    r"|(?<![0-9a-f])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f])",
    re.IGNORECASE,
)
"""A date with the time of day, as recorders and DAWs append them; a UUID."""
_COPY: Final = re.compile(
    r"(?<=\S)(?: [-–])? (?:copy|kopie|copie|copia)(?= \(?\d{1,3}\)?$|$)"
    r"|^(?:copy|kopie|copie|copia)(?: \(\d+\))? (?:of|von|de|di) (?=\S)",
    re.IGNORECASE,
)
"""What file managers write into the name of a copy."""
_MARK: Final = r"(?:(?:vel|v|vl|lyr|layer|dyn|rr|r|t|take|tk)\d{1,3})"
_DYNAMIC: Final = r"(?:ppp|pp|p|mp|mf|fff|ff|f)"
_NOTE_NAME: Final = r"(?:[A-G](?:#|♯|b|♭|s)?\d|[a-g][#♯b♭s]?\d)"
_NOTE_AND_MARKS: Final = re.compile(
    rf"^({_NOTE_NAME}|\d{{1,3}})({_DYNAMIC})?({_MARK}+)?$", re.IGNORECASE
)
_MARKS: Final = re.compile(rf"^{_MARK}{{2,}}$", re.IGNORECASE)
_ONE_MARK: Final = re.compile(_MARK, re.IGNORECASE)
_SPAN: Final = re.compile(rf"^{_NOTE_NAME}{_NOTE_NAME}$")
"""From one note to another: a recording of a scale."""
_KEY_SIGNATURE: Final = re.compile(
    r"^[A-G](?:#|♯|b|♭)?(?:m|min|maj|minor|major|Min|Maj|Minor|Major)$"
)
_MARKED: Final = re.compile(r"^([a-z]+)(\d{1,4})$", re.IGNORECASE)
_GLUED: Final = re.compile(r"^(.*?[^\d])(\d{1,4})$")
_TECHNICAL: Final = re.compile(
    r"^(?:\d+(?:\.\d+)?\s?(?:bpm|k|khz|hz|bit|bits|kbps|db)|44100|48000|88200|96000|16bit|24bit"
    r"|mp3|wav|aiff?|flac|ogg)$",
    re.IGNORECASE,
)
_LOUDNESS_SUFFIX: Final = re.compile(
    r"^(.*[a-z0-9])(Softest|Softer|Soft|Medium|Med|Hardest|Harder|Hard|Loud|Quiet)$"
)
_RANGE: Final = re.compile(
    r"(?<![A-Za-z0-9])((?:v|vel|velocity)?)[ _]?(\d{1,3})[-_]((?:v|vel)?)(\d{1,3})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_TEMPO_OR_KEY: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:\d{2,3}(?:\.\d+)?[ _-]?bpm|bpm[ _-]?\d{2,3}"
    r"|[A-G](?:#|♯|b|♭)?[ _-]?(?:min|maj|minor|major))(?![A-Za-z0-9#♯♭])",
    re.IGNORECASE,
)
"""Of loops: no part of what they are called."""
_MEZZO: Final = re.compile(r"mezzo[ _-]?(forte|piano)", re.IGNORECASE)
_COUNTED: Final = re.compile(r"^(.{2,})(#\d{2,3}|(?<![A-G])#\d)$")
_TO: Final = "\N{EN DASH}"
_ACCIDENTAL: Final = re.compile(
    r"(?<![A-Za-z0-9])([A-Ga-g])[ _-]?(sharp|flat)[ _-]?(?=-?\d(?!\d))", re.IGNORECASE
)


def tokenise(stem: str) -> list[Token]:
    """The tokens of a file name without its ending; [] when nothing is left of it."""
    stem = _FREESOUND.sub("", plain_text(stem))
    stem = _STAMP.sub(" ", _INNER_EXTENSIONS.sub("", _COPY.sub("", stem)))
    stem = _MEZZO.sub(r"mezzo\1", _TEMPO_OR_KEY.sub(" ", stem))
    stem = _ACCIDENTAL.sub(lambda m: m[1] + ("#" if m[2].lower() == "sharp" else "b"), stem)
    stem = _RANGE.sub(_joined_range, stem)
    parts = _SEPARATORS.split(stem)
    tokens: list[Token] = []
    for index in range(0, len(parts), 2):
        if not parts[index]:
            continue
        separator = parts[index - 1] if index else ""
        for text in _split_glued(parts[index]):
            if not _TECHNICAL.match(text):
                tokens.append(classify(text, separator))
            separator = ""
    return _join_markers(tokens)


def _joined_range(found: re.Match[str]) -> str:
    """v1-40 stays together: 1 to 40. Not 01-02 and the like, which count."""
    before, first, between, last = found.groups()
    if not int(first) < int(last) <= 127 or (between and not before):
        return found[0]
    if "_" in found[0][len(before) :] and not before:
        return found[0]
    return f"{before}{first}{_TO}{last}"


def _split_glued(text: str) -> list[str]:
    """A4v12 → A4, v12; KickHard → Kick, Hard; v3rr2 → v3, rr2."""
    found = _NOTE_AND_MARKS.match(text)
    if found and (found[2] or found[3]) and not (found[2] and found[1].isdigit()):
        marks = _ONE_MARK.findall(found[3] or "")
        return [part for part in (found[1], found[2], *marks) if part]
    if _MARKS.match(text):
        return _ONE_MARK.findall(text)
    for pattern in (_LOUDNESS_SUFFIX, _COUNTED):
        if (found := pattern.match(text)) and not note_readings(text):
            return list(found.groups())
    return [text]


def classify(text: str, separator: str) -> Token:
    """The token of a part of a name without separators in it."""
    if text.isascii() and text.isdigit() and len(text) < 10:  # longer ones count nothing
        return Token(kind="number", text=text, value=int(text), separator=separator)
    if _TO in text and (found := re.match(rf"^\D*(\d+){_TO}(\d+)$", text)):
        first, last = int(found[1]), int(found[2])
        return Token(kind="range", text=text, value=first, top=last, separator=separator)
    readings = note_readings(text)
    if "english" in readings:
        plain = text[0].islower() and "#" not in text
        return Token(
            kind="note",
            text=text,
            value=readings["english"],
            separator=separator,
            plain=plain,
            readings=readings,
        )
    if _SPAN.match(text) or _KEY_SIGNATURE.match(text):
        return Token(kind="dropped", text=text, separator=separator)
    if text.startswith("#") and text[1:].isascii() and text[1:].isdigit():
        return Token(kind="round_robin", text=text, value=int(text[1:]), separator=separator)
    if found := _MARKED.match(text):
        word, number = found[1].lower(), int(found[2])
        kind = _marker_kind(word)
        if kind and not (kind in ("velocity", "key") and number > 127):
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
            kind="foreign" if readings else "word",
            text=found[1],
            digits=found[2],
            value=int(found[2]),
            separator=separator,
            readings=readings,
        )
    return Token(kind="word", text=text, separator=separator)


def _marker_kind(word: str) -> Kind | None:
    if word in VELOCITY_WORDS:
        return "velocity"
    if word in LAYER_WORDS:
        return "layer"
    if word in NOTE_WORDS:
        return "key"
    return "round_robin" if word in ROUND_ROBIN_WORDS else None


def _join_markers(tokens: list[Token]) -> list[Token]:
    """`vel`, `90` → velocity 90; `take`, `3` → round robin 3."""
    joined: list[Token] = []
    for token in tokens:
        marker = _marker_kind(joined[-1].text.lower()) if joined else None
        is_marker = marker and joined[-1].kind == "word" and joined[-1].value is None
        bounded = marker in ("velocity", "key")
        if token.kind == "number" and is_marker and not (bounded and _over(token)):
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
