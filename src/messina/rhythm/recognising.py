"""What a folder is to be learnt as: separate hits, grooves, or a stream of sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from messina.corpus.recordings import NamedRecording, Recordings
from messina.corpus.slicing import find_cuts
from messina.rhythm.metre import find_grid
from messina.rhythm.onsets import Onsets, find_onsets

__all__ = ["Kind", "Recognised", "recognise"]

Kind = Literal["hits", "groove", "stream"]

SHORT_S: Final = 0.6
LEAST_ONSETS: Final = 4
LEAST_RATE_HZ: Final = 1.2
"""Onsets a second of a groove."""


@dataclass(frozen=True, kw_only=True)
class Recognised:
    """What the recordings are, and why, in a sentence for the user."""

    kind: Kind
    reason: str


def recognise(recordings: Recordings | Sequence[NamedRecording]) -> Recognised:
    """hits, groove or stream: what most of the recordings' time is."""
    kinds = [_kind_of(recording) for recording in recordings]
    lengths = [recording.length_s for recording in recordings]
    total = sum(lengths)
    shares: dict[Kind, float] = {"hits": 0.0, "groove": 0.0, "stream": 0.0}
    counts: dict[Kind, int] = {"hits": 0, "groove": 0, "stream": 0}
    for kind, length in zip(kinds, lengths, strict=True):
        shares[kind] += length / max(total, 1e-9)
        counts[kind] += 1
    best: Kind = max(shares, key=lambda kind: (shares[kind], kind == "hits"))
    return Recognised(kind=best, reason=_reason(best, shares, counts))


_WHAT: Final[dict[Kind, str]] = {
    "hits": "single sounds",
    "groove": "rhythms",
    "stream": "sound that goes on without a rhythm",
}


def _reason(best: Kind, shares: dict[Kind, float], counts: dict[Kind, int]) -> str:
    total = sum(counts.values())
    if counts[best] == total:
        return f"all {total} recordings are {_WHAT[best]}" if total > 1 else f"it is {_WHAT[best]}"
    return (
        f"{counts[best]} of {total} recordings, {100 * shares[best]:.0f} % of the time, "
        f"are {_WHAT[best]}"
    )


def _kind_of(recording: NamedRecording) -> Kind:
    if recording.length_s < SHORT_S:
        return "hits"
    onsets = find_onsets(recording.audio)
    if _is_rhythm(onsets, recording.length_s):
        return "hits" if find_cuts(recording.audio, "auto") and _parted(onsets) else "groove"
    return "hits" if find_cuts(recording.audio, "auto") or len(onsets) <= 2 else "stream"


def _is_rhythm(onsets: Onsets, length_s: float) -> bool:
    if len(onsets) < LEAST_ONSETS:
        return False
    return find_grid(onsets, length_s).metric or len(onsets) / length_s > LEAST_RATE_HZ


def _parted(onsets: Onsets) -> bool:
    return bool(np.median(np.diff(onsets.times_s)) > 0.6)
