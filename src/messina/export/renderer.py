"""A process that renders takes into files: `python -m messina.export.renderer`.

The first message in is an instrument file, every one after it a Job; each is answered by a Rendered
or a Failed. All workers calculate on one thread, so what they make does not depend on how many
there are.

A take is as loud as its layer, whatever chance made of it. Takes of a layer may differ by a little,
as a player's do, but never by so much that one of them is softer than the layer under it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from messina.audio_files import middle, resample
from messina.corpus.describing import loudness_db
from messina.corpus.levels import downmix
from messina.errors import MessinaError
from messina.export.sample_map import SampleMap, Zone
from messina.export.wave_file import (
    BitDepth,
    Loop,
    SampleFacts,
    find_loop,
    make_seamless,
    wave_bytes,
)
from messina.instrument import Instrument
from messina.instrument.file import decode_file
from messina.instrument.responses import Response
from messina.limiter import SOUND_CEILING, limited
from messina.process_pool import answer_messages
from messina.text import well_formed
from messina.units import db_to_amplitude

__all__ = [
    "SAME_DB",
    "Aim",
    "Answer",
    "Failed",
    "Job",
    "Looping",
    "Rendered",
    "Renderer",
    "aims_of",
    "brought_to",
]

Audio = NDArray[np.float32]

_TAKES_DB: Final = 0.75
"""Takes of a layer are at most so far from its level …"""
_OF_GAP: Final = 0.45
"""… and at most this share of the way to the next layer."""
_MOST_DB: Final = 9.0
"""What is further off than this is not a matter of level."""
SAME_DB: Final = 0.01
"""Levels this near are the same."""
_ROUNDS: Final = 3
"""A take that comes near the ceiling is limited, and so brought up again."""


class Aim(NamedTuple):
    """Target loudness of a take, and its tolerance."""

    level_db: float
    within_db: float


def aims_of(sample_map: SampleMap, responses: Sequence[Response]) -> dict[str, Aim]:
    """Target loudness of every take of a sample map, by its stem."""
    by_label = {response.label: response for response in responses}
    aims: dict[str, Aim] = {}
    for program in sample_map.programs:
        for zone in program.zones:
            aims |= _aims_of_zone(zone, by_label[zone.label])
    return aims


def _aims_of_zone(zone: Zone, response: Response) -> dict[str, Aim]:
    levels = [response.loudness_at(layer.velocity, layer.takes[0].note)[1] for layer in zone.layers]
    gaps = np.abs(np.diff(levels))
    aims: dict[str, Aim] = {}
    for index, layer in enumerate(zone.layers):
        gap = gaps[max(0, index - 1) : index + 1].min(initial=np.inf)
        aim = Aim(level_db=levels[index], within_db=float(min(_TAKES_DB, _OF_GAP * gap)))
        aims |= {take.stem: aim for take in layer.takes}
    return aims


def brought_to(audio: Audio, aim: Aim) -> Audio:
    """The audio [N, C] at a gain that brings it within its target, under the ceiling."""
    wanted = 0.0
    for _ in range(_ROUNDS):
        off = loudness_db(downmix(audio)) - aim.level_db
        step = float(np.clip(off, -aim.within_db, aim.within_db)) - off
        step = float(np.clip(wanted + step, -_MOST_DB, _MOST_DB)) - wanted
        if abs(step) < SAME_DB:
            break
        wanted += step
        audio = limited(audio * np.float32(db_to_amplitude(step)), SOUND_CEILING)
    return audio


Looping = Literal["as found", "always", "never"]


class Job(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One take to be rendered into a file."""

    path: bytes
    """As the system has it; names need not be text."""
    label: str
    note: int | None
    velocity: int
    wildness: float
    seed: int
    aim: Aim
    looping: Looping
    """Whether it is looped: where it sustains, in any case, or in none."""
    sample_rate: int
    bits: BitDepth
    info: dict[str, str]


class Rendered(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The answer of a worker for a take that is rendered."""

    samples: int
    peak: float
    level_db: float
    """Of its loudest 50 ms, before it was looped."""
    loop: Loop | None


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The answer of a worker for a take that could not be rendered."""

    kind: Literal["system", "ours", "mistake"]
    text: str
    number: int = 0  # errno, where the system refused


Answer = Rendered | Failed


class Renderer:
    """A worker process: takes an instrument in its first message, then a job in each."""

    def __init__(self) -> None:
        self._instrument: Instrument | None = None

    def answer(self, message: bytes) -> bytes | None:
        """The reply to a message: None to the instrument, Rendered or Failed to a job."""
        if self._instrument is None:
            self._instrument = Instrument(*decode_file(message))
            return None
        job = msgspec.json.decode(message, type=Job)
        return msgspec.json.encode(_answer(self._instrument, job))


def _answer(instrument: Instrument, job: Job) -> Answer:
    try:
        return _rendered(instrument, job)
    except OSError as error:
        return Failed(kind="system", text=error.strerror or str(error), number=error.errno or 0)
    except MessinaError as error:
        return Failed(kind="ours", text=well_formed(str(error)))
    except Exception as error:  # told to the parent, who has the words for it
        return Failed(kind="mistake", text=well_formed(f"{type(error).__name__}: {error}"))


def _rendered(instrument: Instrument, job: Job) -> Rendered:
    audio = instrument.render(
        label=job.label,
        note=job.note,
        velocity=job.velocity,
        wildness=job.wildness,
        seed=job.seed,
    )
    audio = brought_to(audio, job.aim)
    level_db = loudness_db(downmix(audio))
    if instrument.manifest.mono:
        audio = middle(audio)
    audio = resample(audio, job.sample_rate)
    loop = None if job.looping == "never" else find_loop(audio, held=job.looping == "always")
    if loop is not None:
        audio = make_seamless(audio, loop)
    peak = float(np.abs(audio).max(initial=0.0))
    if peak > SOUND_CEILING:  # between two ends of a loop brought to one level
        audio, peak = audio * np.float32(SOUND_CEILING / peak), SOUND_CEILING
    data = wave_bytes(
        audio,
        sample_rate=job.sample_rate,
        bits=job.bits,
        facts=SampleFacts(root_key=job.note, loop=loop, info=job.info),
        rng=np.random.default_rng(job.seed),
    )
    Path(os.fsdecode(job.path)).write_bytes(data)
    return Rendered(samples=len(audio), peak=peak, level_db=level_db, loop=loop)


if __name__ == "__main__":
    answer_messages(Renderer().answer)
