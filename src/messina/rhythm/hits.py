"""A recording cut at its onsets: hits that start at sample 0, keep their level and ring out.

What earlier hits still sound is taken from a hit (a hat over a ringing kick is a hat), and what it
still sounds when the next begins is made up, so that hits may overlap in any order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.alignment import MAX_LENGTH_S, fade_out
from messina.corpus.flux import WINDOW, band_edges
from messina.corpus.levels import Floats
from messina.corpus.sound import Array
from messina.rhythm.decays import HOP, Decays, measure_decays
from messina.rhythm.onsets import Onsets
from messina.rhythm.ringing import ring_on
from messina.units import SAMPLE_RATE

__all__ = ["Hit", "cut_hits", "ringing_hits"]

FADE_S: Final = 0.003
GUARD: Final = round(0.004 * SAMPLE_RATE)
"""A hit is cut so long before the next: what comes before an onset belongs to it."""
LEAST_LEFT: Final = 0.1
"""Of the amplitude in a band, at least so much is left of a hit: it is told apart with errors."""
_TAKEN: Final = 1.3
"""How much more is taken away than is expected: noise is uneven."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Hit:
    """One event's sound."""

    start: int
    """The sample of the recording it starts at."""
    audio: Array  # [N, C]
    strength_db: float
    """How much the spectrum grew with it."""


def cut_hits(audio: Array, onsets: Onsets) -> list[Hit]:
    """The hits of a recording [N, C] as they are, each until the next onset."""
    return [
        Hit(start=start, audio=fade_out(audio[start:end].copy(), FADE_S), strength_db=strength)
        for start, end, strength in _spans(onsets, len(audio))
    ]


def ringing_hits(audio: Array, onsets: Onsets) -> list[Hit]:
    """The hits of a recording [N, C], each without the others' ringing and with its own."""
    if len(onsets) == 0:
        return []
    decays = measure_decays(audio, onsets.samples)
    hits = []
    for index, (start, end, strength) in enumerate(_spans(onsets, len(audio))):
        decay = decays.hits[index]
        if end < len(audio):
            early = min(GUARD, (end - start) // 4)
            decay, end = decay.earlier(early), end - early
        # as random as noise is, and the same each time the recording is read
        rng = np.random.default_rng(start)
        sound = ring_on(_own_part(audio, start, end, decays), decay, rng=rng)
        longest = round(MAX_LENGTH_S * SAMPLE_RATE)
        hits.append(Hit(start=start, audio=fade_out(sound[:longest], FADE_S), strength_db=strength))
    return hits


def _spans(onsets: Onsets, length: int) -> list[tuple[int, int, float]]:
    """Start, end and strength of each hit."""
    starts = [int(sample) for sample in onsets.samples]
    ends = [*starts[1:], length]
    return list(zip(starts, ends, onsets.strength_db.tolist(), strict=True))


def _own_part(audio: Array, start: int, end: int, decays: Decays) -> Array:
    """What begins at `start` [N, C], until `end`: bands lowered by what rang there before."""
    first, last = start // HOP - 2, -(-end // HOP) + 2
    frames = np.arange(first, last + 1)
    gains = _gains(frames, start, decays)
    if gains.min() > 0.97:
        return audio[start:end].copy()
    low = first * HOP - WINDOW // 2
    high = last * HOP + WINDOW // 2
    padded = np.zeros((high - low, audio.shape[1]), np.float32)
    inside = slice(max(low, 0), min(high, len(audio)))
    padded[inside.start - low : inside.stop - low] = audio[inside]
    own = np.stack([_filtered(channel, gains) for channel in padded.T], axis=1)
    part = own[start - low : end - low]
    ramp = min(24, len(part))
    part[:ramp] *= np.linspace(0, 1, ramp, endpoint=False, dtype=np.float32)[:, None]
    return part


def _gains(frames: NDArray[np.int64], start: int, decays: Decays) -> Floats:
    """Amplitude [T, bins] to leave, at frames centred on multiples of HOP."""
    # frames that still hear what was before the onset go by the first that does not
    clear = -(-(start + WINDOW // 2) // HOP)
    read = np.clip(np.maximum(frames, clear), 0, len(decays.levels_db) - 1)
    heard = 10 ** (decays.levels_db[read] / 10)
    share = 1.0 - _TAKEN * decays.tails_power_before(start, read) / heard
    of_band = np.sqrt(np.maximum(share, LEAST_LEFT**2))
    counts = np.diff(np.append(band_edges(), WINDOW // 2 + 1))
    bins = np.repeat(of_band, counts, axis=1)
    return np.concatenate([np.repeat(bins[:, :1], band_edges()[0], axis=1), bins], axis=1)


def _filtered(channel: NDArray[np.float32], gains: Floats) -> NDArray[np.float32]:
    """A signal [(T - 1) * HOP + WINDOW] with its spectra times gains [T, bins]."""
    window = np.sqrt(np.hanning(WINDOW + 1)[:-1]).astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(channel, WINDOW)[::HOP]
    spectra = np.fft.rfft(frames * window) * gains
    shaped = (np.fft.irfft(spectra, WINDOW) * window / 2.0).astype(np.float32)
    sound = np.zeros(len(channel), np.float32)
    for offset in range(WINDOW // HOP):
        block = shaped[offset :: WINDOW // HOP].ravel()
        sound[offset * HOP : offset * HOP + len(block)] += block
    return sound
