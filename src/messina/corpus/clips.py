"""Files, or arrays, → clips: one-shots that are aligned, described and cut, but not yet named.

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np

from messina.corpus.alignment import align
from messina.corpus.chunks import Chunks, read_chunks
from messina.corpus.describing import brightness_hz, decay_s, loudness_db
from messina.corpus.levels import downmix
from messina.corpus.pitch import Peaks, Pitch, estimate_pitch, find_peaks
from messina.corpus.reading import Readers
from messina.corpus.reading import MIN_LENGTH_S
from messina.corpus.slicing import Slicing, slice_recording
from messina.corpus.sound import Array, LeftOut, content_digest
from messina.corpus.stereo_pairs import joined, stereo_pairs
from messina.errors import SoundError
from messina.progress import Progress
from messina.units import SAMPLE_RATE

__all__ = ["Clip", "clip_from", "describe", "read_clips"]

QUIETEST_SLICE: Final = 10 ** (-50 / 20)
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from messina.corpus.alignment import align
from messina.corpus.chunks import Chunks, read_chunks
from messina.corpus.describing import brightness_hz, decay_s, loudness_db
from messina.corpus.levels import downmix
from messina.corpus.pitch import Peaks, Pitch, estimate_pitch, find_peaks
from messina.corpus.reading import MIN_LENGTH_S, Readers, prepare
from messina.corpus.slicing import Slicing, slice_recording
from messina.corpus.sound import Array, LeftOut, content_digest
from messina.corpus.stereo_pairs import joined, stereo_pairs
from messina.corpus.table import Row
from messina.errors import CorpusError, SoundError
from messina.progress import Progress
from messina.units import SAMPLE_RATE

__all__ = ["Clip", "clip_from", "clip_of_array", "describe", "read_clips", "row_of_array"]

QUIETEST_SLICE: Final = 10 ** (-50 / 20)
"""Slices whose peak is this far below the recording's are its noise."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Clip:
    """One sound as it was read, measured by itself: no label, nothing compared with others yet."""

    file: str
    """The name of the file it is from."""
    name: str
    audio: Array  # [N, C]
    digest: str
    loudness_db: float
    brightness_hz: float
    decay_s: float
    peaks: Peaks
    pitch: Pitch | None
    remarks: tuple[str, ...]
    chunks: Chunks = field(default_factory=Chunks)
    """What the file says beside its audio; nothing for slices of it."""
    right: str = ""
    """The file its right channel is from, where that is another one."""


def read_clips(
    files: Sequence[tuple[str, Path]],
    how: Slicing,
    progress: Progress | None = None,
    *,
    readers: Readers | None = None,
) -> Iterator[Clip | LeftOut]:
    """The clips of all files in order, those of a few files in memory at a time.

    Left and right in two files become one clip, and the right file one that is left out.
    Processes decode, threads do the rest: transforms leave the interpreter free meanwhile.
    readers: these processes, where they are to stay; else they are started, and end.
    """
    with contextlib.ExitStack() as ended:
        own = ended.enter_context(Readers(len(files))) if readers is None else readers
        yield from _read_clips(files, how, progress, own)


def _read_clips(
    files: Sequence[tuple[str, Path]], how: Slicing, progress: Progress | None, readers: Readers
) -> Iterator[Clip | LeftOut]:
    paths = dict(files)
    pairs = stereo_pairs(paths)
    rights = set(pairs.values())
    jobs = [(file, path) for file, path in files if file not in rights]
    done = 0

    def clips_of(left: tuple[str, Path]) -> list[Clip | LeftOut]:
        right = pairs.get(left[0])
        if right is None:
            return _clips_of(readers, *left, how)
        return _clips_of_pair(readers, left, (right, paths[right]), how)

    for (file, _), clips in zip(jobs, readers.results(clips_of, jobs), strict=True):
        done += 2 if file in pairs else 1
        if progress:
            progress("reading", done, len(files))
        yield from clips


def _clips_of_pair(
    readers: Readers, left: tuple[str, Path], right: tuple[str, Path], how: Slicing
) -> list[Clip | LeftOut]:
    """One clip of two files that hold its channels; else what each file holds by itself."""
    try:
        recordings = [readers.read(path) for _, path in (left, right)]
        audio = joined(recordings[0].audio, recordings[1].audio, left[0])
        if audio is not None:
            said = recordings[0].remarks
            clip = clip_from(_beginning(audio), file=left[0], name=left[0], remarks=said)
            rest = LeftOut(name=right[0], reason=f"is the right channel of {left[0]}")
            return [replace(clip, chunks=read_chunks(left[1]), right=right[0]), rest]
    except (SoundError, OSError, MemoryError):
        pass  # which file it is, and why, is told below
    return [*_clips_of(readers, *left, how), *_clips_of(readers, *right, how)]


def _clips_of(readers: Readers, file: str, path: Path, how: Slicing) -> list[Clip | LeftOut]:
    """One bad file is one entry among those left out, whatever is wrong with it."""
    try:
        recording = readers.read(path)
        slices = slice_recording(recording.audio, how)
        if len(slices) == 1:
            whole = _beginning(slices[0])
            clip = clip_from(whole, file=file, name=file, remarks=recording.remarks)
            return [replace(clip, chunks=read_chunks(path))]
        return _clips_of_slices(slices, file, recording.remarks)
    except SoundError as error:
        return [LeftOut(name=file, reason=str(error))]
    except OSError as error:
        return [LeftOut(name=file, reason=f"unreadable ({error.strerror or error})")]
    except MemoryError:
        return [LeftOut(name=file, reason="more than there is memory for; cut it into parts")]


def _beginning(audio: Array) -> Array:
    """The first minute of a long recording, where it sounds: no more can become of it."""
    minute = audio[: 60 * SAMPLE_RATE]
    if len(minute) < len(audio) and np.abs(minute).max() > 0.03 * np.abs(audio).max():
        return minute
    return audio


def _clips_of_slices(
    slices: list[Array], file: str, remarks: tuple[str, ...]
) -> list[Clip | LeftOut]:
    loudest = max(float(np.abs(part).max()) for part in slices)
    clips: list[Clip | LeftOut] = []
    for number, part in enumerate(slices, start=1):
        name = f"{file}#{number:03d}"
        try:
            if float(np.abs(part).max()) < QUIETEST_SLICE * loudest:
                raise SoundError("nothing but the recording's noise")
            clips.append(clip_from(part, file=file, name=name, remarks=remarks))
        except SoundError as error:
            clips.append(LeftOut(name=name, reason=str(error)))
    return clips


def clip_from(audio: Array, *, file: str, name: str, remarks: tuple[str, ...] = ()) -> Clip:
    """Aligns audio [N, C] and measures it. Raises SoundError when nothing is left but a click."""
    aligned, cut = align(audio)
    if len(aligned) < MIN_LENGTH_S * SAMPLE_RATE:
        length_ms = 1000 * len(aligned) / SAMPLE_RATE
        raise SoundError(f"too short without the silence around it ({length_ms:.1f} ms)")
    return describe(aligned, file=file, name=name, remarks=(*remarks, *cut))


def describe(audio: Array, *, file: str, name: str, remarks: tuple[str, ...] = ()) -> Clip:
    """The clip of audio [N, C] whose onset is at sample 0 already."""
    mid = downmix(audio)
    decay = decay_s(mid)
    peaks = find_peaks(mid, decay_s=decay)
    return Clip(
        file=file,
        name=name,
        audio=audio,
        digest=content_digest(audio),
        loudness_db=loudness_db(mid),
        brightness_hz=brightness_hz(mid),
        decay_s=decay,
        peaks=peaks,
        pitch=estimate_pitch(peaks),
        remarks=remarks,
    )


def clip_of_array(index: int, audio: ArrayLike, sample_rate: int) -> Clip | LeftOut:
    """The clip of an array [N] or [N, C], named by its place in the list."""
    name = f"{index:04d}"
    try:
        samples = prepare(_as_audio(np.asarray(audio)), sample_rate=sample_rate)
        return clip_from(samples, file=name, name=name)
    except SoundError as error:
        return LeftOut(name=name, reason=str(error))


def _as_audio(array: NDArray[Any]) -> Array:
    """[N] or [N, C] of any number as float32 [N, C]."""
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2:
        raise SoundError(f"an array of shape {array.shape}; [N] or [N, C] is possible")
    if array.shape[1] > 64:
        raise SoundError(
            f"{array.shape[1]} channels; arrays are [N, C], perhaps this one is [C, N]"
        )
    if array.dtype.kind == "f":
        return array.astype(np.float32)
    if array.dtype.kind == "i":
        return (array / -float(np.iinfo(array.dtype).min)).astype(np.float32)
    if array.dtype == np.uint8:
        return ((array.astype(np.float32) - 128) / 128).astype(np.float32)
    raise SoundError(f"an array of {array.dtype}; float or integer samples are possible")


def row_of_array(index: int, given: Mapping[str, Sequence[Any] | None]) -> Row:
    """The caller's label, note and velocity of an array as a row of the table.

    Raises CorpusError for a note or velocity that is not possible.
    """
    columns = {"labels": "label", "notes": "note", "velocities": "velocity"}
    values = {columns[what]: each[index] for what, each in given.items() if each is not None}
    return Row(
        name=f"{index:04d}",
        columns=frozenset(values),
        label=str(values["label"]).strip() or None if "label" in values else None,
        note=_within("note", values.get("note"), 0, 127),
        velocity=_within("velocity", values.get("velocity"), 1, 127),
    )


def _within(what: str, value: float | None, low: float, high: float) -> float | None:
    if value is None or low <= value <= high:
        return None if value is None else float(value)
    raise CorpusError(f"a {what} of {value}; {low} to {high} or None is possible")
