"""What a stroke or a drum sounds like, in the few numbers by which one stands for another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.corpus.describing import brightness_hz, decay_s, loudness_db
from messina.units import SAMPLE_RATE

__all__ = ["Character", "character_of"]

HEARD: Final = round(0.1 * SAMPLE_RATE)
"""Samples that a stroke is told by: what follows is the room, and the noise of the recording."""
DROP_DB: Final = 20.0
"""How far a stroke has decayed when it counts as over: further down is often noise."""

Real = NDArray[np.float32]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Character:
    """One stroke's, or the middle of several."""

    brightness_hz: float
    """Where its energy lies."""
    edge_hz: float
    """The same of its slope, which is +6 dB an octave: where its noise and its click lie."""
    decay_s: float
    """From its loudest to DROP_DB below it."""
    loudness_db: float

    @property
    def vector(self) -> Floats:
        """Natural logarithms [3] of brightness, edge and decay."""
        return np.log([self.brightness_hz, self.edge_hz, self.decay_s])

    @classmethod
    def of_group(cls, members: Sequence[Character]) -> Character:
        """The median in everything."""
        rows = [(m.brightness_hz, m.edge_hz, m.decay_s, m.loudness_db) for m in members]
        brightness, edge, decay, loudness = np.median(np.array(rows), axis=0).tolist()
        return cls(brightness_hz=brightness, edge_hz=edge, decay_s=decay, loudness_db=loudness)


def character_of(mid: Real) -> Character:
    """That of a sound [N] which begins at its first sample."""
    head = mid[:HEARD]
    return Character(
        brightness_hz=brightness_hz(head),
        edge_hz=brightness_hz(np.diff(head, prepend=np.float32(0.0))),
        decay_s=decay_s(mid, drop_db=DROP_DB),
        loudness_db=loudness_db(mid),
    )
