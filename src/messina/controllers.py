"""Controllers of MIDI that are followed, and how: in files, in `live` and in the page.

Ref: MIDI Manufacturers Association (1996), MIDI 1.0 Detailed Specification; Response to Reset All
Controllers (RP-015); (2018), MIDI Polyphonic Expression 1.1 (RP-053).
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Final

__all__ = [
    "BEND_RANGE",
    "CURVES",
    "FIXED_VELOCITY",
    "LEAST_VALUE",
    "LONGEST_GLIDE_MS",
    "MEMBERS_BEND_RANGE",
    "RELEASE_OCTAVES",
    "SOFT_PEDAL",
    "USUAL_GLIDE_MS",
    "VIBRATO_HZ",
    "VIBRATO_SEMITONES",
    "Controller",
    "curved",
    "expression_db",
    "glide_ms",
    "release_pace",
    "softened",
]


class Controller(IntEnum):
    """Numbers of the MIDI controllers that are followed."""

    BANK = 0
    MODULATION = 1
    BREATH = 2
    GLIDE_TIME = 5
    DATA = 6
    VOLUME = 7
    EXPRESSION = 11
    DATA_LOW = 38
    SUSTAIN = 64
    GLIDE = 65
    SOSTENUTO = 66
    SOFT = 67
    LEGATO = 68
    BRIGHTNESS = 74
    NRPN_LOW = 98
    NRPN_HIGH = 99
    RPN_LOW = 100
    RPN_HIGH = 101
    ALL_SOUND_OFF = 120
    RESET = 121
    ALL_NOTES_OFF = 123
    """Those above it choose a mode, and end all notes too."""
    MONO = 126
    POLY = 127


BEND_RANGE: Final = 2.0
"""Semitones that the pitch wheel reaches where nothing else is said."""
MEMBERS_BEND_RANGE: Final = 48.0
"""The same of the members of a zone."""
VIBRATO_SEMITONES: Final = 0.5
"""Either way, with the mod wheel all the way up, where nothing was learnt of it."""
VIBRATO_HZ: Final = 5.5
USUAL_GLIDE_MS: Final = 60.0
"""Of a glide that is switched on before any time was set."""
LONGEST_GLIDE_MS: Final = 2_000.0
"""At 127 of the controller of its time."""
RELEASE_OCTAVES: Final = 1.0
"""A key that is lifted as fast as can be told releases its note twice as fast, one that is lifted
as slowly half as fast; 64 is as learnt, and what keyboards send that do not measure it."""
SOFT_PEDAL: Final = 0.75
"""Share of its velocity that a key has which is struck while the soft pedal is down."""
FIXED_VELOCITY: Final = 100.0
CURVES: Final = {"linear": 1.0, "soft": 0.6, "hard": 1.6, "fixed": 0.0}
"""Exponents of velocity, over what a keyboard sends; 0: every key is as loud."""
LEAST_VALUE: Final = 0.5
"""What 0 of a controller of loudness counts: 96 dB softer."""


def curved(velocity: float, curve: str) -> float:
    """The velocity 1 … 127 that a keyboard's means by one of CURVES.

    >>> [round(curved(64, curve)) for curve in CURVES]
    [64, 84, 43, 100]
    """
    exponent = CURVES[curve]
    if exponent == 0.0:
        return FIXED_VELOCITY
    return 1.0 + 126.0 * ((velocity - 1.0) / 126.0) ** exponent


def softened(velocity: float) -> float:
    """The velocity 1 … 127 of a key that is struck while the soft pedal is down.

    >>> softened(100), softened(1)
    (75.0, 1.0)
    """
    return max(1.0, SOFT_PEDAL * velocity)


def expression_db(value: float) -> float:
    """Gain in dB of a MIDI controller of loudness 0 … 127, as General MIDI has it.

    >>> expression_db(127), round(expression_db(64), 1), round(expression_db(0))
    (0.0, -11.9, -96)
    """
    return 40.0 * math.log10(max(value, LEAST_VALUE) / 127.0)


def release_pace(velocity: float) -> float:
    """Ratio of a release's speed to the learnt one, by release velocity 0 … 127.

    >>> release_pace(64), release_pace(0), round(release_pace(127), 2)
    (1.0, 1.0, 1.98)
    """
    lifted = velocity or 64.0  # many keyboards send 0 always
    return float(2.0 ** (RELEASE_OCTAVES * (lifted - 64.0) / 64.0))


def glide_ms(value: float) -> float:
    """How long a glide takes, by the controller of its time 0 … 127, finer for short ones.

    >>> glide_ms(0), glide_ms(127), round(glide_ms(22))
    (0.0, 2000.0, 60)
    """
    return float(LONGEST_GLIDE_MS * (value / 127.0) ** 2)
