"""Small libraries of sounds made for the tests, and one who does the tasks and counts them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import soundfile as sf

from corpus.signals import BAR, tone
from messina.library.executors import perform
from messina.library.indexing import IndexConfig
from messina.library.tasks import Lost, Outcome, Task, encoded, outcome_of

SMALL = IndexConfig(files_a_shard=3, sounds_a_shard=3, files_a_part=1_000)


def hit(seed: int, *, seconds: float = 0.12) -> np.ndarray:
    """A short burst of noise [N]."""
    samples = round(seconds * 44_100)
    noise = np.random.default_rng(seed).standard_normal(samples)
    return (0.3 * noise * np.exp(-np.arange(samples) / 1_500)).astype(np.float32)


def write(path: Path, audio: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    sf.write(path, audio, 44_100, subtype="FLOAT")


def make_library(folder: Path) -> Path:
    """Drums and notes, nested; one sound twice, one softer once more, two files without sound."""
    for index in range(5):
        write(folder / "drums" / f"snare_v{20 + 20 * index}.wav", hit(index))
    write(folder / "drums" / "kick_hard.wav", hit(90))
    write(folder / "drums" / "kick_soft.wav", 0.1 * hit(90))
    write(folder / "drums" / "copy of a snare.wav", hit(0))
    for note in (60, 64, 67, 72):
        audio = tone(440 * 2 ** ((note - 69) / 12), seconds=0.3, decay_s=0.3, partials=BAR)
        write(folder / "marimba" / f"marimba_{note}.wav", audio)
    write(folder / "nothing.wav", np.zeros(4_410, np.float32))
    (folder / "text.wav").write_bytes(b"this is no sound")
    return folder


class Here:
    """Does the tasks in this process, in order."""

    def __init__(self, out: Path, *, before: Callable[[Task], Outcome | None] | None = None):
        """before: asked before each task; what it returns is the outcome instead."""
        self.tasks: list[Task] = []
        self._out, self._before = out, before

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass

    def outcomes(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Outcome]]:
        for task in tasks:
            instead = self._before(task) if self._before else None
            if instead is None:
                self.tasks.append(task)
                instead = outcome_of(perform(encoded(task), self._out))
            yield task, instead


def ended_by(name: str) -> Callable[[Task], Lost | None]:
    """Every process that touches this file is ended."""

    def before(task: Task) -> Lost | None:
        touched = any(file.name == name for file in task.files)
        return Lost("its process was ended by signal 9") if touched else None

    return before


def contents(folder: Path) -> dict[str, bytes]:
    """All files of an index by name."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}
