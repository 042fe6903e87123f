"""Round robin: which take each hit gets, some always new, and its rendering.

Rendering every hit anew would cost more than is heard of it: two hits of a kind differ as much when
they are two of a few as when they were never heard before, as long as no take follows itself and
the few change. A new take takes the oldest one's place now and then, so that hours of playing
never come round to the same ones. Takes of one known sound are alike by themselves: two will do.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from messina.counter_rng import CounterRng, Purpose
from messina.frames.layout import Frames
from messina.instrument import Instrument
from messina.instrument.playing import SHORTEST_S, UNPITCHED_NOTE
from messina.instrument.takes import Take
from messina.instrument.touched_takes import Hands, HeldTake, TouchedTake
from messina.sequences.voice_assignment import AssignedSound

__all__ = ["Band", "Kept", "RoundRobin", "Strike", "Striker"]

TAKES: Final = 4
"""Of each hit about as hard; of notes fewer, for they are many and return less often."""
TAKES_OF_NOTES: Final = 3
TAKES_OF_A_SOUND: Final = 2
SECOND: Final = 0.25
"""Chance that the only take of a known sound is not simply played again: what returns in a loop is
the same, and the beginning, where all is new, would cost twice as much."""
RENEWED: Final = 0.06
"""Chance that a hit is a new take though there are enough."""
AS_HARD: Final = 12.0
"""Velocities this near share their takes; what is left between them is gain."""
MOST_TAKES: Final = 32
"""Of each hit at all velocities."""
MOST_S: Final = 540.0
"""Seconds of all takes, each counted as the longest known sound of its label: 190 MB at most."""


_Hit = tuple[str, int | None, int | None]
"""Label, note and known sound."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Kept:
    """What a take is made from that may be played again."""

    seed: int
    velocity: float
    label: str
    note: int | None
    sound: int | None
    """The known sound it is like."""


@dataclass(frozen=True, kw_only=True)
class Strike:
    """Which take a hit gets: a new one, or one that was played before."""

    kept: Kept
    gain_db: float
    """Makes it as loud as the velocity asked for is."""
    forgotten: tuple[Kept, ...]
    """Takes that will not be asked for again."""


class RoundRobin:
    """Alternates takes: decides which one each hit gets, from the hits before and nothing else."""

    def __init__(self, instrument: Instrument, *, most_s: float = MOST_S) -> None:
        self._responses = {r.label: r for r in instrument.manifest.responses}
        self._most_s = most_s
        self._kept_s = 0.0
        known = instrument.known
        self._longest_s = {
            label: float(known.lengths_s[known.labels == i].max(initial=SHORTEST_S))
            for i, label in enumerate(instrument.labels)
        }
        # Of each hit, longest unheard first; hits too are in the order they were heard in.
        self._pools: OrderedDict[_Hit, deque[Kept]] = OrderedDict()
        self._velocities = instrument.known_velocities
        self._forgotten: list[Kept] = []

    def strike(
        self, played: AssignedSound, velocity: float, *, seed: int, sound: int | None = None
    ) -> Strike:
        """Decides the take of a hit.

        Args:
            played: Label and note of the hit.
            velocity: 1 … 127.
            seed: Of a new take, and of whether there is one.
            sound: One of the instrument's known sounds of that label, to be like.
        """
        velocity = float(np.clip(velocity, 1, 127))
        hit = played.label, played.note, sound
        pool = self._pools.setdefault(hit, deque())
        self._pools.move_to_end(hit)
        new = Kept(seed=seed, velocity=velocity, label=played.label, note=played.note, sound=sound)
        if sound is None:
            kept = self._drawn(pool, new, enough=TAKES_OF_NOTES if played.pitched else TAKES)
        else:
            kept = self._near(pool, replace(new, velocity=self._velocities[sound] or velocity))
        pool.append(kept)
        self._make_room()
        forgotten, self._forgotten = self._forgotten, []
        gain_db = self._gain_db(kept, velocity)
        return Strike(kept=kept, gain_db=gain_db, forgotten=tuple(forgotten))

    def _drawn(self, pool: deque[Kept], new: Kept, *, enough: int) -> Kept:
        near = [kept for kept in pool if abs(kept.velocity - new.velocity) <= AS_HARD]
        chance = CounterRng(new.seed, Purpose.STRIKE)
        renewed = chance.uniform() < RENEWED
        if len(near) >= enough and not renewed:
            chosen = near[chance.below(len(near) - 1)]  # not the last: it was just heard
            pool.remove(chosen)
            return chosen
        self._kept_s += self._longest_s[new.label]
        if len(near) > enough + 1 or len(pool) >= MOST_TAKES:
            self._drop(pool, near[0] if near else pool[0])
        return new

    def _near(self, pool: deque[Kept], new: Kept) -> Kept:
        likely = RENEWED if len(pool) >= TAKES_OF_A_SOUND else SECOND
        if pool and CounterRng(new.seed, Purpose.STRIKE).uniform() >= likely:
            return pool.popleft()
        self._kept_s += self._longest_s[new.label]
        if len(pool) > TAKES_OF_A_SOUND:
            self._drop(pool, pool[0])
        return new

    def _gain_db(self, kept: Kept, velocity: float) -> float:
        response = self._responses[kept.label]
        (_, wanted_db), (_, there_db) = (
            response.loudness_at(at, kept.note) for at in (velocity, kept.velocity)
        )
        return wanted_db - there_db

    def _make_room(self) -> None:
        """Lets go of the takes that were not heard for longest; the last pool is in use."""
        while self._kept_s > self._most_s and len(self._pools) > 1:
            key, pool = next(iter(self._pools.items()))
            self._drop(pool, pool[0])
            if not pool:
                del self._pools[key]

    def _drop(self, pool: deque[Kept], kept: Kept) -> None:
        pool.remove(kept)
        self._kept_s -= self._longest_s[kept.label]
        self._forgotten.append(kept)


Band = Mapping[str, Instrument]
"""Instruments by the label of the voices they play; "" plays all others."""

_ROWS = 32  # of a take, rendered at a time: 186 ms


class Striker:
    """Renders the takes of hits; the same seed and the same hits give the same takes."""

    def __init__(self, band: Band, *, seed: int, wildness: float, rows: int = _ROWS) -> None:
        """rows: of a take, rendered at a time."""
        self._band = band
        self._robins = {part: RoundRobin(instrument) for part, instrument in band.items()}
        self._seed = seed
        self._wildness = wildness
        self._rows = rows
        self._takes: dict[Kept, Take] = {}
        self._made: dict[Kept, tuple[Frames, int]] = {}
        self._count = 0

    def strike(
        self,
        part: str,
        played: AssignedSound,
        velocity: float,
        *,
        sound: int | None = None,
        hand: Hands | None = None,
    ) -> tuple[Take | TouchedTake, float]:
        """Renders the take of the next hit; also the gain in dB that makes it as loud as asked for.

        Args:
            part: Which instrument of the band.
            played: Label and note of the hit.
            velocity: 1 … 127.
            sound: One of the instrument's known sounds, to be like.
            hand: What modulates it while it sounds; it is then rendered for itself.
        """
        seed = CounterRng(self._seed, Purpose.STRIKE, self._count).bits()
        self._count += 1
        strike = self._robins[part].strike(played, velocity, seed=seed, sound=sound)
        for kept in strike.forgotten:
            self._takes.pop(kept, None)
            self._made.pop(kept, None)
        return self._take(strike.kept, played, part, seed, hand), strike.gain_db

    def _take(
        self, kept: Kept, played: AssignedSound, part: str, seed: int, hand: Hands | None
    ) -> Take | TouchedTake:
        """A take as it was before; of one that is held or in hand, its beginning."""
        if kept in self._takes and hand is None:
            return self._takes[kept]
        if kept not in self._made:
            self._made[kept] = self._frames(kept, played, part)
        frames, key = self._made[kept]
        if frames.steady is not None:
            key = CounterRng(seed, Purpose.NOISE).bits()
            return HeldTake(frames, key=key, rows=self._rows, hand=hand)
        if hand is not None:
            return TouchedTake(frames, key=key, rows=self._rows, hand=hand)
        take = Take(frames, key=key, rows=self._rows)
        self._takes[kept] = take  # its samples are kept instead of what it is made from
        del self._made[kept]
        return take

    def _frames(self, kept: Kept, played: AssignedSound, part: str) -> tuple[Frames, int]:
        """The frames of a take, and where its excitation begins."""
        rng = CounterRng(kept.seed)
        instrument, wildness = self._band[part], self._wildness
        if kept.sound is not None:
            frames = instrument.frames_near(kept.sound, wildness=wildness, rng=rng)
        else:
            # A drum on stage is not tuned between two strokes, however few of its strokes are
            # known.
            untuned = kept.note is None and not played.pitched
            frames = instrument.frames(
                label=kept.label,
                note=UNPITCHED_NOTE if untuned else kept.note,
                velocity=kept.velocity,
                wildness=wildness,
                rng=rng,
            )
        return frames, rng.stream(Purpose.NOISE).bits()
