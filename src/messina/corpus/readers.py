"""Many files read by processes that may die, as their parent sees them.

A damaged file can crash a decoder or make it ask for more memory than there is. Then one process
is gone and one file left out. In: the bytes of a path. Out: MessagePack of `Decoded` or `Refused`.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec
import numpy as np

from messina.child_process import ChildGoneError, ChildProcess
from messina.corpus.reading import Recording, read_recording
from messina.errors import SoundError

__all__ = ["Decoded", "Readers", "Refused"]

_DECODER: Final = "messina.corpus.decoder"
_TRIES: Final = 2
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
    """Reads files for several threads at a time; use it as a context."""

    def __init__(self, files: int, *, most: int) -> None:
        self._places = threading.Semaphore(min(most, 1 + files // _WORTH_ANOTHER))
        self._lock = threading.Lock()
        self._idle: list[ChildProcess] = []
        self._all: set[ChildProcess] = set()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._closed = True
            for child in self._all:
                child.close()

    def read(self, path: Path) -> Recording:
        """The file and what there is to say about it; raises SoundError with the reason why not."""
        try:
            with self._places:
                reply = self._reply(os.fsencode(path))
        except OSError:  # the system has no place for another process
            return read_recording(path)
        if isinstance(reply, Refused):
            raise SoundError(reply.reason)
        audio = np.frombuffer(reply.samples, np.float32).reshape(-1, reply.channels)
        return Recording(audio=audio, remarks=reply.remarks)

    def _reply(self, message: bytes) -> Decoded | Refused:
        for _ in range(_TRIES):  # the system may have taken it for the memory of others
            child = self._borrow()
            try:
                reply = child.ask(message)
            except ChildGoneError:
                self._forget(child)
                continue
            with self._lock:
                self._idle.append(child)
            return msgspec.msgpack.decode(reply, type=Decoded | Refused)
        raise SoundError("its decoder crashed or ran out of memory; re-save it as WAV")

    def _borrow(self) -> ChildProcess:
        with self._lock:
            if self._closed:
                raise SoundError("not read: the run was ended")
            if self._idle:
                return self._idle.pop()
            child = ChildProcess(_DECODER)
            self._all.add(child)
            return child

    def _forget(self, child: ChildProcess) -> None:
        with self._lock:
            self._all.discard(child)
            if not self._closed:
                child.close()
