"""Shards: immutable safetensors files, each named by the hash of what it holds.

A shard is written aside and moved, so one that is there is whole: its name is its completion
marker. The same work gives the same bytes, so whoever does it twice writes the same file. Rows are
read by position: a mapping would count every page that is looked at as the process's own, and
memory would grow with the library.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from messina.atomic import replacing
from messina.errors import CorpusError

__all__ = ["Shard", "ShardFiles", "is_shard", "shards_in", "write_shard"]

FORMAT: Final = "1"
_SUFFIX: Final = ".shard"
_TYPES: Final = {
    "F64": np.float64, "F32": np.float32, "F16": np.float16, "I64": np.int64, "U8": np.uint8,
}  # fmt: skip
_MOST_HEADER: Final = 2**20
_OPEN: Final = 64
"""Files that are kept open."""


class _Array(msgspec.Struct, frozen=True):
    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


def write_shard(folder: Path, kind: str, arrays: Mapping[str, NDArray[Any]]) -> str:
    """Writes a shard of a kind whole or not at all; returns its name.

    Raises OSError, and MessinaError when what was written is not what is read.
    """
    data = save(
        {name: np.ascontiguousarray(array) for name, array in arrays.items()},
        metadata={"format": FORMAT},  # one entry: of several the order is chance
    )
    name = f"{kind}-{_digest(data).hexdigest()}{_SUFFIX}"
    target = folder / name
    if not (target.exists() and target.read_bytes() == data):
        with replacing(target, check=lambda aside: Shard(aside).check(name)) as aside:
            aside.write_bytes(data)
    return name


def is_shard(path: Path) -> bool:
    """Whether a path has the name of a shard."""
    return path.suffix == _SUFFIX


def shards_in(folder: Path, kind: str) -> list[str]:
    """The names of all shards of a kind, in a fixed order."""
    return sorted(path.name for path in folder.glob(f"{kind}-*{_SUFFIX}"))


def _digest(data: bytes = b"") -> hashlib.blake2b:
    return hashlib.blake2b(data, digest_size=16)


class Shard:
    """One shard, opened. Threads may share it."""

    def __init__(self, path: Path) -> None:
        """Raises CorpusError when the file is no shard, or not all of it is there."""
        self._path = path
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise CorpusError(f"{path}: cannot be read ({error.strerror or error})") from error
        self._lock = threading.Lock()
        try:
            self._arrays, self._start = self._header()
        except (ValueError, KeyError, TypeError, msgspec.DecodeError) as error:
            self.close()
            raise CorpusError(f"{path}: damaged; index again") from error

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def _header(self) -> tuple[dict[str, _Array], int]:
        size = int.from_bytes(self._file.read(8), "little")
        if not 0 < size <= _MOST_HEADER:
            raise ValueError
        head = msgspec.json.decode(self._file.read(size))
        if head.pop("__metadata__", {}).get("format") != FORMAT:
            raise ValueError
        arrays = {name: msgspec.convert(each, _Array) for name, each in head.items()}
        end = 8 + size + max((array.data_offsets[1] for array in arrays.values()), default=0)
        if os.fstat(self._file.fileno()).st_size != end:
            raise ValueError
        for array in arrays.values():
            width = np.dtype(_TYPES[array.dtype]).itemsize
            start, stop = array.data_offsets
            if start < 0 or stop - start != width * int(np.prod(array.shape, dtype=np.int64)):
                raise ValueError
        return arrays, 8 + size

    def check(self, name: str) -> None:
        """Raises CorpusError when the content is not what the name says."""
        with self._lock:
            self._file.seek(0)
            found = hashlib.file_digest(self._file, _digest).hexdigest()
        if not name.endswith(f"-{found}{_SUFFIX}"):
            raise CorpusError(f"{self._path}: damaged; index again")

    def names(self) -> tuple[str, ...]:
        """The arrays in it."""
        return tuple(self._arrays)

    def rows(self, name: str, start: int = 0, stop: int | None = None) -> NDArray[Any]:
        """Rows start … stop of an array, by default all. Raises CorpusError when they are cut."""
        array = self._arrays[name]
        stop = array.shape[0] if stop is None else stop
        out = np.empty((stop - start, *array.shape[1:]), _TYPES[array.dtype])
        row_bytes = out.itemsize * int(np.prod(array.shape[1:], dtype=np.int64))
        with self._lock:
            self._file.seek(self._start + array.data_offsets[0] + start * row_bytes)
            read = self._file.readinto(out.reshape(-1).view(np.uint8).data) if out.size else 0
        if read != out.nbytes:
            raise CorpusError(f"{self._path}: cut short on the disk; index again")
        return out


class ShardFiles:
    """The shards of a folder by name; few are open at a time. Threads may share it.

    When one is opened first, all of it is read and held against its name: a disk that has turned
    a few bits, or a copy that went wrong, would be learnt otherwise.
    """

    def __init__(self, folder: Path, *, most_open: int = _OPEN) -> None:
        self._folder, self._most = folder, most_open
        self._open: OrderedDict[str, Shard] = OrderedDict()
        self._checked: set[str] = set()
        self._lock = threading.Lock()

    def rows(self, shard: str, name: str, start: int = 0, stop: int | None = None) -> NDArray[Any]:
        """Rows of an array of a shard. Raises CorpusError."""
        with self._lock:  # no other thread may close it meanwhile
            return self._opened(shard).rows(name, start, stop)

    def _opened(self, name: str) -> Shard:
        shard = self._open.pop(name, None)
        if shard is None:
            shard = self._checked_shard(name)
            while len(self._open) >= self._most:
                self._open.popitem(last=False)[1].close()
        self._open[name] = shard
        return shard

    def _checked_shard(self, name: str) -> Shard:
        shard = Shard(self._folder / name)
        if name not in self._checked:
            try:
                shard.check(name)
            except BaseException:
                shard.close()
                raise
            self._checked.add(name)
        return shard

    def close(self) -> None:
        """Closes all files."""
        with self._lock:
            for shard in self._open.values():
                shard.close()
            self._open.clear()

    def sound(self, names: list[str]) -> Iterator[tuple[str, Shard]]:
        """Those of the shards that can be read; a damaged one is removed, and made anew."""
        for name in names:
            try:
                yield name, self._opened(name)
            except CorpusError:
                (self._folder / name).unlink(missing_ok=True)
