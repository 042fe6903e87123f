"""Many arrays held without holding them all in memory.

Up to a limit they stay where they are. What comes after goes to one unnamed file, and is handed
out as views into it: the system reads what is used and forgets what is not.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO, Final

import numpy as np

from messina.corpus.sound import Array

__all__ = ["IN_MEMORY_BYTES", "Spool"]

IN_MEMORY_BYTES: Final = 128 * 2**20
"""About 12 minutes of mono: folders of up to some 500 one-shots never touch the disk."""


class Spool:
    """Takes audio [N, C] and gives all of it back, in order."""

    def __init__(self, *, folder: Path | None = None, limit_bytes: int = IN_MEMORY_BYTES) -> None:
        self._folder = folder
        self._limit = limit_bytes
        self._held: list[Array] = []
        self._held_bytes = 0
        self._file: IO[bytes] | None = None
        self._shapes: list[tuple[int, int]] = []

    def add(self, audio: Array) -> None:
        """Raises OSError when the disk is full."""
        if self._held_bytes + audio.nbytes <= self._limit and self._file is None:
            self._held.append(audio)
            self._held_bytes += audio.nbytes
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115
        self._file.write(np.ascontiguousarray(audio, np.float32).tobytes())
        self._shapes.append((audio.shape[0], audio.shape[1]))

    def arrays(self) -> list[Array]:
        """Everything that was added. Those on the disk are read-only."""
        if self._file is None or not self._shapes:
            return list(self._held)
        self._file.flush()
        with self._file as file:
            # the mapping outlives the file object, and the file has no name to be left behind
            mapped = np.memmap(file, np.float32, mode="r")
        views = []
        start = 0
        for samples, channels in self._shapes:
            flat = mapped[start : start + samples * channels]
            views.append(np.asarray(flat).reshape(samples, channels))
            start += samples * channels
        return [*self._held, *views]
