"""The second pass: names, notes, velocities and takes, read by comparison within a part.

A part is some thousand neighbours in the order of their names, so what this holds in memory does
not grow with the library. Of a library that is one part all is as `Corpus.from_folder` finds it.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from messina.corpus.assembling import Measured, assemble
from messina.corpus.cache import source_fingerprint
from messina.corpus.clips import Clip, read_clips
from messina.corpus.near_duplicates import OUTLINE_SIZE, compared_part, near_duplicates_of
from messina.corpus.reading import Readers
from messina.corpus.selection import names_of, unwanted
from messina.corpus.sound import Array, Sound
from messina.library.reading_pass import DescribedFile, described
from messina.library.shards import ShardFiles, write_shard
from messina.library.tasks import ClipRow, Name, NamedSound, NamedSounds, Refused, Written, encoded

__all__ = ["NAMED", "key_of_part", "name_part", "named_sounds", "parts_of"]

NAMED: Final = "names"
_STARTS: Final = 256
"""Beginnings of sounds that are kept for comparison: 16 MB, all of one leaf of neighbours."""


def parts_of(names: list[str], most: int) -> list[list[str]]:
    """Names in parts of so many at most: whole folders, where these are not larger."""
    parts: list[list[str]] = [[]]
    for _, own in itertools.groupby(names, key=lambda name: name.rpartition("/")[0]):
        folder = list(own)
        if len(parts[-1]) + len(folder) > most and parts[-1]:
            parts.append([])
        for start in range(0, len(folder), most):
            if start:
                parts.append([])
            parts[-1] += folder[start : start + most]
    return parts


def key_of_part(task: Name) -> bytes:
    """Cache key of a task's result."""
    code = source_fingerprint("messina.corpus", "messina.library.naming_pass", "messina.units")
    return hashlib.blake2b(encoded(task) + code.encode(), digest_size=16).digest()


def name_part(task: Name, out: Path, readers: Readers) -> Written:
    """Runs the task: names the sounds of one part."""
    kept: list[tuple[Clip, ClipRow]] = []
    left_out: list[Refused] = []
    rows = {row.name: row for row in task.rows}
    with contextlib.closing(ShardFiles(out)) as shards:
        places: list[tuple[str, int]] = []
        for (shard, _), file in zip(task.read, _files(task, shards), strict=True):
            left_out += file.row.left_out
            for place, (clip, row) in enumerate(zip(file.clips, file.row.clips, strict=True)):
                reason = task.refused.get(clip.name) or unwanted(rows.get(clip.name))
                if reason:
                    left_out.append(Refused(clip.name, reason))
                else:
                    kept.append((clip, row))
                    places.append((shard, file.first + place))
        outlines = _outlines(places, shards)
    clips = [clip for clip, _ in kept]
    named = names_of(task.names, clips, root=task.root)
    starts = _Starts(task, clips, readers)
    sounds, remarks = assemble(
        clips,
        [named[clip.file] for clip in clips],
        [rows.get(clip.name) for clip in clips],
        Measured(
            steady=[row.steady for _, row in kept],
            asked=lambda index: kept[index][1].steady_if_asked,
            takes=near_duplicates_of(outlines, starts),
        ),
    )
    found = NamedSounds(
        sounds=tuple(_named(s, *pair) for s, pair in zip(sounds, kept, strict=True)),
        left_out=tuple(left_out),
        remarks=tuple(remarks),
    )
    arrays = {
        "key": np.frombuffer(key_of_part(task), np.uint8),
        "sounds": np.frombuffer(msgspec.msgpack.encode(found), np.uint8),
    }
    return Written(write_shard(out, NAMED, arrays), len(sounds))


def named_sounds(shards: ShardFiles, shard: str) -> NamedSounds:
    """The sounds in a shard of names. Raises CorpusError when it is damaged."""
    return msgspec.msgpack.decode(shards.rows(shard, "sounds").tobytes(), type=NamedSounds)


def _files(task: Name, shards: ShardFiles) -> list[DescribedFile]:
    """What was read of the task's files, in their order."""
    places: dict[str, dict[int, int]] = {}
    for index, (shard, row) in enumerate(task.read):
        places.setdefault(shard, {})[row] = index
    found: dict[int, DescribedFile] = {}
    for shard, rows in places.items():
        for row, file in enumerate(described(shards, shard)):
            if row in rows:
                found[rows[row]] = file
    return [found[index] for index in range(len(task.read))]


def _outlines(places: Sequence[tuple[str, int]], shards: ShardFiles) -> NDArray[np.float32]:
    """The outlines at these rows of shards [len(places), OUTLINE_SIZE]; a shard's at a time."""
    outlines = np.empty((len(places), OUTLINE_SIZE), np.float32)
    by_shard: dict[str, list[int]] = {}
    for index, (shard, _) in enumerate(places):
        by_shard.setdefault(shard, []).append(index)
    for shard, own in by_shard.items():
        outlines[own] = shards.rows(shard, "outlines")[[places[index][1] for index in own]]
    return outlines


def _named(sound: Sound, clip: Clip, row: ClipRow) -> NamedSound:
    return NamedSound(
        name=sound.name,
        file=clip.file,
        label=sound.label,
        note=sound.note,
        velocity=sound.velocity,
        pitch_hz=sound.pitch_hz,
        loudness_db=sound.loudness_db,
        brightness_hz=sound.brightness_hz,
        decay_s=sound.decay_s,
        held_out=sound.held_out,
        steady=sound.steady,
        digest=sound.digest,
        take=sound.take,
        source=sound.source,
        remarks=sound.remarks,
        samples=row.samples,
        one_channel=row.one_channel,
    )


class _Starts:
    """The beginnings of sounds that look alike, read again from their files as they are needed."""

    def __init__(self, task: Name, clips: Sequence[Clip], readers: Readers) -> None:
        self._files = {file.name: file for file in task.files}
        self._how = task.how
        self._clips, self._readers = clips, readers
        self._kept: OrderedDict[str, Array] = OrderedDict()

    def __call__(self, index: int) -> Array:
        name = self._clips[index].name
        if name not in self._kept:
            files = self._files[self._clips[index].file].files()
            for clip in read_clips(files, self._how, readers=self._readers):
                if isinstance(clip, Clip):
                    self._kept[clip.name] = compared_part(clip.audio)
        while len(self._kept) > _STARTS and next(iter(self._kept)) != name:
            self._kept.popitem(last=False)
        # a file that was changed meanwhile: alike nothing, and read anew by the next run
        return self._kept.setdefault(name, np.zeros(1, np.float32))
