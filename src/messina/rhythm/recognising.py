"""Classification of a folder: separate hits, grooves, or a texture.

A single sound is short, or struck once and dying away, or swells once and ends; the quiet before
and after it, as recorders leave it, is none of it. A rhythm has clear onsets all along, on a
grid or close together; a session of separate hits has them far apart, with silence between. What
is none of these goes on: a texture. One sound that comes again softer and softer is a single sound
with its echoes. A folder is what most of its recordings are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from messina.corpus.levels import moving_rms, power
from messina.corpus.naming import read_names
from messina.corpus.recordings import NamedRecording, Recordings
from messina.corpus.slicing import find_cuts
from messina.corpus.sound import Array
from messina.rhythm.metre import find_grid
from messina.rhythm.onsets import Onsets, find_onsets
from messina.rhythm.stated import Stated, stated_of
from messina.units import SAMPLE_RATE

__all__ = ["Kind", "Recognised", "kind_of", "recognise"]

Kind = Literal["hits", "groove", "texture"]

LOOKED_AT_S: Final = 60.0
"""Of a long recording."""
SHORT_S: Final = 0.75
"""No rhythm is shorter."""
BRIEF_S: Final = 3.0
"""No texture is shorter."""

LEAST_ONSETS: Final = 4
LEAST_SPAN: Final = 0.4
"""Of the recording, from the first onset to the last."""
CLEAR_DB: Final = 5.5
"""Strength of the middle onset of a rhythm that keeps to a grid."""
VERY_CLEAR_DB: Final = 8.0
"""The same without a grid: a crackle has onsets, too."""
FREE_RATE_HZ: Final = 1.5
SLOWEST_BEAT_S: Final = 1.05
"""Of a loop with a stroke a beat."""
DRUMS_DB: Final = 6.0
"""By so much the spectra of different drums differ in a part of the spectrum."""
PARTED_S: Final = 0.7
"""Between separate hits; loops are busier."""

ECHOES: Final = 3
ECHO_RISES_DB: Final = 1.0
"""By so much an echo may be louder than the one before it, in any part of the spectrum."""
ECHO_PARTS_DB: Final = 30.0
"""Parts of the spectrum that are softer than the loudest by so much are not asked."""
ECHOES_FALL: Final = 0.85
"""Share of the echoes that are softer than the one before them."""
ECHOES_FALL_DB: Final = 9.0
"""From the first to the last."""

QUIET_DB: Final = -50.0
"""What is softer than the top by so much, before and after a sound, is the room it was made in."""
STRUCK_DB: Final = 9.0
TOP_WITHIN: Final = 0.2
"""Of its length, from its beginning where it is struck, from its end where it swells."""
GONE_DB: Final = -18.0
DYING_DB: Final = -11.0
"""Level of a struck sound in its last sixth, and in the middle, re its top; a swell's in its first.
"""
_HOP: Final = 441


@dataclass(frozen=True, kw_only=True, eq=False)
class Recognised:
    """What kind of material the recordings are, and why, in a sentence for the user."""

    kind: Kind
    reason: str
    kinds: tuple[Kind, ...] = ()
    """Of each recording."""
    onsets: Mapping[str, Onsets] = field(default_factory=dict)
    """Of recordings that were looked at as a whole, by their digests."""


def recognise(recordings: Recordings | Sequence[NamedRecording]) -> Recognised:
    """Classifies recordings as hits, grooves or a texture, by majority; hits in doubt."""
    names = read_names([recording.name for recording in recordings])
    pitched = 2 * sum(name.note is not None for name in names) > len(names)
    kinds: list[Kind] = []
    onsets: dict[str, Onsets] = {}
    for recording in recordings:
        if recording.loop is not None and recording.loop.one_shot:
            kinds.append("hits")
            continue
        audio = recording.audio[: round(LOOKED_AT_S * SAMPLE_RATE)]
        found = find_onsets(audio) if len(audio) >= SHORT_S * SAMPLE_RATE else None
        if found is not None and len(audio) == len(recording.audio):
            onsets[recording.digest] = found
        stated = stated_of(recording.name, recording.loop, length_s=recording.length_s)
        kind = "hits" if found is None else _kind_by(audio, found, stated)
        # held notes go on as textures do, but their names say that they are notes
        kinds.append("hits" if kind == "texture" and pitched else kind)
    best = max(_KINDS, key=kinds.count)  # the first where even
    return Recognised(kind=best, reason=_reason(best, kinds), kinds=tuple(kinds), onsets=onsets)


_KINDS: Final[tuple[Kind, ...]] = ("hits", "groove", "texture")
_ONE: Final[dict[Kind, str]] = {
    "hits": "a single sound, or separate hits",
    "groove": "a rhythm",
    "texture": "sound that goes on without a rhythm",
}
_MANY: Final[dict[Kind, str]] = {
    "hits": "single sounds",
    "groove": "rhythms",
    "texture": "sounds that go on without a rhythm",
}


def _reason(best: Kind, kinds: Sequence[Kind]) -> str:
    if len(kinds) == 1:
        return f"the recording is {_ONE[best]}"
    count = kinds.count(best)
    if count == len(kinds):
        return f"all {count} recordings are {_MANY[best]}"
    others = " and ".join(
        f"{kinds.count(kind)} {_MANY[kind]}" for kind in _KINDS if kind != best and kind in kinds
    )
    return f"{count} of {len(kinds)} recordings are {_MANY[best]}, {others}"


def kind_of(audio: Array) -> Kind:
    """The kind of one recording [N, C]."""
    audio = audio[: round(LOOKED_AT_S * SAMPLE_RATE)]
    if len(audio) < SHORT_S * SAMPLE_RATE:
        return "hits"
    return _kind_by(audio, find_onsets(audio), Stated())


def _kind_by(audio: Array, onsets: Onsets, stated: Stated) -> Kind:
    length_s = len(audio) / SAMPLE_RATE
    if _is_echoed(onsets):
        return "hits"
    if _are_separate(audio, onsets):
        return "groove" if _is_slow_loop(onsets, length_s, stated) else "hits"
    if _is_rhythm(onsets, length_s):
        return "groove"
    return "hits" if _is_one_sound(audio, onsets) else "texture"


def _is_echoed(onsets: Onsets) -> bool:
    """Whether one sound comes again and again, softer each time and never brighter: echoes."""
    if len(onsets) < ECHOES:
        return False
    heard = onsets.levels_db.max(axis=0) > onsets.levels_db.max() - ECHO_PARTS_DB
    levels = onsets.levels_db[:, heard]
    steps = np.diff(levels, axis=0)
    loudest = levels.max(axis=1)
    falls = float(np.mean((steps <= ECHO_RISES_DB).all(axis=1)))
    return falls >= ECHOES_FALL and float(loudest[0] - loudest[-1]) >= ECHOES_FALL_DB


def _span(onsets: Onsets, length_s: float) -> float:
    return float(onsets.times_s[-1] - onsets.times_s[0]) / length_s if len(onsets) else 0.0


def _are_separate(audio: Array, onsets: Onsets) -> bool:
    """Whether hits are far apart, with quiet between them."""
    if len(onsets) < 3 or float(np.median(np.diff(onsets.times_s))) < PARTED_S:
        return False
    return len(find_cuts(audio, "auto")) >= 3


def _is_slow_loop(onsets: Onsets, length_s: float, stated: Stated) -> bool:
    """Whether hits that are far apart are a loop: whole bars, stated to be so or of several drums.

    A session of single hits is not cut to bars; where it is, one drum after the other is struck.
    """
    if len(onsets) < LEAST_ONSETS or float(np.median(np.diff(onsets.times_s))) > SLOWEST_BEAT_S:
        return False
    grid = find_grid(onsets, length_s, stated)
    if stated.tempi and stated.tempi[0].sure:
        return grid.metric and not grid.remark
    levels = onsets.levels_db - onsets.levels_db.mean(axis=1, keepdims=True)
    return grid.metric and grid.loop and float(levels.std(axis=0).max()) > DRUMS_DB


def _is_rhythm(onsets: Onsets, length_s: float) -> bool:
    if len(onsets) < LEAST_ONSETS or _span(onsets, length_s) < LEAST_SPAN:
        return False
    clear = float(np.median(onsets.strength_db))
    if clear >= VERY_CLEAR_DB and len(onsets) / length_s >= FREE_RATE_HZ:
        return True
    return clear >= CLEAR_DB and find_grid(onsets, length_s).metric


def _is_one_sound(audio: Array, onsets: Onsets) -> bool:
    """Whether it is brief, or struck once and dies away, or swells once and is cut off.

    What is quiet before and after does not count.
    """
    level = 20 * np.log10(moving_rms(power(audio), 2205, hop=_HOP) + 1e-6)
    level -= level.max()
    sounding = np.flatnonzero(level > QUIET_DB)
    level = level[sounding[0] : sounding[-1] + 1]
    length_s = len(level) * _HOP / SAMPLE_RATE
    if length_s < BRIEF_S:
        return True
    once = _span(onsets, length_s) < LEAST_SPAN and float(np.median(level)) <= DYING_DB
    top = int(np.argmax(level)) / len(level)
    sixth = max(1, len(level) // 6)
    if once and top >= 1.0 - TOP_WITHIN:
        return float(level[:sixth].mean()) <= GONE_DB
    struck = len(onsets) > 0 and float(onsets.strength_db.max()) >= STRUCK_DB
    return once and struck and top <= TOP_WITHIN and float(level[-sixth:].mean()) <= GONE_DB
