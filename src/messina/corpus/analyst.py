"""A worker process's own end: `python -m messina.corpus.analyst MODULE:FUNCTION`.

Not imported by anything; see `analysing` for the messages.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from safetensors.numpy import load

from messina.corpus.analysing import find_function
from messina.corpus.cache import encode_frames
from messina.process_pool import answer_messages


def _answering(function: str) -> Callable[[bytes], bytes]:
    analyse = find_function(function)

    def answer(message: bytes) -> bytes:
        parts = load(message)
        try:
            frames = analyse(parts["audio"], reference_hz=float(parts["reference_hz"][0]))
            return b"F" + encode_frames(frames)
        except Exception as error:  # the parent decides what becomes of it
            return b"E" + f"{type(error).__name__}: {error}".encode()

    return answer


if __name__ == "__main__":
    answer_messages(_answering(sys.argv[1]))
