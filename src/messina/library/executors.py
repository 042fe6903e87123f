"""Who does the tasks: processes on this machine, or Ray on as many as there are."""

from __future__ import annotations

import logging
import os
import socket
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self

from messina.errors import MessinaError
from messina.library.tasks import Lost, Name, Outcome, Task, encoded, outcome_of
from messina.process_pool import ChildGoneError, ProcessPool, available_cores

__all__ = ["Executor", "LocalProcesses", "RayCluster"]

_WORKER: Final = "messina.library.worker"
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
        self._perform = ray.remote(num_cpus=1, max_retries=_TRIES - 1)(_perform)
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


def _perform(message: bytes, where: str) -> bytes:
    """On a worker of Ray: the same as in a process of our own."""
    from messina.library.worker import perform

    return perform(message, Path(where))
