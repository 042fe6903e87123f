"""Events played by an instrument or a band, block by block, for as long as there are any.

Events are drawn a little ahead of what is heard, hits are rendered as they come to be heard, and
what is over is forgotten: hours need no more memory than minutes. Inside, sound is made in portions
of a fixed size that lie at fixed places, so blocks of any sizes give the same samples.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.audio_files import check_finite
from messina.errors import ControlError
from messina.events import Event, Phrase, Voice
from messina.instrument import Instrument
from messina.instrument.finishing import block_of, headroom_db
from messina.instrument.touch import TouchLaw, touch_law
from messina.limiter import LATENCY, Limiter
from messina.ranges import check_range
from messina.sequences.model import EventModel
from messina.sequences.round_robin import Band, Striker
from messina.sequences.sequence import PlayOptions
from messina.sequences.sequencer import Sequencer
from messina.sequences.voice_assignment import AssignedSound, assign_voices
from messina.sequences.voices import LET_GO, MOST, STOLEN, Hit, VoiceManager
from messina.sequences.written_hand import WrittenHand, WrittenTouch
from messina.units import SAMPLE_RATE, db_to_amplitude

__all__ = ["Band", "EventPlayer", "Performer", "PerformerConfig"]

Real = NDArray[np.float32]
Clock = Callable[[float], float]

_PORTION: Final = 2_048
"""Samples made at a time."""
EARLIEST_S: Final = 0.25
"""How far before the grid an event may sound: events are drawn so much ahead."""


@dataclass(frozen=True, kw_only=True)
class PerformerConfig:
    """Settings of a Performer. Raises ControlError for one that is out of bounds."""

    wildness: float = 1.0
    """How far hits of a kind differ: 0 hardly, 1 as in the corpus, 2 twice as much."""
    damped: bool = False
    """Whether a hit without pitch ends when its voice is struck again, as notes and hi-hats do."""
    ring: bool | None = None
    """Whether notes ring on after they are let go; None: hits do, notes of a pitch do not. What is
    sustained never does."""
    level_db: float | None = None
    """Gain; None: room for what sounds together. 0: as loud as the corpus, whose mix this was."""
    most: int = MOST
    """Hits that sound at once; the one that is missed least makes room."""

    def __post_init__(self) -> None:
        check_range("wildness", self.wildness)
        if self.most < 1:
            raise ControlError(f"`most` is {self.most}; at least 1 hit has to sound")


class Performer:
    """Plays events on an instrument; a sequence's `Player` is one of these with its events.

    events: in order of tick; iterated again after `reset`. seconds_at: when a tick is, in seconds
    from the beginning. sounds: for each exemplar that events name, the known sound of the
    instrument it is like, if it is like one. written: what a file says is done to its notes. Not to
    be shared between threads.
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
        written: WrittenTouch | None = None,
    ) -> None:
        self._sounds = sounds
        self._written = written
        self._laws: dict[tuple[str, str], TouchLaw] = {}
        self._led: set[int] = set()  # notes that one before them goes on to
        self._config = config or PerformerConfig()
        self._band = {"": band} if isinstance(band, Instrument) else dict(band)
        self._parts = [_part_of(voice, self._band) for voice in vocabulary]
        self._gains = {part: self._gain_of(part) for part in self._band}
        self._responses = {
            (part, response.label): response
            for part, instrument in self._band.items()
            for response in instrument.manifest.responses
        }
        self._played, self.remarks = self._assigned(vocabulary)
        """Who plays what, and what a user should know of it."""
        self._seed = seed
        self._events = events
        self._seconds_at = seconds_at
        self.reset()

    def reset(self) -> None:
        """Back to the beginning: the same sound again."""
        config = self._config
        self._striker = Striker(self._band, seed=self._seed, wildness=config.wildness)
        self._voices = VoiceManager(most=config.most, damped=config.damped)
        self._led.clear()
        self._limiter = Limiter()
        self._at = 0  # samples mixed
        self._ready = np.zeros((0, 2), np.float32)
        self._begin(self._events, self._seconds_at, start_s=0.0)
        self._ready = self._portion()[LATENCY:]

    def play_on(self, events: Iterable[Event], *, seconds_at: Clock) -> None:
        """Leaves the present events for others, from their beginning; what sounds is let go.

        `reset` still returns to the first ones.
        """
        self._voices.fade_all(self._at, LET_GO)
        self._begin(events, seconds_at, start_s=self._at / SAMPLE_RATE)

    @property
    def over(self) -> bool:
        """Whether there is nothing more to come."""
        coming = self._waiting or self._voices.hits or not self._drawn_all
        return not coming and self._silent and not self._ready.any()

    def block(self, samples: int) -> Real:
        """What sounds next [samples, 2]; silence when all is over.

        Raises InstrumentError for what is not finite.
        """
        block, self._ready = block_of(self._ready, self._portion, samples)
        check_finite(block)
        return block

    def _gain_of(self, part: str) -> float:
        level_db = self._config.level_db
        if level_db is None:
            level_db = headroom_db(self._band[part].manifest.responses)
        return float(db_to_amplitude(level_db))

    def _assigned(
        self, vocabulary: Sequence[Voice]
    ) -> tuple[list[AssignedSound | None], tuple[str, ...]]:
        """Each instrument's own voices given to its labels."""
        played: list[AssignedSound | None] = [None] * len(vocabulary)
        remarks: list[str] = []
        for part, instrument in self._band.items():
            own = [i for i, of in enumerate(self._parts) if of == part]
            assignment = assign_voices(instrument.manifest.responses, [vocabulary[i] for i in own])
            remarks += assignment.remarks
            for i, found in zip(own, assignment.played, strict=True):
                played[i] = found
        return played, tuple(remarks)

    def _begin(self, events: Iterable[Event], seconds_at: Clock, *, start_s: float) -> None:
        self._coming: Iterator[Event] = iter(events)
        self._clock: Clock = seconds_at
        self._start_s = start_s
        self._drawn_all = False
        self._drawn_to_s = -np.inf
        self._waiting: list[tuple[int, int, Hit]] = []  # a heap by sample, then by order
        self._order = 0

    def _portion(self) -> Real:
        """The next samples [_PORTION, 2], limited."""
        end = self._at + _PORTION
        self._draw(end)
        out = np.zeros((_PORTION, 2), np.float32)
        place = self._at  # up to which all is mixed
        while self._waiting and self._waiting[0][0] < end:
            hit = heapq.heappop(self._waiting)[-1]
            # What a hit cuts off sounds up to there as it did.
            self._voices.mix(out[place - self._at : hit.start - self._at], place)
            place = hit.start
            self._voices.start(hit)
        self._voices.mix(out[place - self._at :], place)
        self._silent = not out.any()  # the limiter still holds the end of what was not
        self._at = end
        return self._limiter.step(out)

    def _draw(self, end: int) -> None:
        """Takes events until no further one can sound before `end`."""
        while not self._drawn_all and self._drawn_to_s - EARLIEST_S < end / SAMPLE_RATE:
            event = next(self._coming, None)
            if event is None:
                self._drawn_all = True
                return
            grid_s = self._start_s + self._clock(event.tick)
            self._drawn_to_s = max(self._drawn_to_s, grid_s)
            at = round((grid_s + max(event.late_s, -EARLIEST_S)) * SAMPLE_RATE)
            # Takes go by the order of events, which is the same wherever they are played.
            hit = self._struck(event, max(at, self._at))
            if hit is not None:
                heapq.heappush(self._waiting, (hit.start, self._order, hit))
                self._order += 1

    def _struck(self, event: Event, at: int) -> Hit | None:
        """The hit that an event is; None where nobody plays it."""
        played, part = self._played[event.voice], self._parts[event.voice]
        if event.place in self._led:
            self._led.discard(event.place)
            return None
        if played is None or part is None:
            return None
        hand, written = None, self._written if event.place >= 0 else None
        if written is not None:
            hand = written.hand(event.place, played, law=partial(self._law, part, played.label))
        sound = self._sounds[event.exemplar] if 0 <= event.exemplar < len(self._sounds) else None
        take, gain_db = self._striker.strike(part, played, event.velocity, sound=sound, hand=hand)
        gain = self._gains[part] * float(db_to_amplitude(event.louder_db + gain_db))
        hit = Hit(take=take, start=at, gain=gain, played=played, part=part)
        ring = not played.pitched if self._config.ring is None else self._config.ring
        ends_tick, pace = event.tick + event.length_ticks, 1.0
        if written is not None:
            hit.fader = written.fader(event.place)
            last = self._lead_on(hit, event.place, hand, written) if hand else event.place
            ends_tick += written.end_tick(last) - written.end_tick(event.place)
            pace = written.release_pace(last)
        if hit.sustained or not ring:
            ends_s = self._start_s + self._clock(ends_tick) + event.late_s
            hit.let_go(max(round(ends_s * SAMPLE_RATE), at + STOLEN), pace=pace)
        return hit

    def _lead_on(self, hit: Hit, place: int, hand: WrittenHand, written: WrittenTouch) -> int:
        """Lets a note go on to those after it, legato, where it can; the last one."""
        first, turns = written.note(place), []
        response = self._responses[hit.part, hit.played.label]
        for later in written.chain(place) if hit.sustained else ():
            voice = written.voices[later]
            played = self._played[voice]
            if played is None or (self._parts[voice], played.label) != (hit.part, hit.played.label):
                break
            louder_db, than_db = (
                response.loudness_at(velocity, None)[1]
                for velocity in (written.note(later).velocity, first.velocity)
            )
            semitones = (played.note or 0) - (hit.played.note or 0)
            turns.append(written.turn(later, semitones=semitones, louder_db=louder_db - than_db))
            self._led.add(later)
            hand.press(written.presses(later))
            place = later
        hand.go_on(turns)
        return place

    def _law(self, part: str, label: str) -> TouchLaw:
        """What touch does to a label's notes."""
        if (part, label) not in self._laws:
            self._laws[part, label] = touch_law(self._band[part], label)
        return self._laws[part, label]


def _part_of(voice: Voice, band: Band) -> str | None:
    """Which of the band plays a voice; None: nobody."""
    if voice.label in band:
        return voice.label
    return "" if "" in band else None


class EventPlayer:
    """Plays what a sequencer draws on an instrument or a band, without end."""

    def __init__(
        self,
        band: Instrument | Band,
        model: EventModel,
        *,
        seed: int,
        options: PlayOptions,
        config: PerformerConfig,
        prime: Phrase | None = None,
        cuts: bool = False,
        sounds: tuple[int | None, ...] = (),
        gains_db: NDArray[np.float64] | None = None,
    ) -> None:
        """gains_db: of each style; the rest is as in Performer and Sequencer."""
        self._sequencer = Sequencer(
            model,
            seed=seed,
            wildness=options.wildness,
            density=options.density,
            swing=options.swing,
            tempo_bpm=options.tempo_bpm,
            cuts=cuts,
        )
        self._prime = prime
        self._gains_db = gains_db
        self._place = options.place
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

    def block(self, samples: int) -> Real:
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
