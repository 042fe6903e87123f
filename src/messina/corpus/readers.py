"""Many files read by processes that may die, as their parent sees them.

A damaged file can crash a decoder or make it ask for more memory than there is. Then one process
is gone and one file left out. In: the bytes of a path. Out: MessagePack of `Decoded` or `Refused`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

import msgspec
import numpy as np

from messina.corpus.reading import Recording, read_recording
from messina.errors import SoundError
from messina.process_pool import ChildGoneError, ProcessPool, available_cores

__all__ = ["Decoded", "Readers", "Refused"]

T = TypeVar("T")
U = TypeVar("U")

_DECODER: Final = "messina.corpus.decoder"
_WORTH_ANOTHER: Final = 16
"""Files that are read before another process has started."""


class Decoded(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A file at 44.1 kHz."""

    samples: memoryview
    """float32 [N, channels]."""
    channels: int
    remarks: tuple[str, ...]


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Why a file cannot be used."""

    reason: str


class Readers:
    """Reads files by processes, for work in threads; use it as a context."""

    def __init__(self, files: int, *, cores: int | None = None) -> None:
        """files: how many will be read; cores: on so many, all there are unless told."""
        threads = cores or available_cores()
        most = min(threads, 1 + files // _WORTH_ANOTHER)
        self._pool = ProcessPool(_DECODER, most=most, threads=threads)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.__exit__(kind, error, trace)

    def in_order(self, function: Callable[[T], U], items: Iterable[T]) -> Iterator[U]:
        """What the function makes of each item, in order: it may read, and goes on in threads."""
        for future in self._pool.in_order(function, items):
            yield future.result()

    def read(self, path: Path) -> Recording:
        """The file and what there is to say about it; raises SoundError with the reason why not."""
        try:
            answer = self._pool.ask(os.fsencode(path))
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
