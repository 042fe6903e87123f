"""Audio to WAV files: 16 bit (dithered), 24 bit or float, at 44.1 or 48 kHz."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import IO, Any, Final, Literal, TypeAlias, get_args

import numpy as np
import soxr
from numpy.typing import NDArray

from messina.atomic import replacing
from messina.errors import InstrumentError, SoundError
from messina.riff import append_info, info_in
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
_HEADER: Final = 128  # bytes in which all chunks before the samples are


def write_wav(
    path: Path,
    audio: Audio,
    *,
    sample_rate: int = SAMPLE_RATE,
    sample_format: SampleFormat = "24",
    seed: int = 0,
    info: Mapping[str, str] | None = None,
) -> None:
    """Write audio [N] or [N, C] at SAMPLE_RATE as a WAV file of this rate and format.

    The seed is that of the 16-bit dither, so that the same sound gives the same file. info: texts
    of its LIST INFO, by identifier.
    """
    audio = resample(audio[:, None] if audio.ndim == 1 else audio, sample_rate)
    data = io.BytesIO()  # whole before there is any file
    _encode(data, [audio], sample_rate, sample_format, channels=audio.shape[1], seed=seed)
    if info:
        append_info(data, info)
    with replacing(path, check=partial(_check_info, info=info or {})) as aside:
        aside.write_bytes(data.getbuffer())


def write_wav_blocks(
    path: Path,
    blocks: Iterable[Audio],
    *,
    sample_rate: int = SAMPLE_RATE,
    sample_format: SampleFormat = "24",
    mono: bool = False,
    seed: int = 0,
    info: Mapping[str, str] | None = None,
) -> int:
    """Writes sound that comes in blocks [N, 2], however long; returns the frames written.

    mono: the middle of the two channels is written, as one. Otherwise as `write_wav`. Memory holds
    a block at a time. When the blocks end early, the file is whole up to there.
    """
    channels = 1 if mono else 2
    if mono:
        blocks = map(middle, blocks)
    blocks = _resampled(blocks, sample_rate, channels)
    check = partial(_check_info, info=info or {})
    with replacing(path, check=check) as aside, aside.open("w+b") as file:
        frames = _encode(file, blocks, sample_rate, sample_format, channels=channels, seed=seed)
        if info:
            append_info(file, info)
    return frames


def _check_info(path: Path, *, info: Mapping[str, str]) -> None:
    """Reads the texts of a file again. Raises SoundError."""
    if info_in(path) != dict(info):
        raise SoundError("the texts written into the file are not those that are read from it")


def check_finite(audio: Audio) -> None:
    """The last guard before ears and files. Raises InstrumentError for what is not finite."""
    if not np.isfinite(audio).all():
        raise InstrumentError(
            "the sound is not finite, so what makes it is damaged; nothing is written or played: "
            "learn the instrument anew or fetch it again"
        )


def middle(audio: Audio) -> Audio:
    """The middle channel [N, 1] of audio [N, C]: the mean of the channels."""
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


def _encode(
    file: IO[bytes],
    blocks: Iterable[Audio],
    sample_rate: int,
    sample_format: SampleFormat,
    *,
    channels: int,
    seed: int,
) -> int:
    """Writes a WAV file of blocks [N, C] at this rate, and returns the frames written."""
    import soundfile  # what only gives instruments to a page writes none

    rng = np.random.default_rng(seed)
    sink = _Sink(file)
    with (
        sink.errors(),
        soundfile.SoundFile(
            sink, "w", sample_rate, channels, _SUBTYPES[sample_format], format="WAV"
        ) as sound,
    ):
        for block in blocks:
            check_finite(block)
            sound.write(_samples(block, sample_format, rng))
        frames: int = sound.frames
    _undate(file)
    return frames


def _samples(block: Audio, sample_format: SampleFormat, rng: np.random.Generator) -> NDArray[Any]:
    if sample_format == "16":
        return to_int16(block, rng)
    return to_int24(block) if sample_format == "24" else block


class _Sink:
    """A file for libsndfile, which does not hand on what the system says: the disk is full."""

    def __init__(self, file: IO[bytes]) -> None:
        self._error: OSError | None = None
        self.seek, self.tell, self.read = file.seek, file.tell, file.read
        self._write = file.write

    def write(self, data: bytes) -> int:
        try:
            return self._write(data)
        except OSError as error:
            self._error = self._error or error
            return 0

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Raises what the system said, instead of what was made of it."""
        import soundfile

        try:
            yield
        except (AssertionError, soundfile.LibsndfileError):
            if self._error is None:
                raise
        if self._error is not None:
            raise self._error


def _undate(file: IO[bytes]) -> None:
    """The same sound is the same file: libsndfile dates the PEAK chunk of floats."""
    file.seek(0)
    at = file.read(_HEADER).find(b"PEAK")
    if at >= 0:
        file.seek(at + 12)  # its name, size and version
        file.write(bytes(4))
