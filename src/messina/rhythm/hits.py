"""A recording cut at its onsets: hits that start at sample 0, keep their level and ring out.

What earlier hits still sound is taken from a hit (a hat over a ringing kick is a hat), and what it
still sounds when the next begins is made up, so that hits may overlap in any order.

A hit that was cut rings on: its tones go on as damped sinusoids, the rest as shaped noise. Tones
are the peaks of the last spectrum before the cut; how they go on is solved for in the waveform, by
least squares, so that they pass the cut without a break. What they do not explain is noise, and
goes on as noise with the same level in each band. Both fall as `decays` has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from messina.corpus.alignment import MAX_LENGTH_S, fade_out
from messina.corpus.levels import WINDOW, Floats, band_edges, band_levels, downmix
from messina.corpus.sound import Array
from messina.rhythm.decays import HOP, Decay, Decays, measure_decays
from messina.rhythm.onsets import Onsets
from messina.units import SAMPLE_RATE

__all__ = ["Hit", "cut_hits", "ring_on", "ringing_hits"]

Complexes = NDArray[np.complex128]

LONGEST_S: Final = 3.0
SILENT_DB: Final = -48.0
"""Re the hit's loudest band: under this a band is over."""

_HEARD: Final = 4096
_LEAST_HEARD: Final = 512
_MOST_TONES: Final = 16
_PEAK_DB: Final = 11.0
"""Above the middle of its surroundings: a tone, not a bump of noise."""
_HIGHEST_TONE_HZ: Final = 8_000.0
_JOIN: Final = 96
"""Samples over which the hit passes into its ring."""
_ENDING: Final = 0.4
"""Of the ring, faded: its bands do not all end at once."""
_WINDOW: Final = 1024
_HOP: Final = 256
_DB_TO_RATE: Final = np.log(10.0) / 20.0


def ring_on(audio: Array, decay: Decay, *, rng: np.random.Generator) -> Array:
    """The hit [N, C] with its ring after it, [N + ring, C]; `decay.end` is where it was cut."""
    length = _ring_length(decay, band_levels(downmix(audio)).max())
    heard = np.asarray(audio[-_HEARD:], np.float64)
    if length < _JOIN or len(heard) < _LEAST_HEARD:
        return audio
    tones, rest = _tones(heard, decay, length)
    noise = _noise(rest, decay, length, rng)
    return _joined(audio, rest, tones, noise)


def _ring_length(decay: Decay, loudest_db: float) -> int:
    """Samples until every band is silent."""
    left_db = decay.level_db - (loudest_db + SILENT_DB)
    seconds = float((left_db / decay.fall_db_per_s).max())
    return int(np.clip(seconds, 0.0, LONGEST_S) * SAMPLE_RATE)


def _tones(heard: Floats, decay: Decay, length: int) -> tuple[Floats, Floats]:
    """The tones [JOIN + length, C] from JOIN before the cut on, and what is left [N, C] of it."""
    frequency = _peaks(heard.mean(axis=1))
    if len(frequency) == 0:
        return np.zeros((_JOIN + length, heard.shape[1])), heard
    bands = np.searchsorted(band_edges(), frequency * _WINDOW / SAMPLE_RATE, side="right") - 1
    rate = decay.fall_db_per_s[np.clip(bands, 0, None)] * _DB_TO_RATE
    # what is fitted is the recent past: a glide is not what it was
    recent = heard[-min(len(heard), 2048) :]
    basis = _damped(np.arange(-len(recent), 0), frequency, rate)
    weight = np.linspace(0.2, 1.0, len(recent))[:, None]
    scale = basis.shape[1] * 1e-3
    gram = (basis * weight).T @ basis + scale * np.eye(basis.shape[1])
    parts = np.linalg.solve(gram, (basis * weight).T @ recent)
    rest = heard.copy()
    rest[-len(recent) :] -= basis @ parts
    count = len(frequency)
    pole = np.exp((-rate + 2j * np.pi * frequency) / SAMPLE_RATE)
    weights = (parts[:count] - 1j * parts[count:]) * pole[:, None] ** -_JOIN
    return np.stack([_sounding(pole, each, _JOIN + length) for each in weights.T], axis=1), rest


def _sounding(pole: Complexes, weight: Complexes, length: int) -> Floats:
    """Sum of Re(weight pole^n) [length] over the M poles, by blocks: pole^(a + b) is a product."""
    within = pole[:, None] ** np.arange(_HOP)
    blocks = weight * pole ** (_HOP * np.arange(-(-length // _HOP)))[:, None]
    return np.asarray((blocks @ within).real.ravel()[:length])


def _peaks(mid: Floats) -> Floats:
    """Frequencies of the sharp peaks of a signal's [N] spectrum, in Hz, loudest first."""
    spectrum = np.abs(np.fft.rfft(mid * np.hanning(len(mid)), 4 * _HEARD)) ** 2
    level = 10 * np.log10(spectrum + 1e-20)
    lobe = 4 * _HEARD // len(mid)
    level = level[: round(_HIGHEST_TONE_HZ * 4 * _HEARD / SAMPLE_RATE)]
    # the middle of every third value, over twelve lobes: what lies around
    around = sliding_window_view(np.pad(level, 6 * lobe, mode="reflect"), 12 * lobe + 1)
    floor = np.median(around[::lobe, ::3], axis=1)
    sharp = level > np.repeat(floor, lobe)[: len(level)] + _PEAK_DB
    top = np.zeros(len(level), bool)
    top[1:-1] = (level[1:-1] >= level[:-2]) & (level[1:-1] > level[2:])
    places = np.flatnonzero(sharp & top & (level > level.max() - 50.0))
    places = places[np.argsort(-level[places])][:_MOST_TONES]
    return places * SAMPLE_RATE / (4.0 * _HEARD)


def _damped(samples: NDArray[np.int64], frequency: Floats, rate: Floats) -> Floats:
    """Damped cosines and sines [N, 2 M], 1 at sample 0."""
    seconds = samples[:, None] / SAMPLE_RATE
    envelope = np.exp(-np.minimum(rate, 200.0) * seconds)
    angle = 2 * np.pi * frequency * seconds
    return np.concatenate([envelope * np.cos(angle), envelope * np.sin(angle)], axis=1)


def _noise(rest: Floats, decay: Decay, length: int, rng: np.random.Generator) -> Floats:
    """Noise [JOIN + length, C] as loud in each band as what is left before the cut, falling.

    Of the sum and the difference of two channels, each on its own: as wide as it was.
    """
    parts = [rest[:, 0]] if rest.shape[1] == 1 else [rest.sum(axis=1) / 2, rest @ [0.5, -0.5]]
    made = [_noise_like(part, decay, length, rng) for part in parts]
    if rest.shape[1] == 1:
        return made[0][:, None]
    return np.stack([made[0] + made[1], made[0] - made[1]], axis=1)


def _noise_like(part: Floats, decay: Decay, length: int, rng: np.random.Generator) -> Floats:
    last = part[-_WINDOW:]
    window = np.hanning(len(last) + 1)[:-1]
    power = np.abs(np.fft.rfft(last * window, _WINDOW)) ** 2 / (window**2).sum()
    edges = band_edges()
    counts = np.diff(np.append(edges, _WINDOW // 2 + 1))
    density_db = 10 * np.log10(np.add.reduceat(power, edges) / counts + 1e-20)
    # the frame's middle lies before the cut: its level has fallen on since
    density_db -= decay.fall_db_per_s * len(last) / 2 / SAMPLE_RATE
    frames = -(-(_JOIN + length) // _HOP) + _WINDOW // _HOP
    seconds = (np.arange(frames) * _HOP + _HOP - _WINDOW // 2 - _JOIN) / SAMPLE_RATE
    levels = density_db - np.maximum(seconds, 0.0)[:, None] * decay.fall_db_per_s
    gains = np.zeros((frames, _WINDOW // 2 + 1), np.float32)
    gains[:, edges[0] :] = np.repeat(10 ** (levels / 20), counts, axis=1)
    white = rng.standard_normal((frames + 3) * _HOP, dtype=np.float32)
    hann = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    spectra = np.fft.rfft(sliding_window_view(white, _WINDOW)[::_HOP] * hann) * gains
    shaped = np.fft.irfft(spectra, _WINDOW) * hann / 1.5
    sound = np.zeros((frames + 3) * _HOP)
    for offset in range(_WINDOW // _HOP):
        block = shaped[offset :: _WINDOW // _HOP].ravel()
        sound[offset * _HOP : offset * _HOP + len(block)] += block
    return sound[_WINDOW - _HOP :][: _JOIN + length]


def _joined(audio: Array, rest: Floats, tones: Floats, noise: Floats) -> Array:
    """The hit, its rest giving way to noise over JOIN samples, its tones going on."""
    turn = 0.5 * np.pi * np.arange(1, _JOIN + 1)[:, None] / (_JOIN + 1)
    ring = tones + noise
    ring[:_JOIN] = tones[:_JOIN] + rest[-_JOIN:] * np.cos(turn) + noise[:_JOIN] * np.sin(turn)
    ended = np.concatenate([audio[:-_JOIN], ring.astype(np.float32)])
    return fade_out(ended, _ENDING * len(ring) / SAMPLE_RATE)


FADE_S: Final = 0.003
GUARD: Final = round(0.004 * SAMPLE_RATE)
"""A hit is cut so long before the next: what comes before an onset belongs to it."""
LEAST_LEFT: Final = 0.1
"""Of the amplitude in a band, at least so much is left of a hit: separation has errors."""
_TAKEN: Final = 1.3
"""How much more is taken away than is expected: noise is uneven."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Hit:
    """The sound of one event, and when it begins."""

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
    # frames whose window reaches before the onset go by the first whose does not
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
