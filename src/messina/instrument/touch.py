"""The law of touch: how brightness follows loudness when a sounding note is pressed.

A label's typical sound is decoded at several velocities. How its spectrum changes between them,
even over half an octave or so, is the label's law: a note that is pressed from one loudness to
another takes on that change, band by band, as if it had been struck so hard. Beyond the softest and
the hardest learnt it grows softer or louder by gain alone. Brightness by itself is a tilt, as steep
as makes the typical sound an octave brighter or duller.

All of it is a gain for each number of a body, over what the network says, so that it may change
from row to row while a note sounds. Its counterpart in the page is engine/touch.js.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import BANDS, REFERENCE_HZ
from messina.instrument.controls import MOST_TILT
from messina.instrument.descriptors import FREQUENCIES_LN, level_energies
from messina.instrument.playing import BRIGHTER_LN, STEEPEST_TILT
from messina.units import NEPERS_TO_DB, note_to_hz

if TYPE_CHECKING:
    from messina.instrument.instrument import Instrument

__all__ = [
    "ANCHORS",
    "HALVINGS",
    "LEAST_PRESSED_DB",
    "SILENT_SHARE",
    "SMOOTH_OCTAVES",
    "TouchLaw",
    "touch_law",
]

Floats = NDArray[np.float64]

ANCHORS: Final = (1.0, 32.0, 64.0, 96.0, 127.0)
"""Velocities at which the law is known; straight lines run between them."""
SMOOTH_OCTAVES: Final = 0.5
"""Standard deviation of the window over which spectra are averaged, in octaves."""
SILENT_SHARE: Final = 1e-6
"""Of a spectrum's highest smoothed level: what is softer does not change."""
LEAST_PRESSED_DB: Final = 6.0
"""Full pressure is as hard as can be struck, and at least so much louder than the note was."""
HALVINGS: Final = 12
"""In which a tilt is found, to a 4000th of the steepest."""


def _smoothing() -> Floats:
    """How much each number counts in the smoothed power at each other [BODY_SIZE, BODY_SIZE].

    Oscillators and noise are smoothed apart: noise stays where it is when a pitch moves.
    """
    octaves = FREQUENCIES_LN.astype(np.float64) / np.log(2.0)
    away = (octaves[:, None] - octaves[None]) / SMOOTH_OCTAVES
    weights = np.exp(-0.5 * away**2)
    weights[:BANDS, BANDS:] = weights[BANDS:, :BANDS] = 0.0
    return weights


_SMOOTHING: Final = _smoothing()


@dataclass(frozen=True, kw_only=True)
class TouchLaw:
    """How a label's levels change with loudness and brightness, for pressure and expression."""

    played_db: Floats  # [A], rising: loudness at ANCHORS
    energies: Floats  # [A, BODY_SIZE], of the typical sound; each sums to 1
    levels: Floats  # [A, BODY_SIZE], ln of the smoothed spectrum
    octaves: Floats  # [BODY_SIZE], of each level over where the typical sound's energy lies
    tilts: tuple[float, float]
    """Nepers an octave at brightness -1 and 1."""

    def pressed_db(self, velocity: float, pressure: float) -> float:
        """How much louder a pressure of 0 … 1 makes a note of this velocity."""
        room = float(self.played_db[-1]) - self.struck_db(velocity)
        return pressure * max(room, LEAST_PRESSED_DB)

    def struck_db(self, velocity: float) -> float:
        """Loudness in dB that a velocity of 1 … 127 has by this law."""
        return float(np.interp(velocity, ANCHORS, self.played_db))

    def louder(self, velocity: float, louder_db: float, brighter: float) -> Floats:
        """Nepers [BODY_SIZE] that make a note `louder_db` louder and brighter by -1 … 1.

        velocity: that the note was struck with.
        """
        here_db = self.struck_db(velocity)
        here, there = (self._at(self.levels, db) for db in (here_db, here_db + louder_db))
        slope = brighter * self.tilts[1] if brighter > 0 else -brighter * self.tilts[0]
        change = there - here + np.clip(slope * self.octaves, -MOST_TILT, MOST_TILT)
        power = float(self._at(self.energies, here_db) @ np.exp(2.0 * change))
        return change - 0.5 * np.log(power) + louder_db / NEPERS_TO_DB

    def _at(self, rows: Floats, db: float) -> Floats:
        """Rows [A, BODY_SIZE] read at a loudness, the first and the last beyond."""
        place = float(np.interp(db, self.played_db, np.arange(len(rows))))
        low = min(int(place), len(rows) - 2)
        return rows[low] + (place - low) * (rows[low + 1] - rows[low])


def touch_law(instrument: Instrument, label: str) -> TouchLaw:
    """Measures the law of a label on its typical sounds at its middle note."""
    response = instrument.manifest.responses[instrument.labels.index(label)]
    note = response.note_centre if response.pitched else None
    points = [
        instrument.typical_points(label, note=note, velocity=velocity) for velocity in ANCHORS
    ]
    energies = np.stack([level_energies(own) for own in points])
    energies /= np.maximum(energies.sum(axis=1, keepdims=True), 1e-30)
    smooth = energies @ _SMOOTHING.T
    floor = SILENT_SHARE * smooth.max(axis=1, keepdims=True)
    middle = energies[len(ANCHORS) // 2]
    octaves = _octaves(note, middle)
    return TouchLaw(
        played_db=np.array([response.loudness_at(v, note)[1] for v in ANCHORS]),
        energies=energies,
        levels=0.5 * np.log(smooth + floor),
        octaves=octaves,
        tilts=(_tilt(middle, octaves, -1.0), _tilt(middle, octaves, 1.0)),
    )


def _octaves(note: float | None, energies: Floats) -> Floats:
    """How far each level [BODY_SIZE] of a sound lies over the middle of its energy."""
    frequencies_ln = FREQUENCIES_LN.astype(np.float64)
    if note is not None:  # oscillators move with the pitch, noise does not
        frequencies_ln[:BANDS] += np.log(note_to_hz(note) / REFERENCE_HZ)
    middle = energies @ frequencies_ln / max(energies.sum(), 1e-30)
    octaves: Floats = (frequencies_ln - middle) / np.log(2.0)
    return octaves


def _tilt(energies: Floats, octaves: Floats, brighter: float) -> float:
    """The slope, in nepers an octave, that makes a sound as much brighter as brightness does."""
    wanted = brighter * BRIGHTER_LN / np.log(2.0)
    low, high = -STEEPEST_TILT, STEEPEST_TILT
    for _ in range(HALVINGS):
        slope = 0.5 * (low + high)
        tilted = energies * np.exp(2.0 * np.clip(slope * octaves, -MOST_TILT, MOST_TILT))
        if tilted @ octaves < wanted * tilted.sum():
            low = slope
        else:
            high = slope
    return 0.5 * (low + high)
