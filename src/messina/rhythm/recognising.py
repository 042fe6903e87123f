"""What a folder is to be learnt as: separate hits, grooves, or a stream of sound.

A single sound is short, or struck once and dying away. A rhythm has clear onsets all along, on a
grid or close together; a session of separate hits has them far apart, with silence between. What
is none of these goes on: a stream.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from messina.corpus.levels import moving_rms, power
from messina.corpus.naming import read_names
from messina.corpus.recordings import NamedRecording, Recordings
from messina.corpus.slicing import find_cuts
from messina.corpus.sound import Array
from messina.rhythm.metre import find_grid
from messina.rhythm.onsets import Onsets, find_onsets
from messina.units import SAMPLE_RATE

__all__ = ["Kind", "Recognised", "kind_of", "recognise"]

Kind = Literal["hits", "groove", "stream"]

LOOKED_AT_S: Final = 60.0
"""Of a long recording."""
SHORT_S: Final = 0.75
"""No rhythm is shorter."""
BRIEF_S: Final = 3.0
"""No stream is shorter."""

LEAST_ONSETS: Final = 4
LEAST_SPAN: Final = 0.4
"""Of the recording, from the first onset to the last."""
CLEAR_DB: Final = 5.5
"""Strength of the middle onset of a rhythm that keeps to a grid."""
VERY_CLEAR_DB: Final = 8.0
"""The same without a grid: a crackle has onsets, too."""
FREE_RATE_HZ: Final = 1.5
PARTED_S: Final = 0.7
"""Between separate hits; loops are busier."""

STRUCK_DB: Final = 9.0
STRUCK_WITHIN: Final = 0.2
GONE_DB: Final = -18.0
DYING_DB: Final = -11.0
"""Level of a struck sound in its last sixth, and in the middle, re its top."""


@dataclass(frozen=True, kw_only=True)
class Recognised:
    """What the recordings are, and why, in a sentence for the user."""

    kind: Kind
    reason: str


def recognise(recordings: Recordings | Sequence[NamedRecording]) -> Recognised:
    """What most of the recordings' time is; hits in doubt."""
    names = read_names([recording.name for recording in recordings])
    pitched = 2 * sum(name.note is not None for name in names) > len(names)
    kinds: list[Kind] = []
    for recording in recordings:
        kind = kind_of(recording.audio)
        # held notes go on as streams do, but their names say that they are notes
        kinds.append("hits" if kind == "stream" and pitched else kind)
    return _most(kinds, [recording.length_s for recording in recordings])


def _most(kinds: Sequence[Kind], lengths_s: Sequence[float]) -> Recognised:
    seconds: dict[Kind, float] = {"hits": 0.0, "groove": 0.0, "stream": 0.0}
    for kind, length in zip(kinds, lengths_s, strict=True):
        seconds[kind] += length
    best = max(seconds, key=lambda kind: seconds[kind])  # the first where even
    share = seconds[best] / max(sum(seconds.values()), 1e-9)
    return Recognised(kind=best, reason=_reason(best, kinds, share))


_ONE: Final[dict[Kind, str]] = {
    "hits": "a single sound, or separate hits",
    "groove": "a rhythm",
    "stream": "sound that goes on without a rhythm",
}
_MANY: Final[dict[Kind, str]] = {
    "hits": "single sounds",
    "groove": "rhythms",
    "stream": "sounds that go on without a rhythm",
}


def _reason(best: Kind, kinds: Sequence[Kind], share: float) -> str:
    if len(kinds) == 1:
        return f"the recording is {_ONE[best]}"
    count = kinds.count(best)
    if count == len(kinds):
        return f"all {count} recordings are {_MANY[best]}"
    others = " and ".join(_MANY[kind] for kind in _in_order(kinds) if kind != best)
    return (
        f"{count} of {len(kinds)} recordings, {100 * share:.0f} % of the time, "
        f"are {_MANY[best]} (the others {others})"
    )


def _in_order(kinds: Iterable[Kind]) -> list[Kind]:
    return list(dict.fromkeys(kinds))


def kind_of(audio: Array) -> Kind:
    """What one recording [N, C] is."""
    audio = audio[: round(LOOKED_AT_S * SAMPLE_RATE)]
    length_s = len(audio) / SAMPLE_RATE
    if length_s < SHORT_S:
        return "hits"
    onsets = find_onsets(audio)
    if _are_separate(audio, onsets):
        return "hits"
    if _is_rhythm(onsets, length_s):
        return "groove"
    return "hits" if length_s < BRIEF_S or _is_struck(audio, onsets) else "stream"


def _span(onsets: Onsets, length_s: float) -> float:
    return float(onsets.times_s[-1] - onsets.times_s[0]) / length_s if len(onsets) else 0.0


def _are_separate(audio: Array, onsets: Onsets) -> bool:
    """Whether hits are far apart, with quiet between them."""
    if len(onsets) < 3 or float(np.median(np.diff(onsets.times_s))) < PARTED_S:
        return False
    return len(find_cuts(audio, "auto")) >= 3


def _is_rhythm(onsets: Onsets, length_s: float) -> bool:
    if len(onsets) < LEAST_ONSETS or _span(onsets, length_s) < LEAST_SPAN:
        return False
    clear = float(np.median(onsets.strength_db))
    if clear >= VERY_CLEAR_DB and len(onsets) / length_s >= FREE_RATE_HZ:
        return True
    return clear >= CLEAR_DB and find_grid(onsets, length_s).metric


def _is_struck(audio: Array, onsets: Onsets) -> bool:
    """Whether the sound begins with a stroke, is loudest then, and dies away."""
    level = 20 * np.log10(moving_rms(power(audio), 2205, hop=441) + 1e-6)
    level -= level.max()
    top = int(np.argmax(level)) / len(level)
    struck = len(onsets) > 0 and float(onsets.strength_db.max()) >= STRUCK_DB
    gone = float(level[-max(1, len(level) // 6) :].mean()) <= GONE_DB
    once = _span(onsets, len(audio) / SAMPLE_RATE) < LEAST_SPAN
    return struck and once and top <= STRUCK_WITHIN and gone and float(np.median(level)) <= DYING_DB
