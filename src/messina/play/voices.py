"""Notes that sound: rendered ahead by one thread, mixed by another.

Two threads meet here, without locks:
- the renderer calls `Voices.add`, `render`, `release`, `fade_all`: it may take its time;
- the audio callback calls `Voices.mix` alone, which copies and adds what is ready. What is not
  ready in time is silence, counted in `underruns`, and comes late rather than never.
A take's `ready` is written by the renderer after the samples before it, and read by the callback.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import Frames
from messina.instrument.takes import Take
from messina.units import SAMPLE_RATE

__all__ = ["Voice", "Voices"]

Real = NDArray[np.float32]

_STOLEN_FADE = round(0.01 * SAMPLE_RATE)
_RELEASE_FADE = round(0.15 * SAMPLE_RATE)
_FIRST_ROWS: Final = 5
"""Rows of a voice's first portion: few, so that it sounds soon."""
_ROWS: Final = 24
_CEILING = 0.97


class Voice:
    """One note."""

    def __init__(self, frames: Frames, *, key: int, gain: float = 1.0) -> None:
        self._take = Take(frames, key=key, gain=gain, rows=_ROWS)
        self.place = 0  # of the audio callback in it
        self._fade_from = -1  # place at which it began to fade
        self._fade_samples = 0
        self._begun = False

    @property
    def ready(self) -> int:
        """Samples that are there."""
        return self._take.ready

    @property
    def rendered(self) -> bool:
        return self._take.rendered

    @property
    def ahead(self) -> int:
        """Samples ready that were not heard yet."""
        return self._take.ready - self.place

    @property
    def over(self) -> bool:
        faded = 0 <= self._fade_from <= self.place - self._fade_samples
        return faded or self.place >= len(self._take)

    def render(self) -> None:
        """Makes one more portion. By the renderer."""
        self._take.render(None if self._begun else _FIRST_ROWS)
        self._begun = True

    def fade(self, samples: int) -> None:
        """Lets it end within so many samples. By the renderer."""
        if self._fade_from < 0:
            self._fade_samples = samples
            self._fade_from = self.place

    def add_to(self, out: Real) -> bool:
        """Adds what comes next to out [N, 2]; False when it was not all ready. By the callback."""
        want = min(len(out), len(self._take) - self.place)
        count = max(0, min(want, self._take.ready - self.place))
        part = self._take.samples[self.place : self.place + count]
        if self._fade_from >= 0:
            since = np.arange(self.place, self.place + count) - self._fade_from
            ramp = np.clip(1 - since / self._fade_samples, 0, 1).astype(np.float32)
            part = part * ramp[:, None]
        out[:count] += part
        self.place += count
        return count == want


class Voices:
    """All notes that sound."""

    def __init__(self, *, most: int = 24, ahead_samples: int = 6_000) -> None:
        self._most = most
        self._ahead = ahead_samples
        self._voices: tuple[Voice, ...] = ()  # replaced as a whole, never changed
        self._gain = 1.0
        self.underruns = 0

    def __len__(self) -> int:
        return sum(not voice.over for voice in self._voices)

    def add(self, voice: Voice) -> None:
        """Begins a note; its first portion is made at once. The oldest makes room. Renderer."""
        voice.render()
        while voice.ready == 0 and not voice.rendered:
            voice.render()
        sounding = [v for v in self._voices if not v.over]
        for old in sounding[: max(0, len(sounding) + 1 - self._most)]:
            old.fade(_STOLEN_FADE)
        self._voices = (*sounding, voice)

    def render(self) -> bool:
        """Renders ahead for the voice that needs it most; False when none does. Renderer."""
        wanting = [
            v for v in self._voices if not v.rendered and not v.over and v.ahead < self._ahead
        ]
        if not wanting:
            return False
        min(wanting, key=lambda voice: voice.ahead).render()
        return True

    def release(self, voice: Voice) -> None:
        """Lets a held note end. Renderer."""
        voice.fade(_RELEASE_FADE)

    def fade_all(self) -> None:
        """Ends everything. Renderer."""
        for voice in self._voices:
            voice.fade(_STOLEN_FADE)

    def mix(self, out: Real) -> None:
        """Fills out [N, 2] with what sounds next, never over full scale. Audio callback."""
        out[:] = 0
        for voice in self._voices:
            if not voice.over and not voice.add_to(out):
                self.underruns += 1
        peak = float(np.abs(out).max(initial=0.0))
        wanted = 1.0 if peak <= _CEILING else _CEILING / peak
        # Down at once, up again slowly: within a block the gain runs in a straight line.
        next_gain = wanted if wanted < self._gain else min(wanted, self._gain + 0.02)
        start = min(self._gain, wanted) if wanted < self._gain else self._gain
        out *= np.linspace(start, next_gain, len(out), dtype=np.float32)[:, None]
        self._gain = next_gain
