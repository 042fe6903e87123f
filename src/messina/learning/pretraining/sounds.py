"""Voices made from nothing, by the hundred: what a network is pretrained on before it is given a
folder.

A voice is one instrument: a drum, a bar, a string, a pipe, a bell, a burst of noise, with a body,
a room and a noise floor of its own. Its sounds are hits of it: harder and softer, at several
pitches where it has one, no two alike. All parameters are drawn at random and wide, so that
whatever a folder holds lies within their range.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from messina.learning.pretraining.procedural_voices import (
    bar,
    block,
    burst,
    drum,
    fm,
    metal,
    pipe,
    string,
    synth,
)
from messina.learning.pretraining.signals import LONGEST_S, Hit, RecordingChain, Signal
from messina.units import SAMPLE_RATE, note_to_hz

__all__ = ["ProceduralSound", "procedural_sounds"]

Audio: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class ProceduralSound:
    """One hit of a procedural voice, and what it is labelled with."""

    audio: Audio  # [N, 2]
    voice: str
    note: float | None
    velocity: float  # 1 … 127


def procedural_sounds(
    voices: int, *, sounds_each: int = 8, seed: int = 0
) -> Iterator[ProceduralSound]:
    """Hits of so many voices, all kinds in turn; the same for the same seed."""
    kinds = list(_KINDS.items())
    for index in range(voices):
        rng = np.random.default_rng([seed, index])
        name, (make, pitched) = kinds[index % len(kinds)]
        yield from _voice(f"{name} {index}", make(rng), pitched, sounds_each, rng)


def _voice(
    name: str, hit: Hit, pitched: bool, count: int, rng: np.random.Generator
) -> Iterator[ProceduralSound]:
    place = RecordingChain.drawn(rng)
    range_db = rng.uniform(15, 40)
    lowest = rng.integers(33, 66)
    notes = lowest + np.sort(rng.choice(rng.integers(5, 36), 4, replace=False)) if pitched else None
    hz = float(np.exp(rng.uniform(np.log(45), np.log(500))))
    gain_db = rng.uniform(-12, -1)
    for _ in range(count):
        velocity = float(rng.uniform(0.1, 1.0))
        note = None if notes is None else float(rng.choice(notes))
        audio = hit(hz if note is None else float(note_to_hz(note)), velocity, rng)
        audio = place.recorded(audio[: int(LONGEST_S * SAMPLE_RATE)])
        level = gain_db - range_db * (1 - velocity) + rng.normal(0, 0.7)
        audio *= 10 ** (level / 20) / max(np.abs(audio).max(), 1e-9)
        audio += place.floor(audio.shape, gain_db, rng)
        yield ProceduralSound(
            audio=_ended(audio, rng), voice=name, note=note, velocity=round(velocity * 127)
        )


def _ended(audio: Signal, rng: np.random.Generator) -> Audio:
    """Faded out over the last 5 to 30 ms, as recordings are cut."""
    samples = min(len(audio), int(rng.uniform(0.005, 0.03) * SAMPLE_RATE))
    audio[-samples:] *= np.linspace(1, 0, samples)[:, None]
    return np.clip(audio, -0.99, 0.99).astype(np.float32)


_KINDS: Final[dict[str, tuple[Callable[[np.random.Generator], Hit], bool]]] = {
    "drum": (drum, False),
    "bar": (bar, True),
    "metal": (metal, False),
    "string": (string, True),
    "burst": (burst, False),
    "synth": (synth, True),
    "block": (block, False),
    "pipe": (pipe, True),
    "snare": (drum, False),
    "fm": (fm, True),
    "cymbal": (metal, False),
    "bell": (bar, True),
}
