"""The last touch on a rendered sound: an end in silence, and no peak over -0.3 dBFS.

Where several sounds of an instrument may meet, they are played softer: headroom.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.audio_files import check_finite
from messina.instrument.responses import Response
from messina.limiter import SAFE, SOUND_CEILING, limited, true_peaks

__all__ = ["LOUDEST_DB", "RANGE_DB", "block_of", "finished", "headroom_db", "true_peak"]

Audio = NDArray[np.float32]

_FADE_SAMPLES: Final = 512


def true_peak(audio: Audio) -> float:
    """Highest amplitude between the samples too, of audio [N, C], by fourfold oversampling."""
    return float(true_peaks(audio).max(initial=0.0))


def finished(audio: Audio) -> Audio:
    """Audio [N, 2] faded out over its last 12 ms and limited to the ceiling.

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


def block_of(ready: Audio, portion: Callable[[], Audio], samples: int) -> tuple[Audio, Audio]:
    """Cuts what is made in portions into blocks: the next [samples, 2], and what is left over.

    Args:
        ready: What the last portion left over [N, 2].
        portion: Makes the next one.
        samples: How many are wanted.
    """
    parts, count = [ready], len(ready)
    while count < samples:
        parts.append(portion())
        count += len(parts[-1])
    joined = np.concatenate(parts)
    return joined[:samples], joined[samples:]


LOUDEST_DB: Final = -18.0
"""Where a label's loudest 50 ms are brought to, at full velocity: room for what else is played."""
RANGE_DB: Final = 18.0


def headroom_db(responses: Sequence[Response]) -> float:
    """Gain in dB that leaves room for other notes of the same instrument, at most 18 up or down."""
    loudest = max(response.played_db[-1] for response in responses)
    return float(np.clip(LOUDEST_DB - loudest, -RANGE_DB, RANGE_DB))
