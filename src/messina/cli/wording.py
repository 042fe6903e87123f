"""Errors of the package, which name arguments of Python's, told in options of the command line.

The package says `force=True` replaces it, in backticks; here that becomes --force. What stands in
backticks and is none of these stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from messina.ranges import RANGES

__all__ = ["OPTIONS", "PHRASES", "in_options"]

OPTIONS: Final[Mapping[str, str]] = {
    **{name: f"--{re.sub('_(s|ms|bpm|db|semitones)$', '', name)}" for name in RANGES},
    "band": "--with",
    "against": "--against",
    "bits": "--format",
    "block_s": "--block",
    "duration_s": "--duration",
    "folder": "FOLDER",
    "share": "SHARE",
    "force": "--force",
    "format": "--to",
    "heard": "--heard",
    "kind": "--as",
    "label": "--label",
    "license": "--license",
    "mended": "--mended",
    "most": "--most",
    "note_step": "--note-step",
    "out": "-o",
    "quantize": "--quantize",
    "recast": "--cast",
    "round_robin": "--round-robin",
    "seeds": "--seeds",
    "slice": "--slice",
    "velocities": "--velocities",
}
"""Options by the arguments that say the same."""

PHRASES: Final[Mapping[str, str]] = {
    "resume=None": "--force",
    "messina.blind_test": "--blind",
    "Corpus.with_labels": "messina learn --labels A,B",
    "continued": "--continue",
    "Instrument.render": "messina render FILE -o OUT without --duration",
    "Sequence.render": "messina render FILE --duration 60 -o OUT.wav",
    "Score.with_band": "--with INSTRUMENT.messina",
    "LibraryIndex": "messina index LIBRARY -o FOLDER",
}
"""What is said in another way altogether."""

_QUOTED: Final = re.compile(r"`([A-Za-z_.]+)(?:=([^`]*))?`")


def in_options(text: str) -> str:
    """The text with options where it has arguments.

    >>> in_options("kit/ is there already; `force=True` replaces it, another `out` keeps it")
    'kit/ is there already; --force replaces it, another -o keeps it'
    >>> in_options("`length_s` is 30; say `kind='tune'`"), in_options("`odd`.wav: no audio")
    ('--length is 30; say --as tune', '`odd`.wav: no audio')
    """
    return _QUOTED.sub(_option, text)


def _option(found: re.Match[str]) -> str:
    quoted = found[0].strip("`")
    if quoted in PHRASES:
        return PHRASES[quoted]
    name, value = found[1], found[2]
    if name not in OPTIONS:
        return found[0]
    if value in (None, "True"):
        return OPTIONS[name]
    return f"{OPTIONS[name]} {value.strip(chr(39) + chr(34))}"
