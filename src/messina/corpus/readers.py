"""Many files read by processes that may die, as their parent sees them.

A damaged file can crash a decoder or make it ask for more memory than there is. Then one process
is gone and one file left out. In: the bytes of a path. Out: MessagePack of `Decoded` or `Refused`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from messina.corpus.reading import Recording, read_recording
from messina.errors import SoundError
from messina.process_pool import ChildGoneError, ProcessPool, available_cores

__all__ = ["Decoded", "Readers", "Refused"]

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


class Readers(ProcessPool):
    """Reads files by processes, for work in threads; use it as a context."""

    def __init__(self, files: int, *, cores: int | None = None) -> None:
        """files: how many will be read; cores: on so many, all there are unless told."""
        threads = cores or available_cores()
        most = min(threads, 1 + files // _WORTH_ANOTHER)
        super().__init__(_DECODER, most=most, threads=threads)

    def read(self, path: Path) -> Recording:
        """The file and what there is to say about it; raises SoundError with the reason why not."""
        try:
            answer = self.ask(os.fsencode(path))
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
