"""What a stroke sounds like: which take it is, and that take, rendered as far as it is heard."""

from __future__ import annotations

from collections.abc import Mapping

from messina.counter_rng import CounterRng, Purpose
from messina.frames.layout import Frames
from messina.instrument import Instrument
from messina.instrument.playing import UNPITCHED_NOTE
from messina.instrument.takes import HeldTake, Take
from messina.sequences.casting import Played
from messina.sequences.round_robin import Kept, RoundRobin

__all__ = ["Band", "Striker"]

Band = Mapping[str, Instrument]
"""Instruments by the label of the voices they play; "" plays all others."""

_ROWS = 32  # of a take, rendered at a time: 186 ms


class Striker:
    """Strikes instruments; the same seed and the same strokes give the same takes."""

    def __init__(self, band: Band, *, seed: int, wildness: float, rows: int = _ROWS) -> None:
        """rows: of a take, rendered at a time."""
        self._band = band
        self._robins = {part: RoundRobin(instrument) for part, instrument in band.items()}
        self._seed = seed
        self._wildness = wildness
        self._rows = rows
        self._takes: dict[Kept, Take] = {}
        self._sustained: dict[Kept, Frames] = {}
        self._count = 0

    def strike(
        self, part: str, played: Played, velocity: float, *, sound: int | None = None
    ) -> tuple[Take | HeldTake, float]:
        """The take of the next stroke, and the gain in dB that makes it as loud as asked for.

        sound: one of the instrument's known sounds, to be like.
        """
        seed = CounterRng(self._seed, Purpose.STRIKE, self._count).bits()
        self._count += 1
        strike = self._robins[part].strike(played, velocity, seed=seed, sound=sound)
        for kept in strike.forgotten:
            self._takes.pop(kept, None)
            self._sustained.pop(kept, None)
        return self._take(strike.kept, played, part, seed), strike.gain_db

    def _take(self, kept: Kept, played: Played, part: str, seed: int) -> Take | HeldTake:
        """A take as it was before; of one that is held as long as it may be, its beginning."""
        if kept in self._takes:
            return self._takes[kept]
        frames = self._sustained.get(kept)
        if frames is None:
            frames, key = self._frames(kept, played, part)
            if frames.steady is None:
                take = self._takes[kept] = Take(frames, key=key, rows=self._rows)
                return take
            self._sustained[kept] = frames
        key = CounterRng(seed, Purpose.NOISE).bits()
        return HeldTake(frames, key=key, rows=self._rows)

    def _frames(self, kept: Kept, played: Played, part: str) -> tuple[Frames, int]:
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
