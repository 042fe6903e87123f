"""The numbers that the page's engine shares with Python, written from where Python has them.

    python -m messina.play.constants > src/messina/play/web/engine/constants.js

writes them anew; a test holds the two together. Each table holds numbers of one Python module,
under the names that they have there.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

import numpy as np

from messina import counter_rng, limiter, rounding, units
from messina.counter_rng import Purpose
from messina.frames import layout, noise, oscillators, stereo, synthesis
from messina.instrument import (
    controls,
    decoding,
    descriptors,
    headroom,
    network,
    playing,
    responses,
    sampling,
    takes,
    timegrid,
    transposition,
)
from messina.sequences import voices

__all__ = ["constants_module"]

_HEAD: Final = """\
/* Numbers that have one meaning here and in Python: written by its module play/constants; do not
 * edit. Each table is named for the Python module that says what its numbers mean. */
"""


@dataclass(frozen=True)
class _Table:
    """Numbers of one module. more: those that it does not hold under a name."""

    name: str
    module: ModuleType
    names: tuple[str, ...]
    more: Mapping[str, Any] | None = None

    def lines(self) -> list[str]:
        """The table as JavaScript."""
        values = {name: getattr(self.module, name) for name in self.names} | dict(self.more or {})
        path = self.module.__name__.removeprefix("messina.").replace(".", "/")
        numbers = [f"  {name}: {_literal(_plain(value))}," for name, value in values.items()]
        return [f"/** Of {path}. */", f"export const {self.name} = {{", *numbers, "};"]


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, slice):
        return [value.start, value.stop]
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping):
        return {key: _plain(own) for key, own in value.items()}
    return value


def _literal(value: Any) -> str:
    """A value in JavaScript; tables of bounds are typed, for literals would be of any length."""
    bounds = isinstance(value, dict) and all(isinstance(own, list) for own in value.values())
    typed = f"/** @type {{Record<string, [number, number]>}} */ ({json.dumps(value)})"
    return typed if bounds else json.dumps(value)


_TABLES: Final = (
    _Table("UNITS", units, ("SAMPLE_RATE",)),
    _Table(
        "COUNTER_RNG",
        counter_rng,
        ("SPACING", "FIRST_KEY"),
        {"PURPOSE": {purpose.name: purpose.value for purpose in Purpose}},
    ),
    _Table("ROUNDING", rounding, ("GRID", "FINE_GRID")),
    _Table(
        "LAYOUT",
        layout,
        (
            *("HOP", "REFERENCE_HZ", "ATTACK_HOP", "PARTIAL_FLOOR", "NOISE_FLOOR", "BANDS"),
            *("GROUPS", "KNOTS", "STEPS", "ERBS", "ZONES", "BODY_SIZE", "ONSET_SIZE"),
            *("ONSET_SLICES", "FUNDAMENTAL_OFFSET"),
        ),
        {"EDGES_HZ": layout.band_edges_hz()},
    ),
    _Table(
        "NOISE",
        noise,
        (
            *("NOISE_SIZE", "NOISE_BINS", "ATTACK_SIZE", "SHAPED_SAMPLES", "FIRST_STEP"),
            *("BINS_IN_GROUP", "STEP_GROUP_OF_BIN"),
        ),
    ),
    _Table("STEREO", stereo, ("ZONE_CENTRES_HZ", "MONO_BELOW")),
    _Table("OSCILLATORS", oscillators, ("GLIDE_TOP_HZ", "STILL_SEMITONES", "NYQUIST_MARGIN")),
    _Table("SYNTHESIS", synthesis, ("LOG_TAU_RANGE", "SOFT_START")),
    _Table("TIMEGRID", timegrid, ("DENSE", "LAST_FRAME", "POINT_FRAMES")),
    _Table(
        "NETWORK",
        network,
        ("BODY_SCALE", "CONTROLS", "TIME_CONSTANTS", "TIME_WAVES", "DECAY_SHARES", "TIME_FEATURES"),
    ),
    _Table("CONTROLS", controls, ("NOTE_CENTRE", "NOTE_SPAN", "CONTROL_LIMIT")),
    _Table("RESPONSES", responses, ("VELOCITIES", "NOTE_MARGIN", "FARTHEST_LN")),
    _Table("DESCRIPTORS", descriptors, ("LOUDNESS_FRAMES",)),
    _Table("TRANSPOSITION", transposition, ("PIVOT_HZ", "MOST_TILT")),
    _Table(
        "DECODING",
        decoding,
        (
            *("AUDIBLE_NEPERS", "STEADY_FRAMES", "MOST_CORRECTION_DB", "JOINED_BANDS"),
            *("MAX_DEVIATION", "STRAY_MOMENTS", "STRAY_BANDS", "ONSET_BOUNDS"),
        ),
    ),
    _Table(
        "SAMPLING",
        sampling,
        (
            *("NOTE_REACH", "LOUDNESS_REACH_DB", "LAYER_DB", "MOST_BETWEEN_DB", "LEAST_BLUR"),
            *("ENOUGH_SOUNDS", "LONE_BLUR", "LEAST_SPREAD", "LONE_STEP", "LONE_STEP_RANGE"),
            *("LONE_LOUDER_DB", "TILT_PER_DB"),
        ),
    ),
    _Table(
        "PLAYING",
        playing,
        (
            *("SHORTEST_S", "LONGEST_S", "UNPITCHED_NOTE", "SEMITONE_LIMIT", "TAKE_DEVIATION"),
            *("BRIGHTER_LN", "STEEPEST_TILT"),
        ),
    ),
    _Table("HEADROOM", headroom, ("LOUDEST_DB", "RANGE_DB")),
    _Table("TAKES", takes, ("END_FADE",)),
    _Table("VOICES", voices, ("CHOKED", "STRUCK_AGAIN", "LET_GO", "STOLEN")),
    _Table("LIMITER", limiter, ("CEILING", "AHEAD_LIVE", "SIDE", "RELEASE_S", "SAFE")),
)


def constants_module() -> str:
    """The text of engine/constants.js."""
    lines = [line for table in _TABLES for line in ("", *table.lines())]
    return _HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(constants_module())
