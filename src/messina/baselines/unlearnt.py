"""Opponents that learn nothing: the sampler, the producer, and the oracle.

The sampler plays training sounds back. Nothing new, nothing wrong, the extreme of copying.

The producer is what one would do by hand to have more sounds: transpose, filter, reshape.

The oracle analyses each sound into frames and plays it again, without a model between. What it
loses no model can give back: it is the ceiling of the frames, and what held-out resynthesis is
measured against.

Sounds are mono [N] at 44.1 kHz.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from zlib import crc32

import numpy as np
import soxr
from numpy.typing import NDArray

from messina.counter_rng import CounterRng
from messina.evaluation.metrics import summarise
from messina.evaluation.scoring import pair_metrics
from messina.frames.analysis import analyse
from messina.frames.layout import reference_of
from messina.frames.synthesis import synthesise
from messina.units import SAMPLE_RATE

__all__ = [
    "OracleReport",
    "OracleRow",
    "PlayableSound",
    "Sounds",
    "in_turn",
    "oracle",
    "producer_sounds",
    "sampler_sounds",
    "through_frames",
]


Array = NDArray[np.float32]
Sounds = Sequence[Array]


def in_turn(sounds: Sounds, count: int, rng: np.random.Generator) -> list[Array]:
    """`count` of the sounds in random order, every one once before any comes again."""
    rounds = -(-count // len(sounds))
    order = np.concatenate([rng.permutation(len(sounds)) for _ in range(rounds)])
    return [sounds[row] for row in order[:count]]


def sampler_sounds(sounds: Sounds, *, count: int, rng: np.random.Generator) -> list[Array]:
    """Baseline: `count` training sounds as they are."""
    return [sound.copy() for sound in in_turn(sounds, count, rng)]


Signal = NDArray[np.float64]

_SEMITONES: Final = 2.0
_TILT_DB: Final = 1.5  # an octave
_BELL_DB: Final = 6.0
_DECAY_DB: Final = 20.0  # a second
_ATTACK_S: Final = 3e-3
_GAIN_DB: Final = 3.0


def producer_sounds(sounds: Sounds, *, count: int, rng: np.random.Generator) -> list[Array]:
    """Baseline: `count` training sounds transposed, filtered, with other envelopes and levels."""
    return [_reworked(sound, rng) for sound in in_turn(sounds, count, rng)]


def _reworked(sound: Array, rng: np.random.Generator) -> Array:
    ratio = 2.0 ** (rng.uniform(-_SEMITONES, _SEMITONES) / 12.0)
    transposed = soxr.resample(sound, SAMPLE_RATE * ratio, SAMPLE_RATE)
    filtered = _equalised(transposed, rng)
    seconds = np.arange(len(filtered)) / SAMPLE_RATE
    decay = 10.0 ** (-rng.uniform(0.0, _DECAY_DB) * seconds / 20.0)
    attack = np.minimum(1.0, seconds / rng.uniform(1e-5, _ATTACK_S))
    gain = 10.0 ** (rng.uniform(-_GAIN_DB, _GAIN_DB) / 20.0)
    return np.asarray(filtered * decay * attack * gain, np.float32)


def _equalised(sound: Array, rng: np.random.Generator) -> Signal:
    """A tilt and a bell, without phase."""
    size = len(sound) + 4096
    octaves = np.log2(np.maximum(np.fft.rfftfreq(size, 1.0 / SAMPLE_RATE), 20.0) / 1000.0)
    centre, width = rng.uniform(-3.0, 3.5), rng.uniform(0.3, 1.5)
    bell_db = rng.uniform(-_BELL_DB, _BELL_DB) * np.exp(-0.5 * ((octaves - centre) / width) ** 2)
    gain_db = rng.uniform(-_TILT_DB, _TILT_DB) * octaves + bell_db
    return np.fft.irfft(np.fft.rfft(sound, size) * 10.0 ** (gain_db / 20.0), size)[: len(sound)]


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
        """Mean of each metric."""
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
