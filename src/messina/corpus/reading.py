"""Sound files of any kind → audio at 44.1 kHz, or the reason why not.

The level is kept as it is in the file. A constant offset (DC) is taken away.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soxr

from messina.corpus.decoding import MAX_FILE_S, decode
from messina.corpus.sound import Array
from messina.errors import SoundError
from messina.units import SAMPLE_RATE

__all__ = [
    "MIN_LENGTH_S",
    "Recording",
    "prepare",
    "read_audio",
    "read_recording",
]

MIN_LENGTH_S: Final = 0.005
"""Shorter than this is not a sound: 5 ms."""

SILENCE_PEAK: Final = 2.5 / 32768
"""Peak of a file that holds nothing but the last bit's dither."""

LOUDEST_PEAK: Final = 100.0
"""+40 dBFS: beyond it the samples are not on the ±1 scale."""

_RATES_HZ: Final = (1_000, 1_000_000)


@dataclass(frozen=True, kw_only=True)
class Recording:
    """A whole file at 44.1 kHz, and what the user should know about how it was read."""

    audio: Array  # [N, C], C is 1 or 2
    remarks: tuple[str, ...] = ()


def read_audio(path: Path) -> Array:
    """The file as audio [N, C] at 44.1 kHz; raises SoundError with the reason why not."""
    return read_recording(path).audio


def read_recording(path: Path) -> Recording:
    """The file and what there is to say about it; raises SoundError with the reason why not."""
    audio, rate = decode(path)
    remarks: tuple[str, ...] = ()
    if len(audio) > MAX_FILE_S * rate:
        audio = audio[: int(MAX_FILE_S * rate)]
        remarks = (f"only the first {MAX_FILE_S / 60:.0f} min were read",)
    return Recording(audio=prepare(audio, sample_rate=rate), remarks=remarks)


def prepare(audio: Array, *, sample_rate: int) -> Array:
    """Checked, mono or stereo, without DC, at 44.1 kHz; audio is [N, C] at any rate.

    Where left and right cancel each other, the right one is turned over.

    Raises SoundError for NaN and infinity, silence, a constant, too short, an impossible rate.
    """
    low, high = _RATES_HZ
    if not low <= sample_rate <= high:
        raise SoundError(f"sample rate of {sample_rate} Hz; {low} to {high} is possible")
    if audio.size == 0:
        raise SoundError("no audio (0 samples)")
    length_ms = 1000 * len(audio) / sample_rate
    if length_ms < 1000 * MIN_LENGTH_S:
        least = f"{1000 * MIN_LENGTH_S:.0f} ms is the least"
        raise SoundError(f"too short ({len(audio)} samples, {length_ms:.2g} ms); {least}")
    _check_samples(audio)
    audio = _remove_dc(_one_or_two_channels(audio), sample_rate)
    if audio.shape[1] == 2 and _cancel(audio):
        audio = audio * np.array([1, -1], np.float32)
    if sample_rate != SAMPLE_RATE:
        audio = soxr.resample(audio, sample_rate, SAMPLE_RATE, quality="HQ")
    return np.ascontiguousarray(audio, np.float32)


def _check_samples(audio: Array) -> None:
    broken = audio.size - int(np.isfinite(audio).sum())
    if broken:
        raise SoundError(f"{broken} of {audio.size} samples are NaN or infinite")
    # column by column: numpy's reductions over a last axis of two are many times slower
    low = np.array([channel.min() for channel in audio.T])
    high = np.array([channel.max() for channel in audio.T])
    peak = float(max(-low.min(), high.max()))
    if peak > LOUDEST_PEAK:
        raise SoundError(f"peak of {peak:.3g}; audio is on the scale of ±1")
    if float((high - low).max()) > 2 * SILENCE_PEAK:
        return
    if peak > SILENCE_PEAK:
        raise SoundError(f"no sound, only a constant offset (DC) of {peak:.2g}")
    raise SoundError("silent" if peak == 0 else f"silent (peak {20 * np.log10(peak):.0f} dBFS)")


def _one_or_two_channels(audio: Array) -> Array:
    """[N, any] → [N, 1 or 2]: equal channels become one, more than two are mixed down."""
    channels = audio.shape[1]
    if channels > 2:
        audio = audio @ _surround_weights(channels)
    if audio.shape[1] == 2 and np.array_equal(audio[:, 0], audio[:, 1]):
        return audio[:, :1]
    return audio


def _cancel(audio: Array) -> bool:
    """Whether one channel's plug was soldered the wrong way round: the middle is all but silent."""
    left, right = audio[:, 0], audio[:, 1]
    return float(np.vdot(left + right, left + right)) < 1e-4 * float(np.vdot(left, left))


def _surround_weights(channels: int) -> Array:
    """Weights [C, 2] of a mix to stereo: ITU-R BS.775 for 3, 5, 6 and 8 channels.

    Other counts are rows of stereo pairs (quad, several microphones): odd left, even right.
    """
    left, right, centre, effects = (1.0, 0.0), (0.0, 1.0), (0.7071, 0.7071), (0.0, 0.0)
    behind = [(0.7071, 0.0), (0.0, 0.7071)]
    layouts = {
        3: [left, right, centre],
        5: [left, right, centre, *behind],
        6: [left, right, centre, effects, *behind],
        8: [left, right, centre, effects, *behind, *behind],
    }
    if channels in layouts:
        return np.array(layouts[channels], np.float32)
    pairs = np.array([left if i % 2 == 0 else right for i in range(channels)], np.float32)
    weights: Array = pairs / pairs.sum(axis=0)
    return weights


def _remove_dc(audio: Array, sample_rate: int) -> Array:
    """Less the offset each channel has where it is quiet.

    The plain mean will not do: that of a decaying kick is not zero, and taking it away would
    leave a step at the onset. Blocks of 20 ms are weighted by 1 / their own variance instead,
    so lead-in and tail decide, where the offset is all there is.
    """
    size = max(1, sample_rate // 50)
    if len(audio) < 2 * size:
        return audio
    offset = [_quiet_mean(channel, size) for channel in audio.T]
    return audio - np.array(offset, np.float32) if np.abs(offset).max() > 1e-5 else audio


def _quiet_mean(channel: Array, size: int) -> float:
    """Mean of a signal [N], its quietest blocks counting most."""
    blocks = np.ascontiguousarray(channel[: len(channel) // size * size]).reshape(-1, size)
    means = blocks.mean(axis=1, dtype=np.float64)
    variance = np.einsum("bn,bn->b", blocks, blocks, dtype=np.float64) / size - means**2
    weights = 1.0 / (np.maximum(variance, 0.0) + 1e-10)  # -100 dBFS
    return float((means * weights).sum() / weights.sum())
