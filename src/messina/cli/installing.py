"""Runs pip or uv: as it is for people, who see its own progress; for programs line by line."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import IO, Final

from messina.cli.progress import Progress
from messina.errors import MessinaError
from messina.text import printable

__all__ = ["run_installer", "why_not"]

_LOOK_S: Final = 0.2
_PATIENCE_S: Final = 10.0
_KEPT_LINES: Final = 200
_RAW: Final = re.compile(r"Progress (\d+) of (\d+)")
"""What pip tells with `--progress-bar raw`, in bytes."""

_REASONS: Final = (
    (
        (
            r"name resolution|dns error|getaddrinfo|failed to establish|unreachable|"
            r"connection (refused|reset|aborted)|timed out|could not connect|"
            r"error sending request|proxyerror|sslerror|connection broken"
        ),
        "the network cannot be reached; where there is one, try again",
    ),
    (r"no space left|errno 28|disk full", "the disk is full; make room and try again"),
    (
        r"permission denied|read-only file system|errno (13|30)|access is denied",
        "the environment that messina runs in cannot be written to",
    ),
    (
        r"no matching distribution|no solution found|no wheels? with a matching",
        "there is no build of it for this system and version of Python",
    ),
)


def run_installer(step: Sequence[str], *, told: bool, progress: Progress) -> list[str]:
    """Runs a command; returns [] when it has done its work, else what it said last.

    told: what it says becomes progress; else it goes to stderr as it comes. Interrupted, it ends.
    """
    if not told:
        code = subprocess.call(step, stdout=sys.stderr.fileno())
        return [] if code == 0 else ["the reason is above"]
    process = subprocess.Popen(
        step,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    assert process.stdout is not None
    said = _Said()
    reader = threading.Thread(target=said.follow, args=(process.stdout,), daemon=True)
    reader.start()
    try:
        while process.poll() is None:
            said.tell(progress)
            time.sleep(_LOOK_S)
    except BaseException:
        _end(process)
        raise
    reader.join(_PATIENCE_S)
    return [] if process.returncode == 0 else said.lines or [f"it ended with {process.returncode}"]


class _Said:
    """What an installer says, read in a thread of its own."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._bytes = (0, 0)
        self._since_s = time.monotonic()

    def follow(self, pipe: IO[str]) -> None:
        for line in pipe:
            raw = _RAW.fullmatch(line.strip())
            if raw is not None:
                now, total = int(raw[1]), int(raw[2])
                if total != self._bytes[1]:
                    self._since_s = time.monotonic()
                self._bytes = (now, total)
            elif text := printable(line.strip(), longest=200):
                self._bytes = (0, 0)
                self.lines = [*self.lines[1 - _KEPT_LINES :], text]

    def tell(self, progress: Progress) -> None:
        now, total = self._bytes
        last = self.lines[-1] if self.lines else "begins"
        if not total:
            progress.at("installing torch", 0, 1, last)
            return
        spent_s = time.monotonic() - self._since_s
        left_s = spent_s * (total - now) / now if now else None
        detail = f"{now / 1e6:.0f} of {total / 1e6:.0f} MB"
        progress.at("downloading", now, total, detail, left_s=left_s)


def why_not(lines: Sequence[str]) -> str:
    """The reason that an installer gave, in a sentence.

    >>> why_not(["Collecting torch", "OSError: [Errno 28] No space left on device"])
    'the disk is full; make room and try again'
    >>> why_not(["Collecting torch", "ERROR: torch is odd", "[notice] a new release of pip"])
    'torch is odd'
    """
    text = "\n".join(lines).lower()
    for pattern, sentence in _REASONS:
        if re.search(pattern, text):
            return sentence
    errors = [line for line in lines if re.match(r"\W*error\W", line, re.IGNORECASE)]
    return re.sub(r"^\W*error\W+", "", [*lines, *errors][-1], flags=re.IGNORECASE)


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE_S)
    if process.returncode is None:
        raise MessinaError("the installer does not end; end it by hand")
