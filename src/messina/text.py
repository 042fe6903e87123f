"""Text from outside – names of files, labels, errors – as a screen, JSON or a file may hold it.

A name can hold anything: escape sequences that repaint a terminal, signs that turn the reading
direction around, line breaks that forge a second message, bytes that are no UTF-8 (Python carries
those as lone surrogates, PEP 383). Here, and nowhere else, that is made harmless.
Names of files are made such that every system and every sampler takes them.

Ref: Unicode Technical Report 36, 2.5 and 3 (bidirectional text, what is not seen).
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Final

__all__ = [
    "counted",
    "did_you_mean",
    "file_stems",
    "is_device",
    "nearest",
    "on_screen",
    "printable",
    "seen_in_json",
    "well_formed",
]

_LONGEST_LINE: Final = 4_096
"""Characters of a line on a screen: as many as the longest path has."""
_LEFT_OUT: Final = " … "

_JOINERS: Final = "\u200c\u200d"
"""Format signs that words and emoji are spelt with, and that do no harm."""
_MOST_MARKS: Final = 8
"""Accents on one letter; hundreds of them paint over the lines around."""
_MARK: Final = "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_MARKS: Final = re.compile(f"({_MARK}{{{_MOST_MARKS}}}){_MARK}+")

_CONTROLS: Final = ("Cc", "Cs", "Cn", "Zl", "Zp")
"""Categories of what is not text: controls, surrogates, unassigned, line and paragraph ends."""


def on_screen(text: str, *, longest: int = _LONGEST_LINE) -> str:
    """The text as one line of a terminal: whatever would act instead of being seen is spelt out.

    Bytes of names that are not UTF-8 are spelt by their value. What is too long loses its middle.

    >>> on_screen("kick\\x1b[2J\\n.wav"), on_screen("Kl\\udce4nge"), on_screen("a\\u202egnp.wav")
    ('kick\\\\x1b[2J\\\\n.wav', 'Kl\\\\xe4nge', 'a\\\\u202egnp.wav')
    """
    if not (text.isascii() and text.isprintable()):
        text = _MARKS.sub(r"\1", "".join(map(_spelt, text)))
    if len(text) > longest:
        kept = longest - len(_LEFT_OUT)
        text = text[: kept - kept // 2] + _LEFT_OUT + text[len(text) - kept // 2 :]
    return text


def well_formed(text: str) -> str:
    """The text as UTF-8 can hold it: only what is no Unicode is spelt out.

    >>> well_formed("Kl\\udce4nge"), well_formed("tab\\t")
    ('Kl\\\\xe4nge', 'tab\\t')
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(_spelt(c) if unicodedata.category(c) == "Cs" else c for c in text)
    return text


def all_well_formed(value: Any) -> Any:
    r"""A value of JSON's kinds with every text as UTF-8 can hold it.

    >>> all_well_formed({"a": ["Kl\udce4nge", 1]})
    {'a': ['Kl\\xe4nge', 1]}
    """
    match value:
        case str():
            return well_formed(value)
        case dict():
            return {all_well_formed(key): all_well_formed(item) for key, item in value.items()}
        case list() | tuple():
            return [all_well_formed(item) for item in value]
    return value


def seen_in_json(json: str) -> str:
    """JSON of the same meaning in which nothing acts on a screen it is shown on.

    >>> print(seen_in_json('["\\x9b2J", "\\u202eä"]'))
    ["\\u009b2J", "\\u202eä"]
    """
    if json.isascii():
        return json.replace("\x7f", "\\u007f")
    return "".join(c if c == "\n" or _spelt(c) == c else _json_escape(c) for c in json)


def printable(text: str, *, longest: int = 200) -> str:
    """The text as any file may hold it: one line without anything that is not seen.

    >>> printable("snare\\x07\\n(old)"), printable("a\\u202eb")
    ('snare (old)', 'ab')
    """
    sound = text.encode("utf-8", "replace").decode()
    kept = "".join(
        " " if unicodedata.category(c) in _CONTROLS else c for c in sound if not _is_format(c)
    )
    return " ".join(_MARKS.sub(r"\1", kept).split())[:longest]


def _is_format(character: str) -> bool:
    """Signs that steer how others are shown: directions, byte order marks, tags."""
    return unicodedata.category(character) == "Cf" and character not in _JOINERS


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


def _spelt(character: str) -> str:
    if unicodedata.category(character) not in _CONTROLS and not _is_format(character):
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()


def counted(count: int, one: str, many: str = "") -> str:
    """A number of things; the plural ends in s where none is given.

    >>> counted(1, "sound"), counted(0, "sound"), counted(2, "chorus", "choruses")
    ('1 sound', '0 sounds', '2 choruses')
    """
    return f"{count} {one if count == 1 else many or one + 's'}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question that names what may have been meant, with a blank behind it, or nothing.

    >>> did_you_mean("kick", ["PearlKick"]), did_you_mean("gong", ["PearlKick"])
    ('did you mean PearlKick? ', '')
    """
    near = nearest(word, known)
    return "" if near is None else f"did you mean {near}? "


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that is most like an unknown one: it contains it, or is spelt like it.

    >>> nearest("kick", ["PearlKick", "PearlSnare"]), nearest("snair", ["snare", "kick"])
    ('PearlKick', 'snare')
    """
    by_case = {name.casefold(): name for name in known}
    asked = word.casefold()
    within = [name for name in by_case if asked and asked in name]
    near = within or difflib.get_close_matches(asked, by_case, n=1)
    return by_case[min(near, key=len)] if near else None


_LONGEST_STEM: Final = 48
"""So that folder, label, note, velocity and alternation stay far under 255 bytes together."""

_RESERVED: Final = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
)
"""What Windows keeps for devices, with any ending."""


def is_device(name: str) -> bool:
    """Whether Windows takes the name of a file for that of a device, with whatever ending.

    >>> [is_device(name) for name in ("AUX.wav", "nul .tar.gz", "COM¹", "auxiliary.wav")]
    [True, True, True, False]
    """
    stem = unicodedata.normalize("NFKC", name).partition(".")[0].rstrip(" ")
    return stem.casefold() in _RESERVED


def file_stems(names: Sequence[str], *, otherwise: str = "sound") -> list[str]:
    """For each name a stem of its own, in ASCII letters, digits, - and _ only.

    Samplers read sample names up to the next sign that means something to them ($, #, =, <), so
    there is none. Stems differ by more than case.

    >>> file_stems(["Hi-Hat/open", "hi-hat open", "Trommel 🥁", "CON", "太鼓"])
    ['Hi-Hat_open', 'hi-hat_open-2', 'Trommel', 'CON_', 'sound']
    """
    taken: set[str] = set()
    stems = []
    for name in names:
        plain = _plain(name) or otherwise
        stem, count = plain, 1
        while stem.casefold() in taken:
            count += 1
            stem = f"{plain}-{count}"
        taken.add(stem.casefold())
        stems.append(stem)
    return stems


def _plain(name: str) -> str:
    """ASCII, without what surrounds it; may be nothing."""
    decomposed = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9-]+", "_", decomposed)
    stem = stem[:_LONGEST_STEM].strip("_-")
    return f"{stem}_" if is_device(stem) else stem
