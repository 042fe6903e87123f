"""What plays one thing, and recordings of it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from evaluation.sequence_signals import in_time, struck
from evaluation.signals import Signal
from messina.corpus.recordings import NamedRecording, Recordings
from messina.sequences.sequence import Kind, Player, PlayOptions, Sequence


class Drummer(Sequence):
    """Plays one thing, whatever is wished for."""

    kind: ClassVar[Kind] = "groove"
    about = "a drummer"

    def __init__(self, sound: Signal) -> None:
        self._sound = np.repeat(sound.astype(np.float32)[:, None], 2, axis=1)

    def parts(self) -> dict[str, object]:
        return {}

    @classmethod
    def from_parts(cls, parts: object) -> Drummer:
        raise NotImplementedError  # it is in no file

    def player(
        self, *, seed: int = 0, options: PlayOptions | None = None, prime: Signal | None = None
    ) -> Player:
        del seed, options, prime  # it plays what it plays
        sound = self._sound

        class _Player:
            place = 0

            def block(self, samples: int) -> Signal:
                self.place += samples
                return sound[self.place - samples : self.place]

            def reset(self) -> None:
                self.place = 0

            def jump(self, place: float) -> None:
                pass

        return _Player()


def recordings() -> Recordings:
    rng = np.random.default_rng(0)
    sounds = [struck(in_time(6.0, 0.4), 6.0, rng).astype(np.float32)[:, None] for _ in range(4)]
    return Recordings(
        recordings=tuple(
            NamedRecording(name=f"<b>{index}.wav", audio=sound, digest=str(index))
            for index, sound in enumerate(sounds)
        )
    )
