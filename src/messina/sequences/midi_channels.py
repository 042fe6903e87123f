"""Channels that play the events of a MIDI file: what has been said on a channel holds for it.

Which track an event stands in tells its part, nothing else: programs, pedals and the ends of notes
count for all tracks that use the channel. What goes on, however long and whatever it is, takes time
in proportion to the events.

Ref: MIDI Manufacturers Association (1996), MIDI 1.0 Detailed Specification; (1999), General MIDI 2.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from messina.controllers import BEND_RANGE, Controller
from messina.sequences.midi_file import META, MidiEvent
from messina.sequences.song import DRUM_CHANNEL

__all__ = ["ChannelNote", "Channels"]


_UNPLAYED: Final = {
    1: "modulation", 2: "breath", 5: "portamento", 8: "balance", 10: "pan", 65: "portamento",
    67: "soft pedal", 71: "resonance", 72: "release", 73: "attack", 74: "brightness",
    91: "reverb", 93: "chorus",
}  # fmt: skip
"""Controllers that nothing here follows."""
_AT_REST: Final = {8: 64, 10: 64, 71: 64, 72: 64, 73: 64, 74: 64, 91: 40}
"""Where they are when nothing is asked of them; 0 for the others."""
_DRUM_BANKS: Final = (120, 126, 127)
"""Of General MIDI 2 and XG."""
_MELODIC_BANK: Final = 121
_NULL: Final = (127, 127)
_PORT: Final = 0x21
"""Type of the meta event that says which of several sets of 16 channels a track plays on."""
_RESETS: Final = {
    (0x7E, b"\x09\x01"),  # General MIDI
    (0x7E, b"\x09\x03"),  # General MIDI 2
    (0x41, b"\x42\x12\x40\x00\x7f\x00"),  # GS
    (0x43, b"\x4c\x00\x00\x7e\x00"),  # XG
}
"""Maker and message; the device's number stands between the two."""
_GS_RHYTHM: Final = (0x41, b"\x42\x12\x40")


@dataclass(frozen=True, kw_only=True)
class ChannelNote:
    """A note as a channel plays it; times in the file's ticks."""

    start: int
    end: int
    note: int
    velocity: int
    channel: int
    """From 0; those of a second port from 16 on."""
    track: int
    program: int
    drums: bool
    level_db: float
    """By volume and expression, at their loudest while it sounds; 0 is all the way up."""


@dataclass
class _Sounding:
    start: int
    note: int
    velocity: int
    track: int
    program: int
    drums: bool
    serial: int
    levels_from: int


class _Peak:
    """The highest level since some moment, of a level that moves.

    Levels that a later one exceeds never matter again: what is kept falls from the first on.
    """

    def __init__(self, level: float) -> None:
        self._moments, self._levels = [0], [level]
        self.now = 0

    def move(self, level: float) -> None:
        self.now += 1
        while self._levels and self._levels[-1] <= level:
            self._levels.pop()
            self._moments.pop()
        self._levels.append(level)
        self._moments.append(self.now)

    def since(self, moment: int) -> float:
        return self._levels[bisect_left(self._moments, moment)]


@dataclass
class _Channel:
    """What has been said on one channel."""

    number: int
    program: int = 0
    bank: int = 0
    drums: bool = False
    said_drums: bool | None = None
    """What a GS message says of it."""
    volume: int = 100
    expression: int = 127
    peak: _Peak = field(default_factory=lambda: _Peak(100 / 127))
    bend_range: float = BEND_RANGE
    """Semitones, up and down."""
    parameter: tuple[int, int] = _NULL
    shift: int = 0
    """Semitones, by coarse tuning."""
    pedal: bool = False
    caught_before: int = -1
    """Notes up to this serial number are held by the middle pedal."""
    held: dict[int, deque[_Sounding]] = field(default_factory=dict)
    under_pedal: list[_Sounding] = field(default_factory=list)
    under_sostenuto: list[_Sounding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.choose_kit()

    def choose_kit(self) -> None:
        """By what was said, else by bank, else by number."""
        if self.said_drums is not None:
            self.drums = self.said_drums
        elif self.number % 16 == DRUM_CHANNEL:
            self.drums = self.bank != _MELODIC_BANK
        else:
            self.drums = self.bank in _DRUM_BANKS


class Channels:
    """Takes events in order of time and keeps the notes they make.

    counts: what could not be played, by what it is. unplayed: names of what moves and is not
    followed. bent: semitones notes are bent by at most.
    """

    def __init__(self, *, most_notes: int) -> None:
        self.notes: list[ChannelNote] = []
        self.counts: Counter[str] = Counter()
        self.unplayed: set[str] = set()
        self.bent = 0.0
        self._most = most_notes
        self._channels: dict[int, _Channel] = {}
        self._spoken_to: set[int] = set()
        """Channels that were told something since they last began anew."""
        self._ports: dict[int, int] = {}
        self._struck: set[tuple[int, int]] = set()
        self._serial = 0

    def take(self, event: MidiEvent, track: int) -> None:
        status = event.status
        if status < 0xF0:
            channel = self._channel((status & 0x0F) + 16 * self._ports.get(track, 0))
            self._take_message(channel, status & 0xF0, event, track)
        elif status == META:
            if event.first == _PORT and event.body:
                self._ports[track] = event.body[0]
        else:
            self._take_exclusive(event.body, event.tick)

    def finish(self, ends: Mapping[int, int]) -> None:
        """Ends what still sounds with its track; ends: of each track, in ticks."""
        for channel in self._channels.values():
            held = [s for keys in channel.held.values() for s in keys]
            self.counts["not let go"] += len(held)
            for sounding in (*held, *channel.under_pedal, *channel.under_sostenuto):
                self._end(channel, sounding, max(ends[sounding.track], sounding.start))

    def _channel(self, number: int) -> _Channel:
        self._spoken_to.add(number)
        if number not in self._channels:
            self._channels[number] = _Channel(number=number)
        return self._channels[number]

    def _take_message(self, channel: _Channel, kind: int, event: MidiEvent, track: int) -> None:
        first, second = event.first, min(event.second, 127)
        match kind:
            case 0x90 if second > 0:
                self._strike(channel, event, track)
            case 0x80 | 0x90:
                self._let_go(channel, first, event.tick)
            case 0xA0 | 0xD0:
                self.unplayed.add("aftertouch")
            case 0xB0:
                self._control(channel, first, second, event.tick)
            case 0xC0:
                channel.program = min(first, 127)
                channel.choose_kit()
            case 0xE0:
                bend = (min(first, 127) + 128 * second - 8192) / 8192
                self.bent = max(self.bent, abs(bend) * channel.bend_range)

    def _strike(self, channel: _Channel, event: MidiEvent, track: int) -> None:
        if event.first > 127:
            self.counts["no key"] += 1
            return
        self._serial += 1
        self._struck.add((channel.number, event.first))
        note = event.first + (0 if channel.drums else channel.shift)
        sounding = _Sounding(
            start=event.tick,
            note=min(max(note, 0), 127),
            velocity=min(event.second, 127),
            track=track,
            program=channel.program,
            drums=channel.drums,
            serial=self._serial,
            levels_from=channel.peak.now,
        )
        channel.held.setdefault(event.first, deque()).append(sounding)

    def _let_go(self, channel: _Channel, key: int, tick: int) -> None:
        """Ends the first of the key's notes that is held; under a pedal it only lets go of it."""
        keys = channel.held.get(key)
        if keys:
            self._release(channel, keys.popleft(), tick)
        elif (channel.number, key) not in self._struck:
            self.counts["not struck"] += 1

    def _release(self, channel: _Channel, sounding: _Sounding, tick: int) -> None:
        if sounding.serial <= channel.caught_before:
            channel.under_sostenuto.append(sounding)
        elif channel.pedal:
            channel.under_pedal.append(sounding)
        else:
            self._end(channel, sounding, tick)

    def _control(self, channel: _Channel, control: int, value: int, tick: int) -> None:
        match control:
            case Controller.SUSTAIN:
                self._pedal(channel, value >= 64, tick)
            case Controller.SOSTENUTO:
                self._sostenuto(channel, value >= 64, tick)
            case Controller.VOLUME | Controller.EXPRESSION:
                self._level(channel, control, value)
            case Controller.BANK:
                channel.bank = value
            case Controller.NRPN_LOW | Controller.NRPN_HIGH:
                channel.parameter = _NULL
            case Controller.RPN_LOW:
                channel.parameter = (channel.parameter[0], value)
            case Controller.RPN_HIGH:
                channel.parameter = (value, channel.parameter[1])
            case Controller.DATA | Controller.DATA_LOW:
                self._parameter(channel, control, value)
            case Controller.ALL_SOUND_OFF:
                self._end_all(channel, tick)
            case Controller.RESET:
                self._reset(channel, tick)
            case _ if control >= Controller.ALL_NOTES_OFF:
                self._let_all_go(channel, tick)
            case _ if value != _AT_REST.get(control, 0) and control in _UNPLAYED:
                self.unplayed.add(_UNPLAYED[control])

    def _level(self, channel: _Channel, control: int, value: int) -> None:
        if control == Controller.VOLUME:
            channel.volume = value
        else:
            channel.expression = value
        channel.peak.move(channel.volume * channel.expression / 127**2)

    def _pedal(self, channel: _Channel, down: bool, tick: int) -> None:
        channel.pedal = down
        if not down:
            released, channel.under_pedal = channel.under_pedal, []
            for sounding in released:
                self._end(channel, sounding, tick)

    def _sostenuto(self, channel: _Channel, down: bool, tick: int) -> None:
        if down:
            if channel.caught_before < 0:
                channel.caught_before = self._serial
            return
        channel.caught_before = -1
        released, channel.under_sostenuto = channel.under_sostenuto, []
        for sounding in released:
            self._release(channel, sounding, tick)

    def _parameter(self, channel: _Channel, control: int, value: int) -> None:
        """Registered parameters: 0 the range of bends, 1 and 2 fine and coarse tuning."""
        match (*channel.parameter, control):
            case (0, 0, Controller.DATA):
                channel.bend_range = float(value)
            case (0, 0, Controller.DATA_LOW):
                channel.bend_range = math.floor(channel.bend_range) + min(value, 99) / 100
            case (0, 1, Controller.DATA) if value != 64:
                self.unplayed.add("fine tuning")
            case (0, 2, Controller.DATA):
                channel.shift = value - 64

    def _let_all_go(self, channel: _Channel, tick: int) -> None:
        held = [sounding for keys in channel.held.values() for sounding in keys]
        channel.held.clear()
        for sounding in held:
            self._release(channel, sounding, tick)

    def _end_all(self, channel: _Channel, tick: int) -> None:
        """All sound off: pedals hold nothing."""
        sounding = [s for keys in channel.held.values() for s in keys]
        sounding += [*channel.under_pedal, *channel.under_sostenuto]
        channel.held.clear()
        channel.under_pedal.clear()
        channel.under_sostenuto.clear()
        for one in sounding:
            self._end(channel, one, tick)

    def _reset(self, channel: _Channel, tick: int) -> None:
        """Reset all controllers: volume, pan, bank and program stay."""
        self._sostenuto(channel, False, tick)
        self._pedal(channel, False, tick)
        channel.parameter = _NULL
        self._level(channel, Controller.EXPRESSION, 127)

    def _take_exclusive(self, body: bytes, tick: int) -> None:
        """Messages of General MIDI, GS and XG that say how channels begin, or which are drums."""
        told = body.rstrip(b"\xf7")
        if len(told) < 4:
            return
        maker, message = told[0], told[2:]
        if (maker, message[:6]) in _RESETS:
            for number in self._spoken_to:
                self._begin_anew(self._channels[number], tick)
            self._spoken_to.clear()
        elif (maker, message[:3]) == _GS_RHYTHM and len(message) == 7:
            part, what, value = message[3], message[4], message[5]
            if (part & 0xF0, what) == (0x10, 0x15):  # "use for rhythm part"
                channel = self._channel(_channel_of_part(part & 0x0F))
                channel.said_drums = value > 0
                channel.choose_kit()

    def _begin_anew(self, channel: _Channel, tick: int) -> None:
        self._reset(channel, tick)
        self._level(channel, Controller.VOLUME, 100)
        channel.program = channel.bank = channel.shift = 0
        channel.said_drums, channel.bend_range = None, 2.0
        channel.choose_kit()

    def _end(self, channel: _Channel, sounding: _Sounding, tick: int) -> None:
        level = channel.peak.since(sounding.levels_from)
        if level <= 0:
            self.counts["silent"] += 1
            return
        if len(self.notes) >= self._most:
            self.counts["too many"] += 1
            return
        self.notes.append(
            ChannelNote(
                start=sounding.start,
                end=tick,
                note=sounding.note,
                velocity=sounding.velocity,
                channel=channel.number,
                track=sounding.track,
                program=sounding.program,
                drums=sounding.drums,
                level_db=40 * math.log10(level),
            )
        )


def _channel_of_part(part: int) -> int:
    """GS counts the drum channel first, then the others.

    >>> _channel_of_part(0), _channel_of_part(1), _channel_of_part(9), _channel_of_part(10)
    (9, 0, 8, 10)
    """
    if part == 0:
        return DRUM_CHANNEL
    return part - 1 if part <= DRUM_CHANNEL else part
