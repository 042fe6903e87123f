"""MIDI files played by instruments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.errors import ControlError, SoundError
from messina.events import TICKS_PER_BEAT, Event, Voice
from messina.instrument import Instrument
from messina.sequences.midi import read_midi
from messina.sequences.performer import Band, Performer, PerformerConfig
from messina.sequences.sequence import PlayOptions
from messina.sequences.song import Song, SongNote, one_after_another
from messina.sequences.voice_assignment import DRUMS, Role, part_of_notes
from messina.sequences.written_hand import WrittenTouch
from messina.units import SAMPLE_RATE

__all__ = ["MidiPlayer", "perform_midi", "swung"]

Audio = NDArray[np.float32]

_RING_S: Final = 4.0
"""What the last hits may take to ring out, at most."""
_HALF: Final = TICKS_PER_BEAT / 2
_LATE_QUAVER: Final = TICKS_PER_BEAT / 6
"""What makes the second of two quavers the last of a triplet."""


def swung(tick: float, swing: float) -> float:
    """Where a tick falls with swing 0 … 1: at 1 every second quaver is a triplet late.

    >>> swung(12, 1.0), swung(24, 1.0), swung(30, 1.0), swung(12, 0.0)
    (16.0, 24.0, 32.0, 12.0)
    """
    beat, place = divmod(tick, TICKS_PER_BEAT)
    middle = _HALF + swing * _LATE_QUAVER
    if place < _HALF:
        place *= middle / _HALF
    else:
        place = middle + (place - _HALF) * (TICKS_PER_BEAT - middle) / _HALF
    return beat * TICKS_PER_BEAT + place


def perform_midi(
    band: Instrument | Band,
    path: Path,
    *,
    seed: int = 0,
    options: PlayOptions | None = None,
    loops: bool = False,
) -> tuple[MidiPlayer, float]:
    """A player of a MIDI file, and how many seconds it lasts until all has rung out.

    loops: whether it begins again after its last bar, for ever. Raises SoundError, which names the
    file, and ControlError for a density: a file has the notes it has.
    """
    try:
        songs = read_midi(path)
    except SoundError as error:
        raise SoundError(f"{path}: {error}") from error
    player = MidiPlayer(band, one_after_another(songs), seed=seed, options=options, loops=loops)
    return player, player.length_s


class MidiPlayer:
    """Plays a song from a MIDI file, as a `Player`."""

    def __init__(
        self,
        band: Instrument | Band,
        song: Song,
        *,
        seed: int = 0,
        options: PlayOptions | None = None,
        loops: bool = False,
    ) -> None:
        options = options or PlayOptions()
        if options.density != 0:
            raise ControlError("a MIDI file has the notes it has; `density` is for what was learnt")
        self._song = song
        self._loops = loops
        self._clock = _clock(song, options)
        self._roles = _roles(song, band)
        keys = {(self._roles[note.part], note.note) for note in song.notes}
        self._vocabulary = [Voice(label=label, note=note) for label, note in sorted(keys)]
        self._voices = {(v.label, v.note): i for i, v in enumerate(self._vocabulary)}
        self._written = self._all_written()
        self._events = self._all_events()
        self._first = self._place(options.place or 0.0)
        self._performer = Performer(
            band,
            _Again(self._events_from_first),
            self._vocabulary,
            seconds_at=self._seconds_from(self._first),
            seed=seed,
            config=PerformerConfig(wildness=options.wildness),
            written=self._written,
        )
        self.remarks = (*self._performer.remarks, *song.remarks, *self._written.remarks)
        """What a user should know of who plays what."""

    @property
    def length_s(self) -> float:
        """Seconds from where it begins until all has rung out, or of one time round."""
        from_s = self._clock(self._first)
        if self._loops:
            return self._clock(self._song.ticks) - from_s
        ends = max(note.tick + note.length_ticks for note in self._song.notes)
        return self._clock(ends) - from_s + _RING_S

    def block(self, samples: int) -> Audio:
        return self._performer.block(samples)

    def reset(self) -> None:
        self._performer.reset()

    def jump(self, place: float) -> None:
        """Continues from the bar nearest to `place` of the song, 0 … 1."""
        first = self._place(place)
        events = self._from(first)
        self._performer.play_on(events, seconds_at=self._seconds_from(first))

    @property
    def over(self) -> bool:
        return self._performer.over

    def _place(self, place: float) -> int:
        bar = self._song.beats_per_bar * TICKS_PER_BEAT
        bars = self._song.ticks // bar
        return min(int(place * bars), bars - 1) * bar

    def _seconds_from(self, first: int) -> Callable[[float], float]:
        """Seconds of ticks that are counted on and on, round after round."""
        round_s, from_s = self._clock(self._song.ticks), self._clock(first)

        def seconds_at(tick: float) -> float:
            rounds, inside = divmod(tick, self._song.ticks) if self._loops else (0, tick)
            return rounds * round_s + self._clock(inside) - from_s

        return seconds_at

    def _events_from_first(self) -> Iterator[Event]:
        return self._from(self._first)

    def _from(self, first: int) -> Iterator[Event]:
        yield from (event for event in self._events if event.tick >= first)
        start = self._song.ticks
        while self._loops:
            for event in self._events:
                yield _later(event, start)
            start += self._song.ticks

    def _late_s(self, note: SongNote) -> float:
        """How far a note is behind its tick."""
        return (note.tick - round(note.tick)) * self._song.tempo.tick_s_at(note.tick)

    def _all_written(self) -> WrittenTouch:
        starts = [
            round((self._clock(round(note.tick)) + self._late_s(note)) * SAMPLE_RATE)
            for note in self._song.notes
        ]
        voices = [self._voices[self._roles[note.part], note.note] for note in self._song.notes]
        return WrittenTouch(self._song, starts=starts, voices=voices, seconds_at=self._clock)

    def _all_events(self) -> tuple[Event, ...]:
        written = self._written
        events = [
            Event(
                tick=round(note.tick),
                voice=written.voices[place],
                velocity=float(note.velocity),
                length_ticks=max(note.length_ticks, 0.25),
                late_s=self._late_s(note),
                louder_db=written.louder_db(place),
                place=place,
            )
            for place, note in enumerate(self._song.notes)
        ]
        # What another note goes on to comes after it, however little.
        led = [note.articulation.after >= 0 for note in self._song.notes]
        return tuple(sorted(events, key=lambda own: (own.tick, led[own.place], own.voice)))


class _Again:
    """Events that begin anew each time they are gone through."""

    def __init__(self, begin: Callable[[], Iterator[Event]]) -> None:
        self._begin = begin

    def __iter__(self) -> Iterator[Event]:
        return self._begin()


def _later(event: Event, ticks: int) -> Event:
    return replace(event, tick=event.tick + ticks)


def _clock(song: Song, options: PlayOptions) -> Callable[[float], float]:
    """Seconds at a tick, at the tempo and with the swing wished for."""
    tempo = song.tempo
    if options.tempo_bpm is not None:
        tempo = tempo.scaled(options.tempo_bpm / tempo.main_bpm(song.ticks))
    return lambda tick: tempo.seconds_at(swung(tick, options.swing))


def _roles(song: Song, band: Instrument | Band) -> dict[tuple[int, int, bool], Role]:
    """The role of each part; a kit takes whatever channel it is given as drums."""
    groups: dict[tuple[int, int, bool], list[SongNote]] = {}
    for note in song.notes:
        groups.setdefault(note.part, []).append(note)
    instruments = [band] if isinstance(band, Instrument) else list(band.values())
    pitched = any(r.pitched for i in instruments for r in i.manifest.responses)
    roles = part_of_notes(groups, song.track_names)
    if not pitched and DRUMS not in roles.values():
        return dict.fromkeys(groups, DRUMS)
    return roles
