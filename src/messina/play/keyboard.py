"""Keys and pedals: which note begins, goes on or ends with each message of MIDI.

With one voice (`mono`) the key that was struck last sounds. What is sustained goes on legato: it
moves to the new key's pitch, and back when that is lifted while the earlier one is still down; what
is struck is struck anew, and what a pedal holds makes room for it. With many voices a note that is
struck while another key is down slides from that one's pitch, where a glide is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from messina.controllers import (
    CURVES,
    USUAL_GLIDE_MS,
    Controller,
    curved,
    glide_ms,
    release_pace,
    softened,
)
from messina.errors import ControlError
from messina.ranges import check_ranges
from messina.sequences.gestures import TOUCHING, Gestures
from messina.sequences.hand import Hand
from messina.sequences.voice_assignment import AssignedSound
from messina.sequences.voices import Hit

__all__ = ["Key", "Keyboard", "KeyboardConfig", "Note", "Slide", "Sounding"]

_NOTE_OFF, _NOTE_ON, _KEY_PRESSURE, _CONTROL = 0x80, 0x90, 0xA0, 0xB0
_CHANNEL_PRESSURE, _BEND, _SYSTEM = 0xD0, 0xE0, 0xF0
_HALF: Final = 64


@dataclass(frozen=True, kw_only=True)
class KeyboardConfig:
    """Settings of a keyboard: monophony, glide, velocity curve. Raises ControlError."""

    mono: bool = False
    """Whether one note with a pitch sounds at a time."""
    glide_ms: float = 0.0
    """Within which a note reaches the pitch of the next key, struck while its own is down."""
    curve: str = "linear"
    """Of velocity, one of CURVES."""

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.curve not in CURVES:
            raise ControlError(f"curve is '{self.curve}'; it can be {', '.join(CURVES)}")


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key that was struck."""

    channel: int
    note: int
    velocity: float


@dataclass(eq=False, kw_only=True)
class Note:
    """The hit that sounds for a key."""

    key: Key
    hit: Hit
    hand: Hand


@dataclass(frozen=True, kw_only=True)
class Slide:
    """A portamento: how far from its pitch, and for how long, a note begins."""

    start: float
    """Semitones from it."""
    seconds: float
    """Until it is there."""


class Sounding(Protocol):
    """What a keyboard controls: it starts and ends notes."""

    def played(self, key: Key) -> AssignedSound | None:
        """The label and note a key plays; None: nothing."""

    def strike(self, key: Key, played: AssignedSound, slide: Slide | None = None) -> Note:
        """Starts a note."""

    def louder_db(self, played: AssignedSound, velocity: float, than: float) -> float:
        """Difference in loudness of two velocities, in dB."""

    def rings(self, hit: Hit) -> bool:
        """Whether a hit goes on when its key is lifted."""

    def over(self, hit: Hit) -> bool:
        """Whether a hit has ended, or is ending."""

    def let_go(self, hit: Hit, pace: float) -> None:
        """Releases a hit; pace: how many times as fast as usual."""

    def silence(self) -> None:
        """Ends all hits at once."""

    def set_volume(self, value: int) -> None:
        """Sets the volume by its controller's value, 0 … 127."""


class Keyboard:
    """Turns MIDI messages into notes of a `Sounding`: keys, pedals, legato."""

    def __init__(self, sounding: Sounding, gestures: Gestures, config: KeyboardConfig) -> None:
        self._sounding = sounding
        self._gestures = gestures
        self._config = config
        self._held: dict[tuple[int, int], Note] = {}
        self._down: list[Key] = []  # of the one voice, the last one sounding
        self._lead: Note | None = None
        self._pedal = False
        self._soft = False
        self._mono, self._legato = config.mono, False  # modes and the legato pedal: one voice
        self._glides, self._glide_ms = config.glide_ms > 0, config.glide_ms or USUAL_GLIDE_MS
        self._caught: list[Note] = []  # by the middle pedal
        self._waiting: list[tuple[Note, float]] = []  # for pedals, with the paces of their release
        self.touches = False
        """Whether any message came that moves loudness or brightness."""

    def act(self, message: Sequence[int]) -> None:
        """Handles one MIDI message, as bytes; what is none is ignored."""
        if len(message) < 2 or not _NOTE_OFF <= message[0] < _SYSTEM:
            return
        kind, channel, first = message[0] & 0xF0, message[0] & 0x0F, message[1]
        if kind == _CHANNEL_PRESSURE:
            self._gestures.press(channel, first)
            self.touches = True
        if len(message) < 3:
            return
        second = message[2]
        if kind == _NOTE_ON and second > 0:
            self._note_on(Key(channel=channel, note=first, velocity=self._curved(second)))
        elif kind in (_NOTE_ON, _NOTE_OFF):
            self._note_off(channel, first, release_pace(second if kind == _NOTE_OFF else 0))
        elif kind == _KEY_PRESSURE:
            self._press(channel, first, second)
        elif kind == _BEND:
            self._gestures.bend(channel, second << 7 | first)
        elif kind == _CONTROL:
            self._control(channel, first, second)

    def _curved(self, velocity: int) -> float:
        struck = curved(velocity, self._config.curve)
        return softened(struck) if self._soft else struck

    def _control(self, channel: int, number: int, value: int) -> None:
        if number == Controller.ALL_SOUND_OFF:
            self._sounding.silence()
            self._held.clear()
            self._down.clear()
            self._caught.clear()
            self._waiting.clear()
            self._lead = None
        elif number in (Controller.MONO, Controller.POLY, Controller.LEGATO):
            self._set_voices(number, value)
        elif number >= Controller.ALL_NOTES_OFF:
            self._lift_all(channel)
        elif number == Controller.GLIDE:
            self._glides = value >= _HALF
        elif number == Controller.GLIDE_TIME:
            self._glide_ms = glide_ms(value)
        elif number == Controller.SUSTAIN:
            self._pedal = value >= _HALF
            self._let_go_waiting()
        elif number == Controller.SOSTENUTO:
            self._caught = list(self._held.values()) if value >= _HALF else []
            self._let_go_waiting()
        elif number == Controller.SOFT:
            self._soft = value >= _HALF
        elif number == Controller.VOLUME:
            self._sounding.set_volume(value)
        else:
            if number == Controller.RESET:
                self._pedal, self._soft, self._caught, self._glides = False, False, [], False
                self._let_go_waiting()
                for (of, _), note in self._held.items():
                    if of == channel:
                        note.hand.pressure = 0.0
            self._gestures.control(channel, number, value)
            self.touches |= number in TOUCHING

    def _lift_all(self, channel: int) -> None:
        """Lifts all keys of a channel, as some keyboards say when the last one is lifted."""
        for key in [key for key in self._down if key.channel == channel][:-1]:
            self._down.remove(key)
        for of, note in list(self._held):
            if of == channel:
                self._note_off(of, note, 1.0)

    def _set_voices(self, number: int, value: int) -> None:
        """One voice or many; a mode that is chosen ends all notes."""
        if number == Controller.LEGATO:
            self._legato = value >= _HALF
            if not self._one_voice:  # what is down is no more than held
                self._down.clear()
                self._lead = None
            return
        for place in list(self._held):
            self._note_off(*place, 1.0)
        self._down.clear()
        self._lead = None
        self._mono = number == Controller.MONO

    @property
    def _one_voice(self) -> bool:
        return self._mono or self._legato

    @property
    def _glide_s(self) -> float:
        return self._glide_ms / 1000 if self._glides else 0.0

    def _press(self, channel: int, note: int, value: int) -> None:
        held = self._held.get((channel, note))
        self.touches = True
        if held is not None:
            held.hand.pressure = value / 127

    def _note_on(self, key: Key) -> None:
        played = self._sounding.played(key)
        if played is None:
            return
        place = key.channel, key.note
        if place in self._held or any((k.channel, k.note) == place for k in self._down):
            self._note_off(*place, 1.0)  # struck again without having been lifted
        if self._one_voice and played.pitched:
            self._down.append(key)
            self._lead_to(key, played, legato=len(self._down) > 1)
            return
        before = next((n for n in reversed(self._held.values()) if n.hit.played.pitched), None)
        slide = self._slide(key, before) if played.pitched else None
        self._held[place] = self._sounding.strike(key, played, slide)

    def _slide(self, key: Key, before: Note | None) -> Slide | None:
        """How a key is reached from the one before it; None: at once."""
        if before is None or self._glide_s <= 0:
            return None
        return Slide(start=before.key.note - key.note, seconds=self._glide_s)

    def _lead_to(self, key: Key, played: AssignedSound, *, legato: bool) -> None:
        """Lets the one voice sound a key; legato: another one was down until now."""
        lead, self._lead = self._lead, None
        if lead is not None:
            self._held = {place: note for place, note in self._held.items() if note is not lead}
        if lead is not None and legato and self._goes_on(lead, key, played):
            self._lead = lead
        else:
            self._stop_waiting()
            slide = self._slide(key, lead) if legato else None
            self._lead = self._sounding.strike(key, played, slide)
            if lead is not None:
                self._sounding.let_go(lead.hit, 1.0)
        self._held[key.channel, key.note] = self._lead

    def _goes_on(self, lead: Note, key: Key, played: AssignedSound) -> bool:
        """Moves a note to another key, where it can."""
        hit = lead.hit
        if not hit.sustained or hit.played.label != played.label or self._sounding.over(hit):
            return False
        lead.hand.glide(None, key.note - lead.key.note, self._glide_s)
        lead.hand.legato_db = self._sounding.louder_db(played, key.velocity, lead.key.velocity)
        return True

    def _note_off(self, channel: int, note: int, pace: float) -> None:
        place = channel, note
        lifted = next((key for key in self._down if (key.channel, key.note) == place), None)
        if lifted is not None:
            sounds = self._down[-1] is lifted
            self._down.remove(lifted)
            if not sounds:
                return
            if self._down:
                earlier = self._down[-1]
                played = self._sounding.played(earlier)
                if played is not None:
                    self._lead_to(earlier, played, legato=True)
                return
            self._lead = None
        held = self._held.pop(place, None)
        if held is None or self._sounding.rings(held.hit):
            return
        if self._pedal or held in self._caught:
            self._waiting = [own for own in self._waiting if not self._sounding.over(own[0].hit)]
            self._waiting.append((held, pace))
        else:
            self._sounding.let_go(held.hit, pace)

    def _stop_waiting(self) -> None:
        """Lets go of what the one voice played and a pedal holds: another note takes its place."""
        for note, pace in self._waiting:
            if note.hit.played.pitched:
                self._sounding.let_go(note.hit, pace)
        self._waiting = [own for own in self._waiting if not own[0].hit.played.pitched]

    def _let_go_waiting(self) -> None:
        """Lets go of what no pedal holds any more."""
        waiting, self._waiting = self._waiting, []
        for note, pace in waiting:
            if self._pedal or note in self._caught:
                self._waiting.append((note, pace))
            else:
                self._sounding.let_go(note.hit, pace)
