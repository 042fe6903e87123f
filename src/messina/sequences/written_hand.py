"""Modulation of notes as a MIDI file has it, which is known ahead.

The law is that of what is played by hand (sequences.hand, sequences.gestures): the same messages
make the same sound here and there. What is said at a moment acts from the next row of a note on.
What is said before a note begins, or as it does, is how it begins.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from copy import copy
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from messina.controllers import Controller, expression_db
from messina.frames.layout import HOP
from messina.instrument.touch import TouchLaw
from messina.sequences.gestures import CHANNELS, STILL, Gesture, Gestures
from messina.sequences.hand import Hand, stacked
from messina.sequences.song import BEGIN_ANEW, Song, SongMessage, SongNote
from messina.sequences.voice_assignment import AssignedSound
from messina.units import SAMPLE_RATE, db_to_amplitude

__all__ = ["MOST_CHANGES", "LegatoStep", "WrittenHand", "WrittenTouch"]

Real = NDArray[np.float32]
Floats = NDArray[np.float64]
Law = Callable[[], TouchLaw | None]
T = TypeVar("T")

MOST_CHANGES: Final = 500_000
"""Of what is done to the notes of all channels; what comes later is passed over, and it is said."""
MOST_ASKED: Final = 1_000_000
"""How often a channel is asked what is done to its notes: one message may move all of them."""
LEAST_GAIN: Final = 1e-8
_USUAL_VOLUME: Final = 100
_CONTROL, _PRESSURE, _BEND = 0xB0, 0xD0, 0xE0


class _Line(Generic[T]):
    """A value over time: each holds from its sample on."""

    def __init__(self, first: T) -> None:
        self.samples: list[int] = []
        self.values = [first]

    def __len__(self) -> int:
        return len(self.samples)

    def add(self, sample: int, value: T) -> None:
        """Samples never fall."""
        if value == self.values[-1]:
            return
        if self.samples and self.samples[-1] == sample:
            self.values[-1] = value
            return
        self.samples.append(sample)
        self.values.append(value)

    def before(self, sample: int) -> T:
        return self.values[bisect_left(self.samples, sample)]

    def at(self, sample: int) -> T:
        return self.values[bisect_right(self.samples, sample)]

    def change_from(self, sample: int) -> float:
        """Where it changes next, there or later."""
        place = bisect_left(self.samples, sample)
        return self.samples[place] if place < len(self.samples) else np.inf


@dataclass(frozen=True, kw_only=True)
class LegatoStep:
    """A legato transition: from some sample on the note sounds at another key."""

    sample: int
    semitones: float
    """From its first key."""
    glide_s: float
    louder_db: float


class WrittenHand:
    """Modulation of one note of a MIDI file, known ahead; as `Touched`."""

    def __init__(
        self,
        velocity: float,
        *,
        start: int,
        gestures: _Line[Gesture],
        law: Law,
    ) -> None:
        """start: of the note, in samples from the beginning of its song, as all that is said."""
        self._gestures = gestures
        self._presses = _Line(0.0)
        self._row_at = start
        self._moment = start + 1  # what is said before it counts
        self._turns: deque[LegatoStep] = deque()
        self._hand = Hand(velocity, gesture=self._gesture, law=law)

    def glide(self, start: float, seconds: float) -> None:
        """Begins with a portamento from so many semitones away."""
        self._hand.glide(start, 0.0, seconds)

    def press(self, presses: Iterable[tuple[int, float]]) -> None:
        """Takes polyphonic key pressure: (sample, pressure 0 … 1) in order of time."""
        for sample, pressure in presses:
            self._presses.add(sample, pressure)

    def go_on(self, turns: Iterable[LegatoStep]) -> None:
        """Takes legato transitions to other keys, in order of time."""
        self._turns.extend(turns)

    def copy(self) -> WrittenHand:
        """An independent copy, at the same row."""
        other = copy(self)
        other._hand, other._turns = self._hand.copy(), deque(self._turns)
        return other

    def moved_since(self, _: int) -> bool:
        """Never: all modulation is known ahead."""
        return False

    def go_back(self, to: WrittenHand, _: int) -> None:
        """Returns to the row where that copy of it was made."""
        self.__dict__.update(to.copy().__dict__)

    def rows(self, count: int, own: Floats | None = None) -> tuple[Real | None, Floats | None]:
        """Modulation of the next rows; as `Touched.rows`."""
        louder: list[Real | None] = []
        cents = np.zeros(count)
        done = 0
        while done < count:
            self._follow()
            run = min(self._rows_alike(), count - done)
            part = None if own is None else own[done : done + run]
            more, moved = self._hand.rows(run, part)
            louder += [None] * run if more is None else list(more)
            if moved is not None:
                cents[done : done + run] = moved
            done += run
            self._row_at += run * HOP
            self._moment = self._row_at
        return stacked(louder), cents if cents.any() else None

    def _gesture(self) -> Gesture:
        return self._gestures.before(self._moment)

    def _follow(self) -> None:
        self._hand.pressure = self._presses.before(self._moment)
        while self._turns and self._turns[0].sample < self._moment:
            turn = self._turns.popleft()
            self._hand.glide(None, turn.semitones, turn.glide_s)
            self._hand.legato_db = turn.louder_db

    def _rows_alike(self) -> int:
        """How many rows there are until something is said."""
        changes = [line.change_from(self._moment) for line in (self._gestures, self._presses)]
        changes += [turn.sample for turn in list(self._turns)[:1]]
        change = min(changes)
        return 1 << 30 if change == np.inf else int(change - self._row_at) // HOP + 1


class WrittenTouch:
    """Modulation of all notes of a song, each by its index in it."""

    def __init__(
        self,
        song: Song,
        *,
        starts: Sequence[int],
        voices: Sequence[int],
        seconds_at: Callable[[float], float],
    ) -> None:
        """starts, voices: of each note, in samples; seconds_at: when a tick of the song is."""
        self.voices = voices
        self._notes = song.notes
        self._starts = starts
        self._seconds_at = seconds_at
        self.remarks: tuple[str, ...] = ()
        """What a user should know."""
        self._next = {
            note.articulation.after: place
            for place, note in enumerate(song.notes)
            if note.articulation.after >= 0
        }
        self._softer_db = song.loudest_db
        self._gestures, self._volumes = self._lines(song)
        self._faders = {
            channel: (np.array(line.samples, np.int64), np.array(line.values))
            for channel, line in self._volumes.items()
        }

    def hand(self, place: int, played: AssignedSound, *, law: Law) -> WrittenHand | None:
        """Modulation of one note, by its index; None where there is never any."""
        note, start = self._notes[place], self._starts[place]
        gestures = self._gestures[note.channel]
        presses, articulation = self.presses(place), note.articulation
        slides = articulation.glides_from >= 0 and articulation.glide_s > 0
        if played.pitched:
            still = not (len(gestures) or presses or slides or place in self._next)
        else:  # hits are rendered once and heard again, unless they begin otherwise
            still = gestures.at(start) == STILL
        if still:
            return None
        hand = WrittenHand(float(note.velocity), start=start, gestures=gestures, law=law)
        hand.press(presses)
        if slides and played.pitched:
            hand.glide(articulation.glides_from - note.note, articulation.glide_s)
        return hand

    def chain(self, place: int) -> Iterator[int]:
        """Indices of the notes that follow one legato, in order of time."""
        while place in self._next:
            place = self._next[place]
            yield place

    def note(self, place: int) -> SongNote:
        """A note of the song, by its index."""
        return self._notes[place]

    def end_tick(self, place: int) -> float:
        """Tick at which a note ends."""
        note = self._notes[place]
        return note.tick + note.length_ticks

    def release_pace(self, place: int) -> float:
        """How many times as fast as usual a note is released, by its release velocity."""
        return self._notes[place].articulation.release_pace

    def turn(self, place: int, *, semitones: float, louder_db: float) -> LegatoStep:
        """The legato transition to a note.

        semitones, louder_db: how far it is from the pitch and loudness of the first note of the
        chain.
        """
        return LegatoStep(
            sample=self._starts[place],
            semitones=semitones,
            glide_s=self._notes[place].articulation.glide_s,
            louder_db=louder_db,
        )

    def louder_db(self, place: int) -> float:
        """Gain in dB by its channel's volume, against the loudest note of the song.

        0 where that moves.
        """
        volumes, start = self._volumes[self._notes[place].channel], self._starts[place]
        if volumes.change_from(start + 1) < np.inf:
            return 0.0
        return float(20.0 * np.log10(max(volumes.at(start), LEAST_GAIN)))

    def fader(self, place: int) -> Callable[[NDArray[np.int64]], Real] | None:
        """Gain of a moving volume, as a function of samples [N] from the note's beginning.

        None where it does not move.
        """
        volumes, start = self._volumes[self._notes[place].channel], self._starts[place]
        if volumes.change_from(start + 1) == np.inf:
            return None
        samples, values = self._faders[self._notes[place].channel]

        def gains(places: NDArray[np.int64]) -> Real:
            now = np.searchsorted(samples, places + start, side="right")
            before = np.maximum(now - 1, 0)
            share = np.clip((places + start - samples[before]) / HOP, 0.0, 1.0)
            share[samples[before] <= start] = 1.0  # a note begins where its channel is
            return np.asarray(values[before] + share * (values[now] - values[before]), np.float32)

        return gains

    def presses(self, place: int) -> list[tuple[int, float]]:
        """Polyphonic key pressure of a note: (sample, pressure 0 … 1) in order of time."""
        presses = self._notes[place].articulation.presses
        return [(self._sample_at(tick), value / 127) for tick, value in presses]

    def _sample_at(self, tick: float) -> int:
        return round(self._seconds_at(tick) * SAMPLE_RATE)

    def _amplitude(self, volume: int) -> float:
        return float(db_to_amplitude(expression_db(volume) - self._softer_db)) if volume else 0.0

    def _lines(self, song: Song) -> tuple[dict[int, _Line[Gesture]], dict[int, _Line[float]]]:
        """What is done to the notes of each channel over time, and its volume."""
        used = sorted({note.channel for note in song.notes})
        shapes = {channel: _Line(STILL) for channel in used}
        volumes = {channel: _Line(self._amplitude(_USUAL_VOLUME)) for channel in used}
        ports = {channel // CHANNELS: Gestures(first_bends_all=False) for channel in used}
        asked = 0
        lines: list[Sized] = [*shapes.values(), *volumes.values()]
        for message in song.messages:
            port = message.channel // CHANNELS
            if sum(map(len, lines)) >= MOST_CHANGES or asked >= MOST_ASKED:
                self.remarks = ("it moves its controllers too often; the last moves are left out",)
                break
            sample = self._sample_at(message.tick)
            if message.kind == BEGIN_ANEW:
                ports = {own: Gestures(first_bends_all=False) for own in ports}
                for channel in used:
                    shapes[channel].add(sample, STILL)
                    _turn_up(volumes[channel], sample, self._amplitude(_USUAL_VOLUME))
            elif message.first == Controller.VOLUME and message.kind == _CONTROL:
                if message.channel in volumes:
                    volume = self._amplitude(message.second)
                    _turn_up(volumes[message.channel], sample, volume)
            elif port in ports:
                for moved in _moved_by(ports[port], message):
                    channel = port * CHANNELS + moved
                    if channel in shapes:
                        asked += 1
                        shapes[channel].add(sample, ports[port].of(moved))
        return shapes, volumes


def _turn_up(line: _Line[float], sample: int, gain: float) -> None:
    """Another gain, once the one before it is reached."""
    line.add(max(sample, line.samples[-1] + HOP if line.samples else sample), gain)


def _moved_by(gestures: Gestures, message: SongMessage) -> list[int]:
    """Takes in a message; the channels whose notes it may move."""
    channel = message.channel % CHANNELS
    if message.kind == _PRESSURE:
        gestures.press(channel, message.first)
    elif message.kind == _BEND:
        gestures.bend(channel, message.second << 7 | message.first)
    else:
        gestures.control(channel, message.first, message.second)
        if message.first in (Controller.DATA, Controller.DATA_LOW):
            return list(range(CHANNELS))
    return gestures.moved(channel)
