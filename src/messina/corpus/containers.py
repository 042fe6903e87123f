"""The chunks of WAV, AIFF and FLAC files, by name, without the audio.

A chunk is a name of four letters, a size and that many bytes. Nothing in it is believed: sizes end
with the file, chunks that are looked into are small and few, and where a size leads to no name of
another chunk the walk is over.
Ref: Microsoft and IBM (1991), Multimedia Programming Interface and Data Specifications 1.0 (RIFF);
Apple (1989), Audio Interchange File Format 1.3; RFC 9639 (FLAC), section 8.4.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal

__all__ = ["ByteOrder", "ChunkList", "list_chunks", "read_chunks_of"]

ByteOrder = Literal["little", "big"]

MOST_CHUNKS: Final = 1_000
LARGEST_CHUNK: Final = 65_536
"""Bytes of a chunk that are looked at; those of interest have some dozens."""

_COMMON: Final = frozenset(
    {
        b"acid", b"afsp", b"anno", b"appl", b"axml", b"basc", b"bext", b"cart", b"comm", b"comt",
        b"cue ", b"data", b"ds64", b"fact", b"fllr", b"fmt ", b"fver", b"id3 ", b"inst", b"ixml",
        b"junk", b"levl", b"list", b"mark", b"midi", b"name", b"pad ", b"peak", b"plst", b"resu",
        b"smpl", b"ssnd", b"strc", b"umid",
    }
)  # fmt: skip
"""What chunks are called, in lower case: enough to tell where one begins."""

_RIFF_APPLICATION: Final = b"riff"
"""FLAC's application block that keeps a WAV file's own chunks."""


def read_chunks_of(
    file: BinaryIO, wanted: Collection[bytes]
) -> tuple[dict[bytes, bytes], ByteOrder]:
    """The first chunk of each wanted name, cut to LARGEST_CHUNK, and the order of its bytes.

    Empty for files of other kinds and for damaged ones. Raises OSError as reading does.
    """
    chunks: Iterable[tuple[bytes, int, int]]
    order: ByteOrder = "little"
    if (listed := list_chunks(file)) is not None:
        chunks, order = listed.chunks, listed.order
    else:
        file.seek(0)
        chunks = _flac_chunks(file) if file.read(4) == b"fLaC" else ()
    found: dict[bytes, bytes] = {}
    for name, place, size in chunks:
        if name in wanted and name not in found:
            file.seek(place)
            found[name] = file.read(min(size, LARGEST_CHUNK))
    return found, order


@dataclass(frozen=True, kw_only=True)
class ChunkList:
    """What a WAV or AIFF file is made of, in its order."""

    form: bytes
    """WAVE, AIFF or AIFC."""
    order: ByteOrder
    chunks: tuple[tuple[bytes, int, int], ...]
    """Name, place and size of each chunk's bytes; sizes end with the file."""
    end: int
    """Bytes of the file."""


def list_chunks(file: BinaryIO) -> ChunkList | None:
    """The chunks of a WAV or AIFF file; None for files of other kinds.

    Raises OSError as reading does.
    """
    end = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(12)
    order: ByteOrder = "big" if head[:4] in (b"FORM", b"RIFX") else "little"
    if not _is_wave(head) and not _is_aiff(head):
        return None
    chunks = tuple(_iff_chunks(file, order, end))
    return ChunkList(form=head[8:12], order=order, chunks=chunks, end=end)


def _is_wave(head: bytes) -> bool:
    return head[:4] in (b"RIFF", b"RIFX", b"RF64") and head[8:12] == b"WAVE"


def _is_aiff(head: bytes) -> bool:
    return head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC")


def _iff_chunks(file: BinaryIO, order: ByteOrder, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, place and size of each chunk's bytes."""
    place = 12
    long_audio: int | None = None
    for _ in range(MOST_CHUNKS):
        file.seek(place)
        head = file.read(8)
        if len(head) < 8 or not _is_name(head[:4]):
            return
        name, size = head[:4], int.from_bytes(head[4:], order)
        if name == b"ds64":  # RF64 keeps the size of its audio here
            long_audio = int.from_bytes(file.read(16)[8:], order)
        if name == b"data" and size == 0xFFFFFFFF and long_audio is not None:
            size = long_audio
        yield name, place + 8, max(0, min(size, end - place - 8))
        place += 8 + size
        if size % 2 and not _unpadded(file, place, end):
            place += 1
        if place >= end:
            return


def _is_name(name: bytes) -> bool:
    return all(0x20 <= byte < 0x7F for byte in name)


def _unpadded(file: BinaryIO, place: int, end: int) -> bool:
    """Whether the next chunk follows an odd one without the byte of padding, as some write it."""
    if place + 9 > end:
        return False
    file.seek(place)
    ahead = file.read(5)
    return ahead[:4].lower() in _COMMON and ahead[1:].lower() not in _COMMON


def _flac_chunks(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """The same of the chunks that a FLAC file keeps from the WAV file it was made of."""
    place = 4
    for _ in range(MOST_CHUNKS):
        file.seek(place)
        head = file.read(16)
        if len(head) < 4:
            return
        size = int.from_bytes(head[1:4], "big")
        if head[0] & 0x7F == 2 and head[4:8] == _RIFF_APPLICATION and size >= 12:
            inner = int.from_bytes(head[12:16], "little")
            yield head[8:12], place + 16, min(inner, size - 12)
        if head[0] & 0x80:  # the last block before the audio
            return
        place += 4 + size
