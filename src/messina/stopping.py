"""Ctrl-C and SIGTERM as a request to stop, looked at between two steps."""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Final

__all__ = ["StopRequest", "exit_on_sigterm", "stop_at_end_of_input", "stop_on_signals"]


_TERMINATED: Final = 128 + 15
"""The exit code by which shells know that SIGTERM ended a program."""


@contextlib.contextmanager
def exit_on_sigterm() -> Iterator[None]:
    """SIGTERM raises SystemExit, so that what is half written and who works for us goes, too.

    Signals can be caught in the main thread only; elsewhere nothing is caught.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(number: int, frame: FrameType | None) -> None:
        del frame
        signal.signal(number, signal.SIG_IGN)  # a second one must not break into the clearing up
        raise SystemExit(_TERMINATED)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def stop_at_end_of_input() -> None:
    """From now on the end of standard input is a Ctrl-C, for programs that run this one.

    They have no other way to ask on Windows; and when they are killed, their end of the pipe is
    closed by the system.
    """
    threading.Thread(target=_await_end_of_input, name="end of input", daemon=True).start()


def _await_end_of_input() -> None:
    # Not sys.stdin: its lock would be held by this thread when the interpreter ends.
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    if hasattr(signal, "pthread_kill"):  # the main thread also wakes up from what it waits for
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        _thread.interrupt_main()


class StopRequest:
    """A flag that somebody asked to stop."""

    def __init__(self) -> None:
        self.asked = False


@contextlib.contextmanager
def stop_on_signals() -> Iterator[StopRequest]:
    """SIGINT and SIGTERM set the request; asked a second time, SIGINT interrupts as usual.

    Signals can be caught in the main thread only; elsewhere nothing is caught.
    """
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return

    def ask(number: int, frame: FrameType | None) -> None:
        del frame
        if request.asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        request.asked = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
