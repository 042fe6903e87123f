"""Events played by an instrument, block by block, for as long as there are any.

Events are drawn a little ahead of what is heard, hits are rendered as they come to be heard, and
what is over is forgotten: hours need no more memory than minutes. Inside, sound is made in portions
of a fixed size that lie at fixed places, so blocks of any sizes give the same samples.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.audio_files import check_finite
from messina.counter_rng import CounterRng, Purpose
from messina.errors import ControlError
from messina.events import Event, Voice
from messina.instrument import Instrument
from messina.instrument.headroom import headroom_db
from messina.instrument.playing import UNPITCHED_NOTE
from messina.instrument.takes import Take
from messina.sequences.casting import HI_HATS, Played, cast
from messina.sequences.limiter import LATENCY, Limiter
from messina.sequences.round_robin import Kept, RoundRobin
from messina.units import SAMPLE_RATE, db_to_amplitude

__all__ = ["Band", "Performer", "PerformerConfig"]

Band = Mapping[str, Instrument]
"""Instruments by the label of the voices they play; "" plays all others."""

Real = NDArray[np.float32]
Clock = Callable[[float], float]

_PORTION: Final = 2_048
"""Samples made at a time."""
_EARLIEST_S: Final = 0.25
"""How far before the grid an event may sound: events are drawn so much ahead."""
_CHOKED: Final = round(0.012 * SAMPLE_RATE)
_STRUCK_AGAIN: Final = round(0.04 * SAMPLE_RATE)
_LET_GO: Final = round(0.12 * SAMPLE_RATE)
_STOLEN: Final = round(0.01 * SAMPLE_RATE)
_ROWS: Final = 32
"""Of a take, rendered at a time: 186 ms."""


@dataclass(frozen=True, kw_only=True)
class PerformerConfig:
    """How events are played. Raises ControlError."""

    wildness: float = 1.0
    """How far hits of a kind differ: 0 hardly, 1 as in the corpus, 2 twice as much."""
    damped: bool = False
    """Whether a hit without pitch ends when its voice is struck again, as notes and hi-hats do."""
    ring: bool | None = None
    """Whether notes ring on after they are let go; None: hits do, notes of a pitch do not."""
    level_db: float | None = None
    """Gain; None: room for what sounds together. 0: as loud as the corpus, whose mix this was."""
    most: int = 48
    """Hits that sound at once; the oldest makes room."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.wildness <= 2.0:
            raise ControlError(f"wildness is {self.wildness:g}; it can be 0 to 2")
        if self.most < 1:
            raise ControlError(f"most is {self.most}; at least 1 hit has to sound")


@dataclass
class _Hit:
    """A take that sounds; places in samples from the beginning."""

    take: Take
    start: int
    gain: float
    played: Played
    part: str
    fade_from: int = -1
    fade_samples: int = 0

    def fade(self, at: int, samples: int) -> None:
        """Lets it end within so many samples from `at`, unless it will have ended by then."""
        if self.fade_from < 0 or at + samples < self.fade_from + self.fade_samples:
            self.fade_from, self.fade_samples = at, samples

    def over(self, at: int) -> bool:
        faded = 0 <= self.fade_from <= at - self.fade_samples
        return faded or at >= self.start + len(self.take)

    def add_to(self, out: Real, at: int) -> None:
        """Adds what of it lies in out [N, 2], which begins at sample `at`."""
        first, end = max(self.start, at), min(self.start + len(self.take), at + len(out))
        if self.fade_from >= 0:
            end = min(end, self.fade_from + self.fade_samples)
        if end <= first:
            return
        self.take.reach(end - self.start)
        part = np.float32(self.gain) * self.take.samples[first - self.start : end - self.start]
        if 0 <= self.fade_from < end:
            since = np.arange(first, end) - self.fade_from
            part *= np.clip(1 - since / self.fade_samples, 0, 1).astype(np.float32)[:, None]
        out[first - at : end - at] += part


class Performer:
    """Plays events on an instrument; a sequence's `Player` is one of these with its events.

    events: in order of tick; iterated again after `reset`. seconds_at: when a tick is, in seconds
    from the beginning. sounds: for each stroke that events name, the known sound of the instrument
    it is like, if it is like one. Not to be shared between threads.
    """

    def __init__(
        self,
        band: Instrument | Band,
        events: Iterable[Event],
        vocabulary: Sequence[Voice],
        *,
        seconds_at: Clock,
        seed: int = 0,
        config: PerformerConfig | None = None,
        sounds: Sequence[int | None] = (),
    ) -> None:
        self._sounds = sounds
        self._config = config or PerformerConfig()
        self._band = {"": band} if isinstance(band, Instrument) else dict(band)
        self._parts = [_part_of(voice, self._band) for voice in vocabulary]
        self._gains = {part: self._gain_of(part) for part in self._band}
        self._played, self.remarks = self._cast(vocabulary)
        """Who plays what, and what a user should know of it."""
        self._seed = seed
        self._events = events
        self._seconds_at = seconds_at
        self.reset()

    def reset(self) -> None:
        """Back to the beginning: the same sound again."""
        self._robins = {part: RoundRobin(instrument) for part, instrument in self._band.items()}
        self._takes: dict[Kept, Take] = {}
        self._limiter = Limiter()
        self._hits: list[_Hit] = []
        self._count = 0
        self._at = 0  # samples mixed
        self._ready = np.zeros((0, 2), np.float32)
        self._begin(self._events, self._seconds_at, start_s=0.0)
        self._ready = self._portion()[LATENCY:]

    def play_on(self, events: Iterable[Event], *, seconds_at: Clock) -> None:
        """Leaves the present events for others, from their beginning; what sounds is let go.

        `reset` still returns to the first ones.
        """
        for hit in self._hits:
            hit.fade(self._at, _LET_GO)
        self._begin(events, seconds_at, start_s=self._at / SAMPLE_RATE)

    @property
    def over(self) -> bool:
        """Whether there is nothing more to come."""
        coming = self._waiting or self._hits or not self._drawn_all
        return not coming and self._silent and not self._ready.any()

    def block(self, samples: int) -> Real:
        """What sounds next [samples, 2]; silence when all is over.

        Raises InstrumentError for what is not finite.
        """
        parts = [self._ready]
        have = len(self._ready)
        while have < samples:
            parts.append(self._portion())
            have += len(parts[-1])
        joined = np.concatenate(parts)
        self._ready = joined[samples:]
        check_finite(joined[:samples])
        return joined[:samples]

    def _gain_of(self, part: str) -> float:
        level_db = self._config.level_db
        if level_db is None:
            level_db = headroom_db(self._band[part].manifest.responses)
        return float(db_to_amplitude(level_db))

    def _cast(self, vocabulary: Sequence[Voice]) -> tuple[list[Played | None], tuple[str, ...]]:
        """Each instrument's own voices given to its labels."""
        played: list[Played | None] = [None] * len(vocabulary)
        remarks: list[str] = []
        for part, instrument in self._band.items():
            own = [i for i, of in enumerate(self._parts) if of == part]
            casting = cast(instrument.manifest.responses, [vocabulary[i] for i in own])
            remarks += casting.remarks
            for i, found in zip(own, casting.played, strict=True):
                played[i] = found
        return played, tuple(remarks)

    def _begin(self, events: Iterable[Event], seconds_at: Clock, *, start_s: float) -> None:
        self._coming: Iterator[Event] = iter(events)
        self._clock: Clock = seconds_at
        self._start_s = start_s
        self._drawn_all = False
        self._drawn_to_s = -np.inf
        self._waiting: list[tuple[int, int, Event]] = []  # a heap by sample, then by order
        self._order = 0

    def _portion(self) -> Real:
        """The next samples [_PORTION, 2], limited."""
        end = self._at + _PORTION
        self._draw(end)
        while self._waiting and self._waiting[0][0] < end:
            at, _, event = heapq.heappop(self._waiting)
            self._strike(event, at)
        out = np.zeros((_PORTION, 2), np.float32)
        for hit in self._hits:
            hit.add_to(out, self._at)
        self._silent = not out.any()  # the limiter still holds the end of what was not
        self._at = end
        self._hits = [hit for hit in self._hits if not hit.over(end)]
        return self._limiter.step(out)

    def _draw(self, end: int) -> None:
        """Takes events until no further one can sound before `end`."""
        while not self._drawn_all and self._drawn_to_s - _EARLIEST_S < end / SAMPLE_RATE:
            event = next(self._coming, None)
            if event is None:
                self._drawn_all = True
                return
            grid_s = self._start_s + self._clock(event.tick)
            self._drawn_to_s = max(self._drawn_to_s, grid_s)
            at = round((grid_s + max(event.late_s, -_EARLIEST_S)) * SAMPLE_RATE)
            heapq.heappush(self._waiting, (max(at, self._at), self._order, event))
            self._order += 1

    def _strike(self, event: Event, at: int) -> None:
        played, part = self._played[event.voice], self._parts[event.voice]
        if played is None or part is None:
            return
        seed = CounterRng(self._seed, Purpose.STRIKE, self._count).bits()
        self._count += 1
        sound = self._sounds[event.stroke] if 0 <= event.stroke < len(self._sounds) else None
        strike = self._robins[part].strike(played, event.velocity, seed=seed, sound=sound)
        for kept in strike.forgotten:
            self._takes.pop(kept, None)
        take = self._takes.get(strike.kept)
        if take is None:
            take = self._takes[strike.kept] = self._take(strike.kept, played, part)
        self._make_way(played, part, at)
        gain = self._gains[part] * float(db_to_amplitude(event.louder_db + strike.gain_db))
        hit = _Hit(take=take, start=at, gain=gain, played=played, part=part)
        ring = not played.pitched if self._config.ring is None else self._config.ring
        if not ring:
            ends_s = self._start_s + self._clock(event.tick + event.length_ticks) + event.late_s
            hit.fade(max(round(ends_s * SAMPLE_RATE), at + _STOLEN), _LET_GO)
        self._hits.append(hit)

    def _take(self, kept: Kept, played: Played, part: str) -> Take:
        """The take, rendered as far as it comes to be heard."""
        rng = CounterRng(kept.seed)
        instrument, wildness = self._band[part], self._config.wildness
        if kept.sound is not None:
            frames = instrument.frames_near(kept.sound, wildness=wildness, rng=rng)
        else:
            # A drum on stage is not tuned between two strokes, however few of its strokes are
            # known.
            frames = instrument.frames(
                label=kept.label,
                note=kept.note if played.pitched else UNPITCHED_NOTE,
                velocity=kept.velocity,
                wildness=wildness,
                rng=rng,
            )
        return Take(frames, key=rng.stream(Purpose.NOISE).bits(), rows=_ROWS)

    def _make_way(self, played: Played, part: str, at: int) -> None:
        """Ends what a new hit cuts off, and the oldest when there are too many."""
        for hit in self._hits:
            if (hit.part, hit.played.group) != (part, played.group):
                continue
            if hit.played.label != played.label:
                hit.fade(at, _CHOKED)
            elif self._config.damped or played.pitched or played.group == HI_HATS:
                hit.fade(at, _STRUCK_AGAIN)
        sounding = [hit for hit in self._hits if hit.fade_from < 0 or hit.fade_from > at]
        for hit in sounding[: max(0, len(sounding) + 1 - self._config.most)]:
            hit.fade(at, _STOLEN)


def _part_of(voice: Voice, band: Band) -> str | None:
    """Which of the band plays a voice; None: nobody."""
    if voice.label in band:
        return voice.label
    return "" if "" in band else None
