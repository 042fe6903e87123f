"""Plays what an event model draws, on an instrument or a band: grooves and scores alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from messina.events import Event, Phrase
from messina.instrument import Instrument
from messina.sequences.model import EventModel
from messina.sequences.performer import Band, Performer, PerformerConfig
from messina.sequences.player import Wish
from messina.sequences.sequencer import Sequencer

__all__ = ["EventPlayer"]

Audio = NDArray[np.float32]
Real = NDArray[np.float64]


class EventPlayer:
    """Plays what a sequencer draws on an instrument or a band, for ever."""

    def __init__(
        self,
        band: Instrument | Band,
        model: EventModel,
        *,
        seed: int,
        wish: Wish,
        config: PerformerConfig,
        prime: Phrase | None = None,
        cuts: bool = False,
        sounds: tuple[int | None, ...] = (),
        gains_db: Real | None = None,
    ) -> None:
        """gains_db: of each style; the rest is as in Performer and Sequencer."""
        self._sequencer = Sequencer(
            model,
            seed=seed,
            wildness=wish.wildness,
            density=wish.density,
            swing=wish.swing,
            tempo_bpm=wish.tempo_bpm,
            cuts=cuts,
        )
        self._prime = prime
        self._gains_db = gains_db
        self._place = wish.place
        self._performer = Performer(
            band,
            _FromTheStart(self),
            model.manifest.vocabulary,
            seconds_at=self._sequencer.seconds_at,
            seed=seed,
            config=config,
            sounds=sounds,
        )
        self.remarks = self._performer.remarks
        """What a user should know of who plays what."""

    def block(self, samples: int) -> Audio:
        return self._performer.block(samples)

    def reset(self) -> None:
        self._performer.reset()

    def jump(self, place: float) -> None:
        self._sequencer.jump(place)

    def events(self) -> Iterator[Event]:
        """All events from the beginning."""
        self._sequencer.reset()
        if self._prime is not None:
            self._sequencer.prime(self._prime)
        elif self._place is not None:
            self._sequencer.jump(self._place)
        while True:
            event = self._sequencer.next()
            if self._gains_db is not None:
                louder_db = float(self._gains_db[self._sequencer.playing])
                event = replace(event, louder_db=louder_db)
            yield event


class _FromTheStart:
    """The events of a player, anew each time they are gone through."""

    def __init__(self, player: EventPlayer) -> None:
        self._player = player

    def __iter__(self) -> Iterator[Event]:
        return self._player.events()
