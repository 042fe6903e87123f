"""A worker process's own end: `python -m messina.corpus.analyst MODULE:FUNCTION`.

Not imported by anything; see `worker` for the messages.
"""

from __future__ import annotations

import contextlib
import os
import sys

from safetensors.numpy import load

from messina.corpus.cache import encode_frames
from messina.corpus.worker import find_function, receive_message, send_message


def _serve(function: str) -> None:
    analyse = find_function(function)
    # whatever prints must not end up between two messages
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    while message := receive_message(sys.stdin.buffer):
        parts = load(message)
        try:
            frames = analyse(parts["audio"], reference_hz=float(parts["reference_hz"][0]))
            reply = b"F" + encode_frames(frames)
        except Exception as error:  # the parent decides what becomes of it
            reply = b"E" + f"{type(error).__name__}: {error}".encode()
        send_message(out, reply)


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):  # the parent was killed
        _serve(sys.argv[1])
