"""One recording → its events before they have names: onsets, grid, hits and what they are like."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from messina.corpus.clips import Clip, describe
from messina.corpus.levels import downmix
from messina.corpus.sound import Array
from messina.rhythm.hit_features import Character, features_of
from messina.rhythm.hits import Hit, ringing_hits
from messina.rhythm.metre import Grid, find_grid
from messina.rhythm.onsets import Onsets, find_onsets
from messina.rhythm.stated import Stated
from messina.units import SAMPLE_RATE

__all__ = ["TranscribedHit", "TranscribedRecording", "transcribe"]


@dataclass(frozen=True, kw_only=True, eq=False)
class TranscribedHit:
    """A transcribed hit: its event, its descriptors, and its sound where that was kept."""

    hit: Hit
    clip: Clip
    length_s: float
    features: Array  # [D]
    character: Character

    @property
    def sounds(self) -> bool:
        """Whether its sound was kept."""
        return len(self.clip.audio) > 0

    def muted(self) -> TranscribedHit:
        """A copy without its sound."""
        nothing = self.clip.audio[:0]
        return replace(
            self,
            hit=replace(self.hit, audio=nothing),
            clip=replace(self.clip, audio=nothing),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class TranscribedRecording:
    """A transcribed recording: its grid and its hits."""

    name: str
    hits: tuple[TranscribedHit, ...]
    grid: Grid

    def thinned(self, most: int) -> TranscribedRecording:
        """A copy that keeps the sound of `most` of its hits only, evenly chosen.

        All events stay.
        """
        if len(self.hits) <= most:
            return self
        kept = set(np.linspace(0, len(self.hits) - 1, most).astype(np.int64).tolist())
        hits = [hit if i in kept else hit.muted() for i, hit in enumerate(self.hits)]
        return replace(self, hits=tuple(hits))


def transcribe(
    audio: Array, *, name: str, stated: Stated | None = None, onsets: Onsets | None = None
) -> TranscribedRecording:
    """The events of a recording [N, C]; none where nothing begins in it.

    stated: what is said of its tempo and metre. onsets: those of the whole of it, where known.
    """
    if onsets is None:
        onsets = find_onsets(audio)
    grid = find_grid(onsets, len(audio) / SAMPLE_RATE, stated)
    hits = [
        _transcribed(hit, file=name, number=number)
        for number, hit in enumerate(ringing_hits(audio, onsets), start=1)
    ]
    return TranscribedRecording(name=name, hits=tuple(hits), grid=grid)


def _transcribed(hit: Hit, *, file: str, number: int) -> TranscribedHit:
    clip = describe(hit.audio, file=file, name=f"{file}#{number:03d}")
    mid = downmix(hit.audio)
    low, high = _shares(mid)
    pitch = clip.pitch
    character = Character(
        brightness_hz=clip.brightness_hz,
        decay_s=clip.decay_s,
        low_share=low,
        high_share=high,
        pitch_hz=pitch.frequency_hz if pitch else 0.0,
        pitch_confidence=pitch.confidence if pitch else 0.0,
    )
    return TranscribedHit(
        hit=hit,
        clip=clip,
        length_s=len(hit.audio) / SAMPLE_RATE,
        features=features_of(mid),
        character=character,
    )


def _shares(mid: Array) -> tuple[float, float]:
    """Shares of the energy of a hit's first 150 ms [N] below 150 Hz and above 5 kHz."""
    part = mid[: round(0.15 * SAMPLE_RATE)]
    energy = np.square(np.abs(np.fft.rfft(part, 8192)), dtype=np.float64)
    hz = np.fft.rfftfreq(8192, 1 / SAMPLE_RATE)
    total = float(energy.sum()) + 1e-20
    return float(energy[hz < 150.0].sum()) / total, float(energy[hz > 5000.0].sum()) / total
