"""One recording → its events: onsets, grid, hits and what they are like, and a phrase of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.clips import Clip, describe
from messina.corpus.levels import downmix
from messina.corpus.sound import Array
from messina.events import Event, Phrase
from messina.rhythm.hit_features import Character, KnownVoices, features_of, nearest
from messina.rhythm.hits import Hit, ringing_hits
from messina.rhythm.metre import Grid, find_grid, place_on_ticks
from messina.rhythm.onsets import Onsets, find_onsets
from messina.rhythm.stated import Stated
from messina.units import SAMPLE_RATE

__all__ = [
    "TranscribedHit",
    "TranscribedRecording",
    "phrase_from",
    "phrase_of",
    "transcribe",
    "velocity_of",
]

DB_PER_VELOCITY: Final = 0.4
"""Velocity 127 is the loudest hit of all, 1 is 50 dB below it."""


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


def velocity_of(hit: TranscribedHit, loudest_db: float) -> float:
    """How hard a hit is struck, 1 to 127, by how far it is below the loudest of all."""
    below_db = loudest_db - hit.clip.loudness_db
    return round(float(np.clip(127.0 - below_db / DB_PER_VELOCITY, 1.0, 127.0)), 1)


def phrase_from(
    transcribed: TranscribedRecording, voice_of: NDArray[np.int64], velocities: Sequence[float]
) -> tuple[Phrase, list[int]]:
    """The events of a recording in order, and which hit each of them is."""
    grid = transcribed.grid
    times = np.array([each.hit.start / SAMPLE_RATE for each in transcribed.hits])
    ticks, late_s = place_on_ticks(grid, times)
    tick_s = grid.tick_length_s(times)
    lengths_s = np.array([each.length_s for each in transcribed.hits])
    events = [
        Event(
            tick=int(ticks[index]),
            voice=int(voice_of[index]),
            velocity=velocities[index],
            length_ticks=float(lengths_s[index] / tick_s[index]),
            late_s=float(late_s[index]),
        )
        for index in range(len(transcribed.hits))
    ]
    order = sorted(range(len(events)), key=lambda i: (events[i].tick, events[i].voice))
    phrase = Phrase(
        name=transcribed.name,
        events=tuple(events[index] for index in order),
        ticks=grid.ticks,
        tempo_bpm=grid.tempo_bpm,
        beats_per_bar=grid.beats_per_bar,
        metric=grid.metric,
        first_tick=grid.first_tick,
    )
    return phrase, order


def phrase_of(audio: Array, voices: KnownVoices, *, name: str = "") -> Phrase:
    """A recording [N, C] at 44.1 kHz as events of known voices, each the one it is nearest to.

    For going on from a recording that was not learnt. A recording without onsets has no events.
    """
    transcribed = transcribe(audio, name=name)
    if not transcribed.hits:
        return phrase_from(transcribed, np.zeros(0, np.int64), [])[0]
    voice_of = nearest(np.stack([hit.features for hit in transcribed.hits]), voices.centres)
    velocities = [velocity_of(hit, voices.loudest_db) for hit in transcribed.hits]
    return phrase_from(transcribed, voice_of, velocities)[0]
