"""All takes of a plan into WAV files, on all cores; the same bytes however many there are.

A label behaves in one way: where some of its takes were found to sustain and others not, those that
differ are rendered again; so are takes that came out louder than the layer above them, which has no
room under the ceiling. A process that is gone is started anew and its take rendered again, once.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
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
from messina.export.levels import SAME_DB, Aim, aims_of
from messina.export.plan import PackConfig, Plan, Take
from messina.export.sampler import Sample
from messina.export.wave_file import BitDepth
from messina.export.worker import Answer, Failed, Job, Looping, Rendered
from messina.instrument import Instrument
from messina.instrument.file import encode_file
from messina.text import printable

__all__ = ["AudioFormat", "Progress", "render_takes"]

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, how many there are."""

_MOST_WORKERS: Final = 16
_WORTH_ANOTHER: Final = 8  # takes that are rendered before another process has started
_SUSTAINING: Final = 1 / 3
"""A label is held when so many of its takes sustain by themselves: what rings out hardly ever does,
what is held often sways too much."""


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
    loops: bool = True,
    progress: Progress | None = None,
    workers: int | None = None,
) -> dict[str, Sample]:
    """Renders every take into the file `place` says, and returns by stem what is in them.

    name: what the instrument is called in the files. loops: whether what sustains is looped.
    workers: so many processes; by default one for each core where it is worth it. Raises OSError
    as writing does, MessinaError when a process was ended from outside twice. Ending early, by an
    exception or Ctrl-C, ends them all.
    """
    aims = aims_of(plan, instrument.manifest.responses)
    takes = list(plan.takes())
    looping: Looping = "as found" if loops else "never"
    jobs = {
        take.stem: _job(
            take, place(take), name, plan.config, audio_format, aims[take.stem], looping
        )
        for take in takes
    }
    for folder in sorted({Path(os.fsdecode(job.path)).parent for job in jobs.values()}):
        folder.mkdir(exist_ok=True)
    if workers is None:
        wanted = 1 + len(jobs) // _WORTH_ANOTHER
        workers = min(available_cores(), _MOST_WORKERS, wanted)
    instrument_file = encode_file(instrument.manifest, instrument.arrays)
    rendered: dict[str, Rendered] = {}
    with _Pool(instrument_file, workers) as pool:
        again = jobs
        while again:
            what = "making takes alike" if rendered else "rendering"
            for done, (stem, answer) in enumerate(pool.do_all(again), start=1):
                rendered[stem] = answer
                if progress:
                    progress(what, done, len(again))
            again = _jobs_of_odd_takes(jobs, rendered) | _jobs_too_loud(plan, jobs, rendered)
            jobs |= again
    return {
        stem: Sample(
            path=Path(os.fsdecode(jobs[stem].path)),
            samples=answer.samples,
            seconds=answer.samples / audio_format.sample_rate,
            peak=answer.peak,
            loop=answer.loop,
        )
        for stem, answer in rendered.items()
    }


def _jobs_of_odd_takes(jobs: Mapping[str, Job], rendered: Mapping[str, Rendered]) -> dict[str, Job]:
    """Takes to be rendered again because others of their label loop and they do not, or reversely.

    After the first round a label is held or not; where a held one has a take too short for any
    loop, none of it is looped.
    """
    labels: dict[str, list[str]] = defaultdict(list)
    for stem, job in jobs.items():
        labels[job.label].append(stem)
    again: dict[str, Job] = {}
    for stems in labels.values():
        looped = [stem for stem in stems if rendered[stem].loop is not None]
        if len(looped) in (0, len(stems)):
            continue
        failed = any(
            jobs[stem].looping == "always" and rendered[stem].loop is None for stem in stems
        )
        held = len(looped) >= _SUSTAINING * len(stems) and not failed
        looping: Looping = "always" if held else "never"
        odd = set(stems) - set(looped) if held else looped
        again |= {
            stem: msgspec.structs.replace(jobs[stem], looping=looping) for stem in sorted(odd)
        }
    return again


def _jobs_too_loud(
    plan: Plan, jobs: Mapping[str, Job], rendered: Mapping[str, Rendered]
) -> dict[str, Job]:
    """Takes that are louder than one of a harder layer, to be rendered again as loud as that."""
    again: dict[str, Job] = {}
    zones = (zone for program in plan.programs for zone in program.zones)
    for zone in zones:
        bound_db = float("inf")
        for layer in reversed(zone.layers):
            levels_db = {take.stem: rendered[take.stem].level_db for take in layer.takes}
            for stem, level_db in levels_db.items():
                if level_db > bound_db + SAME_DB and jobs[stem].aim.level_db > bound_db:
                    aim = Aim(level_db=bound_db, within_db=0.0)
                    again[stem] = msgspec.structs.replace(jobs[stem], aim=aim)
            bound_db = min(bound_db, *levels_db.values())
    return again


def _job(
    take: Take,
    path: Path,
    name: str,
    config: PackConfig,
    audio_format: AudioFormat,
    aim: Aim,
    looping: Looping,
) -> Job:
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
        path=os.fsencode(path),
        label=take.label,
        note=take.note,
        velocity=take.velocity,
        wildness=config.wildness,
        seed=take.seed,
        aim=aim,
        looping=looping,
        sample_rate=audio_format.sample_rate,
        bits=audio_format.bits,
        info=info,
    )


class _Process:
    """The parent's end of one worker; used by one thread at a time."""

    def __init__(self, instrument_file: bytes) -> None:
        self._instrument_file = instrument_file
        self._closed = False
        self._child = self._started()

    def _started(self) -> ChildProcess:
        child = ChildProcess("messina.export.worker")
        with suppress(ChildGoneError):  # it is asked next, and that will tell
            child.send(self._instrument_file)
        return child

    def render(self, job: Job) -> Rendered:
        message = msgspec.json.encode(job)
        try:
            reply = self._child.ask(message)
        except ChildGoneError as error:
            if self._closed:
                raise _gone(self._child) from error
            reply = self._ask_another(message)
        answer: Answer = msgspec.json.decode(reply, type=Answer)
        if isinstance(answer, Failed):
            raise _error(answer, job)
        return answer

    def _ask_another(self, message: bytes) -> bytes:
        """What a new process answers. The system ends one when memory is short for a moment."""
        self._child.close()
        self._child = self._started()
        if self._closed:  # meanwhile, by the thread that waits for all
            self._child.close()
        try:
            return self._child.ask(message)
        except ChildGoneError as error:
            self._child.close()
            raise _gone(self._child) from error

    def close(self) -> None:
        """End it at once, whatever it is doing."""
        self._closed = True
        self._child.close()


def _gone(child: ChildProcess) -> MessinaError:
    return MessinaError(
        f"rendering was cut short: one of its processes was ended twice (by {child.ended_by}), "
        "most likely for memory; close other programs and export again"
    )


def _error(failed: Failed, job: Job) -> Exception:
    if failed.kind == "system":
        return OSError(failed.number, failed.text, os.fsdecode(job.path))
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

    def do_all(self, jobs: Mapping[str, Job]) -> Iterator[tuple[str, Rendered]]:
        """The answer to each job, in order."""
        waiting = {stem: self._threads.submit(self._render, job) for stem, job in jobs.items()}
        for stem, future in waiting.items():
            yield stem, future.result()

    def _render(self, job: Job) -> Rendered:
        process = self._free.get()
        try:
            return process.render(job)
        finally:
            self._free.put(process)
