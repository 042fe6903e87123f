"""Processes that analyse the sounds they are handed, as their parent sees them.

Not multiprocessing: that would run the user's own script again in every worker, which fails for
any script without a `__main__` guard. Messages on both pipes are a length of 8 bytes, little end
first, and as many bytes. In: safetensors with `audio` and `reference_hz`. Out: one letter, F and
frames or E and the text of an error. A worker ends when its input does.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from messina.corpus.cache import decode_frames
from messina.frames.layout import Frames

__all__ = [
    "ANALYSE",
    "Worker",
    "WorkerGoneError",
    "find_function",
    "receive_message",
    "send_message",
]

ANALYSE: Final = "messina.frames.analysis:analyse"

_ONE_THREAD: Final = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}


class WorkerGoneError(Exception):
    """The process is gone: killed for memory, or closed."""


def find_function(path: str) -> Any:
    """The function that `module:name` stands for."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


class Worker:
    """The parent's end of one worker. Used by one thread at a time."""

    def __init__(self, function: str = ANALYSE) -> None:
        package = str(Path(__file__).parents[2])
        search = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "messina.corpus.analyst", function],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **_ONE_THREAD, "PYTHONPATH": search},
            # Ctrl-C is for the parent, which says when to end; 0x200: CREATE_NEW_PROCESS_GROUP
            process_group=None if sys.platform == "win32" else 0,
            creationflags=0x200 if sys.platform == "win32" else 0,
        )

    def analyse(self, audio: NDArray[np.float32], reference_hz: float) -> Frames:
        """Raises ValueError with the analysis' own words, WorkerGoneError when there is nobody."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = {"audio": np.ascontiguousarray(audio), "reference_hz": np.array([reference_hz])}
        try:
            send_message(self._process.stdin, save(request))
            reply = receive_message(self._process.stdout)
        except (OSError, ValueError) as error:  # ValueError: the pipe was closed meanwhile
            raise WorkerGoneError from error
        if not reply:
            raise WorkerGoneError
        if reply[:1] == b"E":
            raise ValueError(reply[1:].decode())
        return decode_frames(reply[1:])

    def close(self) -> None:
        """End it at once, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                try:
                    pipe.close()
                except OSError:
                    continue  # what was still to be written has no reader: that is what was wanted


def send_message(pipe: IO[bytes], message: bytes) -> None:
    """Raises OSError when nobody reads."""
    pipe.write(struct.pack("<Q", len(message)))
    pipe.write(message)
    pipe.flush()


def receive_message(pipe: IO[bytes]) -> bytes:
    """The next message, b"" at the end of the input."""
    head = pipe.read(8)
    if len(head) < 8:
        return b""
    (length,) = struct.unpack("<Q", head)
    message = pipe.read(length)
    return message if len(message) == length else b""
