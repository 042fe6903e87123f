"""An analysis for tests of what is around it: fast, and telling what it was given."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import BODY_FLOOR, ONSET_SIZE, REFERENCE_HZ, Frames, frame_count

PROCESS, SAMPLES = 0, 1
"""Places in the onset: who made it, of how many samples."""


def analyse(audio: NDArray[np.float32], *, reference_hz: float = REFERENCE_HZ) -> Frames:
    if len(audio) == 666:
        raise ValueError("666 samples are not liked")
    if len(audio) == 999 and "MESSINA_STUB_PARENT" not in os.environ:
        os._exit(3)  # as the system does when memory runs out
    print("this must not disturb the messages")
    onset = np.zeros(ONSET_SIZE, np.float32)
    onset[PROCESS], onset[SAMPLES] = os.getpid() % 100_000, len(audio)
    body = np.tile(BODY_FLOOR, (frame_count(len(audio)), 1)) + np.float32(0.123456)
    return Frames(
        body=body, onset=onset, gain=float(np.abs(audio).max()), reference_hz=reference_hz
    )
