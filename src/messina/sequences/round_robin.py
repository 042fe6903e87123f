"""Takes of the same hit, played in turn, some of them always new.

Rendering every hit anew would cost more than is heard of it: two hits of a kind differ as much when
they are two of a few as when they were never heard before, as long as no take follows itself and
the few change. A new take takes the oldest one's place now and then, so that hours of playing
never come round to the same ones. Takes of one known sound are alike by themselves: two will do.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from messina.counter_rng import CounterRng, Purpose
from messina.instrument import Instrument
from messina.instrument.playing import UNPITCHED_NOTE
from messina.instrument.takes import Take
from messina.sequences.casting import Played
from messina.units import db_to_amplitude

__all__ = ["RoundRobin"]

_TAKES: Final = 4
"""Of each hit about as hard; of notes fewer, for they are many and return less often."""
_TAKES_OF_NOTES: Final = 3
_TAKES_OF_A_SOUND: Final = 2
_SECOND: Final = 0.25
"""Chance that the only take of a known sound is not simply played again: what returns in a loop is
the same, and the beginning, where all is new, would cost twice as much."""
_RENEWED: Final = 0.06
"""Chance that a hit is a new take though there are enough."""
_AS_HARD: Final = 12.0
"""Velocities this near share their takes; what is left between them is gain."""
_MOST_TAKES: Final = 32
"""Of each hit at all velocities."""
_ROWS: Final = 32
"""Of a take, rendered at a time: 186 ms."""
_MOST_BYTES: Final = 192 << 20


_Hit = tuple[str, int | None, int | None]
"""Label, note and known sound."""


@dataclass(frozen=True, eq=False)
class _Kept:
    take: Take
    velocity: float


class RoundRobin:
    """Gives a take for each hit; what it gives depends on the hits before, and on nothing else."""

    def __init__(
        self, instrument: Instrument, *, wildness: float, most_bytes: int = _MOST_BYTES
    ) -> None:
        self._instrument = instrument
        self._responses = {r.label: r for r in instrument.manifest.responses}
        self._wildness = wildness
        self._most_bytes = most_bytes
        self._bytes = 0
        # Of each hit, longest unheard first; hits too are in the order they were heard in.
        self._shelves: OrderedDict[_Hit, deque[_Kept]] = OrderedDict()
        self._velocities = instrument.known_velocities

    def strike(
        self,
        played: Played,
        velocity: float,
        *,
        rng: CounterRng,
        sound: int | None = None,
    ) -> tuple[Take, float]:
        """A take, and the gain that makes it as loud as this velocity is.

        sound: one of the instrument's known sounds of that label, to be like.
        """
        velocity = float(np.clip(velocity, 1, 127))
        shelf = self._shelf((played.label, played.note, sound))
        if sound is not None:
            return self._strike_near(shelf, sound, played, velocity, rng)
        near = [kept for kept in shelf if abs(kept.velocity - velocity) <= _AS_HARD]
        enough = _TAKES_OF_NOTES if played.pitched else _TAKES
        chance = rng.stream(Purpose.STRIKE)
        renewed = chance.uniform() < _RENEWED
        if len(near) < enough or renewed:
            chosen = _Kept(self._new(played, velocity, rng), velocity)
            self._bytes += chosen.take.samples.nbytes
            if len(near) > enough + 1 or len(shelf) >= _MOST_TAKES:
                self._drop(shelf, near[0] if near else shelf[0])
        else:
            chosen = near[chance.below(len(near) - 1)]  # not the last: it was just heard
            shelf.remove(chosen)
        shelf.append(chosen)
        self._make_room()
        return chosen.take, self._gain(played, velocity, chosen.velocity)

    def _strike_near(
        self,
        shelf: deque[_Kept],
        sound: int,
        played: Played,
        velocity: float,
        rng: CounterRng,
    ) -> tuple[Take, float]:
        likely = _RENEWED if len(shelf) >= _TAKES_OF_A_SOUND else _SECOND
        renewed = rng.stream(Purpose.STRIKE).uniform() < likely
        if not shelf or renewed:
            frames = self._instrument.frames_near(sound, wildness=self._wildness, rng=rng)
            take = Take(frames, key=rng.stream(Purpose.NOISE).bits(), rows=_ROWS)
            chosen = _Kept(take, self._velocities[sound] or velocity)
            self._bytes += take.samples.nbytes
            if len(shelf) > _TAKES_OF_A_SOUND:
                self._drop(shelf, shelf[0])
        else:
            chosen = shelf[0]
            shelf.popleft()
        shelf.append(chosen)
        self._make_room()
        return chosen.take, self._gain(played, velocity, chosen.velocity)

    def _shelf(self, hit: _Hit) -> deque[_Kept]:
        shelf = self._shelves.setdefault(hit, deque())
        self._shelves.move_to_end(hit)
        return shelf

    def _new(self, played: Played, velocity: float, rng: CounterRng) -> Take:
        # A drum on stage is not tuned between two strokes, however few of its strokes are known.
        note = played.note if played.pitched else UNPITCHED_NOTE
        frames = self._instrument.frames(
            label=played.label,
            note=note,
            velocity=velocity,
            wildness=self._wildness,
            rng=rng,
        )
        return Take(frames, key=rng.stream(Purpose.NOISE).bits(), rows=_ROWS)

    def _gain(self, played: Played, velocity: float, rendered: float) -> float:
        response = self._responses[played.label]
        (_, wanted_db), (_, there_db) = (
            response.loudness_at(at, played.note) for at in (velocity, rendered)
        )
        return float(db_to_amplitude(wanted_db - there_db))

    def _make_room(self) -> None:
        """Lets go of the takes that were not heard for longest; the last shelf is in use."""
        while self._bytes > self._most_bytes and len(self._shelves) > 1:
            key, shelf = next(iter(self._shelves.items()))
            self._drop(shelf, shelf[0])
            if not shelf:
                del self._shelves[key]

    def _drop(self, shelf: deque[_Kept], kept: _Kept) -> None:
        shelf.remove(kept)
        self._bytes -= kept.take.samples.nbytes
