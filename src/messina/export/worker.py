"""A process that renders takes into files: `python -m messina.export.worker`.

The first message in is an instrument file, every one after
it a Job; each is answered by a Rendered or a Failed. All workers calculate on one thread, so what
they make does not depend on how many there are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from messina.audio_files import resample
from messina.child_process import answer_messages
from messina.errors import MessinaError
from messina.export.looping import Loop, find_loop, make_seamless
from messina.export.wave_file import BitDepth, SampleFacts, wave_bytes
from messina.instrument import Instrument
from messina.instrument.file import decode_file

__all__ = ["Answer", "Failed", "Job", "Rendered", "Renderer"]


class Job(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One take to be rendered into a file."""

    path: str
    label: str
    note: int | None
    velocity: int
    wildness: float
    seed: int
    sample_rate: int
    bits: BitDepth
    info: dict[str, str]


class Rendered(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What became of a job."""

    samples: int
    peak: float
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
        return Failed(kind="ours", text=str(error))
    except Exception as error:  # told to the parent, who has the words for it
        return Failed(kind="mistake", text=f"{type(error).__name__}: {error}")


def _rendered(instrument: Instrument, job: Job) -> Rendered:
    audio = instrument.render(
        label=job.label,
        note=job.note,
        velocity=job.velocity,
        wildness=job.wildness,
        seed=job.seed,
    )
    audio = resample(audio, job.sample_rate)
    loop = find_loop(audio)
    if loop is not None:
        audio = make_seamless(audio, loop)
    data = wave_bytes(
        audio,
        sample_rate=job.sample_rate,
        bits=job.bits,
        facts=SampleFacts(root_key=job.note, loop=loop, info=job.info),
        rng=np.random.default_rng(job.seed),
    )
    Path(job.path).write_bytes(data)
    return Rendered(samples=len(audio), peak=float(np.abs(audio).max(initial=0.0)), loop=loop)


if __name__ == "__main__":
    answer_messages(Renderer().answer)
