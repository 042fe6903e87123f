"""The chunks of WAV, AIFF and FLAC files, by name, without the audio; and headers put right.

A chunk is a name of four letters, a size and that many bytes. Nothing in it is believed: sizes end
with the file, chunks that are looked into are small and few, and where a size leads to no name of
another chunk the walk is over.

Recorders that lose power leave a length of 0; editors write two data chunks, or the data before
the format. The audio is there all the same. What the decoder reads is a header made anew, followed
by the bytes of the audio as they lie in the file.

Ref: Microsoft and IBM (1991), Multimedia Programming Interface and Data Specifications 1.0 (RIFF);
Apple (1989), Audio Interchange File Format 1.3; RFC 9639 (FLAC), section 8.4.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal

__all__ = ["ByteOrder", "ChunkList", "Mended", "list_chunks", "mended", "read_chunks_of"]

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


_COMPRESSED: Final = (b"OggS", b"fLaC")
"""Beginnings of files that some programs pack into a WAV file's data chunk."""

_SSND_HEAD: Final = 8
"""Offset and block size stand before the samples of an AIFF file."""

_UNFINISHED: Final = "its length was never written; read to the end of the file"

_LEAST_BYTES: Final = 64
"""Fewer bytes after an empty data chunk are no audio."""


@dataclass(frozen=True, kw_only=True)
class Mended:
    """A file to be decoded in place of one whose header is wrong."""

    file: BinaryIO
    remark: str


def mended(file: BinaryIO) -> Mended | None:
    """What the audio in a WAV or AIFF file can be read from; None where nothing is amiss.

    The result reads from `file`, which has to stay open. Raises OSError as reading does.
    """
    listed = list_chunks(file)
    if listed is None:
        return None
    return _mended_wave(file, listed) if listed.form == b"WAVE" else _mended_aiff(file, listed)


def _mended_wave(file: BinaryIO, listed: ChunkList) -> Mended | None:
    names = [name for name, _, _ in listed.chunks]
    if b"data" not in names:
        return None
    parts = [(place, size) for name, place, size in listed.chunks if name == b"data"]
    remark = "its header was put right"
    place, size = parts[-1]
    if size == 0 and names[-1] == b"data" and listed.end - place >= _LEAST_BYTES:
        # nothing that follows is a chunk: it is what was recorded
        parts[-1] = (place, listed.end - place)
        remark = _UNFINISHED
    parts = [part for part in parts if part[1]]
    if not parts:
        return None
    if _bytes_at(file, parts[0][0], 4) in _COMPRESSED:
        return Mended(file=_joined(file, b"", parts), remark="a compressed file in a WAV file")
    if b"fmt " not in names:
        return None
    if len(parts) > 1:
        remark = f"its {len(parts)} data chunks are read one after the other"
    form_place, form_size = next(c[1:] for c in listed.chunks if c[0] == b"fmt ")
    form = _bytes_at(file, form_place, min(form_size, 4_096))
    total = sum(size for _, size in parts)
    head = _wave_head(form, min(total, 2**32 - 2**13), order=listed.order)
    return Mended(file=_joined(file, head, parts), remark=remark)


def _wave_head(form: bytes, audio_bytes: int, *, order: str) -> bytes:
    magic, mark = (b"RIFX", ">") if order == "big" else (b"RIFF", "<")
    form += b"\0" * (len(form) % 2)
    whole = 4 + 8 + len(form) + 8 + audio_bytes
    return (
        struct.pack(f"{mark}4sI4s4sI", magic, whole, b"WAVE", b"fmt ", len(form))
        + form
        + struct.pack(f"{mark}4sI", b"data", audio_bytes)
    )


def _mended_aiff(file: BinaryIO, listed: ChunkList) -> Mended | None:
    chunks = {name: (place, size) for name, place, size in reversed(listed.chunks)}
    if b"COMM" not in chunks or b"SSND" not in chunks:
        return None
    common = bytearray(_bytes_at(file, chunks[b"COMM"][0], min(chunks[b"COMM"][1], 1_024)))
    place, size = chunks[b"SSND"]
    if len(common) < 18:
        return None
    remark = "its header was put right"
    if size <= _SSND_HEAD and listed.chunks[-1][0] == b"SSND":
        size = listed.end - place
        remark = _UNFINISHED
    channels, frames, bits = struct.unpack_from(">hIh", common)
    if size - _SSND_HEAD < _LEAST_BYTES or not channels > 0 or not 0 < bits <= 64:
        return None
    if frames == 0:
        frames = (size - _SSND_HEAD) // (channels * ((bits + 7) // 8))
        struct.pack_into(">I", common, 2, frames)
    common += b"\0" * (len(common) % 2)
    whole = 4 + 8 + len(common) + 8 + size
    head = (
        struct.pack(">4sI4s4sI", b"FORM", min(whole, 2**32 - 1), listed.form, b"COMM", len(common))
        + bytes(common)
        + struct.pack(">4sI", b"SSND", size)
    )
    return Mended(file=_joined(file, head, [(place, size)]), remark=remark)


def _bytes_at(file: BinaryIO, place: int, size: int) -> bytes:
    file.seek(place)
    return file.read(size)


def _joined(file: BinaryIO, head: bytes, parts: Sequence[tuple[int, int]]) -> BinaryIO:
    return io.BufferedReader(_Joined(file, head, parts))


class _Joined(io.RawIOBase):
    """Bytes, then parts of another file, as one file."""

    def __init__(self, file: BinaryIO, head: bytes, parts: Sequence[tuple[int, int]]) -> None:
        self._file = file
        self._head = head
        self._parts = list(parts)
        self._size = len(self._head) + sum(size for _, size in parts)
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        begin = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, begin + offset)
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """As much as one part gives; 0 at the end."""
        wanted = len(buffer)
        start = self._at
        if start < len(self._head):
            data = self._head[start : start + wanted]
        else:
            data = self._part_at(start - len(self._head), wanted)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _part_at(self, offset: int, wanted: int) -> bytes:
        for place, size in self._parts:
            if offset < size:
                return _bytes_at(self._file, place + offset, min(wanted, size - offset))
            offset -= size
        return b""
