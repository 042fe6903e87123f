"""A file that plays on by itself: a groove, a texture or a score, and one face for all of them.

What all of them have in common is how they are asked for, and how they are heard. The streaming
law: a player gives the same sound whatever the sizes of the blocks it is asked for; `reset` goes
back to the first sample of its seed; memory and speed are the same after hours.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import ClassVar, Final, Literal, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from messina.arguments import checked
from messina.errors import InstrumentError
from messina.instrument.container import HITS, Parts, read_parts, write_parts
from messina.ranges import check_ranges
from messina.units import SAMPLE_RATE

__all__ = [
    "EVENTS",
    "TEXTURE",
    "Kind",
    "PlayOptions",
    "Player",
    "Sequence",
    "blocks_of",
    "sequence_of",
]

Audio = NDArray[np.float32]

_BLOCK: Final = 16_384  # samples


class Player(Protocol):
    """Something that sounds for as long as it is asked to."""

    def block(self, samples: int) -> Audio:
        """The next part of the sound, the same whatever the sizes of the blocks.

        Args:
            samples: How many.

        Returns:
            float32 [samples, 2] at 44.1 kHz, never over full scale.
        """

    def reset(self) -> None:
        """Back to the beginning: the same sound comes again."""

    def jump(self, place: float) -> None:
        """To what the corpus has at this place.

        Args:
            place: 0 its beginning, 1 its end.
        """


@dataclass(frozen=True, kw_only=True)
class PlayOptions:
    """Settings of what plays on, as `Sequence.player` takes them.

    Raises:
        ControlError: A value is out of its bounds.
    """

    wildness: float = 1.0
    """0 the most typical, 1 as learnt, 2 beyond."""
    density: float = 0.0
    """-1 sparse, 0 as learnt, 1 busy."""
    swing: float = 0.0
    """0 straight as learnt, 1 every second quaver a triplet late."""
    tempo_bpm: float | None = None
    """Beats a minute, 20 to 400; None: as learnt."""
    levelling: float | None = None
    """How far recordings are brought to one loudness: 0 not at all, 1 all as loud as each other;
    None: as suits the kind, 0.4 for loops."""
    place: float | None = None
    """Where in the corpus to begin, 0 to 1; None: anywhere."""

    def __post_init__(self) -> None:
        check_ranges(self)


@checked
def blocks_of(player: Player, duration_s: float) -> Iterator[Audio]:
    """The next seconds of a player, a block at a time.

    Args:
        player: Whose sound; it goes on from where it is.
        duration_s: How many seconds in all.

    Yields:
        float32 [N, 2] at 44.1 kHz.
    """
    left = round(duration_s * SAMPLE_RATE)
    while left > 0:
        count = min(left, _BLOCK)
        yield player.block(count)
        left -= count


Kind = Literal["groove", "texture", "score"]

EVENTS: Final = "events"
"""Name of the part of a file that holds what is struck when."""

TEXTURE: Final = "stream"
"""Name of the part of a file that holds a texture."""

_HOMES: Final[dict[Kind, tuple[str, str]]] = {
    "groove": ("messina.sequences.groove", "Groove"),
    "texture": ("messina.sequences.texture", "Texture"),
    "score": ("messina.sequences.score", "Score"),
}
"""Where each kind is; loaded once a file holds one: playing a groove loads no texture."""


class Sequence(ABC):
    """What plays on by itself: a `Groove`, a `Texture` or a `Score`.

    Made by learning or `Sequence.load`; nothing in it changes.
    """

    kind: ClassVar[Kind]
    """"groove", "texture" or "score"."""

    @staticmethod
    @checked
    def load(path: str | Path) -> Sequence:
        """Reads what plays on in a `.messina` file. Needs no torch.

        Args:
            path: The file.

        Returns:
            The groove, texture or score in it.

        Raises:
            InstrumentError: It cannot be read, is damaged or newer, or holds nothing that plays on.
        """
        parts = read_parts(Path(path))
        try:
            return sequence_of(parts)
        except InstrumentError as error:
            raise InstrumentError(f"{path}: {error}") from None

    @checked
    def save(self, path: str | Path) -> None:
        """Writes a `.messina` file, whole or not at all, and only if it can be read again.

        Args:
            path: Where to; what is there is replaced once the new file can be read.

        Raises:
            InstrumentError: What would be written could not be read again.
            OSError: It cannot be written.
        """
        write_parts(Path(path), self.parts(), check=sequence_of)

    @classmethod
    @abstractmethod
    def from_parts(cls, parts: Parts) -> Sequence:
        """Makes one from the parts of a file.

        Args:
            parts: The parts of a file of this kind, by name.

        Returns:
            One of this kind.

        Raises:
            InstrumentError: It is damaged.
        """

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.about}>"

    def _repr_html_(self) -> str:
        """A card for notebooks: what it was learnt from, and how it begins."""
        from messina.cards import LONGEST_S, AudioPlayer, Dot, card, listed

        instrument = getattr(self, "instrument", None)
        dots: list[Dot] = [] if instrument is None else instrument.dots()
        return card(
            f"{self.about[0].upper()}{self.about[1:]}",
            [listed(self.details)],
            dots=dots,
            map_says="the map of its hits, a colour a label",
            players=[
                AudioPlayer(
                    title=f"seed {seed}",
                    audio=partial(self.render, duration_s=LONGEST_S, seed=seed),
                )
                for seed in range(2)
            ],
        )

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
        """The parts of its file, by name: a JSON document and arrays each."""

    @abstractmethod
    @checked
    def player(
        self, *, seed: int = 0, options: PlayOptions | None = None, prime: Audio | None = None
    ) -> Player:
        """Plays on for as long as one likes, block by block.

        Args:
            seed: Seed of every random draw: the same seed, the same piece.
            options: How it should be played; as learnt by default.
            prime: A sound [N] or [N, C] at 44.1 kHz to go on from.

        Returns:
            A player at its first sample.

        Raises:
            ControlError: It cannot be played like that, as a texture with a tempo.
        """

    @checked
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
        """The first seconds; the same seed and options give the same sound.

        For hours of sound take `player`, which makes it block by block.

        Args:
            duration_s: How many seconds.
            seed: Seed of every random draw.
            wildness: 0 the most typical, 1 as learnt, 2 beyond.
            density: -1 sparse, 0 as learnt, 1 busy.
            swing: 0 straight as learnt, 1 every second quaver a triplet late.
            tempo_bpm: Beats a minute, 20 to 400; as learnt by default.
            place: Where in the corpus to begin, 0 to 1; anywhere by default.
            levelling: How far recordings are brought to one loudness: 0 not at all, 1 all as loud
                as each other; as suits the kind by default.
            prime: A sound [N] or [N, C] at 44.1 kHz to go on from.

        Returns:
            float32 [N, 2] at 44.1 kHz, never over full scale.

        Raises:
            ControlError: A value is out of its bounds, or nothing of this kind can be asked for.
        """
        options = PlayOptions(
            wildness=wildness,
            density=density,
            swing=swing,
            tempo_bpm=tempo_bpm,
            place=place,
            levelling=levelling,
        )
        blocks = list(blocks_of(self.player(seed=seed, options=options, prime=prime), duration_s))
        return np.concatenate([np.zeros((0, 2), np.float32), *blocks])


def sequence_of(parts: Parts) -> Sequence:
    """The groove, texture or score in a file's parts. Raises InstrumentError."""
    module, name = _HOMES[_kind_of(parts)]
    kind = cast("type[Sequence]", getattr(import_module(module), name))
    return kind.from_parts(parts)


def _kind_of(parts: Parts) -> Kind:
    if EVENTS in parts:
        return "groove" if HITS in parts else "score"
    if TEXTURE in parts:
        return "texture"
    raise InstrumentError("it has single sounds only: `Instrument.render` plays them")
