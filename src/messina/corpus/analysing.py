"""All sounds of a corpus → frames: from the cache, and the rest on all cores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from importlib import import_module
from typing import Any, Final

import numpy as np
from safetensors.numpy import save

from messina.corpus.cache import FrameCache, decode_frames, encode_frames
from messina.corpus.sound import Sound
from messina.errors import CorpusError
from messina.frames.layout import Frames
from messina.process_pool import ChildGoneError, ProcessPool, available_cores
from messina.progress import Progress

__all__ = ["ANALYSE", "analyse_all", "each_frames", "find_function"]

ANALYSE: Final = "messina.frames.analysis:analyse"
_ANALYST: Final = "messina.corpus.analyst"
"""Its process; in: safetensors with `audio` and `reference_hz`, out: one letter, F and frames or E
and the text of an error."""

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
    missing_s = sum(
        sound.length_s
        for sound in sounds
        if cache.key(sound.digest, sound.reference_hz) not in cache
    )
    if workers is None:
        workers = min(available_cores(), MOST_WORKERS) if missing_s > WORTH_WORKERS_S else 1
    if not missing_s:
        workers = 1
    with ProcessPool(_ANALYST, function, most=workers, threads=workers) as pool:
        analysts = _Analysts(pool if workers > 1 else None, cache, function)
        coming = pool.in_order(analysts.frames, sounds)
        for done, (sound, frames) in enumerate(zip(sounds, coming, strict=True), start=1):
            if progress:
                progress("analysing", done, len(sounds))
            yield _finished(frames, sound)
    cache.trim()


def find_function(path: str) -> Any:
    """The function that `module:name` stands for."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def _finished(frames: Future[Frames], sound: Sound) -> Frames:
    try:
        return frames.result()
    except ValueError as error:
        raise CorpusError(f"{sound.name}: cannot be analysed ({error})") from error


class _Analysts:
    """What is not cached is analysed by processes, or by this one alone where one is enough."""

    def __init__(self, pool: ProcessPool | None, cache: FrameCache, function: str) -> None:
        self._pool = pool
        self._cache = cache
        self._function = function

    def frames(self, sound: Sound) -> Frames:
        key = self._cache.key(sound.digest, sound.reference_hz)
        if (cached := self._cache.load(key)) is not None:
            return cached
        try:
            encoded = self._encoded_here(sound) if self._pool is None else self._asked(sound)
        except (ChildGoneError, OSError):  # killed, for memory most likely, or never started
            encoded = self._encoded_here(sound)
        self._cache.save(key, encoded)
        # as they come out of the cache: in half precision, however they were made
        return decode_frames(encoded)

    def _asked(self, sound: Sound) -> bytes:
        assert self._pool is not None
        audio = np.ascontiguousarray(sound.audio)
        request = {"audio": audio, "reference_hz": np.array([sound.reference_hz])}
        reply = self._pool.ask(save(request), tries=1)
        if reply[:1] == b"E":
            raise ValueError(reply[1:].decode())
        return reply[1:]

    def _encoded_here(self, sound: Sound) -> bytes:
        analyse = find_function(self._function)
        return encode_frames(analyse(sound.audio, reference_hz=sound.reference_hz))
