"""One program at a time on a file: the lock of the operating system, on a file beside it.

The system lets go of it when a program ends, however it ends, so a lock file that lies about
locks nobody out. It holds the number of the process, to be told to whoever comes second.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from messina.errors import MessinaError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

__all__ = ["alone_on", "is_held"]

_BYTE: Final = 1 << 20
"""What is locked on Windows, where a locked byte cannot be read: one after all there is."""


_ADVICE: Final = "wait for it, stop it, or choose another `out`"


@contextlib.contextmanager
def alone_on(path: Path, *, advice: str = _ADVICE) -> Iterator[None]:
    """Locks a file for writing while the context lasts.

    Raises MessinaError when it is locked already.

    advice: what to do then. Where the file system has no locks, or the folder cannot be written to,
    nothing is locked.
    """
    beside = path.with_name(f".{path.name}.lock")
    try:
        file = _locked(beside)
    except BlockingIOError:
        raise MessinaError(
            f"{path} is being written by another run of Messina{_by(beside)}; {advice}"
        ) from None
    except OSError:
        yield
        return
    try:
        yield
    finally:
        if sys.platform == "win32":
            file.close()
        with contextlib.suppress(OSError):
            beside.unlink()  # while it is locked, where that is possible
        file.close()


def is_held(path: Path) -> bool:
    """Whether a program holds the lock of a file at this moment."""
    beside = path.with_name(f".{path.name}.lock")
    if not beside.exists():
        return False
    try:
        with alone_on(path):
            return False
    except MessinaError:
        return True


def _locked(path: Path) -> IO[bytes]:
    """The lock file, locked and with our number. Raises BlockingIOError when another has it."""
    while True:
        file = path.open("a+b")
        try:
            _lock(file)
            if not _is_at(file, path):  # the one before us has just taken it away
                file.close()
                continue
            file.truncate(0)
            file.write(str(os.getpid()).encode())
            file.flush()
        except BaseException:
            file.close()
            raise
        return file


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        file.seek(_BYTE)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError from error
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_at(file: IO[bytes], path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _by(path: Path) -> str:
    """Who has it, as far as that can be read."""
    try:
        text = path.read_bytes()[:20].decode("ascii")
    except (OSError, UnicodeDecodeError):
        return ""
    return f" (process {text})" if text.isdigit() else ""
