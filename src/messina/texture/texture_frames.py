"""Long recordings to texture frames, a portion at a time: memory does not grow with the hours.

Each portion is analysed with some of its surroundings, which are then cut away, so that portions
join without a seam; before its beginning and after its end a recording is mirrored.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from messina.frames.layout import HOP, PARTIAL_FLOOR, ZONES
from messina.frames.noise import NOISE_SIZE
from messina.frames.partials import PartialConfig, Peaks, find_partials, sum_sines
from messina.frames.spectrum import stft
from messina.texture.layout import (
    BANDS,
    EDGES_HZ,
    FRAME_SIZE,
    NOISE,
    OFFSETS,
    PARTIALS,
    STEREO,
    group_at,
    log_frequencies,
    noise_levels,
)
from messina.units import SAMPLE_RATE

__all__ = [
    "SHORTEST_SAMPLES",
    "analyse_texture",
    "analyse_with_residual",
    "mirrored",
    "running_mean",
]

Real = NDArray[np.float32]
Double = NDArray[np.float64]

SHORTEST_SAMPLES: Final = SAMPLE_RATE // 2
"""Less than this is no texture."""

_PORTION = 2_048  # frames: 12 s
_AROUND = 48  # frames on either side: what partials are searched and judged over, and more
_LOW_HZ = 700.0
_HIGH = PartialConfig(sharpness=1.0, lag=2, level_change=3.0)
_LOW = PartialConfig(size=4096, sharpness=1.0, lag=2, level_change=3.0)
_MOST_LEFT = 0.3  # of the power round a sinusoid: more, and there is not one but many
_JUDGED_FRAMES = 65  # 0.4 s
_STRIKING = 0.7  # ln over the mean: 6 dB; of breaks all strokes, of ambiences a tenth of the time
_HEARD_BINS = 372  # to 16 kHz
_LEAKING = 10.0  # noise 10 dB under what sinusoids have there is what they leave, no noise
_HIDDEN_BY = 3.45  # ln under the noise of one group: what an oscillator may have unheard
_HIDDEN_FRAMES = 9
_TRUST = 1.0  # ln over the hidden level at which a partial's frequency is believed
_FREQUENCY_FRAMES = 5
_STEREO_FRAMES = 65  # 0.4 s
_ZONE_EDGES_HZ = (250.0, 1_000.0, 4_000.0)
_WIDEST = 2.0
_QUIETEST = 1e-7


def analyse_texture(audio: Real) -> Real:
    """Frames [T, FRAME_SIZE] of a recording [N] or [N, C] at 44.1 kHz; T is N // HOP.

    Raises ValueError for less than SHORTEST_SAMPLES.
    """
    return analyse_with_residual(audio)[0]


def analyse_with_residual(audio: Real) -> tuple[Real, Real]:
    """Frames [T, FRAME_SIZE] and the residual without partials, of the middle channel [T * HOP].

    Raises ValueError for less than SHORTEST_SAMPLES.
    """
    if len(audio) < SHORTEST_SAMPLES:
        raise ValueError(f"{len(audio)} samples are no texture; it takes {SHORTEST_SAMPLES}")
    channels = audio.reshape(len(audio), -1)
    gain = max(float(np.sqrt(np.mean(np.square(channels, dtype=np.float64)))), _QUIETEST)
    count = len(audio) // HOP
    portions = [
        _portion(channels, start, min(_PORTION, count - start), gain)
        for start in range(0, count, _PORTION)
    ]
    frames, weights, residual = (np.concatenate(parts) for parts in zip(*portions, strict=True))
    frames[:, OFFSETS] = _settled(frames[:, OFFSETS], weights)
    frames[:, STEREO] = _image(frames[:, STEREO])
    frames[:, PARTIALS] += np.log(gain)
    frames[:, NOISE] += np.log(gain)
    residual *= np.float32(gain)
    return frames, residual


def mirrored(places: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Indices into a signal of this length that is mirrored at both ends.

    >>> mirrored(np.arange(-2, 5), 3).tolist()
    [2, 1, 0, 1, 2, 1, 0]
    """
    span = max(2 * (length - 1), 1)
    return np.abs((places + length - 1) % span - (length - 1))


def _portion(channels: Real, start: int, count: int, gain: float) -> tuple[Real, Real, Real]:
    """Frames [count, FRAME_SIZE] from frame `start` on, weights of the offsets [count, BANDS] and

    what the partials leave [count * HOP].

    In the place of the image stand the powers it is made of.
    """
    total = count + 2 * _AROUND
    places = np.arange((start - _AROUND) * HOP, (start + count + _AROUND) * HOP)
    around = channels[mirrored(places, len(channels))] / np.float32(gain)
    middle = around.mean(axis=1, dtype=np.float32)
    peaks = _oscillating(middle, total)
    tonal = sum_sines(peaks, total + 1)[: len(middle)]
    residual = middle - tonal
    noise = noise_levels(residual, _LEAKING * tonal, total)
    levels, offsets = _in_bands(peaks, total)
    hidden = running_mean(noise, _HIDDEN_FRAMES)[
        :, group_at(np.exp(log_frequencies(offsets[0] * 0)))
    ]
    hidden = hidden - np.float32(_HIDDEN_BY)
    heard = np.clip((levels - hidden) / _TRUST, 0.0, 1.0) * np.exp(levels)
    frames = np.zeros((total, FRAME_SIZE), np.float32)
    frames[:, PARTIALS] = np.maximum(levels, hidden)
    frames[:, OFFSETS] = offsets
    frames[:, NOISE] = noise
    frames[:, STEREO] = _image_powers(around, total)
    keep = slice(_AROUND, _AROUND + count)
    heard = heard[keep].astype(np.float32)
    return frames[keep], heard, residual[_AROUND * HOP : (_AROUND + count) * HOP]


def _oscillating(signal: Real, frames: int) -> Peaks:
    """The sinusoids that oscillators play: of what goes on, those that leave little round them.

    Where many lie side by side, as in a choir, a drone, a room, some stand out as peaks now and
    then; the fine spectrum of the noise holds all of them alike. Where something strikes, the noise
    of the stroke says nothing about what sounds on.
    """
    peaks = _find_peaks(signal, frames)
    left = signal - sum_sines(peaks, frames + 1)[: len(signal)]
    powers = _powers(signal, frames)
    share = _around(_powers(left, frames)) / (_around(powers) + np.float32(_QUIETEST**2))
    bins = np.rint(peaks.frequency_hz * (NOISE_SIZE / SAMPLE_RATE)).astype(np.int64)
    many = share[peaks.frame, bins] >= _MOST_LEFT
    return peaks.where(~(many & _goes_on(powers)[peaks.frame]))


def _powers(signal: Real, frames: int) -> Real:
    """[frames, NOISE_SIZE / 2 + 1]"""
    spectra = stft(signal, size=NOISE_SIZE, hop=HOP, frames=frames)
    return np.square(spectra.real) + np.square(spectra.imag)


def _around(powers: Real) -> Real:
    """Sum over three bins, mean over _JUDGED_FRAMES."""
    padded = np.pad(powers, ((0, 0), (1, 1)))
    return running_mean(padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:], _JUDGED_FRAMES)


def _goes_on(powers: Real) -> NDArray[np.bool_]:
    """Whether nothing strikes within _JUDGED_FRAMES [T]: all bins together never rise far.

    Mean log levels of all of them: of noise that stands still these hardly fluctuate.
    """
    least = np.float32(_QUIETEST) * powers.mean() + np.float32(_QUIETEST**2)
    level = 0.5 * np.log(powers[:, :_HEARD_BINS] + least).mean(axis=1)
    reach = min(_JUDGED_FRAMES // 2, len(level) - 1)
    around = sliding_window_view(np.pad(level, reach, mode="edge"), 2 * reach + 1)
    return np.asarray(around.max(axis=1) - around.mean(axis=1) < _STRIKING)


def _find_peaks(signal: Real, frames: int) -> Peaks:
    """The lasting sinusoids, in longer windows where they lie close together."""
    low = find_partials(signal, frames, _LOW)
    high = find_partials(signal, frames, _HIGH)
    low, high = low.where(low.frequency_hz < _LOW_HZ), high.where(high.frequency_hz >= _LOW_HZ)
    frame = np.concatenate([low.frame, high.frame])
    order = np.argsort(frame, kind="stable")
    return Peaks(
        frame=frame[order],
        frequency_hz=np.concatenate([low.frequency_hz, high.frequency_hz])[order],
        amplitude=np.concatenate([low.amplitude, high.amplitude])[order],
        phase=np.concatenate([low.phase, high.phase])[order],
    )


def _in_bands(peaks: Peaks, frames: int) -> tuple[Real, Double]:
    """ln amplitude of each band's peaks together, and where in it they lie, each [frames, BANDS].

    Of two partials that is nearly where the louder lies: weights are the fourth power of amplitude,
    since halfway between two partials nothing sounds.
    """
    edges = np.log(EDGES_HZ)
    log_hz = np.log(peaks.frequency_hz)
    band = np.searchsorted(edges, log_hz) - 1
    inside = (band >= 0) & (band < BANDS)
    place = peaks.frame[inside] * BANDS + band[inside]
    power = peaks.amplitude[inside] ** 2
    low, high = edges[band[inside]], edges[band[inside] + 1]
    offset = (log_hz[inside] - low) / (high - low) - 0.5
    energy = np.bincount(place, power, frames * BANDS)
    total = np.bincount(place, power**2, frames * BANDS)
    sums = np.bincount(place, power**2 * offset, frames * BANDS)
    mean = np.divide(sums, total, out=np.zeros(len(sums)), where=total > 0)  # none: of integers
    levels = np.maximum(0.5 * np.log(energy + 1e-30), PARTIAL_FLOOR).astype(np.float32)
    return levels.reshape(frames, BANDS), np.clip(mean, -0.5, 0.5).reshape(frames, BANDS)


def _settled(offsets: Real, weights: Real) -> Real:
    """Offsets [T, BANDS] smoothed by weight; where nothing sounds they drift to where it does."""
    weights = np.square(weights) + np.float32(1e-20)
    resting = (weights * offsets).sum(axis=0) / weights.sum(axis=0)
    base = np.float32(1e-3) * weights.mean(axis=0)
    sums = running_mean(weights * offsets, _FREQUENCY_FRAMES) + base * resting
    return np.asarray(sums / (running_mean(weights, _FREQUENCY_FRAMES) + base), np.float32)


def running_mean(rows: Real, frames: int) -> Real:
    """Running mean [T, D] over an odd number of frames, the ends held."""
    reach = min(frames // 2, max(len(rows) - 1, 0))
    padded = np.pad(rows, ((reach, reach), (0, 0)), mode="edge")
    return np.asarray(sliding_window_view(padded, 2 * reach + 1, axis=0).mean(axis=-1), np.float32)


def _image_powers(channels: Real, frames: int) -> Real:
    """Per zone [frames, 2 * ZONES]: what the side shares with the middle, and all of the side,

    over the middle's power.
    """
    if channels.shape[1] == 1:
        return np.zeros((frames, 2 * ZONES), np.float32)
    middle = stft(channels.mean(axis=1, dtype=np.float32), size=NOISE_SIZE, hop=HOP, frames=frames)
    side = stft(
        np.float32(0.5) * (channels[:, 1] - channels[:, 0]), size=NOISE_SIZE, hop=HOP, frames=frames
    )
    bins = np.searchsorted(np.fft.rfftfreq(NOISE_SIZE, 1 / SAMPLE_RATE), _ZONE_EDGES_HZ)
    starts = np.concatenate([[0], bins])
    own, shared, aside = (
        running_mean(np.add.reduceat(power, starts, axis=1).astype(np.float32), _STEREO_FRAMES)
        for power in (np.abs(middle) ** 2, (side * middle.conj()).real, np.abs(side) ** 2)
    )
    own = own + np.float32(1e-9) * own.max(initial=1e-9)
    return np.concatenate([shared / own, aside / own], axis=1)


def _image(powers: Real) -> Real:
    """Pan and width [T, 2 * ZONES] of these powers."""
    pan = np.clip(powers[:, :ZONES], -1.0, 1.0)
    width = np.sqrt(np.maximum(powers[:, ZONES:] - powers[:, :ZONES] ** 2, 0.0))
    return np.concatenate([pan, np.minimum(width, _WIDEST)], axis=1)
