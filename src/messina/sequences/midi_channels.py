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
from dataclasses import dataclass, field, replace
from typing import Final

from messina.controllers import USUAL_GLIDE_MS, Controller, glide_ms, release_pace, softened
from messina.sequences.midi_file import META, MidiEvent
from messina.sequences.song import BEGIN_ANEW, DRUM_CHANNEL, Handling, SongMessage

__all__ = ["ChannelNote", "Channels"]


_UNPLAYED: Final = {
    8: "balance", 10: "pan", 71: "resonance", 72: "release", 73: "attack",
    91: "reverb", 93: "chorus",
}  # fmt: skip
"""Controllers that nothing here follows."""
_AT_REST: Final = {8: 64, 10: 64, 71: 64, 72: 64, 73: 64, 91: 40}
"""Where they are when nothing is asked of them; 0 for the others."""
_DRUM_BANKS: Final = (120, 126, 127)
"""Of General MIDI 2 and XG."""
_MELODIC_BANK: Final = 121
_SHAPING: Final = frozenset({
    Controller.MODULATION, Controller.BREATH, Controller.VOLUME, Controller.EXPRESSION,
    Controller.BRIGHTNESS, Controller.DATA, Controller.DATA_LOW, Controller.NRPN_LOW,
    Controller.NRPN_HIGH, Controller.RPN_LOW, Controller.RPN_HIGH, Controller.RESET,
})  # fmt: skip
"""Controllers that shape notes while they sound, or say how."""
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
    """A note as its channel plays it; times are in the file's ticks."""

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
    handling: Handling


@dataclass(eq=False)
class _Sounding:
    key: int
    start: int
    note: int
    velocity: int
    track: int
    program: int
    drums: bool
    serial: int
    levels_from: int
    after: int = -1
    glide_s: float = 0.0
    glides_from: int = -1
    pace: float = 1.0
    presses: list[tuple[int, int]] = field(default_factory=list)


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
    parameter: tuple[int, int] = _NULL
    shift: int = 0
    """Semitones, by coarse tuning."""
    pedal: bool = False
    soft: bool = False
    caught_before: int = -1
    """Notes up to this serial number are held by the middle pedal."""
    mono: bool = False
    legato: bool = False
    """Both: one voice sounds."""
    glides: bool = False
    glide_ms: float = USUAL_GLIDE_MS
    down: dict[int, _Sounding] = field(default_factory=dict)
    """Keys of the one voice that are down, the last one sounding, each as it was struck."""
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
    """Turns the events of a MIDI file, in order of time, into notes.

    counts: what could not be played, by what it is. unplayed: names of what moves and is not
    followed. messages: what modulates notes while they sound, in the file's ticks.
    """

    def __init__(self, *, most_notes: int) -> None:
        self.notes: list[ChannelNote] = []
        self.counts: Counter[str] = Counter()
        self.unplayed: set[str] = set()
        self.messages: list[SongMessage] = []
        self._most = most_notes
        self._channels: dict[int, _Channel] = {}
        self._spoken_to: set[int] = set()
        """Channels that were told something since they last began anew."""
        self._ports: dict[int, int] = {}
        self._struck: set[tuple[int, int]] = set()
        self._serial = 0

    def take(self, event: MidiEvent, track: int) -> None:
        """Takes in the next event, of this track."""
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
        """Ends notes that still sound; ends: last tick of each track."""
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
                pace = release_pace(second if kind == 0x80 else 0)
                self._let_go(channel, first, event.tick, pace)
            case 0xA0:
                for sounding in channel.held.get(first, ()):
                    sounding.presses.append((event.tick, second))
            case 0xD0:
                self._shape(channel, event.tick, kind, min(first, 127))
            case 0xB0:
                self._control(channel, first, second, event.tick)
            case 0xC0:
                channel.program = min(first, 127)
                channel.choose_kit()
            case 0xE0:
                self._shape(channel, event.tick, kind, min(first, 127), second)

    def _shape(
        self, channel: _Channel, tick: int, kind: int, first: int = 0, second: int = 0
    ) -> None:
        self.messages.append(
            SongMessage(tick=tick, channel=channel.number, kind=kind, first=first, second=second)
        )

    def _strike(self, channel: _Channel, event: MidiEvent, track: int) -> None:
        if event.first > 127:
            self.counts["no key"] += 1
            return
        self._struck.add((channel.number, event.first))
        velocity = min(event.second, 127)
        note = event.first + (0 if channel.drums else channel.shift)
        sounding = _Sounding(
            key=event.first,
            start=event.tick,
            note=min(max(note, 0), 127),
            velocity=round(softened(velocity)) if channel.soft else velocity,
            track=track,
            program=channel.program,
            drums=channel.drums,
            serial=-1,
            levels_from=channel.peak.now,
        )
        if (channel.mono or channel.legato) and not channel.drums:
            lead = next(reversed(channel.down.values()), None)
            channel.down.pop(event.first, None)  # struck again without having been lifted
            self._lead_to(channel, sounding, lead=lead, legato=bool(channel.down))
            return
        if channel.glides and not channel.drums and channel.held:
            sounding.glides_from = next(reversed(channel.held.values()))[-1].note
            sounding.glide_s = channel.glide_ms / 1000
        self._sound(channel, sounding)

    def _sound(self, channel: _Channel, sounding: _Sounding) -> None:
        self._serial += 1
        sounding.serial = self._serial
        channel.held.setdefault(sounding.key, deque()).append(sounding)

    def _lead_to(
        self, channel: _Channel, sounding: _Sounding, *, lead: _Sounding | None, legato: bool
    ) -> None:
        """Lets the one voice of a channel sound a key; lead: what it sounded until now."""
        if lead is not None:
            self._end_lead(channel, lead, sounding.start)
        if lead is not None and legato:
            sounding.after, sounding.glides_from = lead.serial, lead.note
            sounding.glide_s = channel.glide_ms / 1000 if channel.glides else 0.0
        if lead is None:
            waiting = [*channel.under_pedal, *channel.under_sostenuto]
            channel.under_pedal.clear()
            channel.under_sostenuto.clear()
            for one in waiting:  # what a pedal holds makes room
                self._end(channel, one, sounding.start)
        self._sound(channel, sounding)
        channel.down[sounding.key] = sounding

    def _end_lead(self, channel: _Channel, lead: _Sounding, tick: int) -> None:
        """Ends what the one voice sounded; of its key's notes it is the last one."""
        soundings = channel.held[lead.key]
        soundings.pop()
        if not soundings:
            del channel.held[lead.key]
        self._end(channel, lead, tick)

    def _let_go(self, channel: _Channel, key: int, tick: int, pace: float) -> None:
        """Ends the first of the key's notes that is held; under a pedal it only lets go of it."""
        if key in channel.down and self._lift(channel, key, tick):
            return
        keys = channel.held.get(key)
        if keys:
            sounding = keys.popleft()
            if not keys:
                del channel.held[key]
            sounding.pace = pace
            self._release(channel, sounding, tick)
        elif (channel.number, key) not in self._struck:
            self.counts["not struck"] += 1

    def _lift(self, channel: _Channel, key: int, tick: int) -> bool:
        """Lifts a key of the one voice; whether another one sounds, or goes on sounding."""
        sounds = next(reversed(channel.down)) == key
        lead = channel.down.pop(key)
        if not sounds:
            return True
        if not channel.down:
            return False
        _, struck = channel.down.popitem()
        again = replace(struck, start=tick, levels_from=channel.peak.now, presses=[])
        self._lead_to(channel, again, lead=lead, legato=True)
        return True

    def _release(self, channel: _Channel, sounding: _Sounding, tick: int) -> None:
        if sounding.serial <= channel.caught_before:
            channel.under_sostenuto.append(sounding)
        elif channel.pedal:
            channel.under_pedal.append(sounding)
        else:
            self._end(channel, sounding, tick)

    def _control(self, channel: _Channel, control: int, value: int, tick: int) -> None:
        if control in _SHAPING:
            self._shape(channel, tick, 0xB0, control, value)
        match control:
            case Controller.SUSTAIN:
                self._pedal(channel, value >= 64, tick)
            case Controller.SOSTENUTO:
                self._sostenuto(channel, value >= 64, tick)
            case Controller.SOFT:
                channel.soft = value >= 64
            case Controller.VOLUME | Controller.EXPRESSION:
                self._level(channel, control, value)
            case Controller.GLIDE:
                channel.glides = value >= 64
            case Controller.GLIDE_TIME:
                channel.glide_ms = glide_ms(value)
            case Controller.LEGATO:
                self._one_voice(channel, channel.mono, value >= 64)
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
                if control >= Controller.MONO:
                    self._one_voice(channel, control == Controller.MONO, channel.legato)
            case _ if value != _AT_REST.get(control, 0) and control in _UNPLAYED:
                self.unplayed.add(_UNPLAYED[control])

    def _level(self, channel: _Channel, control: int, value: int) -> None:
        if control == Controller.VOLUME:
            channel.volume = value
        else:
            channel.expression = value
        channel.peak.move(channel.volume * channel.expression / 127**2)

    def _one_voice(self, channel: _Channel, mono: bool, legato: bool) -> None:
        """Whether one note at a time sounds; what is down is no more than held from here on."""
        if (mono or legato) != (channel.mono or channel.legato):
            channel.down.clear()
        channel.mono, channel.legato = mono, legato

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
        """Registered parameters: 1 and 2 are fine and coarse tuning."""
        match (*channel.parameter, control):
            case (0, 1, Controller.DATA) if value != 64:
                self.unplayed.add("fine tuning")
            case (0, 2, Controller.DATA):
                channel.shift = value - 64

    def _let_all_go(self, channel: _Channel, tick: int) -> None:
        held = [sounding for keys in channel.held.values() for sounding in keys]
        channel.held.clear()
        channel.down.clear()
        for sounding in held:
            self._release(channel, sounding, tick)

    def _end_all(self, channel: _Channel, tick: int) -> None:
        """All sound off: pedals hold nothing."""
        sounding = [s for keys in channel.held.values() for s in keys]
        sounding += [*channel.under_pedal, *channel.under_sostenuto]
        channel.held.clear()
        channel.down.clear()
        channel.under_pedal.clear()
        channel.under_sostenuto.clear()
        for one in sounding:
            self._end(channel, one, tick)

    def _reset(self, channel: _Channel, tick: int) -> None:
        """Reset all controllers: volume, pan, bank, program and how long glides are stay."""
        self._sostenuto(channel, False, tick)
        self._pedal(channel, False, tick)
        channel.glides = channel.soft = False
        for soundings in channel.held.values():
            for sounding in soundings:
                if sounding.presses:
                    sounding.presses.append((tick, 0))
        channel.parameter = _NULL
        self._level(channel, Controller.EXPRESSION, 127)

    def _take_exclusive(self, body: bytes, tick: int) -> None:
        """Messages of General MIDI, GS and XG that say how channels begin, or which are drums."""
        exclusive = body.rstrip(b"\xf7")
        if len(exclusive) < 4:
            return
        maker, message = exclusive[0], exclusive[2:]
        if (maker, message[:6]) in _RESETS:
            for number in self._spoken_to:
                self._begin_anew(self._channels[number], tick)
            self._spoken_to.clear()
            self.messages.append(SongMessage(tick=tick, channel=0, kind=BEGIN_ANEW))
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
        channel.said_drums = None
        channel.glide_ms = USUAL_GLIDE_MS
        self._one_voice(channel, False, False)
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
                handling=Handling(
                    serial=sounding.serial,
                    after=sounding.after,
                    glide_s=sounding.glide_s,
                    glides_from=sounding.glides_from,
                    release_pace=sounding.pace,
                    presses=tuple(sounding.presses),
                ),
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
