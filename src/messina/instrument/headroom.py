"""How loud an instrument is played when several of its sounds may meet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from messina.instrument.responses import Response

__all__ = ["LOUDEST_DB", "RANGE_DB", "headroom_db"]

LOUDEST_DB: Final = -18.0
"""Where a label's loudest 50 ms are brought to, at full velocity: room for what else is played."""
RANGE_DB: Final = 18.0


def headroom_db(responses: Sequence[Response]) -> float:
    """Gain in dB that leaves room for other notes of the same instrument, at most 18 up or down."""
    loudest = max(response.played_db[-1] for response in responses)
    return float(np.clip(LOUDEST_DB - loudest, -RANGE_DB, RANGE_DB))
