"""Work in processes of its own: `python -m messina …`, its progress and outcome in the store.

Processes run in an empty folder and never import from it. They stop, and keep what they have, when
their standard input ends: the studio closes it to stop them, the system when the studio is killed.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from messina.errors import MessinaError
from messina.studio.store import Job, Store
from messina.text import printable

__all__ = ["Finish", "Jobs", "Watch", "kept_text"]

Finish = Callable[[], Any]
"""Called when the process is done, in the thread that waited for it; may raise MessinaError."""

Watch = Callable[[dict[str, Any] | None], None]
"""Called with progress as it comes, in that thread; None: the process is done."""


_LEARNS: Final = ("learn", "install-torch")
"""Work of which one is done after the other: no learning begins while torch is being installed."""

_NO_WINDOW: Final = int(getattr(subprocess, "CREATE_NO_WINDOW", 0))
"""The same for Windows, which would open one where the studio has none."""
_REMARKS: Final = 12
_LONGEST_OUTPUT: Final = 64 << 20
_PATIENCE_S: Final = 20.0


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """A piece of work as it waits."""

    job: Job
    words: list[str]
    shown: Mapping[str, str]
    saves: Path | None
    finish: Finish | None
    over: Callable[[], None] | None
    watch: Watch | None


class Jobs:
    """A queue of `messina` processes: one learns at a time, and one does other work beside it."""

    def __init__(self, store: Store, work: Path) -> None:
        self._store = store
        self._work = work
        self._lock = threading.Lock()
        self._running: dict[int, subprocess.Popen[str]] = {}
        self._waiting: dict[int, _Asked] = {}
        self._stopped: set[int] = set()
        self._closing = False
        self._lanes: dict[bool, queue.Queue[_Asked | None]] = {
            learns: queue.Queue() for learns in (True, False)
        }
        self._threads = [
            threading.Thread(target=self._serve, args=(lane,), daemon=True)
            for lane in self._lanes.values()
        ]
        for thread in self._threads:
            thread.start()

    def add(
        self,
        project: str,
        verb: str,
        words: list[str],
        *,
        command: str | None = None,
        options: dict[str, Any] | None = None,
        shown: Mapping[str, str] | None = None,
        saves: Path | None = None,
        finish: Finish | None = None,
        over: Callable[[], None] | None = None,
        watch: Watch | None = None,
    ) -> Job:
        """Queues `messina VERB WORDS`; what `finish` returns becomes the result's "made".

        command: the verb of Messina's, where the work is called otherwise. shown: what paths are
        called when the process names them. saves: the file it writes again and again as it goes,
        if it is work of that kind. over: called when the process has ended, however it did.
        """
        job = self._store.new_job(project, verb, options or {})
        asked = _Asked(
            job=job,
            words=[command or verb, *words],
            shown=shown or {},
            saves=saves,
            finish=finish,
            over=over,
            watch=watch,
        )
        with self._lock:
            self._waiting[job.id] = asked
        self._lanes[verb in _LEARNS].put(asked)
        return job

    def stop(self, job: int) -> None:
        """Asks a process to stop and keep what it has; work that waits is over at once."""
        with self._lock:
            self._stopped.add(job)
            process = self._running.get(job)
            asked = self._waiting.pop(job, None)
        if asked is not None:
            self._store.end(job, "stopped", message="it had not begun")
            if asked.watch is not None:
                asked.watch(None)
        elif process is not None:
            _ask_to_stop(process)

    def close(self) -> None:
        """Stops everything, and waits until what is learnt is saved."""
        with self._lock:
            self._closing = True
            running = list(self._running.items())
        for job, _ in running:
            self.stop(job)
        for lane in self._lanes.values():
            lane.put(None)
        for _, process in running:
            try:
                process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
        for thread in self._threads:
            thread.join(_PATIENCE_S)

    def _serve(self, lane: queue.Queue[_Asked | None]) -> None:
        while (asked := lane.get()) is not None:
            job, watch = asked.job, asked.watch
            if self._closing:
                continue  # the next studio says so
            with self._lock:
                if self._waiting.pop(job.id, None) is None:
                    continue  # stopped meanwhile
            try:
                self._run(asked)
            except Exception as error:  # one piece of work must not end the lane
                self._give_up(job.id, error, watch)

    def _run(self, asked: _Asked) -> None:
        job, watch = asked.job, asked.watch
        process = self._start(asked.words)
        with self._lock:
            self._running[job.id] = process
            is_late = job.id in self._stopped
        if is_late:  # asked to stop while it was being started
            _ask_to_stop(process)
        self._store.begin(job.id)
        output: list[str] = []
        assert process.stdout is not None
        assert process.stderr is not None
        reader = threading.Thread(target=_read, args=(process.stdout, output), daemon=True)
        reader.start()
        remarks = self._follow(asked, process.stderr)
        code = process.wait()
        _ask_to_stop(process)  # it cannot any more, but its pipe is closed
        reader.join()
        if watch is not None:
            watch(None)
        kept = kept_text(job, asked.saves)
        if asked.over is not None:
            asked.over()
        with self._lock:
            self._running.pop(job.id, None)
        stopped = job.id in self._stopped
        if code != 0:
            why = remarks[-1].removeprefix("messina: ") if remarks else f"it ended with {code}"
            if code < 0:
                why = f"its process was killed; {kept}"
            return self._store.end(job.id, "stopped" if stopped else "failed", message=why)
        result = {"told": _decoded("".join(output)), "remarks": remarks}
        if asked.finish is not None:
            result["made"] = asked.finish()
        return self._store.end(job.id, "stopped" if stopped else "done", result=result)

    def _give_up(self, job: int, error: Exception, watch: Watch | None) -> None:
        with self._lock:
            process = self._running.pop(job, None)
        if process is not None and process.poll() is None:
            process.kill()
        if watch is not None:
            watch(None)
        with contextlib.suppress(MessinaError):  # a full disk; the next studio says so
            self._store.end(job, "failed", message=printable(str(error)))

    def _start(self, words: list[str]) -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "MESSINA_PROGRESS": "json",
            "MESSINA_STOP": "stdin",
            "PYTHONIOENCODING": "utf-8",
        }
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "messina", *words],
            cwd=self._work,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # a Ctrl-C in the terminal is the studio's alone
            creationflags=_NO_WINDOW,
        )

    def _follow(self, asked: _Asked, news: IO[str]) -> list[str]:
        """Progress goes to the store as it comes; returns what was remarked, the last few."""
        remarks: list[str] = []
        for line in news:
            progress = _progress(line)
            if progress is not None:
                with contextlib.suppress(MessinaError):  # a full disk; the work goes on
                    self._store.report(asked.job.id, progress)
                if asked.watch is not None:
                    asked.watch(progress)
            elif line.strip():
                for path, name in asked.shown.items():
                    line = line.replace(path, name)
                remarks = [*remarks[1 - _REMARKS :], printable(line.strip(), longest=400)]
        return remarks


def kept_text(job: Job, saves: Path | None) -> str:
    """What is left of work that did not come to its end."""
    if saves is None:
        return "begin it again"
    try:
        is_saved = saves.stat().st_mtime >= job.began
    except OSError:
        is_saved = False
    return "what was saved until then is kept" if is_saved else "nothing was saved yet"


def _progress(line: str) -> dict[str, Any] | None:
    if not line.startswith('{"progress":'):
        return None
    try:
        said = msgspec.json.decode(line, type=dict[str, dict[str, Any]])
    except msgspec.DecodeError:
        return None
    return said["progress"]


def _read(pipe: IO[str], into: list[str]) -> None:
    into.append(pipe.read(_LONGEST_OUTPUT))
    while pipe.read(1 << 20):
        pass


def _decoded(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None


def _ask_to_stop(process: subprocess.Popen[str]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
