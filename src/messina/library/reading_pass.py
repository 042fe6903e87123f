"""The first pass: files are read, cut and described, all but their names; no audio is kept."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from messina.corpus.cache import source_fingerprint
from messina.corpus.clips import Clip, read_clips
from messina.corpus.describing import steady_part
from messina.corpus.near_duplicates import OUTLINE_SIZE, compared_part, outline
from messina.corpus.pitch import Peaks, Pitch
from messina.corpus.reading import Readers
from messina.corpus.slicing import Slicing
from messina.corpus.sound import Array, LeftOut
from messina.corpus.stereo_pairs import stereo_pairs
from messina.frames.stereo import is_one_channel
from messina.library.shards import ShardFiles, write_shard
from messina.library.tasks import ClipRow, FileRow, Read, Refused, SourceFile, Written

__all__ = [
    "READ",
    "DescribedFile",
    "FileRows",
    "described",
    "key_of",
    "read_files",
    "sources_of",
]

READ: Final = "read"
KEY_BYTES: Final = 16
_NO_AUDIO: Final[Array] = np.zeros((0, 1), np.float32)


def sources_of(files: list[tuple[str, str]]) -> tuple[list[SourceFile], list[Refused]]:
    """Files with their stamps, left and right of one sound together; and those without one."""
    paths = dict(files)
    pairs = stereo_pairs(paths)
    rights = set(pairs.values())
    sources: list[SourceFile] = []
    refused: list[Refused] = []
    for name, path in files:
        if name in rights:
            continue
        try:
            own = (os.fsencode(path), _stamp(path))
            right = pairs.get(name)
            more = () if right is None else (right, os.fsencode(paths[right]), _stamp(paths[right]))
        except OSError as error:
            refused.append(Refused(name, f"unreadable ({error.strerror or error})"))
            continue
        sources.append(SourceFile(name, *own, *more))
    return sources, refused


def _stamp(path: str) -> tuple[int, int]:
    status = os.stat(path)  # noqa: PTH116
    return status.st_size, status.st_mtime_ns


def key_of(file: SourceFile, how: Slicing) -> bytes:
    """Cache key of a file: name, size and time, and how it was read."""
    parts = (file.name, file.stamp, file.right, file.right_stamp, how, _fingerprint())
    return hashlib.blake2b(msgspec.msgpack.encode(parts), digest_size=KEY_BYTES).digest()


def _fingerprint() -> str:
    return source_fingerprint("messina.corpus", "messina.library.reading_pass", "messina.units")


def read_files(task: Read, out: Path, readers: Readers) -> Written:
    """Runs the task: one row a file."""
    owner = {name: place for place, f in enumerate(task.files) for name, _ in f.files()}
    clips: dict[int, list[ClipRow]] = defaultdict(list)
    left_out: dict[int, list[Refused]] = defaultdict(list)
    peaks: dict[int, list[NDArray[np.float64]]] = defaultdict(list)
    outlines: dict[int, list[Array]] = defaultdict(list)
    files = [each for source in task.files for each in source.files()]
    for found in read_clips(files, task.how, readers=readers):
        if isinstance(found, LeftOut):
            place = owner[_file_of(found.name, owner)]
            left_out[place].append(Refused(found.name, found.reason))
            continue
        place = owner[found.file]
        clips[place].append(_row(found))
        p = found.peaks
        peaks[place].append(np.stack([p.frequency_hz, p.level_db, p.drift_cents], axis=1))
        outlines[place].append(outline(compared_part(found.audio))[None])
    every = range(len(task.files))
    rows = [
        FileRow(name=task.files[i].name, clips=tuple(clips[i]), left_out=tuple(left_out[i]))
        for i in every
    ]
    keys = b"".join(key_of(source, task.how) for source in task.files)
    arrays = {
        "keys": np.frombuffer(keys, np.uint8).reshape(-1, KEY_BYTES),
        "peaks": np.concatenate([np.zeros((0, 3)), *(each for i in every for each in peaks[i])]),
        "outlines": np.concatenate(
            [np.zeros((0, OUTLINE_SIZE), np.float32), *(x for i in every for x in outlines[i])]
        ),
        "files": np.frombuffer(msgspec.msgpack.encode(rows), np.uint8),
    }
    return Written(write_shard(out, READ, arrays), len(task.files))


def _file_of(name: str, owner: dict[str, int]) -> str:
    """The file that a name is of: its own, or that of a slice."""
    return name if name in owner else name.rpartition("#")[0]


def _row(clip: Clip) -> ClipRow:
    steady = steady_part(clip.audio)
    return ClipRow(
        name=clip.name,
        digest=clip.digest,
        samples=len(clip.audio),
        one_channel=is_one_channel(clip.audio),
        loudness_db=clip.loudness_db,
        brightness_hz=clip.brightness_hz,
        decay_s=clip.decay_s,
        peaks=len(clip.peaks.frequency_hz),
        tonal=clip.peaks.tonal,
        pitch=None if clip.pitch is None else (clip.pitch.frequency_hz, clip.pitch.confidence),
        remarks=clip.remarks,
        chunks=clip.chunks,
        steady=steady,
        steady_if_asked=steady or steady_part(clip.audio, asked=True),
        right=clip.right,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class DescribedFile:
    """One file as it was read: its row, and its clips."""

    row: FileRow
    clips: tuple[Clip, ...]
    """Without audio."""
    first: int
    """The row of the shard's outlines that is the first clip's."""


class FileRows:
    """What became of files, by where that is: shard and row. The rows of one shard are held."""

    def __init__(self, shards: ShardFiles) -> None:
        self._shards = shards
        self._held: tuple[str, tuple[FileRow, ...]] = ("", ())

    def at(self, place: tuple[str, int]) -> FileRow:
        """The row at a place. Raises CorpusError when its shard is damaged."""
        shard, row = place
        if shard != self._held[0]:
            self._held = (shard, _file_rows(self._shards, shard))
        return self._held[1][row]

    def clips(self, place: tuple[str, int]) -> list[str]:
        """The names of the clips of the file at a place."""
        return [clip.name for clip in self.at(place).clips]

    def doubles(self, places: Iterable[tuple[str, int]]) -> dict[str, str]:
        """Clips that are the same as one before them, and as which."""
        first: dict[bytes, str] = {}
        doubles = {}
        for place in places:
            for clip in self.at(place).clips:
                there = first.setdefault(bytes.fromhex(clip.digest), clip.name)
                if there != clip.name:
                    doubles[clip.name] = f"the same sound as {there}"
        return doubles


def _file_rows(shards: ShardFiles, shard: str) -> tuple[FileRow, ...]:
    """What became of the files of a shard. Raises CorpusError when it is damaged."""
    data = shards.rows(shard, "files").tobytes()
    rows: tuple[FileRow, ...] = msgspec.msgpack.decode(data, type=tuple[FileRow, ...])
    return rows


def described(shards: ShardFiles, shard: str) -> Iterator[DescribedFile]:
    """The files of a shard in order. Raises CorpusError when it is damaged."""
    rows = _file_rows(shards, shard)
    peaks = shards.rows(shard, "peaks")
    start, first = 0, 0
    for row in rows:
        clips = []
        for each in row.clips:
            clips.append(_clip(row.name, each, peaks[start : start + each.peaks]))
            start += each.peaks
        yield DescribedFile(row=row, clips=tuple(clips), first=first)
        first += len(clips)


def _clip(file: str, row: ClipRow, peaks: NDArray[np.float64]) -> Clip:
    return Clip(
        file=file,
        name=row.name,
        audio=_NO_AUDIO,
        digest=row.digest,
        loudness_db=row.loudness_db,
        brightness_hz=row.brightness_hz,
        decay_s=row.decay_s,
        peaks=Peaks(
            frequency_hz=peaks[:, 0].copy(),
            level_db=peaks[:, 1].copy(),
            drift_cents=peaks[:, 2].copy(),
            tonal=row.tonal,
        ),
        pitch=None
        if row.pitch is None
        else Pitch(frequency_hz=row.pitch[0], confidence=row.pitch[1]),
        remarks=row.remarks,
        chunks=row.chunks,
        right=row.right,
    )
