"""How much the noise of a recording fluctuates: as much as makes its flux that of the recording.

The same latents are played with the most even noise and with white noise; the recording's flux lies
between the two, and so does its evenness. Where partials beat, what is taken for noise beside them
jumps from frame to frame, and even the most even noise is too rough: its levels are told over a
longer time.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.evaluation.dynamics import flux_db
from messina.frames.layout import HOP
from messina.stream.analysis import running_mean
from messina.stream.latents import Basis, Texture
from messina.stream.layout import NOISE
from messina.stream.noise import GROUPS
from messina.stream.synthesis import StreamSynthesiser

__all__ = ["measure_texture", "steadied"]

Real = NDArray[np.float32]

_HEARD_FRAMES: Final = 1_024  # 6 s, from the middle
_TRIED_FRAMES = 512  # as often as lengths are tried
_LONGER = (9, 17)  # frames: 52 and 99 ms
_KEY = 1


def steadied(audio: Real, frames: Real) -> Real:
    """Frames [T, FRAME_SIZE] of a recording [N, C], its noise told over so long that it is even."""
    part, real = _middle(audio, frames, _TRIED_FRAMES)
    for length in (1, *_LONGER):
        if flux_db(_played(_over(part, length), 0.0)) <= real:
            break
    return _over(frames, length)


def _over(frames: Real, length: int) -> Real:
    """The same with noise told over so many frames."""
    if length == 1:
        return frames
    longer = frames.copy()
    longer[:, NOISE] = running_mean(frames[:, NOISE], length)
    return longer


def _middle(audio: Real, frames: Real, count: int) -> tuple[Real, float]:
    """What is listened to of the frames, and the recording's flux there."""
    start = max(0, (len(frames) - count) // 2)
    part = frames[start : start + count]
    return part, flux_db(audio[start * HOP : (start + len(part)) * HOP].mean(axis=1))


def measure_texture(audio: Real, frames: Real, basis: Basis) -> Texture:
    """The texture of a recording [N, C], given its frames [T, FRAME_SIZE]."""
    part, real = _middle(audio, frames, _HEARD_FRAMES)
    latents = basis.encode(part)
    told = basis.decode(latents, latents[0])
    even, white = (flux_db(_played(told, evenness)) for evenness in (0.0, 1.0))
    share = np.clip((real - even) / max(white - even, 1e-3), 0.0, 1.0)
    return Texture(evenness=np.full(GROUPS, share, np.float32))


def _played(frames: Real, evenness: float) -> Real:
    """Its middle [N]."""
    synthesiser = StreamSynthesiser(key=_KEY)
    sound = synthesiser.step(frames, np.full(GROUPS, evenness, np.float32))
    return np.asarray(sound[StreamSynthesiser.LATE :].mean(axis=1), np.float32)
