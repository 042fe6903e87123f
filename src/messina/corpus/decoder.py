"""A child's own end: `python -m messina.corpus.decoder`; see `reading` for the messages.

Not imported by anything. A file that brings its decoder down takes this process with it, no more.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from messina.corpus.reading import Decoded, Refused, read_recording
from messina.errors import SoundError
from messina.process_pool import answer_messages

MOST_BYTES: Final = 2 * 2**30
"""Of memory that may be asked for; ten minutes of any file take a quarter of it."""


def _answer(message: bytes) -> bytes:
    try:
        recording = read_recording(Path(os.fsdecode(message)))
    except SoundError as error:
        return msgspec.msgpack.encode(Refused(reason=str(error)))
    samples = np.ascontiguousarray(recording.audio).data.cast("B")
    decoded = Decoded(samples=samples, channels=recording.audio.shape[1], remarks=recording.remarks)
    return msgspec.msgpack.encode(decoded)


def _limit_memory() -> None:
    """Where the system can; elsewhere the bounds of `decoding` have to do."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, hard))


def _be_quiet() -> None:
    """What decoding libraries print of damaged files, in a programmer's words, is not shown."""
    if not os.environ.get("MESSINA_DEBUG"):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


if __name__ == "__main__":
    _limit_memory()
    _be_quiet()
    answer_messages(_answer)
