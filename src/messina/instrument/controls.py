"""What the network is conditioned on beside the label of a sound: pitch, loudness, brightness,
decay.

All four are measured, from the corpus as from a request, and scaled to about -1 … 1 by the
corpus's own spread.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CONTROL_LIMIT",
    "NOTE_CENTRE",
    "NOTE_SPAN",
    "ControlScale",
    "Controls",
    "scale_controls",
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
