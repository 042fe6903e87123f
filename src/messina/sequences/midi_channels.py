"""Channels that play the events of a MIDI file: what has been said on a channel holds for it.

Which track an event stands in tells its part, nothing else: programs, pedals and the ends of notes
count for all tracks that use the channel. What goes on, however long and whatever it is, takes time
in proportion to the events.

Ref: MIDI Manufacturers Association (1996), MIDI 1.0 Detailed Specification; (1999), General MIDI 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from messina.controllers import USUAL_GLIDE_MS, Controller, glide_ms, release_pace
from messina.sequences.midi_file import META, MidiEvent
from messina.sequences.midi_keys import NO_PARAMETER, Channel, Keys
from messina.sequences.song import BEGIN_ANEW, DRUM_CHANNEL, SongMessage

__all__ = ["Channels"]


_UNPLAYED: Final = {
    8: "balance", 10: "pan", 71: "resonance", 72: "release", 73: "attack",
    91: "reverb", 93: "chorus",
}  # fmt: skip
"""Controllers that nothing here follows."""
_AT_REST: Final = {8: 64, 10: 64, 71: 64, 72: 64, 73: 64, 91: 40}
"""Where they are when nothing is asked of them; 0 for the others."""
_SHAPING: Final = frozenset({
    Controller.MODULATION, Controller.BREATH, Controller.VOLUME, Controller.EXPRESSION,
    Controller.BRIGHTNESS, Controller.DATA, Controller.DATA_LOW, Controller.NRPN_LOW,
    Controller.NRPN_HIGH, Controller.RPN_LOW, Controller.RPN_HIGH, Controller.RESET,
})  # fmt: skip
"""Controllers that shape notes while they sound, or say how."""
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


class Channels:
    """Turns the events of a MIDI file, in order of time, into notes.

    keys: keeps the notes they make. unplayed: names of what moves and is not followed. messages:
    what modulates notes while they sound, in the file's ticks.
    """

    def __init__(self, *, most_notes: int) -> None:
        self.keys = Keys(most_notes=most_notes)
        self.unplayed: set[str] = set()
        self.messages: list[SongMessage] = []
        self._channels: dict[int, Channel] = {}
        self._spoken_to: set[int] = set()
        """Channels that had a controller message since they were last reset."""
        self._ports: dict[int, int] = {}

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
            self.keys.finish(channel, ends)

    def _channel(self, number: int) -> Channel:
        self._spoken_to.add(number)
        if number not in self._channels:
            self._channels[number] = Channel(number=number)
        return self._channels[number]

    def _take_message(self, channel: Channel, kind: int, event: MidiEvent, track: int) -> None:
        first, second = event.first, min(event.second, 127)
        match kind:
            case 0x90 if second > 0:
                self.keys.strike(channel, event, track)
            case 0x80 | 0x90:
                pace = release_pace(second if kind == 0x80 else 0)
                self.keys.let_go(channel, first, event.tick, pace)
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
        self, channel: Channel, tick: int, kind: int, first: int = 0, second: int = 0
    ) -> None:
        self.messages.append(
            SongMessage(tick=tick, channel=channel.number, kind=kind, first=first, second=second)
        )

    def _control(self, channel: Channel, control: int, value: int, tick: int) -> None:
        if control in _SHAPING:
            self._shape(channel, tick, 0xB0, control, value)
        match control:
            case Controller.SUSTAIN:
                self.keys.pedal(channel, value >= 64, tick)
            case Controller.SOSTENUTO:
                self.keys.sostenuto(channel, value >= 64, tick)
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
                channel.parameter = NO_PARAMETER
            case Controller.RPN_LOW:
                channel.parameter = (channel.parameter[0], value)
            case Controller.RPN_HIGH:
                channel.parameter = (value, channel.parameter[1])
            case Controller.DATA | Controller.DATA_LOW:
                self._parameter(channel, control, value)
            case Controller.ALL_SOUND_OFF:
                self.keys.end_all(channel, tick)
            case Controller.RESET:
                self._reset(channel, tick)
            case _ if control >= Controller.ALL_NOTES_OFF:
                self.keys.let_all_go(channel, tick)
                if control >= Controller.MONO:
                    self._one_voice(channel, control == Controller.MONO, channel.legato)
            case _ if value != _AT_REST.get(control, 0) and control in _UNPLAYED:
                self.unplayed.add(_UNPLAYED[control])

    def _level(self, channel: Channel, control: int, value: int) -> None:
        if control == Controller.VOLUME:
            channel.volume = value
        else:
            channel.expression = value
        channel.peak.move(channel.volume * channel.expression / 127**2)

    def _one_voice(self, channel: Channel, mono: bool, legato: bool) -> None:
        """Whether one note at a time sounds; what is down is no more than held from here on."""
        if (mono or legato) != (channel.mono or channel.legato):
            channel.down.clear()
        channel.mono, channel.legato = mono, legato

    def _parameter(self, channel: Channel, control: int, value: int) -> None:
        """Registered parameters: 1 and 2 are fine and coarse tuning."""
        match (*channel.parameter, control):
            case (0, 1, Controller.DATA) if value != 64:
                self.unplayed.add("fine tuning")
            case (0, 2, Controller.DATA):
                channel.shift = value - 64

    def _reset(self, channel: Channel, tick: int) -> None:
        """Reset all controllers: volume, pan, bank, program and how long glides are stay."""
        self.keys.sostenuto(channel, False, tick)
        self.keys.pedal(channel, False, tick)
        channel.glides = channel.soft = False
        for soundings in channel.held.values():
            for sounding in soundings:
                if sounding.presses:
                    sounding.presses.append((tick, 0))
        channel.parameter = NO_PARAMETER
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

    def _begin_anew(self, channel: Channel, tick: int) -> None:
        self._reset(channel, tick)
        self._level(channel, Controller.VOLUME, 100)
        channel.program = channel.bank = channel.shift = 0
        channel.said_drums = None
        channel.glide_ms = USUAL_GLIDE_MS
        self._one_voice(channel, False, False)
        channel.choose_kit()


def _channel_of_part(part: int) -> int:
    """GS counts the drum channel first, then the others.

    >>> _channel_of_part(0), _channel_of_part(1), _channel_of_part(9), _channel_of_part(10)
    (9, 0, 8, 10)
    """
    if part == 0:
        return DRUM_CHANNEL
    return part - 1 if part <= DRUM_CHANNEL else part
