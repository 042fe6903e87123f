"""Hits that sound together: who cuts off whom, how each fades, and their sum.

A fade is a straight line, from where the hit is down to nothing. The page's mixer has the same
lengths (play/constants) and the same line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.drums import HI_HATS
from messina.instrument.takes import Take
from messina.sequences.casting import Played
from messina.units import SAMPLE_RATE

__all__ = ["CHOKED", "LET_GO", "MOST", "STOLEN", "STRUCK_AGAIN", "Hit", "Voices"]

Real = NDArray[np.float32]

CHOKED: Final = round(0.012 * SAMPLE_RATE)
"""Samples in which a hit ends that another of its group cuts off: an open hi-hat, closed."""
STRUCK_AGAIN: Final = round(0.04 * SAMPLE_RATE)
"""In which it ends when it is itself struck again."""
LET_GO: Final = round(0.12 * SAMPLE_RATE)
"""In which a note ends that is let go."""
STOLEN: Final = round(0.01 * SAMPLE_RATE)
"""In which the oldest hit makes room, and all is silenced."""
MOST: Final = 48
"""Hits that sound at once."""


@dataclass(eq=False, kw_only=True)
class Hit:
    """A take that sounds; places in samples from the beginning of all."""

    take: Take
    gain: float
    played: Played
    part: str = ""
    start: int = 0
    fade_from: int = -1
    fade_samples: int = 0
    fade_gain: float = 1.0
    """Where the fade begins."""

    def fade(self, at: int, samples: int) -> None:
        """Lets it end within so many samples from `at`, unless it will have ended by then."""
        if self.fade_from >= 0 and at + samples >= self.fade_from + self.fade_samples:
            return
        if self.fade_from >= 0:
            self.fade_gain = float(self._line(np.array([at]))[0])
        self.fade_from, self.fade_samples = at, samples

    def over(self, at: int) -> bool:
        faded = 0 <= self.fade_from <= at - self.fade_samples
        return faded or at >= self.start + len(self.take)

    def add_to(self, out: Real, at: int, *, waits: bool = True) -> bool:
        """Adds what of it lies in out [N, 2], which begins at sample `at`.

        waits: for what is not rendered yet. Otherwise that is silence, the rest comes so much
        later, and the answer is False.
        """
        first, end = max(self.start, at), min(self.start + len(self.take), at + len(out))
        if self.fade_from >= 0:
            end = min(end, self.fade_from + self.fade_samples)
        if end <= first:
            return True
        if waits:
            self.take.reach(end - self.start)
        ready = min(end, self.start + self.take.ready)
        if ready > first:
            part = (
                np.float32(self.gain) * self.take.samples[first - self.start : ready - self.start]
            )
            if 0 <= self.fade_from < ready:
                part *= self._line(np.arange(first, ready))[:, None]
            out[first - at : ready - at] += part
        late = end - max(ready, first)
        self.start += late
        return late == 0

    def _line(self, places: NDArray[np.int64]) -> Real:
        """Gain of the fade at places [N]."""
        fallen = np.clip((places - self.fade_from) / self.fade_samples, 0, 1)
        return (self.fade_gain * (1 - fallen)).astype(np.float32)


class Voices:
    """All hits that sound. One thread starts and mixes them; others may read `hits`."""

    def __init__(self, *, most: int = MOST, damped: bool = False) -> None:
        """damped: whether a hit without pitch ends when its voice is struck again."""
        self._most = most
        self._damped = damped
        self.hits: tuple[Hit, ...] = ()  # replaced as a whole, never changed

    def start(self, hit: Hit) -> None:
        """From `hit.start` on it sounds; what it cuts off ends, and the oldest of too many."""
        at = hit.start
        for other in self.hits:
            if (other.part, other.played.group) != (hit.part, hit.played.group):
                continue
            if other.played.label != hit.played.label:
                other.fade(at, CHOKED)
            elif self._damped or hit.played.pitched or hit.played.group == HI_HATS:
                other.fade(at, STRUCK_AGAIN)
        sounding = [other for other in self.hits if other.fade_from < 0 or other.fade_from > at]
        for other in sounding[: max(0, len(sounding) + 1 - self._most)]:
            other.fade(at, STOLEN)
        self.hits = (*self.hits, hit)

    def fade_all(self, at: int, samples: int) -> None:
        """Lets all end within so many samples."""
        for hit in self.hits:
            hit.fade(at, samples)

    def mix(self, out: Real, at: int, *, waits: bool = True) -> int:
        """Adds what sounds to out [N, 2], which begins at sample `at`; how many hits were late.

        waits: for what is not rendered yet.
        """
        if not len(out):
            return 0
        late = sum(not hit.add_to(out, at, waits=waits) for hit in self.hits)
        if any(hit.over(at + len(out)) for hit in self.hits):
            self.hits = tuple(hit for hit in self.hits if not hit.over(at + len(out)))
        return late
