"""The last touch on a rendered sound: an end in silence, and no peak over -0.3 dBFS."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.audio_files import check_finite
from messina.limiter import SAFE, SOUND_CEILING, limited, true_peaks

__all__ = ["finished", "true_peak"]

Audio = NDArray[np.float32]

_FADE_SAMPLES: Final = 512


def true_peak(audio: Audio) -> float:
    """Highest amplitude between the samples too, of audio [N, C], by fourfold oversampling."""
    return float(true_peaks(audio).max(initial=0.0))


def finished(audio: Audio) -> Audio:
    """Audio [N, 2] faded out over its last 12 ms and, only where it must be, turned down.

    Raises InstrumentError for what is not finite: nobody's ears or files are to have that.
    """
    out = np.asarray(audio, np.float32).copy()
    check_finite(out)
    fade = min(len(out), _FADE_SAMPLES)
    if fade:
        turn = 0.5 + 0.5 * np.cos(np.pi * (np.arange(fade) + 1) / fade)
        out[-fade:] *= turn[:, None].astype(np.float32)
    if np.abs(out).max(initial=0.0) > SAFE:
        out = limited(out, SOUND_CEILING)
    return out
