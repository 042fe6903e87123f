"""A piece as a MIDI file has it: notes of several parts over a tempo map."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from messina.events import TICKS_PER_BEAT

__all__ = [
    "BEGIN_ANEW",
    "DEFAULT_BPM",
    "DRUM_CHANNEL",
    "LiveTempoMap",
    "NoteArticulation",
    "Song",
    "SongMessage",
    "SongNote",
    "TempoMap",
    "one_after_another",
]

DRUM_CHANNEL: Final = 9
"""Counted from 0: General MIDI's tenth."""

DEFAULT_BPM: Final = 120.0
"""Tempo of a file that names none."""

BEGIN_ANEW: Final = 0xFF
"""Kind of the message that begins all channels anew."""

REMEMBERED: Final = 64
"""Turns of a tempo: what was played before them is over."""


@dataclass(frozen=True, kw_only=True)
class SongMessage:
    """A MIDI message that modulates a channel's notes: a bend, pressure, a pedal."""

    tick: float
    channel: int
    """From 0; those of a file's second port from 16 on."""
    kind: int
    """Status without its channel; BEGIN_ANEW: all channels are as they were at first."""
    first: int = 0
    second: int = 0


@dataclass(frozen=True, kw_only=True)
class NoteArticulation:
    """What is played differently of one note, beside its channel's messages."""

    serial: int = -1
    """Of the note, among those of its song."""
    after: int = -1
    """The note that it goes on from legato, the channel having one voice; -1: none."""
    glide_s: float = 0.0
    """Within which it reaches its pitch, from that of the note before."""
    glides_from: int = -1
    """The key whose pitch that is, of what is struck anew; -1: none."""
    release_pace: float = 1.0
    """How many times as fast as usual it is released."""
    presses: tuple[tuple[float, int], ...] = ()
    """Ticks, and the pressure 0 … 127 of its own key from there on."""


@dataclass(frozen=True, kw_only=True)
class SongNote:
    """One note; ticks at TICKS_PER_BEAT a beat, with fractions."""

    tick: float
    length_ticks: float
    note: int
    velocity: int
    channel: int
    """From 0; those of a file's second port from 16 on."""
    track: int
    program: int
    """General MIDI program it is played with."""
    kit: bool | None = None
    """Whether a drum kit plays it, its program being a kit; None: as its channel's number says."""
    louder_db: float = 0.0
    """By the volume and expression of its channel, at their loudest while it sounds, against the
    loudest of the song; never above 0."""
    articulation: NoteArticulation = NoteArticulation()

    @property
    def drums(self) -> bool:
        """Whether it is on the channel of drums."""
        return self.channel % 16 == DRUM_CHANNEL if self.kit is None else self.kit

    @property
    def part(self) -> tuple[int, int, bool]:
        """(track, channel, drums): notes with the same belong to one part."""
        return self.track, self.channel, self.drums


class TempoMap:
    """Time of every tick: a tempo holds from its tick to the next one's."""

    def __init__(self, changes: Iterable[tuple[float, float]] = ()) -> None:
        """changes: (tick, beats a minute), in any order; before the first, DEFAULT_BPM."""
        by_tick = {0.0: DEFAULT_BPM}
        by_tick.update(sorted(changes))
        self.changes = tuple(sorted(by_tick.items()))
        self._ticks = [tick for tick, _ in self.changes]
        self._seconds = [0.0]
        for (start, bpm), (end, _) in zip(self.changes, self.changes[1:], strict=False):
            self._seconds.append(self._seconds[-1] + (end - start) * _tick_s(bpm))

    def seconds_at(self, tick: float) -> float:
        """Seconds from tick 0."""
        at = max(bisect_right(self._ticks, tick) - 1, 0)
        return self._seconds[at] + (tick - self._ticks[at]) * self.tick_s_at(tick)

    def tick_s_at(self, tick: float) -> float:
        """Seconds a tick takes there."""
        return _tick_s(self.changes[max(bisect_right(self._ticks, tick) - 1, 0)][1])

    def main_bpm(self, ticks: float) -> float:
        """The tempo that holds for the longest time of so many ticks."""
        time: dict[float, float] = {}
        ends = [*self._ticks[1:], max(ticks, self._ticks[-1] + 1)]
        for (start, bpm), end in zip(self.changes, ends, strict=True):
            held = max(min(end, ticks) - start, 0.0) * _tick_s(bpm)
            time[bpm] = time.get(bpm, 0.0) + held
        return max(time, key=lambda bpm: time[bpm])

    def scaled(self, ratio: float) -> TempoMap:
        """All tempi times a ratio."""
        return TempoMap((tick, bpm * ratio) for tick, bpm in self.changes)


class LiveTempoMap:
    """Time of every tick while the tempo is changed by hand, without end."""

    def __init__(self, tempo_bpm: float) -> None:
        self._turns = [(0.0, 0.0, _tick_s(tempo_bpm))]

    @property
    def tick_s(self) -> float:
        """Seconds a tick takes at present."""
        return self._turns[-1][2]

    def turn(self, tick: float, tempo_bpm: float) -> None:
        """Changes the tempo from a tick on; changes planned for later are dropped.

        >>> tempo = LiveTempoMap(60.0)
        >>> tempo.turn(24, 120.0)
        >>> tempo.seconds_at(12), tempo.seconds_at(48)
        (0.5, 1.5)
        """
        seconds = self.seconds_at(tick)
        while len(self._turns) > 1 and self._turns[-1][0] >= tick:
            self._turns.pop()
        self._turns.append((tick, seconds, _tick_s(tempo_bpm)))
        del self._turns[:-REMEMBERED]

    def seconds_at(self, tick: float) -> float:
        """Seconds from tick 0."""
        turns = (turn for turn in reversed(self._turns) if turn[0] <= tick)
        start, seconds, tick_s = next(turns, self._turns[0])
        return seconds + (tick - start) * tick_s


def _tick_s(bpm: float) -> float:
    return 60.0 / (bpm * TICKS_PER_BEAT)


@dataclass(frozen=True, kw_only=True)
class Song:
    """One piece: a whole file, or one pattern of several in it."""

    name: str
    notes: tuple[SongNote, ...]
    """In order of tick, then note."""
    tempo: TempoMap
    beats_per_bar: int
    ticks: int
    """Its length in whole bars."""
    track_names: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    """What a user should know: what is damaged, what is not played as it is written."""
    messages: tuple[SongMessage, ...] = ()
    """What is said of channels, in order of tick."""
    loudest_db: float = 0.0
    """Volume and expression of the loudest note, which all are played against; 0 is all the way up.
    """


def one_after_another(songs: Sequence[Song]) -> Song:
    """The songs as one, each from where the one before it ends; bars are those of the first."""
    if len(songs) == 1:
        return songs[0]
    notes: list[SongNote] = []
    tempi: list[tuple[float, float]] = []
    messages: list[SongMessage] = []
    start = 0
    loudest_db = max(song.loudest_db for song in songs)
    for song in songs:
        softer_db = song.loudest_db - loudest_db
        notes += [_moved(note, start, len(notes), softer_db) for note in song.notes]
        messages.append(SongMessage(tick=start, channel=0, kind=BEGIN_ANEW))
        messages += [replace(own, tick=own.tick + start) for own in song.messages]
        tempi += [(tick + start, bpm) for tick, bpm in song.tempo.changes]
        start += song.ticks
    bar = songs[0].beats_per_bar * TICKS_PER_BEAT
    remarks = (clause for song in songs for clause in song.remarks)
    return Song(
        name=songs[0].name,
        notes=tuple(sorted(notes, key=lambda note: (note.tick, note.note))),
        tempo=TempoMap(tempi),
        beats_per_bar=songs[0].beats_per_bar,
        ticks=-(-start // bar) * bar,
        track_names=max((song.track_names for song in songs), key=len),
        messages=tuple(messages),
        loudest_db=loudest_db,
        remarks=(
            f"its {len(songs)} patterns are played one after another",
            *dict.fromkeys(remarks),
        ),
    )


def _moved(note: SongNote, ticks: float, serials: int, louder_db: float) -> SongNote:
    """A note of a song that begins so much later, after so many notes of others."""
    own = note.articulation
    articulation = replace(
        own,
        serial=own.serial + serials,
        after=own.after if own.after < 0 else own.after + serials,
        presses=tuple((tick + ticks, value) for tick, value in own.presses),
    )
    return replace(
        note,
        tick=note.tick + ticks,
        louder_db=note.louder_db + louder_db,
        articulation=articulation,
    )
