"""Single sounds of instruments to hear in the studio, and two instruments side by side.

Compared are the same label, note, velocity and seed, brought to one level: what is louder would be
taken for what is better.
"""

from __future__ import annotations

import functools
import io
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import soundfile as sf
from numpy.typing import NDArray

from messina.atomic import Version, version_of
from messina.instrument import Instrument
from messina.instrument.bounds import Note, Seed, Velocity
from messina.instrument.container import HITS, read_parts
from messina.report.blind import as_loud
from messina.sequences.sequence import Sequence, sequence_of
from messina.units import SAMPLE_RATE

__all__ = ["Asked", "heard", "heard_beside"]

Audio = NDArray[np.float32]

_LASTS_S: Final = 8.0
"""Of what plays on, so much is heard."""
_KEPT: Final = 4
_RENDERED: Final = 16


class Asked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to sound; of what plays on, the seed alone counts."""

    label: str | None = None
    note: Note | None = None
    velocity: Velocity | None = None
    seed: Seed = 0


def heard(path: Path, asked: Asked) -> bytes:
    """A sound of an instrument as a WAV file. Raises MessinaError."""
    return _wav(_rendered(path, version_of(path), asked))


def heard_beside(path: Path, other: Path, asked: Asked) -> bytes:
    """The same, at one level with what the other instrument makes of it. Raises MessinaError."""
    ours = _rendered(path, version_of(path), asked)
    theirs = _rendered(other, version_of(other), asked)
    if not (np.any(ours) and np.any(theirs)):
        return _wav(ours)
    return _wav(as_loud(ours, theirs)[0])


@functools.lru_cache(maxsize=_KEPT)
def _loaded(path: Path, version: Version | None) -> Instrument | Sequence:
    del version  # another one is another file
    parts = read_parts(path)
    return Instrument.load(path) if set(parts) == {HITS} else sequence_of(parts)


@functools.lru_cache(maxsize=_RENDERED)
def _rendered(path: Path, version: Version | None, asked: Asked) -> Audio:
    """Audio [N, 2]."""
    instrument = _loaded(path, version)
    if isinstance(instrument, Sequence):
        return instrument.render(duration_s=_LASTS_S, seed=asked.seed)
    return instrument.render(
        label=asked.label, note=asked.note, velocity=asked.velocity, seed=asked.seed
    )


def _wav(audio: Audio) -> bytes:
    file = io.BytesIO()
    sf.write(file, audio, SAMPLE_RATE, format="WAV", subtype="PCM_24")
    return file.getvalue()
