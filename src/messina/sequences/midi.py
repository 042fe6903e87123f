"""MIDI files read into songs.

Files come from strangers: what is damaged is played as far as it goes, what cannot be read at all
is a SoundError of one sentence, and nothing in a file makes reading it take long.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Final

from messina.errors import SoundError
from messina.events import TICKS_PER_BEAT
from messina.sequences.midi_channels import Channels
from messina.sequences.midi_file import META, MidiEvent, read_events
from messina.sequences.midi_keys import ChannelNote
from messina.sequences.song import NoteArticulation, Song, SongMessage, SongNote, TempoMap
from messina.text import counted, printable, well_formed

__all__ = ["MIDI_SUFFIXES", "decode_midi", "read_midi"]

MIDI_SUFFIXES: Final = frozenset({".mid", ".midi", ".smf", ".kar", ".rmi"})

_MOST_BYTES: Final = 4 << 20
_MOST_NOTES: Final = 200_000
_MOST_HOURS: Final = 12
_BPM_RANGE: Final = (4.0, 1_000.0)
_NAME, _TEMPO, _METRE, _KEY = 0x03, 0x51, 0x58, 0x59
_PATTERNS: Final = 2
"""The kind of file whose tracks are pieces of their own."""
_NTSC: Final = 29
"""Frames a second that stand for 30000 in 1001 seconds."""

Track = Sequence[MidiEvent]


def read_midi(path: Path) -> tuple[Song, ...]:
    """The songs of a MIDI file: one, or as many as a file of format 2 has patterns.

    Raises SoundError; its text is the reason, without the file's name.
    """
    if path.is_dir():  # which systems refuse to open for reasons of their own
        inside = sorted(p.name for p in path.iterdir() if p.suffix.lower() in MIDI_SUFFIXES)
        some = f"give one of the files in it, such as {printable(inside[0])}" if inside else ""
        raise SoundError(f"a folder, not a MIDI file; {some or 'give a file that ends in .mid'}")
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise SoundError("there is no such file") from None
    except OSError as error:
        raise SoundError(f"cannot be read ({error.strerror})") from error
    return decode_midi(data, name=well_formed(path.stem))


def decode_midi(data: bytes, *, name: str) -> tuple[Song, ...]:
    """The songs in a MIDI file's bytes. Raises SoundError."""
    if len(data) > _MOST_BYTES:
        raise SoundError(f"more than {_MOST_BYTES >> 20} MB, which no piece of music needs")
    file = read_events(data)
    division = _Division.of(file.division)
    tracks = dict(enumerate(file.tracks))
    groups = [{i: track} for i, track in tracks.items()] if file.kind == _PATTERNS else [tracks]
    songs = [_Piece(group, division) for group in groups]
    remarks = list(file.remarks)
    if file.kind > _PATTERNS:
        remarks.append(f"format {file.kind} is played as format 1")
    played = [song for song in songs if song.notes]
    if not played:
        found = [*file.remarks, *(clause for song in songs for clause in song.remarks)]
        raise SoundError(f"a MIDI file without notes{f' ({found[0]})' if found else ''}")
    if len(played) == 1:
        return (played[0].song(name, remarks),)
    return tuple(piece.song(f"{name} {i + 1}", remarks) for i, piece in enumerate(played))


@dataclass(frozen=True, kw_only=True)
class _Division:
    """How a file counts time."""

    per_beat: Fraction
    """Its ticks a beat."""
    timed: bool = False
    """Whether its ticks are parts of a second: then tempi mean nothing."""

    @classmethod
    def of(cls, word: int) -> _Division:
        """Raises SoundError."""
        if word > 0:
            return cls(per_beat=Fraction(word))
        frames, per_frame = -(word >> 8), word & 0xFF
        if word == 0 or per_frame == 0:
            raise SoundError("a damaged MIDI file (it does not say how long a tick is)")
        frames_per_s = Fraction(30_000, 1_001) if frames == _NTSC else Fraction(frames)
        return cls(per_beat=frames_per_s * per_frame / 2, timed=True)  # at 120 a minute

    def ticks(self, of_file: int) -> float:
        """Our ticks of the file's."""
        return float(Fraction(of_file * TICKS_PER_BEAT) / self.per_beat)


class _Piece:
    """Tracks that sound together, as their channels play them."""

    def __init__(self, tracks: Mapping[int, Track], division: _Division) -> None:
        self.remarks: dict[str, None] = {}
        self._division = division
        self._names: dict[int, str] = {}
        self._tempi: list[tuple[float, float]] = []
        self._metres: list[tuple[float, int, int]] = []
        self._end = division.ticks(max((track[-1].tick for track in tracks.values()), default=0))
        channels = Channels(most_notes=_MOST_NOTES)
        for event, track in _in_order(tracks):
            if event.status == META:
                self._take(event, track)
            channels.take(event, track)
        channels.finish({i: track[-1].tick for i, track in tracks.items()})
        self._tempo = TempoMap(self._tempi)
        self.loudest_db = max((note.level_db for note in channels.keys.notes), default=0.0)
        self.notes = self._in_time(channels.keys.notes)
        self.messages = tuple(self._timed(own) for own in channels.messages)
        self._remark(channels)

    def song(self, name: str, remarks: Sequence[str]) -> Song:
        beats = _beats_per_bar(self._metres)
        bar = beats * TICKS_PER_BEAT
        count = max(self._names, default=-1) + 1
        last = self.notes[-1].tick + 1
        # Up to the end of a track, where that says more than its notes: a loop ends with a rest.
        end = max(self._end, last) if self._is_in_time(self._end) else last
        return Song(
            name=name,
            notes=self.notes,
            tempo=self._tempo,
            beats_per_bar=beats,
            ticks=max(1, -int(-(end - 0.5) // bar)) * bar,
            track_names=tuple(self._names.get(i, "") for i in range(count)),
            remarks=(*remarks, *self.remarks),
            messages=self.messages,
            loudest_db=self.loudest_db,
        )

    def _take(self, event: MidiEvent, track: int) -> None:
        """An event about the music: a name, a tempo, a metre."""
        body = event.body
        if event.first == _NAME:
            self._names.setdefault(track, _text(body))
        elif event.first == _TEMPO and len(body) >= 3 and not self._division.timed:
            self._take_tempo(self._division.ticks(event.tick), int.from_bytes(body[:3]))
        elif event.first == _METRE and len(body) >= 2 and body[0] and body[1] < 8:
            self._metres.append((self._division.ticks(event.tick), body[0], 1 << body[1]))
        elif event.first == _KEY and not _is_key(body):
            self._say("a key signature that does not exist is passed over")

    def _take_tempo(self, tick: float, us_per_beat: int) -> None:
        if us_per_beat == 0:
            self._say("a tempo that never moves on is passed over")
            return
        bpm = min(max(60e6 / us_per_beat, _BPM_RANGE[0]), _BPM_RANGE[1])
        if abs(bpm * us_per_beat / 60e6 - 1) > 1e-6:
            self._say("tempi are kept between {:g} and {:g} a minute".format(*_BPM_RANGE))
        self._tempi.append((tick, bpm))

    def _is_in_time(self, tick: float) -> bool:
        return self._tempo.seconds_at(tick) <= _MOST_HOURS * 3600

    def _in_time(self, found: Sequence[ChannelNote]) -> tuple[SongNote, ...]:
        """The notes in order, but those that begin or end too late to be meant."""
        notes = []
        for note in found:
            tick = self._division.ticks(note.start)
            length = self._division.ticks(note.end - note.start)
            if not self._is_in_time(tick + length):
                self._say(f"what comes after {_MOST_HOURS} hours is left out")
                if not self._is_in_time(tick):
                    continue
                length = 0.0
            notes.append(
                SongNote(
                    tick=tick,
                    length_ticks=length,
                    note=note.note,
                    velocity=note.velocity,
                    channel=note.channel,
                    track=note.track,
                    program=note.program,
                    kit=note.drums,
                    louder_db=note.level_db - self.loudest_db,
                    articulation=self._timed_presses(note.articulation),
                )
            )
        return _numbered(sorted(notes, key=lambda n: (n.tick, n.note, n.channel, n.track)))

    def _timed_presses(self, articulation: NoteArticulation) -> NoteArticulation:
        timed = ((self._division.ticks(int(at)), value) for at, value in articulation.presses)
        return replace(articulation, presses=tuple(timed))

    def _timed(self, message: SongMessage) -> SongMessage:
        """With our ticks for the file's."""
        return replace(message, tick=self._division.ticks(int(message.tick)))

    def _remark(self, channels: Channels) -> None:
        """What of the channels' doings a listener should know."""
        for what, clause in (
            ("too many", f"left out beyond the first {_MOST_NOTES}"),
            ("silent", "left out, at volume 0"),
            ("no key", "left out, beyond the keyboard"),
            ("not let go", "never let go, sounding until the track ends"),
            ("not struck", "let go that never began"),
        ):
            if count := channels.keys.counts[what]:
                self._say(f"{counted(count, 'note')} {clause}")
        if channels.unplayed:
            self._say(f"not followed: {', '.join(sorted(channels.unplayed))}")
        if len({metre[1:] for metre in self._metres}) > 1:
            self._say("its metre changes; bars are counted by the first one")

    def _say(self, clause: str) -> None:
        self.remarks[clause] = None


def _numbered(notes: Sequence[SongNote]) -> tuple[SongNote, ...]:
    """The same, each by its place among them."""
    places = {note.articulation.serial: place for place, note in enumerate(notes)}
    return tuple(
        replace(
            note,
            articulation=replace(
                note.articulation, serial=place, after=places.get(note.articulation.after, -1)
            ),
        )
        for place, note in enumerate(notes)
    )


def _in_order(tracks: Mapping[int, Track]) -> Iterator[tuple[MidiEvent, int]]:
    """All events by time, each with its track.

    At one moment tracks come in their order, but what they set before their notes comes before all
    notes of that moment: a track of nothing but programs may stand anywhere.
    """

    def keyed(index: int, track: Track) -> Iterator[tuple[int, bool, int, int, MidiEvent]]:
        tick, begun = -1, False
        for place, event in enumerate(track):
            begun = (begun and event.tick == tick) or event.status & 0xE0 == 0x80
            tick = event.tick
            yield tick, begun, index, place, event

    merged = heapq.merge(*(keyed(index, track) for index, track in tracks.items()))
    return ((event, index) for _, _, index, _, event in merged)


def _text(body: bytes) -> str:
    """What a name says; files do not tell which letters they use."""
    try:
        text = body[:400].decode()
    except UnicodeDecodeError:
        text = body[:400].decode("latin1")
    return printable(text, longest=80)


def _is_key(body: bytes) -> bool:
    """Whether it is up to seven sharps or flats, major or minor."""
    return len(body) >= 2 and -7 <= int.from_bytes(body[:1], signed=True) <= 7 and body[1] < 2


def _beats_per_bar(metres: Sequence[tuple[float, int, int]]) -> int:
    """Crotchets a bar by the first time signature; of bars with half ones, two bars are one."""
    if not metres:
        return 4
    _, numerator, denominator = metres[0]
    quarters = Fraction(4 * numerator, denominator)
    beats = quarters if quarters.denominator == 1 else quarters * quarters.denominator
    return int(beats) if 1 <= beats <= 32 else 4
