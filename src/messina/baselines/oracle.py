"""The oracle: each sound analysed into frames and played again, without a model between.

What it loses no model can give back: it is the ceiling of the frames, and what held-out
resynthesis is measured against.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from messina.counter_rng import CounterRng
from messina.evaluation.metrics import summarise
from messina.evaluation.scoring import pair_metrics
from messina.frames.analysis import analyse
from messina.frames.layout import reference_of
from messina.frames.synthesis import synthesise

__all__ = ["OracleReport", "OracleRow", "PlayableSound", "oracle", "through_frames"]

Array = NDArray[np.float32]


class PlayableSound(Protocol):
    """What the oracle needs of a sound; a corpus's sounds are."""

    @property
    def name(self) -> str:
        """What it is called in the report."""

    @property
    def audio(self) -> Array:
        """[N] or [N, C] at 44.1 kHz, onset at sample 0."""

    @property
    def note(self) -> float | None:
        """MIDI note number, if it has a pitch."""


@dataclass(frozen=True, kw_only=True)
class OracleRow:
    """Metrics of one sound, by the names of `evaluation.metrics.METRICS`."""

    name: str
    metrics: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class OracleReport:
    """Metrics of every sound, and of all together."""

    rows: tuple[OracleRow, ...]

    @property
    def means(self) -> dict[str, float]:
        return summarise([row.metrics for row in self.rows])


def through_frames(audio: Array, *, note: float | None, key: int) -> Array:
    """A sound [N] or [N, C] analysed and played again [N, 2]; silent where it was empty."""
    if not len(audio):
        return np.zeros((0, 2), np.float32)
    frames = analyse(np.asarray(audio, np.float32), reference_hz=reference_of(note))
    return synthesise(frames, key=key, samples=len(audio))


def _key(name: str, seed: int) -> int:
    return CounterRng(seed, crc32(name.encode())).bits()


def oracle(
    sounds: Sequence[PlayableSound],
    *,
    seed: int,
    heard: Callable[[PlayableSound, Array], None] | None = None,
) -> OracleReport:
    """Play every sound through the frames and score it against itself.

    heard: called with each sound and how it came out [N, 2], as they are done. A sound comes out
    the same whichever others there are.
    """
    rows = []
    for sound in sounds:
        played = through_frames(sound.audio, note=sound.note, key=_key(sound.name, seed))
        rows.append(OracleRow(name=sound.name, metrics=pair_metrics(sound.audio, played)))
        if heard is not None:
            heard(sound, played)
    return OracleReport(rows=tuple(rows))
