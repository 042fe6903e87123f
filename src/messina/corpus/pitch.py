"""Pitch of one-shots: of harmonic tones, and of bars, bells and tines that are not harmonic.

A decaying tone is a few sharp spectral peaks. Each strong peak, and each whole fraction of it, is
tried as the fundamental; the one wins that explains most peaks by its multiples, without gaps
among the low ones, and is itself there. For a bar that is the lowest strong mode; for a string
with a weak fundamental the common divisor. Drums have peaks too, but they glide, are spread over
noise or fit no series: those are unpitched.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.units import SAMPLE_RATE

__all__ = [
    "Peaks",
    "Pitch",
    "dominant_hz",
    "estimate_pitch",
    "explained_share",
    "find_peaks",
    "is_near_peak",
    "pitch_candidates",
    "pitch_near",
]

Floats = NDArray[np.float64]

LOWEST_HZ: Final = 26.0
HIGHEST_HZ: Final = 4_500.0
"""Range of fundamentals: A0 and a little below … C8 and a little above."""

TOP_HZ: Final = 12_000.0
RANGE_DB: Final = 50.0
ABOVE_FLOOR_DB: Final = 14.0
MAX_PEAKS: Final = 40

SPANS_SAMPLES: Final = (2_048, 3_072, 4_096, 6_144, 8_192, 12_288, 16_384, 24_576, 32_768)
"""What is looked at, by how long it sounds: 46 ms … 0.74 s."""
SETTLE_SAMPLES: Final = round(0.012 * SAMPLE_RATE)
"""The strike itself is skipped."""

DOMINANT_TONAL: Final = 0.6
STEADY_CENTS: Final = 20.0
"""A drum's lowest mode glides by more."""

_DISTINCT_CENTS: Final = 60.0
"""Candidates nearer to each other are one pitch."""

_LOBE: Final = 2.0
"""Half the width of a Hann window's main lobe, in bins of the unpadded spectrum."""
_PADDING: Final = 2


@dataclass(frozen=True, kw_only=True)
class Peaks:
    """The sharp peaks of a sound's spectrum, loudest first, K of them."""

    frequency_hz: Floats  # [K]
    level_db: Floats  # [K], re the loudest
    drift_cents: Floats  # [K], from the first half of the span to the second
    tonal: float
    """Share of the energy that lies in the peaks, 0 … 1."""


@dataclass(frozen=True, kw_only=True)
class Pitch:
    """A pitch in Hz, and how sure it is."""

    frequency_hz: float
    confidence: float
    """0 … 1; from about 0.6 on it can be relied on."""


def find_peaks(mid: NDArray[np.float32], *, decay_s: float) -> Peaks:
    """Peaks of the part after the strike of a signal [N], as long as it sounds."""
    span = _sounding_part(mid, decay_s)
    power = _power_spectrum(span, len(span) * _PADDING)
    bin_hz = SAMPLE_RATE / (len(span) * _PADDING)
    places = _local_maxima(power, bin_hz)
    if len(places) == 0:
        empty = np.zeros(0)
        return Peaks(frequency_hz=empty, level_db=empty, drift_cents=empty, tonal=0.0)
    places = places[np.argsort(-power[places])][:MAX_PEAKS]
    frequency = (places + _vertex(power, places)) * bin_hz
    return Peaks(
        frequency_hz=frequency,
        level_db=10 * np.log10(power[places] / power[places[0]]),
        drift_cents=_drift_cents(span, frequency),
        tonal=_share_in(power, places, bin_hz),
    )


def _sounding_part(mid: NDArray[np.float32], decay_s: float) -> NDArray[np.float32]:
    head = mid[: 2 * SPANS_SAMPLES[-1]]
    blocks = np.square(head[: len(head) // 256 * 256]).reshape(-1, 256)
    peak = int(np.argmax(blocks.mean(axis=1))) * 256 if len(blocks) else 0
    wanted = min(0.7 * decay_s * SAMPLE_RATE, len(mid))
    length = max((span for span in SPANS_SAMPLES if span <= wanted), default=SPANS_SAMPLES[0])
    start = max(0, min(peak + SETTLE_SAMPLES, len(mid) - length))
    part = mid[start : start + length]
    return np.pad(part, (0, length - len(part)))


@cache
def _window(length: int) -> NDArray[np.float32]:
    return np.hanning(length + 1)[:-1].astype(np.float32)


def _power_spectrum(span: NDArray[np.float32], length: int) -> Floats:
    """Power [length / 2 + 1] of a signal [N] in a Hann window, padded to a length.

    Less its own mean: what is left of an offset must not hide low tones.
    """
    spectrum = np.fft.rfft((span - span.mean()) * _window(len(span)), length)
    return np.square(np.abs(spectrum), dtype=np.float64) + 1e-20


def _local_maxima(power: Floats, bin_hz: float) -> NDArray[np.int64]:
    """Bins that stand out from their neighbours, from the loudest and from the noise around."""
    low, high = max(1, int(LOWEST_HZ / bin_hz)), min(len(power) - 2, int(TOP_HZ / bin_hz))
    middle = power[low:high]
    is_peak = (middle >= power[low - 1 : high - 1]) & (middle > power[low + 1 : high + 1])
    places = np.flatnonzero(is_peak) + low
    if len(places) == 0:
        return places
    places = places[power[places] > power[places].max() * 10 ** (-RANGE_DB / 10)]
    floor = _noise_floor(power, bin_hz)[places]
    return np.asarray(places[power[places] > floor * 10 ** (ABOVE_FLOOR_DB / 10)])


def _noise_floor(power: Floats, bin_hz: float) -> Floats:
    """Median of the power around each bin, in stretches of about 350 Hz."""
    size = max(16, round(350.0 / bin_hz))
    count = len(power) // size
    medians = np.median(power[: count * size].reshape(count, size), axis=1)
    centres = (np.arange(count) + 0.5) * size
    return np.asarray(np.interp(np.arange(len(power)), centres, medians))


def _vertex(power: Floats, places: NDArray[np.int64]) -> Floats:
    """Where a parabola through the log power of three bins is highest, -0.5 … 0.5 bins."""
    left, middle, right = (np.log(power[places + step]) for step in (-1, 0, 1))
    curve = left - 2 * middle + right
    return np.clip(0.5 * (left - right) / np.where(curve < 0, curve, -1.0), -0.5, 0.5)


def _drift_cents(span: NDArray[np.float32], frequency: Floats) -> Floats:
    """How far each peak [K] moves from the first half of the span to the second."""
    half = len(span) // 2
    early, late = (_frequency_in(part, frequency) for part in (span[:half], span[half:]))
    return np.asarray(1200 * np.log2(late / early))


def _frequency_in(part: NDArray[np.float32], frequency: Floats) -> Floats:
    """Exact frequency in a part [N] of the peaks found in the whole, each within a lobe."""
    padded = len(part) * _PADDING
    power = _power_spectrum(part, padded)
    reach = int(1.25 * padded / len(part))
    around = np.rint(frequency * padded / SAMPLE_RATE).astype(np.int64)[:, None]
    bins = np.clip(around + np.arange(-reach, reach + 1), 1, len(power) - 2)
    places = np.take_along_axis(bins, power[bins].argmax(axis=1)[:, None], axis=1)[:, 0]
    return (places + _vertex(power, places)) * SAMPLE_RATE / padded


def _share_in(power: Floats, places: NDArray[np.int64], bin_hz: float) -> float:
    reach = int(np.ceil(_LOBE * _PADDING))
    bins = np.unique(np.clip(places[:, None] + np.arange(-reach, reach + 1), 0, len(power) - 1))
    share = power[bins].sum() / power[int(LOWEST_HZ / bin_hz) :].sum()
    return min(1.0, float(share))  # the lobe of a low peak reaches below the lowest frequency


def estimate_pitch(peaks: Peaks) -> Pitch | None:
    """The pitch of a tone, or None where nothing comes near to one."""
    if len(peaks.frequency_hz) == 0:
        return None
    candidates = _candidates(peaks)
    if len(candidates) == 0:
        return None
    scores = np.array([_score(peaks, f0) for f0 in candidates])
    best = float(candidates[int(scores.argmax())])
    fits = explained_share(peaks, best)
    confidence = peaks.tonal * fits * _steadiness(peaks, best)
    return Pitch(frequency_hz=_refined(peaks, best), confidence=float(confidence))


def pitch_candidates(peaks: Peaks, most: int) -> list[float]:
    """What may be the pitch, in Hz, likeliest first, each over half a semitone from the others.

    Of a bell several are as good as each other by its partials alone: which one is its note is
    a convention that only other sounds of its kind can tell.
    """
    candidates = _candidates(peaks)
    likeliest = np.argsort([-_score(peaks, f0) for f0 in candidates], kind="stable")
    chosen: list[float] = []
    for f0 in candidates[likeliest]:
        if all(abs(1200 * np.log2(f0 / other)) > _DISTINCT_CENTS for other in chosen):
            chosen.append(float(f0))
    return [_refined(peaks, f0) for f0 in chosen[:most]]


def dominant_hz(peaks: Peaks) -> float | None:
    """The lowest strong partial where it is also the loudest and stays; None elsewhere.

    Of bars and tines whose upper partials fit no series this is the pitch; of bells it is not,
    for they have strong partials below the loudest.
    """
    if len(peaks.frequency_hz) == 0 or peaks.tonal < DOMINANT_TONAL:
        return None
    strong = np.flatnonzero(peaks.level_db > -25.0)
    lowest = strong[int(np.argmin(peaks.frequency_hz[strong]))]
    loud = peaks.level_db[lowest] > -1.0 and abs(peaks.drift_cents[lowest]) < STEADY_CENTS
    return float(peaks.frequency_hz[lowest]) if loud else None


def _candidates(peaks: Peaks) -> Floats:
    strong = peaks.frequency_hz[peaks.level_db > -30.0][:8]
    fractions = np.concatenate([strong / divisor for divisor in range(1, 6)])
    return fractions[(fractions > LOWEST_HZ) & (fractions < HIGHEST_HZ)]


def _multiples(peaks: Peaks, f0: float) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The multiple of f0 nearest to each peak [K], and whether it is within half a semitone.

    Strings stretch their upper partials, so the tolerance is wide; below an eighth of f0 off
    it is narrower for multiples so high that everything would fit.
    """
    multiple = np.maximum(np.rint(peaks.frequency_hz / f0), 1).astype(np.int64)
    cents = np.abs(1200 * np.log2(peaks.frequency_hz / (multiple * f0)))
    return multiple, cents < np.minimum(45.0, 200.0 / multiple)


def _weights(peaks: Peaks) -> Floats:
    """How much each peak [K] counts: 1 for the loudest, 0 from 45 dB below it."""
    return np.maximum(0.0, 1 + peaks.level_db / 45.0)


def explained_share(peaks: Peaks, f0: float) -> float:
    """Share of the energy of the peaks that are multiples of f0, or far above it."""
    _, fits = _multiples(peaks, f0)
    energy = 10 ** (peaks.level_db / 10)
    return float(energy[fits].sum() / energy.sum())


def _score(peaks: Peaks, f0: float) -> float:
    multiple, fits = _multiples(peaks, f0)
    weights = _weights(peaks)
    explained = weights[fits].sum() / weights.sum()
    present = np.unique(multiple[fits & (multiple <= 8)])
    gapless = len(present) / present[-1] if len(present) else 0.0
    fundamental = weights[fits & (multiple == 1)].max(initial=0.0)
    return float(explained * (0.5 + 0.5 * gapless) + 0.3 * fundamental)


def _steadiness(peaks: Peaks, f0: float) -> float:
    """1 for a tone that stays, 0 for one that glides by 40 cents and more."""
    multiple, fits = _multiples(peaks, f0)
    kept = fits & (multiple <= 6)
    if not kept.any():
        return 0.0
    energy = 10 ** (peaks.level_db[kept] / 10)
    drift = float((np.abs(peaks.drift_cents[kept]) * energy).sum() / energy.sum())
    return float(np.clip(1.5 - drift / 30.0, 0.0, 1.0))


def _refined(peaks: Peaks, f0: float) -> float:
    """The fundamental as it sounds: the partial itself, or by its lowest strong multiples."""
    multiple, fits = _multiples(peaks, f0)
    for highest in (1, 2, 4, 8):
        kept = fits & (multiple <= highest) & (peaks.level_db > -35.0)
        if kept.any():
            energy = 10 ** (peaks.level_db[kept] / 20)
            each = peaks.frequency_hz[kept] / multiple[kept]
            return float((each * energy).sum() / energy.sum())
    return f0


def pitch_near(peaks: Peaks, frequency_hz: float, *, within_cents: float = 60.0) -> float | None:
    """The measured pitch next to a given one, or None when there is nothing there.

    The partial itself counts. Where it is missing, its 2nd and 3rd multiples do together: they
    make a fundamental be heard that is not there. One multiple alone is another pitch.
    """
    multiples = [
        _partial_near(peaks, multiple, frequency_hz, within_cents) for multiple in (1, 2, 3)
    ]
    fundamental, second, third = multiples
    if fundamental is not None:
        return fundamental
    return second if second is not None and third is not None else None


def _partial_near(
    peaks: Peaks, multiple: int, frequency_hz: float, within_cents: float
) -> float | None:
    """The pitch of which the loudest peak there is a multiple, or None."""
    each = peaks.frequency_hz / multiple
    cents = np.abs(1200 * np.log2(each / frequency_hz))
    kept = np.flatnonzero((cents < within_cents) & (peaks.level_db > -40.0))
    return float(each[kept[0]]) if len(kept) else None  # peaks come loudest first


def is_near_peak(peaks: Peaks, frequency_hz: float) -> bool:
    """Whether the sound has a strong partial at this pitch, in any octave from -2 to +2."""
    strong = peaks.frequency_hz[peaks.level_db > -20.0]
    octaves = np.log2(strong / frequency_hz)
    off_cents = 1200 * np.abs(octaves - np.rint(octaves))
    return bool(((off_cents < 60.0) & (np.abs(octaves) < 2.5)).any())
