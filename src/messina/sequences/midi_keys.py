"""Keys that are down on a channel: which notes sound, and when each of them ends.

A note ends when its key is let go, unless a pedal holds it; where one voice at a time sounds it
ends with the next, and what is still down sounds again after that.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from messina.controllers import USUAL_GLIDE_MS, softened
from messina.sequences.midi_file import MidiEvent
from messina.sequences.song import DRUM_CHANNEL, NoteArticulation

__all__ = ["NO_PARAMETER", "Channel", "ChannelNote", "Keys"]

_DRUM_BANKS: Final = (120, 126, 127)
"""Of General MIDI 2 and XG."""
_MELODIC_BANK: Final = 121
NO_PARAMETER: Final = (127, 127)
"""Which registered parameter is set: none."""


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
    articulation: NoteArticulation


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
class Channel:
    """State of one MIDI channel: program, controllers, keys that are down."""

    number: int
    program: int = 0
    bank: int = 0
    drums: bool = False
    said_drums: bool | None = None
    """What a GS message says of it."""
    volume: int = 100
    expression: int = 127
    peak: _Peak = field(default_factory=lambda: _Peak(100 / 127))
    parameter: tuple[int, int] = NO_PARAMETER
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
        """Sets whether it plays drums: by a GS message, else by bank, else by its number."""
        if self.said_drums is not None:
            self.drums = self.said_drums
        elif self.number % 16 == DRUM_CHANNEL:
            self.drums = self.bank != _MELODIC_BANK
        else:
            self.drums = self.bank in _DRUM_BANKS


class Keys:
    """Turns note-ons, note-offs and pedals of channels into notes.

    notes: those made so far. counts: events that could not be played, by kind.
    """

    def __init__(self, *, most_notes: int) -> None:
        self.notes: list[ChannelNote] = []
        self.counts: Counter[str] = Counter()
        self._most = most_notes
        self._struck: set[tuple[int, int]] = set()
        self._serial = 0

    def finish(self, channel: Channel, ends: Mapping[int, int]) -> None:
        """Ends what still sounds on a channel with its track; ends: of each track, in ticks."""
        held = [s for keys in channel.held.values() for s in keys]
        self.counts["not let go"] += len(held)
        for sounding in (*held, *channel.under_pedal, *channel.under_sostenuto):
            self._end(channel, sounding, max(ends[sounding.track], sounding.start))

    def strike(self, channel: Channel, event: MidiEvent, track: int) -> None:
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

    def let_go(self, channel: Channel, key: int, tick: int, pace: float) -> None:
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

    def let_all_go(self, channel: Channel, tick: int) -> None:
        held = [sounding for keys in channel.held.values() for sounding in keys]
        channel.held.clear()
        channel.down.clear()
        for sounding in held:
            self._release(channel, sounding, tick)

    def end_all(self, channel: Channel, tick: int) -> None:
        """All sound off: pedals hold nothing."""
        sounding = [s for keys in channel.held.values() for s in keys]
        sounding += [*channel.under_pedal, *channel.under_sostenuto]
        channel.held.clear()
        channel.down.clear()
        channel.under_pedal.clear()
        channel.under_sostenuto.clear()
        for one in sounding:
            self._end(channel, one, tick)

    def pedal(self, channel: Channel, down: bool, tick: int) -> None:
        channel.pedal = down
        if not down:
            released, channel.under_pedal = channel.under_pedal, []
            for sounding in released:
                self._end(channel, sounding, tick)

    def sostenuto(self, channel: Channel, down: bool, tick: int) -> None:
        if down:
            if channel.caught_before < 0:
                channel.caught_before = self._serial
            return
        channel.caught_before = -1
        released, channel.under_sostenuto = channel.under_sostenuto, []
        for sounding in released:
            self._release(channel, sounding, tick)

    def _sound(self, channel: Channel, sounding: _Sounding) -> None:
        self._serial += 1
        sounding.serial = self._serial
        channel.held.setdefault(sounding.key, deque()).append(sounding)

    def _lead_to(
        self, channel: Channel, sounding: _Sounding, *, lead: _Sounding | None, legato: bool
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

    def _end_lead(self, channel: Channel, lead: _Sounding, tick: int) -> None:
        """Ends what the one voice sounded; of its key's notes it is the last one."""
        soundings = channel.held[lead.key]
        soundings.pop()
        if not soundings:
            del channel.held[lead.key]
        self._end(channel, lead, tick)

    def _lift(self, channel: Channel, key: int, tick: int) -> bool:
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

    def _release(self, channel: Channel, sounding: _Sounding, tick: int) -> None:
        if sounding.serial <= channel.caught_before:
            channel.under_sostenuto.append(sounding)
        elif channel.pedal:
            channel.under_pedal.append(sounding)
        else:
            self._end(channel, sounding, tick)

    def _end(self, channel: Channel, sounding: _Sounding, tick: int) -> None:
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
                articulation=NoteArticulation(
                    serial=sounding.serial,
                    after=sounding.after,
                    glide_s=sounding.glide_s,
                    glides_from=sounding.glides_from,
                    release_pace=sounding.pace,
                    presses=tuple(sounding.presses),
                ),
            )
        )
