"""Who does the tasks, on this machine or by Ray on as many as there are; and how one is done.

`python -m messina.library.executors INDEX` is such a process: in are tasks, out their outcomes, as
MessagePack.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self

from messina.corpus.reading import Readers
from messina.errors import CorpusError, MessinaError
from messina.library.analysis_pass import analyse_sounds
from messina.library.naming_pass import name_part
from messina.library.reading_pass import read_files
from messina.library.tasks import (
    Analyse,
    Failed,
    Lost,
    Name,
    Outcome,
    Read,
    Task,
    Written,
    encoded,
    outcome_of,
    task_of,
)
from messina.process_pool import ChildGoneError, ProcessPool, answer_messages, available_cores

__all__ = ["Executor", "LocalProcesses", "RayCluster", "outcomes_of", "perform"]

_WORKER: Final = "messina.library.executors"
_ANSWERS_WITHIN_S: Final = 20.0
_TRIES: Final = 3
"""How often a task is begun whose process is ended, for memory most likely."""


class Executor(Protocol):
    """Runs tasks in parallel; use it as a context."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def outcomes(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Outcome]]:
        """Outcome of each task, in order; a few are under way at a time."""


def outcomes_of(executor: Executor, tasks: Iterable[Task]) -> Iterator[tuple[Task, Written | Lost]]:
    """What came of the tasks. One whose process is ended again and again is done in halves,
    until the file is found that ends it. Raises CorpusError where nothing else can be done."""
    again: list[Task] = []
    for task, outcome in executor.outcomes(tasks):
        if isinstance(outcome, Failed):
            raise CorpusError(outcome.reason)
        halves = _halves(task) if isinstance(outcome, Lost) else []
        again += halves
        if not halves:
            yield task, outcome
    if again:
        yield from outcomes_of(executor, again)


def _halves(task: Task) -> list[Task]:
    """A task as two; nothing where it is a single file, or cannot be divided."""
    if isinstance(task, Name) or len(task.files) < 2:
        return []
    middle = len(task.files) // 2
    parts = (task.files[:middle], task.files[middle:])
    if isinstance(task, Read):
        return [Read(files, task.how) for files in parts]
    own = [{file.name for file in files} for files in parts]
    return [
        Analyse(files, tuple(w for w in task.wanted if w.file in names), task.how)
        for files, names in zip(parts, own, strict=True)
    ]


class LocalProcesses(ProcessPool):
    """Runs tasks in processes on this machine, by default one a core."""

    def __init__(self, out: Path, *, workers: int | None = None) -> None:
        workers = workers or available_cores()
        # bytes, since a path need not be text; in hex, since a word of a command line must be
        where = os.fsencode(out.absolute()).hex()
        super().__init__(_WORKER, where, most=workers, threads=workers)

    def outcomes(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Outcome]]:
        """Outcome of each task, in order."""
        return self.results(self._outcome, tasks)

    def _outcome(self, task: Task) -> tuple[Task, Outcome]:
        # what a part's names took is in pieces, which a process does not give back
        last = isinstance(task, Name)
        try:
            return task, outcome_of(self.ask(encoded(task), tries=_TRIES, last=last))
        except ChildGoneError as error:
            return task, Lost(f"its process was ended by {error}, for memory most likely")


class RayCluster:
    """Runs tasks on all machines of a Ray cluster; each sees the library and the index.

    Ref: Moritz et al. (2018), "Ray: a distributed framework for emerging AI applications".
    """

    def __init__(self, out: Path, address: str) -> None:
        """address: of a cluster that runs, as ray.init takes it; "local": one is started here.

        Raises MessinaError when Ray is not installed, or there is no cluster at the address.
        """
        try:
            import ray
        except ImportError as error:
            raise MessinaError(
                "--cluster needs Ray, which is not installed: pip install 'messina[cluster]'"
            ) from error
        self._ray: Any = ray
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anyone
        try:
            _check_reachable(address)
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
        except (OSError, RuntimeError, ValueError) as error:
            raise MessinaError(
                f"no cluster of Ray at {address} ({error}); start one with `ray start --head`"
            ) from error
        where = str(out.absolute())
        self._perform = ray.remote(num_cpus=1, max_retries=_TRIES - 1)(_perform_there)
        self._where = where

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ray.shutdown()

    def outcomes(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Outcome]]:
        """Outcome of each task, in order."""
        ahead: deque[tuple[Task, Any]] = deque()
        for task in tasks:
            ahead.append((task, self._perform.remote(encoded(task), self._where)))
            # asked each time: machines may join
            if len(ahead) > 2 * max(1, int(self._ray.cluster_resources().get("CPU", 1))):
                yield self._outcome(*ahead.popleft())
        while ahead:
            yield self._outcome(*ahead.popleft())

    def _outcome(self, task: Task, reference: Any) -> tuple[Task, Outcome]:
        try:
            return task, outcome_of(self._ray.get(reference))
        except (
            self._ray.exceptions.WorkerCrashedError,
            self._ray.exceptions.OutOfMemoryError,
            self._ray.exceptions.NodeDiedError,
        ) as error:
            return task, Lost(f"its process was ended ({type(error).__name__})")


def _check_reachable(address: str) -> None:
    """Raises OSError where nobody listens at host:port: Ray would go on trying for minutes."""
    host, _, port = address.rpartition(":")
    if host and "/" not in host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=_ANSWERS_WITHIN_S).close()


def _perform_there(message: bytes, where: str) -> bytes:
    """On a worker of Ray: the same as in a process of our own."""
    return perform(message, Path(where))


def perform(message: bytes, out: Path) -> bytes:
    """Runs a task and returns its outcome; its shard is in the folder `out` by then."""
    try:
        return encoded(_done(task_of(message), out))
    except MessinaError as error:
        return encoded(Failed(str(error)))
    except OSError as error:
        return encoded(Failed(f"{error.filename or out}: {error.strerror or error}"))


def _done(task: Task, out: Path) -> Outcome:
    if isinstance(task, Read):
        return read_files(task, out, _readers())
    if isinstance(task, Name):
        return name_part(task, out, _readers())
    return analyse_sounds(task, out, _readers())


@cache
def _readers() -> Readers:
    """This process's decoder, started once; it ends when this process does."""
    return Readers(0, cores=1)


if __name__ == "__main__":
    folder = Path(os.fsdecode(bytes.fromhex(sys.argv[1])))
    answer_messages(lambda message: perform(message, folder))
