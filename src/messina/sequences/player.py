"""What all that plays on by itself has in common: how it is asked for, and how it is heard.

The streaming law: a player gives the same sound whatever the sizes of the blocks it is asked for;
`reset` goes back to the first sample of its seed; memory and speed are the same after hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from messina.ranges import check_ranges
from messina.units import SAMPLE_RATE

__all__ = ["Player", "Wish", "blocks_of"]

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
class Wish:
    """How it should be played.

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
