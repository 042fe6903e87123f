"""Tempo and metre as file names and loop chunks state them.

These are claims, not facts: `174bpm` is meant as one, the 92 of `Break 92` may be a counter, and
programs write 4/4 into files as a matter of form. They are weighed against the sound in `metre`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from messina.corpus.chunks import LoopChunk

__all__ = ["Claim", "Stated", "stated_of"]

MOST_A_BAR: Final = 15
SLOWEST_BPM: Final = 40.0
FASTEST_BPM: Final = 260.0
"""Wider than what is looked for unasked."""

_NUMBER: Final = r"(?<![\d.,])(\d{2,3}(?:[.,]\d{1,3})?)"
_TEMPI: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        _NUMBER + r"bpm(?![a-z])",
        r"(?<![a-z])bpm" + _NUMBER,
        _NUMBER + r"[\s_\-]+bpm(?![a-z])",
        r"(?<![a-z])(?:bpm|tempo)[\s_\-=:]*" + _NUMBER,
    )
)
_BARE: Final = re.compile(r"(?:^|(?<=[\s_\-()\[\]]))([1-9]\d{1,2})(?=$|[\s_\-()\[\].])")
# looked for at every place, so that 98_4_4 is read as 4/4 although 98_4 comes first
_METRE: Final = re.compile(r"(?<!\d)(?=(\d{1,2})(?:[_\-]|[ ]?(?:of|in)[ ]?)(4|8|16)(?![\dA-Za-z]))")
_WORDS: Final = {"waltz": (3, 4), "valse": (3, 4), "walzer": (3, 4)}


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A tempo that a name or a chunk states."""

    tempo_bpm: float
    source: str
    """For a sentence: `its name`, `its chunks`."""
    sure: bool = True
    """Meant as a tempo; else a number that may be one."""


@dataclass(frozen=True, kw_only=True)
class Stated:
    """Tempo and metre that are stated beside a recording's sound; nothing by default."""

    tempi: tuple[Claim, ...] = ()
    """The likeliest first."""
    metre: tuple[int, int] | None = None
    """Beats a bar and the note value of one: (3, 4), (6, 8)."""
    metre_source: str = ""
    metre_sure: bool = False


def stated_of(name: str, chunk: LoopChunk | None = None, *, length_s: float = 0.0) -> Stated:
    """What a file's name (with its folders, parted by '/') and its loop chunk say.

    >>> stated_of("breaks/waltz_84bpm_3_4.wav").tempi[0].tempo_bpm
    84.0
    >>> stated_of("Break 92.wav").tempi[0].sure, stated_of("120 BPM/6-8 b.wav").metre
    (False, (6, 8))
    """
    said = _by_name(name)
    if chunk is None or chunk.one_shot:
        return said
    tempi = list(said.tempi)
    if chunk.beats and length_s > 0.0:
        tempi.append(Claim(tempo_bpm=60.0 * chunk.beats / length_s, source="its chunks"))
    if chunk.tempo_bpm:
        # programs write 120 where nobody set one
        sure = chunk.tempo_bpm != 120.0
        tempi.append(Claim(tempo_bpm=chunk.tempo_bpm, source="its chunks", sure=sure))
    said = replace(said, tempi=_ordered(tempi))
    if said.metre is None and chunk.metre is not None and _is_bar(chunk.metre):
        sure = chunk.metre != (4, 4)
        return replace(said, metre=chunk.metre, metre_source="its chunks", metre_sure=sure)
    return said


def _ordered(tempi: list[Claim]) -> tuple[Claim, ...]:
    """Those a loop may have, the sure ones first."""
    possible = [claim for claim in tempi if SLOWEST_BPM <= claim.tempo_bpm <= FASTEST_BPM]
    return tuple(sorted(possible, key=lambda claim: not claim.sure))


def _by_name(name: str) -> Stated:
    *folders, file = name.split("/")
    stem = file.rsplit(".", 1)[0] if "." in file else file
    said = Stated()
    for part in (stem, *reversed(folders)):  # what is nearest to the sound counts first
        metre = _metre_in(part)
        if said.metre is None and metre is not None:
            said = replace(said, metre=metre[0], metre_source="its name", metre_sure=metre[1])
        if not said.tempi or not said.tempi[0].sure:
            found = _tempi_in(part)
            if found and (found[0].sure or not said.tempi):
                said = replace(said, tempi=found)
    return said


def _tempi_in(part: str) -> tuple[Claim, ...]:
    for pattern in _TEMPI:
        sure = [
            Claim(tempo_bpm=float(number.replace(",", ".")), source="its name")
            for number in pattern.findall(part)
        ]
        if _ordered(sure):
            return _ordered(sure)
    return _ordered(
        [
            Claim(tempo_bpm=float(number), source="its name", sure=False)
            for number in _BARE.findall(part)
        ]
    )


def _metre_in(part: str) -> tuple[tuple[int, int], bool] | None:
    """A metre, and whether it is meant as one."""
    found = [(int(upper), int(lower)) for upper, lower in _METRE.findall(part)]
    bars = [metre for metre in found if _is_bar(metre)]
    if bars:
        return bars[-1], True
    for word, metre in _WORDS.items():
        if word in part.lower():
            return metre, False
    return None


def _is_bar(metre: tuple[int, int]) -> bool:
    return 2 <= metre[0] <= MOST_A_BAR and metre[1] in (4, 8, 16)
