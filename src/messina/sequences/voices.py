"""The voice manager: choking, stealing, fading and mixing of hits that sound together.

A fade is a straight line, from where the hit is down to nothing. Where too many would sound, the
one that will be missed least makes room: the softest just now, what fades already before what does
not, what has only begun last of all. The page's mixer has the same numbers (play/constants), the
same line and the same rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.drums import HI_HATS
from messina.frames.layout import HOP
from messina.instrument.takes import END_FADE, Playing
from messina.instrument.touched_takes import HeldTake
from messina.sequences.voice_assignment import AssignedSound
from messina.units import SAMPLE_RATE

__all__ = [
    "CHOKED",
    "FADING_SHARE",
    "LET_GO",
    "MOST",
    "QUANTUM",
    "STOLEN",
    "STRUCK_AGAIN",
    "YOUNG",
    "YOUNG_BONUS",
    "Hit",
    "VoiceManager",
]

Real = NDArray[np.float32]

CHOKED: Final = round(0.012 * SAMPLE_RATE)
"""Samples in which a hit ends that another of its group cuts off: an open hi-hat, closed."""
STRUCK_AGAIN: Final = round(0.04 * SAMPLE_RATE)
"""In which it ends when it is itself struck again."""
LET_GO: Final = round(0.12 * SAMPLE_RATE)
"""In which a note ends that is let go."""
STOLEN: Final = round(0.01 * SAMPLE_RATE)
"""In which a hit makes room for another, and all is silenced."""
MOST: Final = 32
"""Hits that sound at once."""
YOUNG: Final = round(0.03 * SAMPLE_RATE)
"""Samples from its beginning in which a hit makes room only where all others are as young."""
YOUNG_BONUS: Final = 1_000.0
"""More than any amplitude."""
FADING_SHARE: Final = 0.1
"""Of its amplitude, what is missed of a hit that fades already."""
QUANTUM: Final = 128
"""Samples that the page's mixer makes at once: the softest is chosen at their edges."""


@dataclass(eq=False, kw_only=True)
class Hit:
    """A take that sounds; positions are samples since the beginning of the stream."""

    take: Playing
    gain: float
    played: AssignedSound
    part: str = ""
    start: int = 0
    fade_from: int = -1
    fade_samples: int = 0
    fade_gain: float = 1.0
    """Where the fade begins."""
    fader: Callable[[NDArray[np.int64]], Real] | None = None
    """A gain that moves, at samples [N] from its beginning."""

    def fade(self, at: int, samples: int) -> None:
        """Lets it end within so many samples from `at`, unless it will have ended by then."""
        if self.fade_from >= 0 and at + samples >= self.fade_from + self.fade_samples:
            return
        if self.fade_from >= 0:
            self.fade_gain = float(self._line(np.array([at]))[0])
        self.fade_from, self.fade_samples = at, samples

    @property
    def sustained(self) -> bool:
        """Whether it sounds until it is let go."""
        return isinstance(self.take, HeldTake)

    def let_go(self, at: int, *, pace: float = 1.0) -> None:
        """Lifts its key: what is sustained is released, all else fades.

        pace: how many times as fast as usual.
        """
        if isinstance(self.take, HeldTake):
            self.take.let_go(at - self.start, pace=pace)
        else:
            self.fade(at, round(LET_GO / pace))

    def over(self, at: int) -> bool:
        """Whether it has ended by this sample."""
        faded = 0 <= self.fade_from <= at - self.fade_samples
        return faded or at >= self.start + len(self.take)

    def missed(self, at: int, *, waits: bool = True) -> float:
        """Priority in voice stealing.

        How much of it would be missed, by its last block and its age.

        at: sample of the stream. waits: for what is not rendered yet; otherwise what is ready
        tells.
        """
        played = at - at % QUANTUM - self.start
        loud = self._peak((played - 1) // HOP * HOP, waits=waits) if played > 0 else 1.0
        fading = 0 <= self.fade_from <= at
        return loud * (FADING_SHARE if fading else 1.0) + (YOUNG_BONUS if played < YOUNG else 0.0)

    def _peak(self, first: int, *, waits: bool) -> float:
        """Amplitude of its middle in the block from sample `first` on, fades as they begin it."""
        if waits:
            self.take.reach(first + HOP)
        block = self.take.read(first, min(first + HOP, self.take.ready))
        if not len(block):
            return 1.0
        # The take's own fade is taken off, so that it is that of the block's first sample.
        left = len(self.take) - first - np.arange(len(block))
        ends = np.minimum(left / END_FADE, 1.0)
        peak = float((np.abs(block.sum(axis=1)) / ends).max()) / 2 * float(ends[0])
        fade = float(self._line(np.array([self.start + first]))[0]) if self.fade_from >= 0 else 1.0
        return peak * self.gain * fade

    def add_to(self, out: Real, at: int, *, waits: bool = True) -> bool:
        """Mixes it into out [N, 2], which begins at sample `at`; False where it is late.

        waits: for what is not rendered yet. Otherwise that is silence, and the rest comes so much
        later.
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
            part = np.float32(self.gain) * self.take.read(first - self.start, ready - self.start)
            if self.fader is not None:
                part *= self.fader(np.arange(first, ready) - self.start)[:, None]
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


class VoiceManager:
    """The voice manager: all hits that sound, who cuts off whom, and their sum.

    One thread starts and mixes them; others may read `hits`.
    """

    def __init__(self, *, most: int = MOST, damped: bool = False) -> None:
        """damped: whether a hit without pitch ends when its voice is struck again."""
        self._most = most
        self._damped = damped
        self.hits: tuple[Hit, ...] = ()  # replaced as a whole, never changed

    def start(self, hit: Hit, *, waits: bool = True) -> None:
        """Starts a hit at its own sample; ends what it chokes, and the least missed of too many.

        waits: for what is not rendered yet, to tell which is softest.
        """
        at = hit.start
        for other in self.hits:
            if (other.part, other.played.group) != (hit.part, hit.played.group):
                continue
            if other.played.label != hit.played.label:
                other.fade(at, CHOKED)
            elif self._damped or hit.played.pitched or hit.played.group == HI_HATS:
                other.fade(at, STRUCK_AGAIN)
        sounding = [other for other in self.hits if not _nearly_over(other, at)]
        if len(sounding) >= self._most:
            min(sounding, key=lambda other: other.missed(at, waits=waits)).fade(at, STOLEN)
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


def _nearly_over(hit: Hit, at: int) -> bool:
    """Whether it has ended, or fades as fast as what is choked or makes room."""
    return hit.over(at) or (0 <= hit.fade_from <= at and hit.fade_samples <= CHOKED)
