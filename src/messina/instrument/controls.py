"""What the network is conditioned on beside the label of a sound: pitch, loudness, brightness,
decay.

All four are measured, from the corpus as from a request, and scaled to about -1 … 1 by the
corpus's own spread.

Beyond what the corpus teaches, points are moved in frequency or tilted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import BANDS, BODY_FLOOR, GROUPS, NOISE_FLOOR
from messina.frames.noise import GROUP_BINS
from messina.instrument.descriptors import FREQUENCIES_LN
from messina.instrument.timegrid import read_between

__all__ = [
    "CONTROL_LIMIT",
    "MOST_TILT",
    "NOTE_CENTRE",
    "NOTE_SPAN",
    "OCTAVES",
    "PIVOT_HZ",
    "ControlScale",
    "Controls",
    "scale_controls",
    "tilted",
    "tilts",
    "transposed",
]

Real = NDArray[np.float32]

NOTE_CENTRE: Final = 60.0
NOTE_SPAN: Final = 24.0
"""The note that is scaled to 0, and how many semitones over it is 1."""
CONTROL_LIMIT: Final = 3.0
"""Scaled controls are held within this, so that no request leaves what was learnt far behind."""


_Centre: TypeAlias = Annotated[float, msgspec.Meta(ge=-250.0, le=100.0)]
_Span: TypeAlias = Annotated[float, msgspec.Meta(ge=0.01, le=1e3)]


class Controls(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sound's controls in their own units."""

    note: float | None
    """MIDI note number; None for a sound without pitch."""
    loudness_db: float
    brightness_hz: float
    decay_s: float


class ControlScale(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Centre and span of (loudness in dB, ln brightness in Hz, ln decay in s) in a corpus."""

    centre: tuple[_Centre, _Centre, _Centre]
    span: tuple[_Span, _Span, _Span]

    @classmethod
    def of(cls, controls: Sequence[Controls]) -> ControlScale:
        """The mean and the spread, never under a musical minimum, of these sounds."""
        values = _logs(controls)
        spread = np.maximum(values.std(axis=0), [4.0, 0.25, 0.4])
        centre = values.mean(axis=0)
        return cls(
            centre=(float(centre[0]), float(centre[1]), float(centre[2])),
            span=(float(spread[0]), float(spread[1]), float(spread[2])),
        )


def _logs(controls: Sequence[Controls]) -> NDArray[np.float64]:
    return np.array([(c.loudness_db, np.log(c.brightness_hz), np.log(c.decay_s)) for c in controls])


def scale_controls(controls: Sequence[Controls], scale: ControlScale) -> Real:
    """[B, CONTROLS]: note, whether there is one, loudness, brightness, decay."""
    notes = [0.0 if c.note is None else (c.note - NOTE_CENTRE) / NOTE_SPAN for c in controls]
    pitched = [0.0 if c.note is None else 1.0 for c in controls]
    values = (_logs(controls) - scale.centre) / scale.span
    columns = np.column_stack([notes, pitched, values])
    return np.clip(columns, -CONTROL_LIMIT, CONTROL_LIMIT).astype(np.float32)


PIVOT_HZ: Final = 1_000.0
"""Round which a tilt turns."""
OCTAVES: Final[Real] = (FREQUENCIES_LN - float(np.log(PIVOT_HZ))) / np.float32(np.log(2.0))
"""How far each level [BODY_SIZE] lies over the frequency round which sounds are tilted."""
MOST_TILT: Final = 3.0
"""Nepers by which a tilt changes a level at most."""


def transposed(points: Real, ratio: float, *, beyond: float = NOISE_FLOOR) -> Real:
    """The noise levels of a sound [POINTS, D] moved up by a ratio of frequency.

    Partials need none of this: they move with the sound's reference_hz. beyond: ln level of the
    groups for which there was no noise that high.
    """
    moved = points.copy()
    places = np.interp(GROUP_BINS / ratio, GROUP_BINS, np.arange(GROUPS))
    moved[:, BANDS:] = read_between(points[:, BANDS:].T, places).T
    moved[:, BANDS:][:, GROUP_BINS / ratio > GROUP_BINS[-1]] = beyond
    return moved


def tilts(nepers_per_octave: float) -> Real:
    """Nepers [BODY_SIZE] that a spectral tilt around 1 kHz adds to each level."""
    change: Real = np.clip(nepers_per_octave * OCTAVES, -MOST_TILT, MOST_TILT).astype(np.float32)
    return change


def tilted(points: Real, nepers_per_octave: float) -> Real:
    """Levels brighter or duller by a spectral tilt around 1 kHz; silence stays silence."""
    change = tilts(nepers_per_octave)
    sounding = points > BODY_FLOOR + 0.5
    moved: Real = np.maximum(np.where(sounding, points + change, points), BODY_FLOOR)
    return moved
