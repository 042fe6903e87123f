"""A file that plays on by itself: a groove, a texture or a score, and one face for all of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from messina.instrument.container import Parts, write_parts
from messina.sequences.player import Player, Wish, blocks_of

__all__ = ["Kind", "Sequence"]

Audio = NDArray[np.float32]
Kind = Literal["groove", "stream", "score"]


class Sequence(ABC):
    """Made by learning or `Sequence.load`; nothing in it changes."""

    kind: ClassVar[Kind]

    @staticmethod
    def load(path: str | Path) -> Sequence:
        """Reads what plays on in a .messina file. Raises InstrumentError."""
        from messina.sequences.file import read_sequence

        return read_sequence(Path(path))

    def save(self, path: str | Path) -> None:
        """Writes a .messina file, whole or not at all, and only if it can be read again."""
        from messina.sequences.file import sequence_of

        write_parts(Path(path), self.parts(), check=sequence_of)

    @property
    @abstractmethod
    def about(self) -> str:
        """What it is, in a few words."""

    @property
    def details(self) -> tuple[str, ...]:
        """What it was learnt from, a line each."""
        return ()

    @property
    def mono(self) -> bool:
        """Whether what it plays has one channel, as all that it was learnt from."""
        return False

    @abstractmethod
    def parts(self) -> Parts:
        """What its file holds."""

    @abstractmethod
    def player(
        self, *, seed: int = 0, wish: Wish | None = None, prime: Audio | None = None
    ) -> Player:
        """Plays on for ever. prime: a sound [N] or [N, C] at 44.1 kHz to go on from.

        Raises ControlError for wishes it cannot fulfil.
        """

    def render(
        self,
        *,
        duration_s: float,
        seed: int = 0,
        wildness: float = 1.0,
        density: float = 0.0,
        swing: float = 0.0,
        tempo_bpm: float | None = None,
        place: float | None = None,
        levelling: float | None = None,
        prime: Audio | None = None,
    ) -> Audio:
        """The first seconds [N, 2] at 44.1 kHz; the same seed and wishes give the same sound.

        Raises ControlError. For hours of sound take `player`, which makes it block by block.
        """
        wish = Wish(
            wildness=wildness,
            density=density,
            swing=swing,
            tempo_bpm=tempo_bpm,
            place=place,
            levelling=levelling,
        )
        blocks = list(blocks_of(self.player(seed=seed, wish=wish, prime=prime), duration_s))
        return np.concatenate([np.zeros((0, 2), np.float32), *blocks])
