"""Processes of our own that do one kind of work each, a pool of them, and threads that ask them.

A pool for what neither `concurrent.futures` nor loky does. The first runs the user's own script
again in every process, which fails for any script without a `__main__` guard; of loky 3.7, tried:
its processes import what lies in the working folder, which may be a downloaded pack; when one is
killed every job fails, and none knows whose fault it was; and when the parent is killed they stay.
Here one job fails and is tried again, and a process ends, without a word, when its input does.
tests/test_process_pool.py holds the pool to that.

A process is `python -m MODULE ARGUMENTS` and answers messages on its standard input. A message is a
length of 8 bytes, little end first, and as many bytes.
"""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self, TypeVar

__all__ = ["ChildGoneError", "ChildProcess", "ProcessPool", "answer_messages", "available_cores"]

T = TypeVar("T")
U = TypeVar("U")

_ONE_THREAD: Final = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}

_NEW_PROCESS_GROUP: Final = 0x200  # Windows' CREATE_NEW_PROCESS_GROUP


class ChildGoneError(Exception):
    """The process is gone: killed, for memory most likely, or closed. Says by what, where known."""


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
        """The operating system's number of the process."""
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


class ProcessPool:
    """At most so many processes of one kind, started as they are needed; use it as a context.

    Work goes through threads of the pool, which may ask a process or calculate themselves. Leaving
    the context, by an exception or Ctrl-C, too, ends all processes at once.
    """

    def __init__(
        self, module: str, *arguments: str, most: int, threads: int, greeting: bytes | None = None
    ) -> None:
        """greeting: a message that every process is given first, and does not answer."""
        self._words = (module, *arguments)
        self._greeting = greeting
        self._places = threading.Semaphore(most)
        self._ahead = 2 * threads
        self._threads = ThreadPoolExecutor(threads)
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
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._closed = True
            for child in self._all:
                child.close()
        self._threads.shutdown(wait=True)

    def in_order(self, function: Callable[[T], U], items: Iterable[T]) -> Iterator[Future[U]]:
        """What the function makes of each item, in order; a few are worked on ahead, in threads."""
        ahead: deque[Future[U]] = deque()
        for item in items:
            ahead.append(self._threads.submit(function, item))
            if len(ahead) > self._ahead:
                yield ahead.popleft()
        while ahead:
            yield ahead.popleft()

    def results(self, function: Callable[[T], U], items: Iterable[T]) -> Iterator[U]:
        """Yields function(item) of each item in order, worked out ahead in threads.

        As `in_order`, but raises what the function raises, in its place.
        """
        for future in self.in_order(function, items):
            yield future.result()

    def ask(self, message: bytes, *, tries: int = 2, last: bool = False) -> bytes:
        """What a process answers to a message. Waits for one that is free.

        last: it ends then, and with it the memory that it took.

        The system ends a process when memory is short for a moment: another one is tried. Raises
        ChildGoneError, which says by what the last was ended; OSError where no process can be
        started; CancelledError once the pool is left.
        """
        with self._places:
            while True:
                tries -= 1
                child = self._borrow()
                try:
                    reply = child.ask(message)
                except ChildGoneError as error:
                    ended_by = self._forget(child)
                    if tries <= 0:
                        raise ChildGoneError(ended_by) from error
                else:
                    self._give_back(child, last=last)
                    return reply

    def _borrow(self) -> ChildProcess:
        with self._lock:
            if self._closed:
                raise CancelledError
            if self._idle:
                return self._idle.pop()
            child = ChildProcess(*self._words)
            self._all.add(child)
        if self._greeting is not None:
            with contextlib.suppress(ChildGoneError):  # it is asked next, and that will tell
                child.send(self._greeting)
        return child

    def _give_back(self, child: ChildProcess, *, last: bool) -> None:
        with self._lock:
            if not last:
                self._idle.append(child)
                return
            self._all.discard(child)
        child.close()

    def _forget(self, child: ChildProcess) -> str:
        with self._lock:
            if self._closed:
                raise CancelledError
            self._all.discard(child)
        child.close()
        return child.ended_by


def available_cores() -> int:
    """Cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
