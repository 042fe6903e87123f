"""Processes that analyse the sounds they are handed, as their parent sees them.

In: safetensors with `audio` and `reference_hz`. Out: one letter, F and frames or E and the text of
an error.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from messina.child_process import ChildProcess
from messina.corpus.cache import decode_frames
from messina.frames.layout import Frames

__all__ = ["ANALYSE", "Worker", "find_function"]

ANALYSE: Final = "messina.frames.analysis:analyse"


def find_function(path: str) -> Any:
    """The function that `module:name` stands for."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


class Worker:
    """The parent's end of one worker. Used by one thread at a time."""

    def __init__(self, function: str = ANALYSE) -> None:
        self._process = ChildProcess("messina.corpus.analyst", function)

    def analyse(self, audio: NDArray[np.float32], reference_hz: float) -> Frames:
        """Raises ValueError with the analysis' own words, ChildGoneError when there is nobody."""
        request = {"audio": np.ascontiguousarray(audio), "reference_hz": np.array([reference_hz])}
        reply = self._process.ask(save(request))
        if reply[:1] == b"E":
            raise ValueError(reply[1:].decode())
        return decode_frames(reply[1:])

    def close(self) -> None:
        """End it at once, whatever it is doing."""
        self._process.close()
