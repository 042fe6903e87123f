"""Sound files of any kind → audio at 44.1 kHz, or the reason why not.

The level is kept as it is in the file. A constant offset (DC) is taken away. A file is surveyed
block by block, then what the survey found is put right and the rate is changed: of a long one,
block by block as well, so that memory holds no more than what comes out.

Many files are read by processes that may die, as a damaged file can crash a decoder or make it ask
for more memory than there is. Then one process is gone and one file left out. In: the bytes of a
path. Out: MessagePack of `Decoded` or `Refused`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import soxr

from messina.corpus.audio_decoding import Source, check_rate, open_source
from messina.corpus.sound import Array
from messina.corpus.surveying import SILENCE_PEAK, Survey
from messina.errors import SoundError
from messina.process_pool import ChildGoneError, ProcessPool, available_cores
from messina.units import SAMPLE_RATE

__all__ = [
    "MIN_LENGTH_S",
    "SILENCE_PEAK",
    "Decoded",
    "Readers",
    "Recording",
    "Refused",
    "prepare",
    "read_audio",
    "read_recording",
]


MIN_LENGTH_S: Final = 0.005
"""Shorter than this is not a sound: 5 ms."""

_HELD_SAMPLES: Final = 2**23
"""Frames × channels that are kept as they were decoded; more is decoded a second time."""


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
    try:
        with open_source(path) as source:
            return _recording(source)
    except SoundError:
        raise
    except OSError as error:
        raise SoundError(f"unreadable ({error.strerror or error})") from error
    except MemoryError as error:
        raise SoundError("more than there is memory for; cut it into shorter files") from error
    except (RuntimeError, ValueError, ArithmeticError) as error:
        # what a decoder raises that no table of reasons foresees
        raise SoundError("damaged in a way that cannot be read; re-save it as WAV") from error


def prepare(audio: Array, *, sample_rate: int) -> Array:
    """Checked, mono or stereo, without DC, at 44.1 kHz; audio is [N, C] at any rate.

    Where left and right cancel each other, the right one is turned over.

    Raises SoundError for NaN and infinity, silence, a constant, too short, an impossible rate.
    """
    check_rate(sample_rate)
    if audio.size == 0:
        raise SoundError("no audio (0 samples)")
    survey = Survey(rate_hz=sample_rate, channels=audio.shape[1])
    mixed = survey.add(audio)
    _check_length(survey.frames, sample_rate)
    corrections = survey.corrections()
    if corrections.full_scale != 1:
        raise SoundError(f"peak of {np.abs(audio).max():.3g}; audio is on the scale of ±1")
    return _resampled(corrections.applied(mixed), sample_rate)


def _recording(source: Source) -> Recording:
    survey = Survey(rate_hz=source.rate_hz, channels=source.channels)
    held: list[Array] | None = []
    for block in source.decode():
        mixed = survey.add(block)
        if held is not None:
            held.append(mixed)
            if survey.frames * source.channels > _HELD_SAMPLES:
                held = None
    if survey.frames == 0:
        raise SoundError("no audio (0 samples)")
    _check_length(survey.frames, source.rate_hz)
    corrections = survey.corrections()
    remarks = [*source.remarks, *corrections.remarks]
    if source.channels > 2:
        remarks.append(f"{source.channels} channels, mixed to stereo")
    frames = min(survey.frames, source.most_frames)
    if survey.frames > source.most_frames:
        minutes = source.most_frames / source.rate_hz / 60
        remarks.append(f"only the first {minutes:.3g} min were read")
    if held is not None:
        whole = np.concatenate(held)
        del held
        audio = _resampled(corrections.applied(whole[:frames]), source.rate_hz)
    else:
        blocks = (survey.mixed(block) for block in source.decode())
        corrected = (corrections.applied(block) for block in _first(blocks, frames))
        audio = _streamed(corrected, source.rate_hz, frames, channels=corrections.channels)
    return Recording(audio=audio, remarks=tuple(remarks))


def _check_length(frames: int, rate_hz: int) -> None:
    length_ms = 1000 * frames / rate_hz
    if length_ms < 1000 * MIN_LENGTH_S:
        least = f"{1000 * MIN_LENGTH_S:.0f} ms is the least"
        raise SoundError(f"too short ({frames} samples, {length_ms:.2g} ms); {least}")


def _first(blocks: Iterable[Array], frames: int) -> Iterator[Array]:
    """So many frames [N, C] of blocks."""
    for block in blocks:
        if frames <= 0:
            return
        yield block[:frames]
        frames -= len(block)


def _resampled(audio: Array, rate_hz: int) -> Array:
    """Audio [N, C] at 44.1 kHz."""
    if rate_hz != SAMPLE_RATE:
        audio = soxr.resample(audio, rate_hz, SAMPLE_RATE, quality="HQ")
    return np.ascontiguousarray(audio, np.float32)


def _streamed(blocks: Iterable[Array], rate_hz: int, frames: int, *, channels: int) -> Array:
    """Blocks at 44.1 kHz, of so many frames in all, into an array that has room for them."""
    audio = np.empty((frames * SAMPLE_RATE // rate_hz + 4_096, channels), np.float32)
    stream = None
    if rate_hz != SAMPLE_RATE:
        stream = soxr.ResampleStream(rate_hz, SAMPLE_RATE, channels, dtype="float32", quality="HQ")
    length = 0

    def put(part: Array) -> None:
        nonlocal length
        part = part[: len(audio) - length]
        audio[length : length + len(part)] = part
        length += len(part)

    for block in blocks:
        put(block if stream is None else stream.resample_chunk(np.ascontiguousarray(block)))
    if stream is not None:
        put(stream.resample_chunk(np.zeros((0, channels), np.float32), last=True))
    return audio[:length]


_DECODER: Final = "messina.corpus.decoder"
_WORTH_ANOTHER: Final = 16
"""Files that are read before another process has started."""


class Decoded(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A reader process's answer: a file at 44.1 kHz."""

    samples: memoryview
    """float32 [N, channels]."""
    channels: int
    remarks: tuple[str, ...]


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A reader process's answer: why a file cannot be used."""

    reason: str


class Readers(ProcessPool):
    """Processes that read files, for work in threads; use it as a context."""

    def __init__(self, files: int, *, cores: int | None = None) -> None:
        """files: how many will be read; cores: on so many, by default on all there are."""
        threads = cores or available_cores()
        most = min(threads, 1 + files // _WORTH_ANOTHER)
        super().__init__(_DECODER, most=most, threads=threads)

    def read(self, path: Path) -> Recording:
        """The file and what there is to say about it; raises SoundError with the reason why not."""
        try:
            answer = self.ask(os.fsencode(path))
        except ChildGoneError:
            reason = "its decoder crashed or ran out of memory; re-save it as WAV"
            raise SoundError(reason) from None
        except OSError:  # the system has no place for another process
            return read_recording(path)
        reply = msgspec.msgpack.decode(answer, type=Decoded | Refused)
        if isinstance(reply, Refused):
            raise SoundError(reply.reason)
        audio = np.frombuffer(reply.samples, np.float32).reshape(-1, reply.channels)
        return Recording(audio=audio, remarks=reply.remarks)
