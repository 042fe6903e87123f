"""Decay of each hit after the next has begun: exponential, by band.

A band's fall is a line in dB through what the recording shows of it, from the hit until something
grows in that band: a hat leaves a kick's low bands to be read on. What has been heard later limits
it: nothing rang louder than the recording is. Sounds that are short of frames are drawn to what is
usual in the recording. Sounds that do not fall at all were held, and are let go.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.levels import Floats, band_levels, downmix
from messina.corpus.sound import Array
from messina.units import SAMPLE_RATE

__all__ = ["HOP", "Decay", "Decays", "measure_decays"]

HOP: Final = 256
FLOOR_DB: Final = -72.0
"""Bands so far under the loudest are silent."""

_SETTLE: Final = 512
"""Half a window: frames nearer to an onset contain both sides of it."""
_GROWN_DB: Final = 1.5
_LONGEST_S: Final = 0.8
_SCATTER_DB: Final = 4.0
"""Of a frame's level around its line: noise in a band is as uneven as that."""
_USUAL_DB_PER_S: Final = 120.0
_USUAL_SPREAD: Final = 60.0
_HELD_DB_PER_S: Final = 15.0
_HELD_SURE_DB_PER_S: Final = 20.0
_LET_GO_DB_PER_S: Final = 240.0
_SLOWEST_DB_PER_S: Final = 24.0
_FASTEST_DB_PER_S: Final = 1500.0
_ABOVE_HEARD_DB: Final = 3.0
_LIMITED_S: Final = 0.5
_LEAST_OWN: Final = 10**-1.5
"""Of the power in a band, at least so much is a hit's own."""
_REMEMBERED: Final = 3 * SAMPLE_RATE


@dataclass(frozen=True, kw_only=True, eq=False)
class Decay:
    """Exponential decay of one hit after the next onset, `end`.

    Level minus fall times seconds, by band.
    """

    end: int
    level_db: Floats  # [BANDS] power of the window of `flux.band_levels`
    fall_db_per_s: Floats  # [BANDS]

    def levels_at(self, samples: NDArray[np.int64] | Floats) -> Floats:
        """Levels [T, BANDS] in dB at samples [T] of the recording."""
        seconds = (np.asarray(samples, np.float64) - self.end) / SAMPLE_RATE
        return np.asarray(self.level_db - seconds[:, None] * self.fall_db_per_s)

    def earlier(self, samples: int) -> Decay:
        """The decay with its origin so many samples earlier."""
        level = self.level_db + samples / SAMPLE_RATE * self.fall_db_per_s
        return Decay(end=self.end - samples, level_db=level, fall_db_per_s=self.fall_db_per_s)


@dataclass(frozen=True, kw_only=True, eq=False)
class Decays:
    """The decays of all hits of a recording, and what rang on before each."""

    levels_db: Floats  # [T, BANDS] of the recording, frame t centred on sample t * HOP
    hits: tuple[Decay, ...]

    def tails_power_before(self, start: int, frames: NDArray[np.int64]) -> Floats:
        """Power [T, BANDS], at frames [T], of what rang before a hit that begins at `start`."""
        power = np.zeros((len(frames), self.levels_db.shape[1]))
        last = bisect_right(self.hits, start, key=lambda hit: hit.end)
        for hit in reversed(self.hits[:last]):
            if hit.end < start - _REMEMBERED:
                break
            power += 10 ** (hit.levels_at(frames * HOP) / 10)
        return power


def measure_decays(audio: Array, starts: NDArray[np.int64]) -> Decays:
    """The decays of the hits that begin at these samples of a recording [N, C]."""
    levels = np.asarray(band_levels(downmix(audio), hop=HOP), np.float64)
    levels = np.maximum(levels, levels.max() + FLOOR_DB)
    ends = np.append(starts[1:], len(audio))
    grown = _grown(levels, starts)
    windows = [_window(starts, ends, index) for index in range(len(starts))]
    usual = _usual_falls(levels, windows)
    power, tails = 10 ** (levels / 10), np.zeros_like(levels)
    hits = []
    for index, (first, last) in enumerate(windows):
        until = _readable_until(grown, starts, windows, index, len(levels))
        seen = slice(first, int(until.max()) + 1)
        own = np.maximum(power[seen] - tails[seen], _LEAST_OWN * power[seen])
        decay = _read(10 * np.log10(own), first, last, until, int(ends[index]), usual)
        decay = _limited(decay, levels)
        hits.append(decay)
        after = slice(-(-int(ends[index]) // HOP), (int(ends[index]) + _REMEMBERED) // HOP)
        frames = np.arange(after.start, min(after.stop, len(levels)))
        tails[after] += 10 ** (decay.levels_at(frames * HOP) / 10)
    return Decays(levels_db=levels, hits=tuple(hits))


def _window(starts: NDArray[np.int64], ends: NDArray[np.int64], index: int) -> tuple[int, int]:
    """First and last frame whose window lies between two onsets."""
    first = -(-(int(starts[index]) + _SETTLE) // HOP)
    last = (int(ends[index]) - _SETTLE) // HOP
    if last < first:
        first = last = (int(starts[index]) + int(ends[index])) // 2 // HOP
    return first, last


def _grown(levels: Floats, starts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each band is louder after each onset [n, BANDS] than before it."""
    grown = np.ones((len(starts), levels.shape[1]), bool)
    for index, start in enumerate(starts):
        before, after = (int(start) - _SETTLE) // HOP, -(-(int(start) + _SETTLE) // HOP)
        if before >= 1:
            earlier = levels[before - 1 : before + 1].mean(axis=0)
            later = levels[after : after + 2].mean(axis=0) if after < len(levels) else earlier
            grown[index] = later > earlier + _GROWN_DB
    return grown


def _readable_until(
    grown: NDArray[np.bool_],
    starts: NDArray[np.int64],
    windows: list[tuple[int, int]],
    index: int,
    frames: int,
) -> NDArray[np.int64]:
    """The last frame [BANDS] before something grows in each band, the hit's own last at least."""
    first, last = windows[index]
    longest = min(first + round(_LONGEST_S * SAMPLE_RATE / HOP), frames - 1)
    until = np.full(grown.shape[1], longest)
    open_bands = np.ones(grown.shape[1], bool)
    for other in range(index + 1, len(starts)):
        frame = (int(starts[other]) - _SETTLE) // HOP
        if frame >= longest:
            break
        stops = open_bands & grown[other]
        until[stops] = frame
        open_bands &= ~stops
    return np.maximum(until, min(last, frames - 1))


def _usual_falls(levels: Floats, windows: list[tuple[int, int]]) -> Floats:
    """The middle fall [BANDS] of hits that are long enough to show theirs, in dB per second."""
    falls = []
    for first, last in windows:
        if last - first >= 10:
            part = levels[first : last + 1]
            time = (np.arange(len(part)) - (len(part) - 1) / 2) * HOP / SAMPLE_RATE
            falls.append(-(time @ part) / (time @ time))
    if len(falls) < 3:
        return np.full(levels.shape[1], _USUAL_DB_PER_S)
    return np.clip(np.median(falls, axis=0), 30.0, 600.0)


def _read(
    levels: Floats, first: int, last: int, until: NDArray[np.int64], end: int, usual: Floats
) -> Decay:
    """The line through each band's levels [T, BANDS] from its top on, drawn to the usual fall."""
    stretch = np.arange(first, int(until.max()) + 1)
    top = first + levels[: last - first + 1].argmax(axis=0)
    used = ((stretch[:, None] >= top) & (stretch[:, None] <= until)).astype(np.float64)
    seconds = (stretch * HOP - end) / SAMPLE_RATE
    count = used.sum(axis=0)
    middle_s = seconds @ used / count
    middle_db = (levels * used).sum(axis=0) / count
    away = (seconds[:, None] - middle_s) * used
    spread = (away**2).sum(axis=0)
    slope = (away * (levels - middle_db)).sum(axis=0)
    certainty = spread / _SCATTER_DB**2
    fall = (-slope / _SCATTER_DB**2 + usual / _USUAL_SPREAD**2) / (certainty + _USUAL_SPREAD**-2)
    fall = _evened(fall, certainty)
    level = middle_db + fall * middle_s
    if _is_held(levels[: last - first + 1]):
        fall = np.full_like(fall, _LET_GO_DB_PER_S)
    return Decay(
        end=end,
        level_db=level,
        fall_db_per_s=np.clip(fall, _SLOWEST_DB_PER_S, _FASTEST_DB_PER_S),
    )


def _is_held(levels: Floats) -> bool:
    """Whether what is loud in a sound's levels [T, BANDS] does not fall, as far as it shows."""
    seconds = (np.arange(len(levels)) - (len(levels) - 1) / 2) * HOP / SAMPLE_RATE
    spread = float(seconds @ seconds)
    if spread < (_SCATTER_DB / _HELD_SURE_DB_PER_S) ** 2:
        return False
    middle = levels.mean(axis=0)
    amplitude = 10 ** ((middle - middle.max()) / 20)
    return float(-(seconds @ levels) @ amplitude / amplitude.sum()) < _HELD_DB_PER_S * spread


def _evened(fall: Floats, certainty: Floats) -> Floats:
    """Falls [BANDS] that neighbours agree on, the more the higher: noise falls broadly."""
    bands = np.arange(len(fall))
    reach = np.clip((bands - 8) / 6.0, 0.3, 4.0)
    near = np.exp(-0.5 * ((bands[:, None] - bands) / reach[:, None]) ** 2)
    weight = near * (certainty + _USUAL_SPREAD**-2)
    return np.asarray(np.exp(weight @ np.log(np.clip(fall, 10.0, None)) / weight.sum(axis=1)))


def _limited(decay: Decay, levels: Floats) -> Decay:
    """Falling so fast that it is nowhere louder than what is heard later."""
    first = decay.end // HOP + 1
    later = levels[first : first + round(_LIMITED_S * SAMPLE_RATE / HOP)]
    if len(later) < 5:
        return decay
    heard = 10 * np.log10(
        (10 ** (later[:-2] / 10) + 10 ** (later[1:-1] / 10) + 10 ** (later[2:] / 10)) / 3
    )
    seconds = ((np.arange(len(heard)) + 1 + first) * HOP - decay.end) / SAMPLE_RATE
    least = ((decay.level_db - _ABOVE_HEARD_DB - heard) / seconds[:, None])[2:].max(axis=0)
    least = np.maximum(least, 0.7 * _evened(np.maximum(least, 10.0), np.zeros(len(least))))
    fall = np.clip(np.maximum(decay.fall_db_per_s, least), None, _FASTEST_DB_PER_S)
    return Decay(end=decay.end, level_db=decay.level_db, fall_db_per_s=fall)
