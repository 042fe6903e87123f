"""A long recording of hits cut at its onsets.

Onsets are peaks of the spectral flux above a threshold that follows its surroundings. An onset
is *clear* when the level has fallen well below the hit before it and rises well above that dip:
a tremolo, a beating gong or a pad has onsets to a flux detector, but no clear ones. Nor is a hit
cut from its own echoes.

One hit and its echoes are not cut. A delay repeats what it is given softer each time, at one
distance, or nearer and nearer as a ball bounces; what repeats is the same sound, a little duller
perhaps. Hits of a session are further apart, differ, or are not in order of their level.

Ref: Zölzer (2011), "DAFX", section 2.5, recursive (IIR) combs.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from messina.corpus.levels import (
    HOP,
    Floats,
    band_levels,
    downmix,
    flux_peaks,
    moving_rms,
    spectral_flux,
)
from messina.corpus.sound import Array
from messina.units import SAMPLE_RATE

__all__ = ["Slicing", "are_echoes", "find_cuts", "slice_recording"]

LONGEST_S: Final = 1.1
"""Between two echoes: a half note at 110 bpm. Sessions leave more time for a hit to die away."""
EVEN: Final = 0.04
"""How far distances may be from the first, as a share of it."""
EVEN_S: Final = 0.012
"""The same, as onsets are found to two frames only."""
SOFTER_DB: Final = 0.7
"""From one echo to the next at least; the feedback of a delay that dies away."""
STEADY_DB: Final = 4.0
"""How far a step in level may be from the middle one; tones drift and filters act at first."""
ALIKE: Final = 0.75
"""Correlation of the bands' levels from one echo to the next."""

_HEARD_S: Final = 0.1
_RANGE_DB: Final = 40.0


def are_echoes(mid: NDArray[np.float32], onsets: Sequence[int], peaks_db: Sequence[float]) -> bool:
    """Whether later onsets of a signal [N] are echoes of the first, so that it is one sound.

    onsets: samples at which sounds begin; peaks_db: how loud each is at its loudest.
    """
    if len(onsets) < 3:
        return False
    gaps_s = np.diff(onsets) / SAMPLE_RATE
    if gaps_s.max() > LONGEST_S:
        return False
    # an echo that is no clear onset leaves a gap that is a multiple
    repeats = np.rint(gaps_s / gaps_s.min())
    tolerance_s = max(EVEN * gaps_s.min(), EVEN_S)
    if np.any(np.abs(gaps_s - repeats * np.median(gaps_s / repeats)) > tolerance_s):
        if np.any(np.diff(gaps_s) >= 0):
            return False
        repeats = np.ones(len(gaps_s))  # a ball, from bounce to bounce
    steps_db = -np.diff(peaks_db) / repeats
    steady = bool(np.all(np.abs(steps_db - np.median(steps_db)) <= STEADY_DB))
    return (
        steady
        and float(steps_db.min()) >= SOFTER_DB
        and _all_alike(mid, onsets, float(gaps_s.min()))
    )


def _all_alike(mid: NDArray[np.float32], onsets: Sequence[int], gap_s: float) -> bool:
    length = round(min(_HEARD_S, gap_s) * SAMPLE_RATE)
    colours = [_colour(mid[start : start + length]) for start in onsets]
    return all(float(one @ next_) >= ALIKE for one, next_ in itertools.pairwise(colours))


def _colour(part: NDArray[np.float32]) -> NDArray[np.float64]:
    """Levels of the bands re their mean, at length 1, the highest within the part."""
    levels = band_levels(part).max(axis=0).astype(np.float64)
    levels = np.maximum(levels, levels.max() - _RANGE_DB)
    levels -= levels.mean()
    colour: NDArray[np.float64] = levels / max(float(np.linalg.norm(levels)), 1e-9)
    return colour


Slicing = Literal["auto", "always", "never"]

AUTO_LONGER_THAN_S: Final = 2.5
AUTO_AT_LEAST: Final = 3
AUTO_SHARE: Final = 0.4
"""Clear onsets among all: a roll or a crackle has many that are not."""
QUIETEST_DB: Final = -45.0
"""Onsets this far below the loudest hit are not hits."""
SHORTEST_S: Final = 0.05

_STEP: Final = 64
"""Between two values of the level."""
_RISE: Final = round(0.2 * SAMPLE_RATE / _STEP)
"""A hit's rise is looked for within 200 ms before its flux."""
_LEVEL_WINDOW: Final = 1024
"""23 ms: a period of the lowest tones, so that these do not look like hits."""
_LEAD: Final = _LEVEL_WINDOW // _STEP
"""Silence that is put before the recording, in steps."""


@dataclass(frozen=True, kw_only=True)
class _Demands:
    """What makes an onset."""

    depth_db: float
    """How far the level falls before it, and rises to it."""
    flux_db: float
    """Growth within 12 ms, averaged over the bands, above the median of its surroundings.

    A hit has 8 and more, the beating of a pad or a tremolo 1 to 6.
    """


_CLEAR: Final = _Demands(depth_db=12.0, flux_db=7.0)
_ANY: Final = _Demands(depth_db=6.0, flux_db=2.5)
_AUDIBLE_FLUX_DB: Final = 4.0


def slice_recording(audio: Array, how: Slicing) -> list[Array]:
    """The hits of a recording [N, C], in order; the whole recording when it is not to be cut.

    Raises ValueError when `how` is none of auto, always, never.
    """
    cuts = find_cuts(audio, how)
    if len(cuts) < 2:
        return [audio]
    ends = [*cuts[1:], len(audio)]
    return [audio[start:end] for start, end in zip(cuts, ends, strict=True)]


def find_cuts(audio: Array, how: Slicing) -> list[int]:
    """Samples where the slices start, or none when the recording is one sound."""
    if how not in ("auto", "always", "never"):
        raise ValueError(f"slice is {how!r}; auto, always or never is possible")
    seconds = len(audio) / SAMPLE_RATE
    if how == "never" or (how == "auto" and seconds < AUTO_LONGER_THAN_S):
        return []
    if seconds < 2 * SHORTEST_S:
        return []
    # a lead of silence, so that a hit on the very first sample rises out of something
    mid = np.pad(downmix(audio), (_LEVEL_WINDOW, 0))
    flux = spectral_flux(mid)
    onsets = _onsets(mid, flux, _ANY if how == "always" else _CLEAR)
    if how == "auto":
        enough = max(AUTO_AT_LEAST, AUTO_SHARE * len(flux_peaks(flux, _AUDIBLE_FLUX_DB)))
        if len(onsets) < enough:
            return []
        if are_echoes(mid, [onset.cut for onset in onsets], [onset.peak_db for onset in onsets]):
            return []
    cuts = [max(0, onset.cut - _LEVEL_WINDOW) for onset in onsets]
    return [0, *cuts] if cuts and _sounds_before(audio, cuts[0]) else cuts


def _sounds_before(audio: Array, cut: int) -> bool:
    """Whether what lies before the first onset is more than silence, noise or a breath."""
    if cut < SHORTEST_S * SAMPLE_RATE:
        return False
    return float(np.abs(audio[:cut]).max()) > 0.1 * float(np.abs(audio).max())


@dataclass(frozen=True)
class _Onset:
    cut: int  # sample
    frame: int
    """Of the level, _STEP apart, where the flux has its peak."""
    peak_db: float


def _onsets(mid: NDArray[np.float32], flux: Floats, demands: _Demands) -> list[_Onset]:
    """The onsets that rise out of a dip, in order."""
    level = _levels(mid)
    loudest = float(level.max())
    found: list[_Onset] = []
    frames = [frame * HOP // _STEP for frame in flux_peaks(flux, demands.flux_db)]
    for index, frame in enumerate(frames):
        after = frames[index + 1] if index + 1 < len(frames) else len(level)
        peak_db = float(level[frame : max(after, frame + 1)].max())
        if peak_db < loudest + QUIETEST_DB:
            continue
        before = _top(level, found[-1].frame, frame) if found else 0
        dip = before + int(np.argmin(level[before : frame + 1]))
        fall_db = (found[-1].peak_db if found else np.inf) - level[dip]
        if min(fall_db, peak_db - level[dip]) < demands.depth_db:
            if found and peak_db > found[-1].peak_db:
                found[-1] = replace(found[-1], peak_db=peak_db)
            continue
        # the lead is silence that the recording never had; only a hit at once rises out of it
        lead = _LEAD if frame > 2 * _LEAD else 0
        cut = _rise_after(level, max(before, frame - _RISE, lead), frame)
        if found and cut - found[-1].cut < SHORTEST_S * SAMPLE_RATE:
            continue
        found.append(_Onset(cut, frame, peak_db))
    return found


def _levels(mid: NDArray[np.float32]) -> Floats:
    """Level [N / HOP * HOP / _STEP] in dB, N rounded up; by blocks, for recordings of minutes."""
    blocks = np.pad(mid, (0, -len(mid) % HOP)).reshape(-1, _STEP)
    energy = np.einsum("tn,tn->t", blocks, blocks).astype(np.float64) / _STEP
    return np.asarray(20 * np.log10(moving_rms(energy, _LEAD) + 1e-6))


def _top(level: Floats, frame: int, until: int) -> int:
    """Where a hit is loudest within 60 ms of its onset: from there on its level falls."""
    soon = min(until, frame + round(0.06 * SAMPLE_RATE / _STEP))
    return frame + int(np.argmax(level[frame : soon + 1]))


def _rise_after(level: Floats, start: int, frame: int) -> int:
    """Sample at which the level leaves its last dip for good: last within 6 dB of it."""
    dip = start + int(np.argmin(level[start : frame + 1]))
    low = np.flatnonzero(level[dip : frame + 1] < level[dip] + 6.0)
    return int(dip + low[-1]) * _STEP
