"""Audio to WAV files: 16 bit (dithered), 24 bit or float, at 44.1 or 48 kHz."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from messina.atomic import replacing
from messina.errors import InstrumentError
from messina.units import SAMPLE_RATE

__all__ = [
    "FORMATS",
    "LONGEST_FILE_S",
    "RATES",
    "SampleFormat",
    "check_finite",
    "middle",
    "resample",
    "to_int16",
    "to_int24",
    "write_wav",
    "write_wav_blocks",
]

SampleFormat: TypeAlias = Literal["16", "24", "float"]

FORMATS: Final[tuple[SampleFormat, ...]] = get_args(SampleFormat)
RATES: Final = (44_100, 48_000)

LONGEST_FILE_S: Final = 3 * 3600.0
"""A WAV file holds 4 GB at most: three hours of two channels of floats at 48 kHz."""

Audio: TypeAlias = NDArray[np.float32]

_SUBTYPES: Final = {"16": "PCM_16", "24": "PCM_24", "float": "FLOAT"}


def write_wav(
    path: Path,
    audio: Audio,
    *,
    sample_rate: int = SAMPLE_RATE,
    sample_format: SampleFormat = "24",
    seed: int = 0,
) -> None:
    """Write audio [N] or [N, C] at SAMPLE_RATE as a WAV file of this rate and format.

    The seed is that of the 16-bit dither, so that the same sound gives the same file.
    """
    check_finite(audio)
    audio = resample(audio, sample_rate)
    samples: NDArray[np.generic] = audio
    if sample_format == "16":
        samples = to_int16(audio, np.random.default_rng(seed))
    elif sample_format == "24":
        samples = to_int24(audio)
    # Through memory: a full disk is then the system's own error, which says so.
    data = io.BytesIO()
    soundfile.write(data, samples, sample_rate, _SUBTYPES[sample_format], format="WAV")
    with replacing(path) as aside:
        aside.write_bytes(data.getbuffer())


def write_wav_blocks(
    path: Path,
    blocks: Iterable[Audio],
    *,
    sample_rate: int = SAMPLE_RATE,
    sample_format: SampleFormat = "24",
    mono: bool = False,
    seed: int = 0,
) -> int:
    """The same of sound that comes in blocks [N, 2], however long; returns the frames written.

    mono: the middle of the two channels is written, as one.
    Memory holds a block at a time. When the blocks end early, the file is whole up to there.
    """
    encode = _encoder(sample_format, np.random.default_rng(seed))
    written, channels = 0, 1 if mono else 2
    with replacing(path) as aside, aside.open("wb") as file:
        file.write(_wav_header(sample_format, sample_rate, channels, 0))
        if mono:
            blocks = map(middle, blocks)
        for block in _resampled(blocks, sample_rate, channels):
            check_finite(block)
            file.write(encode(block))
            written += len(block)
        file.seek(0)
        file.write(_wav_header(sample_format, sample_rate, channels, written))
    return written


def check_finite(audio: Audio) -> None:
    """The last guard before ears and files. Raises InstrumentError for what is not finite."""
    if not np.isfinite(audio).all():
        raise InstrumentError(
            "the sound is not finite, so what makes it is damaged; nothing is written or played: "
            "learn the instrument anew or fetch it again"
        )


def middle(audio: Audio) -> Audio:
    """The one channel [N, 1] of audio [N, C] without a side."""
    mid: Audio = audio.mean(axis=1, keepdims=True, dtype=np.float32)
    return mid


def resample(audio: Audio, sample_rate: int) -> Audio:
    """Audio [N] or [N, C] at SAMPLE_RATE brought to another rate."""
    if sample_rate == SAMPLE_RATE or not len(audio):
        return audio
    resampled: Audio = soxr.resample(audio, SAMPLE_RATE, sample_rate, quality="VHQ")
    return resampled


def to_int16(audio: Audio, rng: np.random.Generator) -> NDArray[np.int16]:
    """16-bit samples with triangular dither of ±1 step; digital silence at the end stays silent.

    Ref: Lipshitz, Wannamaker & Vanderkooy (1992), "Quantization and dither".
    """
    scaled = audio.astype(np.float64) * 2**15
    sounding = _sounding(audio)
    first, second = rng.random((2, sounding, *audio.shape[1:]))
    scaled[:sounding] += first - second
    return np.clip(np.rint(scaled), -(2**15), 2**15 - 1).astype(np.int16)


def to_int24(audio: Audio) -> NDArray[np.int32]:
    """24-bit samples in the upper bits of 32, as libsndfile takes them."""
    steps = np.clip(np.rint(audio.astype(np.float64) * 2**23), -(2**23), 2**23 - 1)
    return steps.astype(np.int32) << 8


def _sounding(audio: Audio) -> int:
    """Samples up to the last that is not exact silence in every channel."""
    loud = np.nonzero(audio)[0]
    return int(loud.max()) + 1 if len(loud) else 0


def _resampled(blocks: Iterable[Audio], sample_rate: int, channels: int) -> Iterator[Audio]:
    """The blocks at another rate; what the filter holds back comes at the end."""
    if sample_rate == SAMPLE_RATE:
        yield from blocks
        return
    stream = soxr.ResampleStream(SAMPLE_RATE, sample_rate, channels, dtype="float32", quality="VHQ")
    for block in blocks:
        yield stream.resample_chunk(block)
    yield stream.resample_chunk(np.zeros((0, channels), np.float32), last=True)


def _encoder(sample_format: SampleFormat, rng: np.random.Generator) -> Callable[[Audio], bytes]:
    def encode(block: Audio) -> bytes:
        if sample_format == "float":
            return block.astype("<f4").tobytes()
        if sample_format == "16":
            return to_int16(block, rng).astype("<i2").tobytes()
        words = to_int24(block).astype("<i4").reshape(-1, 1).view(np.uint8)
        return words[:, 1:].tobytes()  # the upper three of four bytes

    return encode


def _wav_header(sample_format: SampleFormat, sample_rate: int, channels: int, frames: int) -> bytes:
    """44 bytes: RIFF, fmt, data. Ref: Microsoft and IBM (1991), RIFF WAVE."""
    pcm, floats = 1, 3
    kind, size = {"16": (pcm, 2), "24": (pcm, 3), "float": (floats, 4)}[sample_format]
    data = frames * channels * size
    form = struct.pack(
        "<HHIIHH",
        kind,
        channels,
        sample_rate,
        sample_rate * channels * size,
        channels * size,
        8 * size,
    )
    return (
        struct.pack("<4sI4s4sI", b"RIFF", 36 + data, b"WAVE", b"fmt ", len(form))
        + form
        + struct.pack("<4sI", b"data", data)
    )
