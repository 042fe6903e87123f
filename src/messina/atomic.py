"""Files appear whole or not at all: written aside in the same folder, read again, then moved.

A writer hands `replacing` the reader of what it writes. What that reader refuses replaces nothing:
whoever holds the old file keeps it, and hears of the mistake at once instead of when it is opened.

What is aside has a name that holds this machine and process. A process that is killed cannot clear
up after itself; the next one that writes into the same folder does it for the dead.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import hashlib
import os
import platform
import re
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeAlias

from messina.errors import MessinaError

__all__ = ["Version", "exchange", "move", "place_aside", "replacing", "unfinished", "version_of"]

Version: TypeAlias = tuple[int, int, int]
"""Of a file: its number on the disk, when it was written in ns, its bytes."""

_TRIES: Final = 30
_PAUSE_S: Final = 0.1
_ASIDE: Final = re.compile(r"\.messina-([0-9a-f]{8})-(\d{1,10})-[0-9a-f]{8}(\..*)?")


@contextlib.contextmanager
def replacing(path: Path, *, check: Callable[[Path], object] | None = None) -> Iterator[Path]:
    """A path to write to that becomes `path` at the end, and vanishes when anything fails.

    Missing folders on the way are made; a symbolic link stays, and what it points to is replaced.

    check: reads what was written as whoever opens it will, and raises what it raises there; what
    it returns is not looked at. Then nothing is replaced. Raises OSError as writing does, with
    this path in it, and MessinaError when `check` does.
    """
    target = Path(os.path.realpath(path)) if path.is_symlink() else path
    aside = target
    try:
        _refuse_devices(target)
        aside = place_aside(target)
        yield aside
        if check is not None:
            _checked(aside, path, check)
        move(aside, target)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        if aside is not target:
            with contextlib.suppress(OSError):
                aside.unlink()


def move(source: Path, target: Path) -> None:
    """Puts a file in the place of another, or a folder where none is. Raises OSError.

    Windows refuses to while somebody has one of them open: a page that is being given it, a virus
    scanner. That passes, so it is tried for some seconds there.
    """
    tries = _TRIES if sys.platform == "win32" else 1
    for left in reversed(range(tries)):
        try:
            source.replace(target)
        except PermissionError:
            if not left:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


def place_aside(target: Path) -> Path:
    """A path beside this one to write to first, in a folder that is there; nothing is there yet.

    What processes that are gone left aside in that folder is removed. Raises OSError.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    _clear_up_after_the_dead(target.parent)
    # A short name of its own: the target's may already be as long as the file system allows.
    return target.with_name(
        f".messina-{_machine()}-{os.getpid()}-{secrets.token_hex(4)}{target.suffix}"
    )


def unfinished(target: Path) -> Path:
    """Where what is to become a file is written for as long as what is there now is better."""
    return target.with_name(f"{target.stem}.unfinished{target.suffix}")


def version_of(path: Path) -> Version | None:
    """What changes when a file is replaced; None: there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return (stat.st_ino, stat.st_mtime_ns, stat.st_size)


def exchange(first: Path, second: Path) -> bool:
    """Two files or folders in each other's place at one stroke; False where that is not possible.

    Ref: renameat2(2) of Linux with RENAME_EXCHANGE, renamex_np(2) of macOS with RENAME_SWAP.
    """
    here, exchanging = -100, 2  # AT_FDCWD; the flag has the same value on both
    try:
        library = ctypes.CDLL(None)
        one, other = os.fsencode(first.absolute()), os.fsencode(second.absolute())
        if sys.platform == "darwin":
            return bool(library.renamex_np(one, other, exchanging) == 0)
        return bool(library.renameat2(here, one, here, other, exchanging) == 0)
    except (OSError, TypeError, AttributeError):  # Windows, older systems
        return False


def _refuse_devices(target: Path) -> None:
    """A pipe or a device would be replaced by a file, not written to."""
    if target.exists() and not target.is_file() and not target.is_dir():
        raise OSError(errno.EINVAL, "A pipe or a device, and files are written here; name a file")


def _checked(aside: Path, path: Path, check: Callable[[Path], object]) -> None:
    try:
        check(aside)
    except MessinaError as error:
        reason = str(error).replace(f"{aside}: ", "").replace(str(aside), str(path))
        raise MessinaError(
            f"{path}: not written, because it could not be opened again ({reason}); "
            "what was there before is as it was. Please report this"
        ) from error


@functools.lru_cache(maxsize=1)
def _machine() -> str:
    """This machine among those that may share a folder; with process ids of its own."""
    own = platform.node()
    with contextlib.suppress(OSError):
        own += str(Path("/proc/self/ns/pid").readlink())
    return hashlib.blake2b(own.encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()


@functools.lru_cache(maxsize=1024)
def _clear_up_after_the_dead(folder: Path) -> None:
    """Removes what processes of this machine that are gone left aside; once a run and folder."""
    try:
        inside = list(folder.iterdir())
    except OSError:  # written to but not listed: nothing to be done
        return
    for left in inside:
        found = _ASIDE.fullmatch(left.name)
        if found is None or found[1] != _machine() or _lives(int(found[2])):
            continue
        with contextlib.suppress(OSError):
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left)
            else:
                left.unlink()


def _lives(process: int) -> bool:
    """Whether there is such a process, or no way to know."""
    if sys.platform == "win32":  # signal 0 is Ctrl-C there
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # another user's
        return True
    return True
