"""Python processes of our own, which answer messages on their standard input: both ends.

Not multiprocessing: that would run the user's own script again in every child, which fails for any
script without a `__main__` guard. A message is a length of 8 bytes, little end first, and as many
bytes. A child ends, without a word, when its input does.
"""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

__all__ = ["ChildGoneError", "ChildProcess", "answer_messages"]

_ONE_THREAD: Final = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}

_NEW_PROCESS_GROUP: Final = 0x200  # Windows' CREATE_NEW_PROCESS_GROUP


class ChildGoneError(Exception):
    """The process is gone: killed, for memory most likely, or closed."""


class ChildProcess:
    """The parent's end of `python -m MODULE ARGUMENTS`. Used by one thread at a time.

    The child calculates on one thread. It never runs what lies in the working folder, which may
    be a downloaded pack, and hears no Ctrl-C: its parent says when to end.
    """

    def __init__(self, module: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **_ONE_THREAD, "PYTHONPATH": _search_path()},
            process_group=None if sys.platform == "win32" else 0,
            creationflags=_NEW_PROCESS_GROUP if sys.platform == "win32" else 0,
        )

    @property
    def process_id(self) -> int:
        return self._process.pid

    @property
    def ended_by(self) -> str:
        """What ended it, in words: a signal, or a status of its own."""
        status = self._process.wait()
        return f"signal {-status}" if status < 0 else f"status {status}"

    def send(self, message: bytes) -> None:
        """Raises ChildGoneError when nobody reads."""
        assert self._process.stdin is not None
        try:
            _send(self._process.stdin, message)
        except (OSError, ValueError) as error:  # ValueError: the pipe was closed meanwhile
            raise ChildGoneError from error

    def receive(self) -> bytes:
        """The next answer. Raises ChildGoneError when there will be none."""
        assert self._process.stdout is not None
        try:
            message = _receive(self._process.stdout)
        except (OSError, ValueError) as error:
            raise ChildGoneError from error
        if message is None:
            raise ChildGoneError
        return message

    def ask(self, message: bytes) -> bytes:
        """What the child answers to a message. Raises ChildGoneError."""
        self.send(message)
        return self.receive()

    def close(self) -> None:
        """End it at once, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            # what was still to be written has no reader: that is what was wanted
            with contextlib.suppress(OSError):
                if pipe:
                    pipe.close()


def answer_messages(answer: Callable[[bytes], bytes | None]) -> None:
    """The child's end: answers one message after the other until there are no more.

    A message that is answered by None is only taken. Whatever prints goes to stderr.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        while (message := _receive(sys.stdin.buffer)) is not None:
            reply = answer(message)
            if reply is not None:
                _send(answers, reply)
    except BrokenPipeError:
        os._exit(0)  # the parent was killed; nothing is left to be flushed to


def _search_path() -> str:
    """PYTHONPATH with this package in it, and without entries that mean the working folder."""
    package = str(Path(__file__).parents[1])
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return os.pathsep.join([package, *filter(None, given)])


def _send(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(struct.pack("<Q", len(message)))
    pipe.write(message)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes | None:
    """The next message, None at the end of the input."""
    head = pipe.read(8)
    if len(head) < 8:
        return None
    (length,) = struct.unpack("<Q", head)
    message = pipe.read(length)
    return message if len(message) == length else None
