"""A process that renders takes into files: `python -m messina.export.worker`.

The first message in is an instrument file, every one after it a Job; each is answered by a Rendered
or a Failed. All workers calculate on one thread, so what they make does not depend on how many
there are.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from messina.audio_files import middle, resample
from messina.corpus.describing import loudness_db
from messina.corpus.levels import downmix
from messina.errors import MessinaError
from messina.export.levels import Aim, brought_to
from messina.export.looping import Loop, find_loop, make_seamless
from messina.export.wave_file import BitDepth, SampleFacts, wave_bytes
from messina.instrument import Instrument
from messina.instrument.file import decode_file
from messina.limiter import SOUND_CEILING
from messina.process_pool import answer_messages
from messina.text import well_formed

__all__ = ["Answer", "Failed", "Job", "Looping", "Rendered", "Renderer"]

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
    """What became of a job."""

    samples: int
    peak: float
    level_db: float
    """Of its loudest 50 ms, before it was looped."""
    loop: Loop | None


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Why a job could not be done."""

    kind: Literal["system", "ours", "mistake"]
    text: str
    number: int = 0  # errno, where the system refused


Answer = Rendered | Failed


class Renderer:
    """Takes an instrument, then does jobs."""

    def __init__(self) -> None:
        self._instrument: Instrument | None = None

    def answer(self, message: bytes) -> bytes | None:
        """What to say to a message; the instrument is taken without a word."""
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
