"""How much the noise of a recording fluctuates: as much as makes its flux that of the recording.

The same latents are played with the most even noise and with white noise; the recording's flux lies
between the two, and so does its evenness.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.evaluation.dynamics import flux_db
from messina.frames.layout import GROUPS, HOP
from messina.stream.latents import Basis, Texture
from messina.stream.synthesis import StreamSynthesiser

__all__ = ["measure_texture"]

Real = NDArray[np.float32]

_HEARD_FRAMES: Final = 1_024  # 6 s, from the middle
_KEY = 1


def measure_texture(audio: Real, frames: Real, basis: Basis) -> Texture:
    """The texture of a recording [N, C], given its frames [T, FRAME_SIZE]."""
    start = max(0, (len(frames) - _HEARD_FRAMES) // 2)
    part = frames[start : start + _HEARD_FRAMES]
    latents = basis.encode(part)
    told = basis.decode(latents, latents[0])
    real = flux_db(audio[start * HOP : (start + len(told)) * HOP].mean(axis=1))
    even, white = (flux_db(_played(told, evenness)) for evenness in (0.0, 1.0))
    share = np.clip((real - even) / max(white - even, 1e-3), 0.0, 1.0)
    return Texture(evenness=np.full(GROUPS, share, np.float32))


def _played(frames: Real, evenness: float) -> Real:
    """Its middle [N]."""
    synthesiser = StreamSynthesiser(key=_KEY)
    sound = synthesiser.step(frames, np.full(GROUPS, evenness, np.float32))
    return np.asarray(sound[StreamSynthesiser.LATE :].mean(axis=1), np.float32)
