"""Standard MIDI Files as events: what is whole is read as it is, what is damaged as far as it goes.

A header says how time is counted; after it come chunks, of which tracks hold events. Lengths of
chunks are not to be relied on, nor is the number of tracks: a track ends where its events say so.
Nothing in a file makes reading it take long: every byte is looked at three times at most.

Ref: MIDI Manufacturers Association (1996), Standard MIDI Files 1.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from messina.errors import SoundError
from messina.text import counted, printable

__all__ = ["END_OF_TRACK", "META", "MidiEvent", "MidiFile", "read_events"]

META: Final = 0xFF
"""Status of events about the music, which no channel plays."""
END_OF_TRACK: Final = 0x2F

_SYSEX: Final = (0xF0, 0xF7)
_OTHER_BYTES: Final = {0xF1: 1, 0xF2: 2, 0xF3: 1}
"""What follows system messages that have no place in a file."""
_TWO_BYTES: Final = (0xC0, 0xD0)
"""Channel messages with one byte of data."""

_MOST_EVENTS: Final = 500_000
_MOST_TRACKS: Final = 4_096
_LONGEST_NUMBER: Final = 8
"""Bytes of one; four are allowed, some programs pad it with noughts."""
_LARGEST_NUMBER: Final = 0x0FFFFFFF
_WRAPPED_WITHIN: Final = 4_096
"""Where a header may begin: MacBinary has 128 bytes before it."""


class MidiEvent(NamedTuple):
    """One event of a track."""

    tick: int
    """The file's own ticks from its beginning."""
    status: int
    """With the channel in its last four bits; META and system messages from 0xF0 on have none."""
    first: int = 0
    """First byte of data, or the type of a meta event."""
    second: int = 0
    body: bytes = b""
    """Of meta and system exclusive events."""


@dataclass(frozen=True, kw_only=True)
class MidiFile:
    """A file's events, track by track; each track ends with END_OF_TRACK, as the last event."""

    kind: int
    """0 one track, 1 tracks that sound together, 2 patterns."""
    division: int
    """Ticks a crotchet; negative: frames a second and ticks a frame."""
    tracks: tuple[tuple[MidiEvent, ...], ...]
    remarks: tuple[str, ...]
    """What is damaged or passed over, a clause each."""


def read_events(data: bytes) -> MidiFile:
    """The events in a file's bytes. Raises SoundError where there is no MIDI file."""
    remarks: dict[str, None] = {}  # in order, each once
    start, end = _place(data)
    if start and data[:4] != b"RIFF":
        remarks[f"{counted(start, 'byte')} before its header passed over"] = None
    data = data[start:end]
    if len(data) < 14:
        raise SoundError("a damaged MIDI file (it ends too soon)")
    size = int.from_bytes(data[4:8])
    kind, promised = int.from_bytes(data[8:10]), int.from_bytes(data[10:12])
    chunks = _Chunks(data, 8 + size, remarks)
    if size < 6 or not chunks.begins_well():
        remarks["its header is damaged"] = None
        chunks = _Chunks(data, max(data.find(b"MTrk", 8), 8), remarks)
    tracks = tuple(chunks)
    if promised != len(tracks):
        remarks[f"it promises {counted(promised, 'track')} and holds {len(tracks)}"] = None
    return MidiFile(
        kind=kind,
        division=int.from_bytes(data[12:14], signed=True),
        tracks=tracks,
        remarks=tuple(remarks),
    )


def _place(data: bytes) -> tuple[int, int]:
    """Where a file lies in these bytes, which may be a wrapper. Raises SoundError."""
    wrapped = data[:4] == b"RIFF"
    start = data.find(b"MThd", 0, _WRAPPED_WITHIN)
    if start < 0 and data[4:8] == b"\0\0\0\6" and data[14:18] == b"MTrk":
        start = 0  # all but its name is whole
    if start < 0 or (wrapped and data[8:12] != b"RMID"):
        raise SoundError("not a MIDI file")
    size = int.from_bytes(data[start - 4 : start], "little") if wrapped else 0
    return start, start + size if 0 < size <= len(data) - start else len(data)


class _End(Enum):
    """How a track's events end."""

    MARKED = "by their mark"
    UNMARKED = "where their bytes do"
    CUT = "in the middle of one"
    DAMAGED = "at what is none"


class _Chunks(Iterator[tuple[MidiEvent, ...]]):
    """The tracks of a file, one after the other."""

    def __init__(self, data: bytes, at: int, remarks: dict[str, None]) -> None:
        self._data = data
        self._view = memoryview(data)
        self._at = at
        self._remarks = remarks
        self._tracks = self._events = 0

    def __next__(self) -> tuple[MidiEvent, ...]:
        while self._has_more():
            name, size = self._head(self._at)
            if name == b"MTrk":
                return self._track(self._at + 8, size)
            if name == b"MThd":
                self._say("a second MIDI file in it is left out")
                break
            if self._is_chunk(self._at) and self._at + 8 + size <= len(self._data):
                self._say(f"{printable(name.decode('latin1'))}, which is no track, is passed over")
                self._at += 8 + size
            else:
                self._skip_junk()
        raise StopIteration

    def begins_well(self) -> bool:
        """Whether there is a chunk where the first one should be, or nothing at all."""
        left = self._view[self._at :]
        return self._is_chunk(self._at) or (self._at <= len(self._data) and not any(left))

    def _has_more(self) -> bool:
        if not any(self._view[self._at : self._at + 64]) and not any(self._view[self._at :]):
            return False  # noughts fill the last block of some disks
        if self._tracks >= _MOST_TRACKS:
            self._say(f"it has more than {_MOST_TRACKS} tracks; those after them are left out")
            return False
        return self._events < _MOST_EVENTS

    def _head(self, at: int) -> tuple[bytes, int]:
        return self._data[at : at + 4], int.from_bytes(self._data[at + 4 : at + 8])

    def _is_chunk(self, at: int) -> bool:
        """Whether what begins here looks like one."""
        name = self._data[at : at + 4]
        return len(self._data) >= at + 8 and name.isascii() and name.decode().isprintable()

    def _is_over(self, at: int) -> bool:
        """Whether a track may end here: before another chunk, at the end, before noughts."""
        return at >= len(self._data) or self._is_chunk(at) or not any(self._view[at : at + 64])

    def _skip_junk(self) -> None:
        following = self._data.find(b"MTrk", self._at)
        where = "behind its tracks" if following < 0 else "between its tracks"
        self._say(f"junk {where} is passed over")
        self._at = len(self._data) if following < 0 else following

    def _track(self, start: int, size: int) -> tuple[MidiEvent, ...]:
        """The track whose events begin here; goes on to what comes after it."""
        self._tracks += 1
        end = min(start + size, len(self._data))
        most = _MOST_EVENTS - self._events
        events, used, how = _events(self._view[start:end], most)
        if how in (_End.UNMARKED, _End.CUT) and not self._is_over(end):
            self._say("a track is longer than it says")
            following = self._data.find(b"MTrk", end)
            end = len(self._data) if following < 0 else following
            events, used, how = _events(self._view[start:end], most)
        self._at = self._after(start + used, start + size, how)
        self._events += len(events)
        if len(events) >= most:
            self._say(f"it has more than {_MOST_EVENTS} events; those after them are left out")
        if how is not _End.MARKED:
            events.append(MidiEvent(events[-1].tick if events else 0, META, END_OF_TRACK))
        return tuple(events)

    def _after(self, used: int, said: int, how: _End) -> int:
        """Where to go on after a track whose events end at `used` and that says it ends at `said`.

        Says what is wrong with it.
        """
        whole = len(self._data)
        if how is _End.DAMAGED:
            self._say(f"track {self._tracks} is damaged; it is played up to there")
        elif how is not _End.MARKED and said > whole:
            self._say("it ends too soon; what is there is played")
            return whole
        elif how is _End.CUT:
            self._say(f"track {self._tracks} ends in the middle of an event")
        elif how is _End.MARKED and used >= said:
            return used
        if said <= whole and self._is_over(said) and self._data[used : used + 4] != b"MTrk":
            return said
        if how is _End.MARKED:
            self._say("a track is shorter than it says")
        return used

    def _say(self, clause: str) -> None:
        if len(self._remarks) < 64:
            self._remarks[clause] = None


def _events(body: memoryview, most: int) -> tuple[list[MidiEvent], int, _End]:
    """The events in a track's bytes, up to how many of these they go, and how they end."""
    events: list[MidiEvent] = []
    tick = at = status = 0
    while at < len(body):
        start = at
        try:
            delta, at = _number(body, at)
            lead = body[at]
            if lead >= 0x80:
                at += 1
            elif status:
                lead = status  # running status; it holds across what no channel plays
            else:
                return events, start, _End.DAMAGED
            tick += delta
            if lead < 0xF0:
                status = lead
                if lead & 0xF0 in _TWO_BYTES:
                    events.append(MidiEvent(tick, lead, body[at]))
                    at += 1
                else:
                    events.append(MidiEvent(tick, lead, body[at], body[at + 1]))
                    at += 2
            elif lead == META or lead in _SYSEX:
                kind = body[at] if lead == META else 0
                size, at = _number(body, at + (lead == META))
                if at + size > len(body):
                    return events, start, _End.CUT
                events.append(MidiEvent(tick, lead, kind, 0, bytes(body[at : at + size])))
                at += size
                if (lead, kind) == (META, END_OF_TRACK):
                    return events, at, _End.MARKED
            else:
                at += _OTHER_BYTES.get(lead, 0)
        except IndexError:
            return events, start, _End.CUT
        except ValueError:
            return events, start, _End.DAMAGED
        if len(events) >= most:
            break
    return events, at, _End.UNMARKED


def _number(body: memoryview, at: int) -> tuple[int, int]:
    """The number of variable length at a place, and where it ends.

    Raises IndexError where the bytes end before it does, ValueError for one that is too large.
    """
    value = 0
    for place in range(at, at + _LONGEST_NUMBER):
        byte = body[place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            if value > _LARGEST_NUMBER:
                break
            return value, place + 1
    raise ValueError("a number without an end")
