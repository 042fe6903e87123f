"""MIDI files: read into songs, written from phrases.

Files come from strangers: whatever cannot be read is a SoundError of one sentence, and nothing in a
file makes reading it take long.

Ref: MIDI Manufacturers Association (1996), Standard MIDI Files 1.0.
"""

from __future__ import annotations

import io
import struct
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import mido

from messina.atomic import replacing
from messina.errors import SoundError
from messina.events import TICKS_PER_BEAT, Phrase, Voice
from messina.instrument.drum_map import assign_keys
from messina.sequences.casting import DRUMS
from messina.sequences.song import DRUM_CHANNEL, Song, SongNote, TempoMap

__all__ = ["MIDI_SUFFIXES", "decode_midi", "encode_midi", "read_midi", "write_midi"]

MIDI_SUFFIXES: Final = frozenset({".mid", ".midi", ".smf", ".rmi"})

_MOST_BYTES: Final = 4 << 20
_MOST_NOTES: Final = 200_000
_MOST_HOURS: Final = 12
_LONGEST_RUN: Final = 4_096
"""Bytes over 127 in a row: text may have some, a number has four."""
_BPM_RANGE: Final = (4.0, 1_000.0)
_WRITTEN_TICKS: Final = 480  # a beat, in the files written here
_SUSTAIN: Final = 64
_NOT_READ: Final = (
    OSError, EOFError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError,
    struct.error, mido.KeySignatureError,
)  # fmt: skip


def read_midi(path: Path) -> tuple[Song, ...]:
    """The songs of a MIDI file: one, or as many as a file of format 2 has patterns.

    Raises SoundError; its text is the reason, without the file's name.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise SoundError(f"cannot be read ({error.strerror})") from error
    return decode_midi(data, name=path.stem)


def decode_midi(data: bytes, *, name: str) -> tuple[Song, ...]:
    """The songs in a MIDI file's bytes. Raises SoundError."""
    if len(data) > _MOST_BYTES:
        raise SoundError(f"more than {_MOST_BYTES >> 20} MB, which no piece of music needs")
    if data[:4] == b"RIFF":  # a MIDI file in a wrapper
        data = data[max(data.find(b"MThd"), 0) :]
    if data[:4] != b"MThd":
        raise SoundError("not a MIDI file")
    try:
        file = mido.MidiFile(file=_Guarded(data), clip=True)
        division = _Division.of(file.ticks_per_beat)
        tracks = [_Track(track, index, division) for index, track in enumerate(file.tracks)]
    except _NOT_READ as error:
        raise SoundError(f"a damaged MIDI file ({_reason(error)})") from error
    groups = [[track] for track in tracks] if file.type == 2 else [tracks]
    songs = [_song(group, name) for group in groups if any(t.notes for t in group)]
    if not songs:
        raise SoundError("a MIDI file without notes")
    if len(songs) == 1:
        return tuple(songs)
    return tuple(_renamed(song, f"{name} {i + 1}") for i, song in enumerate(songs))


def _reason(error: Exception) -> str:
    """One line about an error of the reader; some have no text, some end in the middle of one."""
    if isinstance(error, EOFError):
        return "it ends too soon"
    return " ".join(str(error).split())[:80] or type(error).__name__


class _Guarded(io.BytesIO):
    """Bytes that refuse to be a number of thousands of digits."""

    _run = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self._run = self._run + 1 if len(data) == 1 and data[0] > 127 else 0
        if self._run > _LONGEST_RUN:
            raise ValueError("a number without an end")
        return data


@dataclass(frozen=True, kw_only=True)
class _Division:
    """How a file counts time."""

    per_beat: Fraction
    """Its ticks a beat."""
    timed: bool = False
    """Whether its ticks are parts of a second: then tempi mean nothing."""

    @classmethod
    def of(cls, word: int) -> _Division:
        if word > 0:
            return cls(per_beat=Fraction(word))
        frames_per_s, per_frame = -(word >> 8), word & 0xFF
        if word == 0 or per_frame == 0:
            raise ValueError("it does not say how long a tick is")
        return cls(per_beat=Fraction(frames_per_s * per_frame, 2), timed=True)  # at 120 a minute

    def ticks(self, of_file: int) -> float:
        """Our ticks of the file's."""
        return float(Fraction(of_file * TICKS_PER_BEAT) / self.per_beat)


@dataclass
class _Sounding:
    start: int
    velocity: int
    program: int
    held: bool = True


class _Track:
    """What one track says."""

    def __init__(self, messages: Sequence[Any], index: int, division: _Division) -> None:
        self.name = ""
        self.notes: list[SongNote] = []
        self.tempi: list[tuple[float, float]] = []
        self.metres: list[tuple[float, int, int]] = []
        self.bent = False
        self._index = index
        self._division = division
        self._programs: dict[int, int] = {}
        self._pedals: set[int] = set()
        self._sounding: dict[tuple[int, int], deque[_Sounding]] = {}
        now = 0
        for message in messages:
            now += message.time
            self._take(message, now)
        for channel, note in list(self._sounding):
            self._end_all(channel, note, now)
        self.ticks = division.ticks(now)

    def _take(self, message: Any, now: int) -> None:
        match message.type:
            case "note_on" if message.velocity > 0:
                self._note_on(message, now)
            case "note_on" | "note_off":
                self._note_off(message.channel, message.note, now)
            case "control_change" if message.control == _SUSTAIN:
                self._pedal(message.channel, message.value >= 64, now)
            case "pitchwheel" if message.pitch != 0:
                self.bent = True
            case "program_change":
                self._programs[message.channel] = message.program
            case "set_tempo" if message.tempo > 0 and not self._division.timed:
                bpm = min(max(60e6 / message.tempo, _BPM_RANGE[0]), _BPM_RANGE[1])
                self.tempi.append((self._division.ticks(now), bpm))
            case "time_signature":
                metre = (message.numerator, message.denominator)
                self.metres.append((self._division.ticks(now), *metre))
            case "track_name" if not self.name:
                self.name = " ".join(message.name.split())[:80]

    def _note_on(self, message: Any, now: int) -> None:
        program = self._programs.get(message.channel, 0)
        sounding = _Sounding(start=now, velocity=message.velocity, program=program)
        key = (message.channel, message.note)
        self._sounding.setdefault(key, deque()).append(sounding)

    def _note_off(self, channel: int, note: int, now: int) -> None:
        """Ends the first of the key's notes that is held; under a pedal it only lets go of it."""
        sounding = self._sounding.get((channel, note), deque())
        first = next((s for s in sounding if s.held), None)
        if first is None:
            return
        if channel in self._pedals:
            first.held = False
        else:
            sounding.remove(first)
            self._add(first, channel, note, now)

    def _pedal(self, channel: int, down: bool, now: int) -> None:
        if down:
            self._pedals.add(channel)
            return
        self._pedals.discard(channel)
        for (of, note), sounding in self._sounding.items():
            if of == channel:
                for released in [s for s in sounding if not s.held]:
                    sounding.remove(released)
                    self._add(released, channel, note, now)

    def _end_all(self, channel: int, note: int, now: int) -> None:
        for sounding in self._sounding.pop((channel, note)):
            self._add(sounding, channel, note, now)

    def _add(self, sounding: _Sounding, channel: int, note: int, end: int) -> None:
        if len(self.notes) >= _MOST_NOTES:
            raise ValueError(f"more than {_MOST_NOTES} notes")
        self.notes.append(
            SongNote(
                tick=self._division.ticks(sounding.start),
                length_ticks=self._division.ticks(end - sounding.start),
                note=note,
                velocity=sounding.velocity,
                channel=channel,
                track=self._index,
                program=sounding.program,
            )
        )


def _song(tracks: Sequence[_Track], name: str) -> Song:
    notes = sorted(
        (note for track in tracks for note in track.notes),
        key=lambda n: (n.tick, n.note, n.channel, n.track),
    )
    tempo = TempoMap(change for track in tracks for change in track.tempi)
    beats = _beats_per_bar([metre for track in tracks for metre in track.metres])
    # Up to the end of a track, where that says more than its notes: a loop ends with a rest.
    end = max(max(track.ticks for track in tracks), notes[-1].tick + 1)
    if tempo.seconds_at(end) > _MOST_HOURS * 3600:
        raise SoundError(f"a MIDI file that lasts more than {_MOST_HOURS} hours")
    bar = beats * TICKS_PER_BEAT
    return Song(
        name=name,
        notes=tuple(notes),
        tempo=tempo,
        beats_per_bar=beats,
        ticks=max(1, -int(-(end - 0.5) // bar)) * bar,
        track_names=tuple(track.name for track in tracks),
        bent=any(track.bent for track in tracks),
    )


def _beats_per_bar(metres: Sequence[tuple[float, int, int]]) -> int:
    """Crotchets a bar by the first time signature; of bars with half ones, two bars are one."""
    if not metres:
        return 4
    _, numerator, denominator = min(metres)
    quarters = Fraction(4 * numerator, max(denominator, 1))
    beats = quarters if quarters.denominator == 1 else quarters * quarters.denominator
    return int(beats) if 1 <= beats <= 32 else 4


def _renamed(song: Song, name: str) -> Song:
    return replace(song, name=name)


# ---- writing -------------------------------------------------------------------------------------


def write_midi(path: Path, phrase: Phrase, vocabulary: Sequence[Voice]) -> None:
    """Writes a phrase as a MIDI file, whole or not at all, and only if it can be read again."""
    data = encode_midi(phrase, vocabulary)
    with replacing(path, check=read_midi if phrase.events else None) as aside:
        aside.write_bytes(data)


def encode_midi(phrase: Phrase, vocabulary: Sequence[Voice]) -> bytes:
    """A phrase as the bytes of a MIDI file: a track for each label, drums on their channel.

    Labels without notes are hits of an instrument: they get the keys of drums they are named after.
    """
    hits = [voice.label for voice in vocabulary if voice.note is None]
    keys = assign_keys(list(dict.fromkeys(hits))[:128])
    parts: dict[str, _WrittenPart] = {}
    for event in sorted(phrase.events, key=lambda e: e.tick):
        voice = vocabulary[event.voice]
        drum = voice.note is None or voice.label == DRUMS
        part = parts.setdefault(DRUMS if drum else voice.label, _WrittenPart())
        start_s = max(event.tick * phrase.tick_s + event.late_s, 0.0)
        start = round(start_s / phrase.tick_s * _WRITTEN_TICKS / TICKS_PER_BEAT)
        length = max(round(event.length_ticks * _WRITTEN_TICKS / TICKS_PER_BEAT), 1)
        note = keys.get(voice.label, 36) if voice.note is None else voice.note
        velocity = min(max(round(event.velocity), 1), 127)
        part.notes.append((start, start + length, note, velocity))
    file = mido.MidiFile(type=1, ticks_per_beat=_WRITTEN_TICKS)
    end = round(phrase.ticks * _WRITTEN_TICKS / TICKS_PER_BEAT)
    file.tracks.append(_conductor(phrase, end))
    others = (channel for channel in [*range(9), *range(10, 16)] * len(parts))
    for label, part in parts.items():
        channel = DRUM_CHANNEL if label == DRUMS else next(others)
        file.tracks.append(part.track(label, channel, end))
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def _conductor(phrase: Phrase, end: int) -> Any:
    tempo = min(max(round(60e6 / phrase.tempo_bpm), 1), 2**24 - 1)
    return mido.MidiTrack(
        [
            mido.MetaMessage("track_name", name=_latin(phrase.name)),
            mido.MetaMessage("set_tempo", tempo=tempo),
            mido.MetaMessage("time_signature", numerator=phrase.beats_per_bar, denominator=4),
            mido.MetaMessage("end_of_track", time=end),
        ]
    )


def _latin(name: str) -> str:
    """What such a file can hold of a name."""
    return name.encode("latin1", "replace").decode("latin1")


@dataclass
class _WrittenPart:
    notes: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Start, end, note, velocity."""

    def track(self, label: str, channel: int, end: int) -> Any:
        """A track; where a note is struck while it sounds, it ends first."""
        ends: list[tuple[int, int, int, int]] = []
        last: dict[int, int] = {}
        for start, stop, note, velocity in sorted(self.notes, reverse=True):
            stop = max(min(stop, last.get(note, stop)), start)
            last[note] = start
            ends += [(start, 1, note, velocity), (stop, 0 if stop > start else 2, note, 0)]
        track = mido.MidiTrack([mido.MetaMessage("track_name", name=_latin(label))])
        now = 0
        for at, _, note, velocity in sorted(ends):
            track.append(
                mido.Message(
                    "note_on", channel=channel, note=note, velocity=velocity, time=at - now
                )
            )
            now = at
        track.append(mido.MetaMessage("end_of_track", time=max(end - now, 0)))
        return track
