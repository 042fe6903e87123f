"""All takes of a plan into WAV files, on all cores; the same bytes however many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Final, Self

import msgspec

import messina
from messina.child_process import ChildGoneError, ChildProcess
from messina.corpus.analysing import available_cores
from messina.errors import MessinaError
from messina.export.plan import PackConfig, Plan, Take
from messina.export.sampler import Sample
from messina.export.wave_file import BitDepth
from messina.export.worker import Answer, Failed, Job, Rendered
from messina.instrument import Instrument
from messina.instrument.file import encode_file
from messina.text import printable

__all__ = ["AudioFormat", "Progress", "render_takes"]

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, how many there are."""

_MOST_WORKERS: Final = 16
_WORTH_ANOTHER: Final = 8  # takes that are rendered before another process has started


@dataclass(frozen=True, kw_only=True)
class AudioFormat:
    sample_rate: int = 44_100
    bits: BitDepth = "24"


def render_takes(
    instrument: Instrument,
    plan: Plan,
    place: Callable[[Take], Path],
    *,
    name: str,
    audio_format: AudioFormat,
    progress: Progress | None = None,
    workers: int | None = None,
) -> dict[str, Sample]:
    """Renders every take into the file `place` says, and returns by stem what is in them.

    name: what the instrument is called in the files. workers: so many processes; by default one for
    each core where it is worth it. Raises OSError as writing does, MessinaError when a process was
    ended from outside. Ending early, by an exception or Ctrl-C, ends them all.
    """
    takes = list(plan.takes())
    jobs = [_job(take, place(take), name, plan.config, audio_format) for take in takes]
    for folder in sorted({Path(job.path).parent for job in jobs}):
        folder.mkdir(exist_ok=True)
    if workers is None:
        wanted = 1 + len(jobs) // _WORTH_ANOTHER
        workers = min(available_cores(), _MOST_WORKERS, wanted)
    instrument_file = encode_file(instrument.manifest, instrument.arrays)
    samples: dict[str, Sample] = {}
    with _Pool(instrument_file, workers) as pool:
        for take, job, future in zip(takes, jobs, pool.submit_all(jobs), strict=True):
            rendered = future.result()
            samples[take.stem] = Sample(
                path=Path(job.path),
                seconds=rendered.samples / audio_format.sample_rate,
                peak=rendered.peak,
                loop=rendered.loop,
            )
            if progress:
                progress("rendering", len(samples), len(takes))
    return samples


def _job(take: Take, path: Path, name: str, config: PackConfig, audio_format: AudioFormat) -> Job:
    label = printable(take.label)
    note = "" if take.note is None else f", note {take.note}"
    comment = (
        f"{label}{note}, velocity {take.velocity}, alternation {take.alternation}, "
        f"wildness {config.wildness:g}, seed {take.seed} (pack seed {config.seed})"
    )
    info = {
        "INAM": f"{label} {take.velocity}",
        "IPRD": printable(name),
        "ISFT": f"Messina {messina.__version__}",
        "ICMT": comment,
    }
    return Job(
        path=str(path),
        label=take.label,
        note=take.note,
        velocity=take.velocity,
        wildness=config.wildness,
        seed=take.seed,
        sample_rate=audio_format.sample_rate,
        bits=audio_format.bits,
        info=info,
    )


class _Process:
    """The parent's end of one worker; used by one thread at a time."""

    def __init__(self, instrument_file: bytes) -> None:
        self._process = ChildProcess("messina.export.worker")
        try:
            self._process.send(instrument_file)
        except ChildGoneError as error:
            self._process.close()
            raise _gone() from error

    def render(self, job: Job) -> Rendered:
        try:
            reply = self._process.ask(msgspec.json.encode(job))
        except ChildGoneError as error:
            raise _gone() from error
        answer: Answer = msgspec.json.decode(reply, type=Answer)
        if isinstance(answer, Failed):
            raise _error(answer, job)
        return answer

    def close(self) -> None:
        """End it at once, whatever it is doing."""
        self._process.close()


def _gone() -> MessinaError:
    return MessinaError(
        "rendering was cut short: one of its processes was ended, most likely for memory; "
        "close other programs and export again"
    )


def _error(failed: Failed, job: Job) -> Exception:
    if failed.kind == "system":
        return OSError(failed.number, failed.text, job.path)
    if failed.kind == "ours":
        return MessinaError(f"{job.label}: {failed.text}")
    return RuntimeError(f"{failed.text} (rendering {job.label}, seed {job.seed})")


class _Pool:
    """So many processes, each with a thread that waits for it."""

    def __init__(self, instrument_file: bytes, count: int) -> None:
        self._free: SimpleQueue[_Process] = SimpleQueue()
        self._threads = ThreadPoolExecutor(count)
        self._closing = ExitStack()
        try:
            for _ in range(count):
                process = _Process(instrument_file)
                self._closing.callback(process.close)
                self._free.put(process)
        except BaseException:
            self._closing.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._closing.close()
        self._threads.shutdown(wait=True)

    def submit_all(self, jobs: Iterable[Job]) -> Sequence[Future[Rendered]]:
        return [self._threads.submit(self._render, job) for job in jobs]

    def _render(self, job: Job) -> Rendered:
        process = self._free.get()
        try:
            return process.render(job)
        finally:
            self._free.put(process)
