"""WAV and AIFF files whose header is unfinished or out of order, put right for the decoder.

Recorders that lose power leave a length of 0; editors write two data chunks, or the data before
the format. The audio is there all the same. What is read is a header made anew, followed by the
bytes of the audio as they lie in the file.
"""

from __future__ import annotations

import io
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from messina.corpus.containers import ChunkList, list_chunks

__all__ = ["Mended", "mended"]

_COMPRESSED: Final = (b"OggS", b"fLaC")
"""Beginnings of files that some programs pack into a WAV file's data chunk."""

_SSND_HEAD: Final = 8
"""Offset and block size stand before the samples of an AIFF file."""

_UNFINISHED: Final = "its length was never written; read to the end of the file"

_LEAST_BYTES: Final = 64
"""Fewer bytes after an empty data chunk are no audio."""


@dataclass(frozen=True, kw_only=True)
class Mended:
    """A file to be decoded in place of the one there is."""

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
