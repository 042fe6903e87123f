"""All sounds of a corpus → frames: from the cache, and the rest on all cores."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from types import TracebackType
from typing import Final

from messina.child_process import ChildGoneError
from messina.corpus.cache import FrameCache, decode_frames, encode_frames
from messina.corpus.sound import Sound
from messina.corpus.worker import ANALYSE, Worker, find_function
from messina.errors import CorpusError
from messina.frames.layout import Frames

__all__ = ["Progress", "analyse_all", "available_cores", "each_frames"]

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many are done, how many there are."""

WORTH_WORKERS_S: Final = 15.0
"""Less sound than this is analysed before a second process has started."""
MOST_WORKERS: Final = 16


def analyse_all(
    sounds: Sequence[Sound], *, progress: Progress | None = None, workers: int | None = None
) -> list[Frames]:
    """The frames of every sound, in order. `each_frames` does not hold them all at a time."""
    return list(each_frames(sounds, progress=progress, workers=workers))


def each_frames(
    sounds: Sequence[Sound],
    *,
    progress: Progress | None = None,
    workers: int | None = None,
    cache: FrameCache | None = None,
    function: str = ANALYSE,
) -> Iterator[Frames]:
    """The frames of one sound after the other; those of few are in memory at a time.

    Fresh and cached frames are equal to the last bit. What is not cached is shared among so many
    worker processes, by default one for each core where it is worth it. Raises CorpusError for a
    sound that cannot be analysed. Ending early, by an exception or by not asking on, ends them.
    """
    cache = cache or FrameCache()
    keys = [cache.key(sound.digest, sound.reference_hz) for sound in sounds]
    missing_s = sum(
        sound.length_s for sound, key in zip(sounds, keys, strict=True) if key not in cache
    )
    if workers is None:
        workers = min(available_cores(), MOST_WORKERS) if missing_s > WORTH_WORKERS_S else 1
    with _Analysts(workers if missing_s else 1, cache, function) as analysts:
        for done, (sound, frames) in enumerate(analysts.work(sounds, keys), start=1):
            if progress:
                progress("analysing", done, len(sounds))
            yield _finished(frames, sound)
    cache.trim()


def _finished(frames: Future[Frames], sound: Sound) -> Frames:
    try:
        return frames.result()
    except ValueError as error:
        raise CorpusError(f"{sound.name}: cannot be analysed ({error})") from error


def available_cores() -> int:
    """Cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Analysts:
    """So many threads, each with a worker process of its own; one thread alone does without."""

    def __init__(self, count: int, cache: FrameCache, function: str) -> None:
        self._cache = cache
        self._function = function
        self._count = count
        self._workers = [Worker(function) for _ in range(count)] if count > 1 else []
        self._free: SimpleQueue[Worker | None] = SimpleQueue()
        for worker in self._workers:
            self._free.put(worker)
        if not self._workers:
            self._free.put(None)
        self._threads = ThreadPoolExecutor(count)
        self._closing = False

    def __enter__(self) -> _Analysts:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing = True
        for worker in self._workers:
            worker.close()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def work(
        self, sounds: Sequence[Sound], keys: Sequence[str]
    ) -> Iterator[tuple[Sound, Future[Frames]]]:
        """Every sound in order, with its frames to come; a few are worked on ahead."""
        ahead: deque[tuple[Sound, Future[Frames]]] = deque()
        for sound, key in zip(sounds, keys, strict=True):
            ahead.append((sound, self._threads.submit(self._frames, sound, key)))
            if len(ahead) > 2 * self._count:
                yield ahead.popleft()
        while ahead:
            yield ahead.popleft()

    def _frames(self, sound: Sound, key: str) -> Frames:
        if (cached := self._cache.load(key)) is not None:
            return cached
        worker = self._free.get()
        try:
            frames = self._analysed(sound, worker)
        except ChildGoneError:
            if self._closing:
                raise
            worker = None  # killed, for memory most likely: from here on without it
            frames = self._analysed(sound, None)
        finally:
            self._free.put(worker)
        self._cache.save(key, encode_frames(frames))
        return frames

    def _analysed(self, sound: Sound, worker: Worker | None) -> Frames:
        """As they come out of the cache: in half precision, however they were made."""
        if worker is not None:
            return worker.analyse(sound.audio, sound.reference_hz)
        analyse = find_function(self._function)
        return decode_frames(encode_frames(analyse(sound.audio, reference_hz=sound.reference_hz)))
