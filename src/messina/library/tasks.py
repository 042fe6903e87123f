"""The pieces of work an index is made of, and what comes back; all of them travel as bytes.

A task reads files or shards and writes one shard. It can be done anywhere the library and the index
can be seen, and done again: the same task writes the same shard.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeAlias

import msgspec

from messina.corpus.chunks import Chunks
from messina.corpus.slicing import Slicing
from messina.corpus.table import Row
from messina.frames.layout import Steady, reference_of
from messina.units import SAMPLE_RATE

__all__ = [
    "Analyse",
    "ClipRow",
    "Failed",
    "FileRow",
    "Lost",
    "Name",
    "NamedSound",
    "NamedSounds",
    "Outcome",
    "Read",
    "Refused",
    "SourceFile",
    "Task",
    "Wanted",
    "Written",
    "encoded",
    "outcome_of",
    "task_of",
]


class SourceFile(msgspec.Struct, frozen=True, array_like=True):
    """A file of the library, or two that are left and right of one sound."""

    name: str
    path: bytes
    stamp: tuple[int, int]
    """Its size in bytes, and when it was changed, in ns."""
    right: str = ""
    right_path: bytes = b""
    right_stamp: tuple[int, int] = (0, 0)

    def files(self) -> list[tuple[str, Path]]:
        """Names and paths, one or two."""
        own = [(self.name, Path(os.fsdecode(self.path)))]
        return own + ([(self.right, Path(os.fsdecode(self.right_path)))] if self.right else [])


class Read(msgspec.Struct, frozen=True, tag=True):
    """Task: files to be read, cut and described."""

    files: tuple[SourceFile, ...]
    how: Slicing


class Name(msgspec.Struct, frozen=True, tag=True):
    """Task: files of one part of the library, whose names and notes are read by comparison."""

    root: str
    """What the library is called."""
    names: tuple[str, ...]
    """Of all files, also of those nothing is used of."""
    read: tuple[tuple[str, int], ...]
    """Where what was read of each file is: shard and row."""
    files: tuple[SourceFile, ...]
    """The same files; of some the audio may have to be looked at again."""
    refused: dict[str, str]
    """Clips that are not used, with the reason."""
    rows: tuple[Row, ...]
    """What the table says of some."""
    how: Slicing


class Wanted(msgspec.Struct, frozen=True, array_like=True):
    """A sound of a file that is to be analysed."""

    file: str
    name: str
    digest: str
    reference_hz: float


class Analyse(msgspec.Struct, frozen=True, tag=True):
    """Task: sounds to be analysed, by the files they are in."""

    files: tuple[SourceFile, ...]
    wanted: tuple[Wanted, ...]
    how: Slicing


Task: TypeAlias = Read | Name | Analyse


class Refused(msgspec.Struct, frozen=True, array_like=True):
    """A file, or a part of one, that is not used, and why."""

    name: str
    reason: str


class Written(msgspec.Struct, frozen=True, tag=True):
    """Outcome: the task is done, and its shard written."""

    shard: str
    pieces: int
    """Files or sounds in it."""
    left_out: tuple[Refused, ...] = ()
    """What could not be done of it."""


class Failed(msgspec.Struct, frozen=True, tag=True):
    """Outcome: the task cannot be done, nor can others: a shard is damaged, the disk is full."""

    reason: str


class Lost(msgspec.Struct, frozen=True, tag=True):
    """Outcome: the process that did the task was ended, again and again."""

    reason: str


Outcome: TypeAlias = Written | Failed | Lost


class ClipRow(msgspec.Struct, frozen=True, kw_only=True):
    """Measurements of one clip; its peaks and its outline are arrays of the shard."""

    name: str
    digest: str
    samples: int
    one_channel: bool
    loudness_db: float
    brightness_hz: float
    decay_s: float
    peaks: int
    """How many rows of the shard's peaks are its own."""
    tonal: float
    pitch: tuple[float, float] | None
    """Frequency in Hz and confidence."""
    remarks: tuple[str, ...]
    chunks: Chunks
    steady: Steady | None
    steady_if_asked: Steady | None
    right: str


class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one file, or of two that belong together."""

    name: str
    clips: tuple[ClipRow, ...]
    left_out: tuple[Refused, ...]


class NamedSound(msgspec.Struct, frozen=True, kw_only=True):
    """One sound but its audio, as a corpus has it."""

    name: str
    file: str
    label: str
    note: float | None
    velocity: float | None
    pitch_hz: float | None
    loudness_db: float
    brightness_hz: float
    decay_s: float
    held_out: bool
    steady: Steady | None
    digest: str
    take: str
    source: str
    remarks: tuple[str, ...]
    samples: int
    one_channel: bool

    @property
    def reference_hz(self) -> float:
        """Pitch in Hz that its frames' bands are laid out for."""
        return reference_of(self.note)

    @property
    def length_s(self) -> float:
        """Its length in seconds."""
        return self.samples / SAMPLE_RATE


class NamedSounds(msgspec.Struct, frozen=True, kw_only=True):
    """The named sounds of one part of the library."""

    sounds: tuple[NamedSound, ...]
    left_out: tuple[Refused, ...]
    remarks: tuple[str, ...]


def encoded(message: Task | Outcome) -> bytes:
    """A task or outcome as bytes."""
    return msgspec.msgpack.encode(message)


def task_of(data: bytes) -> Task:
    """A task from its bytes."""
    task: Task = msgspec.msgpack.decode(data, type=Task)
    return task


def outcome_of(data: bytes) -> Outcome:
    """An outcome from its bytes."""
    outcome: Outcome = msgspec.msgpack.decode(data, type=Outcome)
    return outcome
