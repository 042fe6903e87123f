"""MIDI channel messages as modulation of notes: bends, pressure, volume; MPE zones.

Played by hand, the first channel bends all, any other its own notes; in a file of many parts each
channel bends its own. In a zone of MPE the members' notes are bent by themselves and by their
master, and so with all its other controllers. Its counterpart in the page is midi/gestures.js.

Ref: MIDI Polyphonic Expression 1.1 (RP-053).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from messina.controllers import (
    BEND_RANGE,
    MEMBERS_BEND_RANGE,
    Controller,
    expression_db,
)

__all__ = ["CHANNELS", "STILL", "TOUCHING", "Gesture", "Gestures"]

CHANNELS: Final = 16
_UPPER_MASTER: Final = CHANNELS - 1
_BEND_RANGE_RPN, _ZONE_RPN = 0, 6
_NULL = 127
_CENTRE = 8192
_MIDDLE = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Gesture:
    """Modulation of a channel's notes: bend, pressure, volume, brightness, vibrato."""

    semitones: float = 0.0
    pressure: float = 0.0
    """0 … 1."""
    louder_db: float = 0.0
    """At most 0."""
    brighter: float = 0.0
    """-1 … 1."""
    vibrato: float = 0.0
    """0 … 1."""


STILL: Final = Gesture()
"""Nothing is done."""


@dataclass
class _Channel:
    semitones: float = BEND_RANGE
    cents: float = 0.0
    bend: float = 0.0  # -1 … 1
    pressure: float = 0.0
    values: dict[int, int] = field(default_factory=dict)  # of controllers that were set
    coarse: int = _NULL  # the parameter that data are for
    fine: int = _NULL

    def bent(self) -> float:
        return self.bend * (self.semitones + self.cents / 100)

    def value(self, controller: Controller, otherwise: int) -> int:
        return self.values.get(controller, otherwise)

    @property
    def gesture(self) -> Gesture:
        """By itself, but for its bend."""
        loud = (Controller.EXPRESSION, Controller.BREATH)
        away = self.value(Controller.BRIGHTNESS, _MIDDLE) - _MIDDLE
        return Gesture(
            pressure=self.pressure,
            louder_db=sum(expression_db(self.value(controller, 127)) for controller in loud),
            brighter=away / (_MIDDLE if away < 0 else 127 - _MIDDLE),
            vibrato=self.value(Controller.MODULATION, 0) / 127,
        )


TOUCHING: Final = frozenset({Controller.BREATH, Controller.EXPRESSION, Controller.BRIGHTNESS})
"""Controllers that move loudness or brightness."""
_FOLLOWED: Final = TOUCHING | {Controller.MODULATION}


class Gestures:
    """Follows MIDI messages of all channels and gives the modulation of each channel's notes."""

    def __init__(self, *, first_bends_all: bool = True) -> None:
        """first_bends_all: whether the first channel bends notes of all, outside of zones, too."""
        self._first_bends_all = first_bends_all
        self._channels = [_Channel() for _ in range(CHANNELS)]
        self._lower = self._upper = 0  # members of the zones of the first and the last channel

    def control(self, channel: int, number: int, value: int) -> bool:
        """Takes in a control change.

        Returns whether it modulates notes, or sets how they are modulated.
        """
        own = self._channels[channel]
        if number in _FOLLOWED:
            own.values[number] = value
        elif number == Controller.RPN_HIGH:
            own.coarse = value
        elif number == Controller.RPN_LOW:
            own.fine = value
        elif number in (Controller.NRPN_LOW, Controller.NRPN_HIGH):
            own.coarse = own.fine = _NULL  # data that follow are for what nothing here has
        elif number == Controller.RESET:
            own.bend = own.pressure = 0.0
            own.coarse = own.fine = _NULL
            for controller in _FOLLOWED - {Controller.BRIGHTNESS}:
                own.values.pop(controller, None)
        elif own.coarse != 0 or number not in (Controller.DATA, Controller.DATA_LOW):
            return False
        elif own.fine == _BEND_RANGE_RPN:
            self._set_range(channel, number, value)
        elif own.fine == _ZONE_RPN and number == Controller.DATA:
            self._set_zone(channel, min(value, CHANNELS - 1))
        return True

    def bend(self, channel: int, value: int) -> None:
        """Takes in a 14-bit pitch bend; 8192 is the centre."""
        away = value - _CENTRE
        self._channels[channel].bend = away / (_CENTRE if away < 0 else _CENTRE - 1)

    def press(self, channel: int, value: int) -> None:
        """Takes in the pressure of a channel, 0 … 127."""
        self._channels[channel].pressure = value / 127

    def of(self, channel: int) -> Gesture:
        """The modulation of a channel's notes."""
        own = self._channels[channel]
        here = own.gesture
        master = self._master(channel)
        benders = {master} if master is not None else set()
        if self._first_bends_all and channel != 0:
            benders.add(0)
        semitones = own.bent() + sum(self._channels[bender].bent() for bender in benders)
        if master is None:
            return replace(here, semitones=semitones)
        above = self._channels[master].gesture
        return Gesture(
            semitones=semitones,
            pressure=max(here.pressure, above.pressure),
            louder_db=here.louder_db + above.louder_db,
            brighter=min(max(here.brighter + above.brighter, -1.0), 1.0),
            vibrato=max(here.vibrato, above.vibrato),
        )

    def moved(self, channel: int) -> list[int]:
        """Channels whose notes are modulated by messages of this one."""
        mates = self._mates(channel)
        return mates if mates[0] == channel else [channel]

    def _master(self, channel: int) -> int | None:
        """The channel that speaks for all of this one's zone, where that is another one."""
        mates = self._mates(channel)
        return mates[0] if mates[0] != channel else None

    def _set_range(self, channel: int, number: int, value: int) -> None:
        # Told to one member it is meant for all of a zone.
        mates = self._mates(channel)
        meant = [channel] if channel == mates[0] else mates[1:]
        for mate in meant:
            if number == Controller.DATA:
                self._channels[mate].semitones = value
            else:
                self._channels[mate].cents = value

    def _set_zone(self, channel: int, members: int) -> None:
        if channel not in (0, _UPPER_MASTER):
            return
        # The zone that was configured last takes what the other one had of it.
        if channel == 0:
            self._lower, self._upper = members, min(self._upper, max(14 - members, 0))
        else:
            self._upper, self._lower = members, min(self._lower, max(14 - members, 0))
        for mate in self._mates(channel):
            own = self._channels[mate]
            own.semitones = BEND_RANGE if mate == channel else MEMBERS_BEND_RANGE
            own.cents = own.bend = 0.0

    def _mates(self, channel: int) -> list[int]:
        """The channels of a channel's zone, its master first; itself alone without one."""
        if self._lower > 0 and channel <= self._lower:
            return list(range(self._lower + 1))
        if self._upper > 0 and channel >= _UPPER_MASTER - self._upper:
            return list(range(_UPPER_MASTER, _UPPER_MASTER - self._upper - 1, -1))
        return [channel]
