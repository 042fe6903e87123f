"""Chunks of WAV files: the texts of LIST INFO written behind the samples and found again.

Ref: Microsoft and IBM (1991), Multimedia Programming Interface and Data Specifications 1.0 (RIFF,
LIST INFO).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Final

__all__ = ["LARGEST_INFO", "MOST_CHUNKS", "append_info", "chunk", "info_chunk", "info_in"]

LARGEST_INFO: Final = 65_536
"""Bytes of a LIST chunk; larger ones are not looked into."""

MOST_CHUNKS: Final = 256
_HEAD: Final = 8  # bytes of a chunk's name and size


def chunk(name: str, data: bytes) -> bytes:
    """A chunk, padded to an even number of bytes.

    >>> chunk("abcd", b"x")
    b'abcd\\x01\\x00\\x00\\x00x\\x00'
    """
    return name.encode("ascii") + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def info_chunk(info: Mapping[str, str]) -> bytes:
    """A LIST INFO chunk of texts by identifier: INAM title, ISFT software, ICMT comment."""
    texts = (chunk(name, text.encode("utf-8") + b"\0") for name, text in info.items())
    return chunk("LIST", b"INFO" + b"".join(texts))


def append_info(file: IO[bytes], info: Mapping[str, str]) -> None:
    """Writes texts behind all that is in a WAV file, which is open for reading and writing."""
    end = file.seek(0, 2)
    file.write(b"\0" * (end % 2) + info_chunk(info))
    size = file.tell() - _HEAD
    file.seek(4)
    file.write(struct.pack("<I", size))


def info_in(path: Path) -> dict[str, str]:
    """The texts of a WAV file's LIST INFO; none where there are none, or it is no WAV file.

    However long the file, little is read: heads of chunks, and lists of at most LARGEST_INFO bytes.
    Raises OSError as reading does.
    """
    found: dict[str, str] = {}
    with path.open("rb") as file:
        for name, size in _chunks(file):
            if name == b"LIST" and 4 <= size <= LARGEST_INFO:
                found |= _texts(file.read(size))
    return found


def _chunks(file: IO[bytes]) -> Iterator[tuple[bytes, int]]:
    """Name and size of each chunk; the file stands at its data meanwhile."""
    head = file.read(12)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":
        return
    at = 12
    for _ in range(MOST_CHUNKS):
        file.seek(at)
        head = file.read(_HEAD)
        if len(head) < _HEAD:
            return
        size = int.from_bytes(head[4:], "little")
        yield head[:4], size
        at += _HEAD + size + size % 2


def _texts(data: bytes) -> dict[str, str]:
    """The texts of a LIST chunk's data, up to where it is damaged."""
    texts: dict[str, str] = {}
    if data[:4] != b"INFO":
        return texts
    at = 4
    while at + _HEAD <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + _HEAD], "little")
        text = data[at + _HEAD : at + _HEAD + size]
        texts[name.decode("ascii", "replace")] = text.rstrip(b"\0").decode("utf-8", "replace")
        at += _HEAD + size + size % 2
    return texts
