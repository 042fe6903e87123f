"""A process that renders takes into files: `python -m messina.export.worker`.

Not multiprocessing: that would run the user's own script again in every worker, which fails for
any script without a `__main__` guard. The first message in is an instrument file, every one after
it a Job; each is answered by a Rendered or a Failed. All workers calculate on one thread, so what
they make does not depend on how many there are.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import IO, Literal

import msgspec
import numpy as np

from messina.audio_files import resample
from messina.corpus.worker import receive_message, send_message
from messina.errors import MessinaError
from messina.export.looping import Loop, find_loop, make_seamless
from messina.export.wave_file import BitDepth, SampleFacts, wave_bytes
from messina.instrument import Instrument
from messina.instrument.file import decode_file

__all__ = ["Answer", "Failed", "Job", "Rendered", "work"]


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


def work(jobs: IO[bytes], answers: IO[bytes]) -> None:
    """Do jobs until there are none."""
    instrument = Instrument(*decode_file(receive_message(jobs)))
    while message := receive_message(jobs):
        job = msgspec.json.decode(message, type=Job)
        send_message(answers, msgspec.json.encode(_answer(instrument, job)))


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
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who ends us
    answers = sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing but answers goes there
    work(sys.stdin.buffer, answers)
