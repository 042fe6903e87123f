"""Files from the browser: one a request, straight to disk, in bounds."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from messina.atomic import place_aside
from messina.errors import MessinaError
from messina.text import printable

__all__ = ["MOST_FILES", "Quota", "receive"]

LARGEST_FILE: Final = 2 << 30
LARGEST_PROJECT: Final = 8 << 30
MOST_FILES: Final = 20_000


class Quota:
    """How much a project's sounds may take, counted on disk once and then as they come."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: dict[Path, tuple[int, int]] = {}

    def take(self, folder: Path, count: int, size: int) -> None:
        """Raises MessinaError when that is too much."""
        with self._lock:
            if folder not in self._used:
                files = [path for path in folder.rglob("*") if path.is_file()]
                self._used[folder] = (len(files), sum(path.stat().st_size for path in files))
            files_, bytes_ = self._used[folder]
            if files_ + count > MOST_FILES:
                raise MessinaError(f"more than {MOST_FILES} files are too many; left out")
            if bytes_ + size > LARGEST_PROJECT:
                raise MessinaError(f"more than {LARGEST_PROJECT >> 30} GiB are too many; left out")
            self._used[folder] = (files_ + count, bytes_ + size)


async def receive(
    chunks: AsyncIterator[bytes],
    target: Path,
    *,
    folder: Path,
    quota: Quota,
    largest: int = LARGEST_FILE,
) -> None:
    """Writes what comes to a file, whole or not at all. Raises MessinaError, OSError."""
    quota.take(folder, 1, 0)
    aside = place_aside(target)
    size = 0
    try:
        with aside.open("wb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > largest:
                    raise MessinaError(
                        f"{printable(target.name, longest=80)}: larger than {largest >> 20} MiB; "
                        "left out"
                    )
                quota.take(folder, 0, len(chunk))
                file.write(chunk)
        aside.replace(target)
    except BaseException:
        aside.unlink(missing_ok=True)
        quota.take(folder, -1, -size)
        raise
