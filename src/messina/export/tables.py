"""What the player in torch has to know: the numpy player's numbers, as arrays.

Its modules are made from these, so they follow when a number changes; tests hold their sound
against the numpy player's.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.frames.layout import (
    BANDS,
    BODY_SIZE,
    GROUPS,
    ONSET_SIZE,
    REFERENCE_HZ,
    band_edges_hz,
)
from messina.frames.noise import (
    FIRST_STEP,
    NOISE_SIZE,
    SHAPED_SAMPLES,
    STEP_GROUP_OF_BIN,
    TAPER,
    body_gains,
)
from messina.frames.oscillators import GATE_FROM, GATE_OVER, NYQUIST_MARGIN, STILL_SEMITONES
from messina.frames.stereo import MONO_BELOW, ZONE_CENTRES_HZ
from messina.frames.synthesis import LOG_TAU_RANGE, SOFT_START
from messina.instrument.controls import CONTROL_LIMIT, NOTE_CENTRE, NOTE_SPAN
from messina.instrument.decoding import (
    AUDIBLE_NEPERS,
    JOINED_BANDS,
    MAX_DEVIATION,
    MOST_CORRECTION_DB,
    ONSET_POINTS,
    STRAY_BANDS,
    STRAY_MOMENTS,
    possible_onset,
    stretched,
)
from messina.instrument.network import SPREAD_RANGE
from messina.instrument.playing import TAKE_DEVIATION, UNPITCHED_NOTE
from messina.units import SAMPLE_RATE

__all__ = [
    "AUDIBLE_NEPERS",
    "CONTROL_LIMIT",
    "FIRST_STEP",
    "GATE_FROM",
    "GATE_OVER",
    "GROUP_OF_BIN",
    "HIGHEST_OSCILLATOR_HZ",
    "JOINED_BANDS",
    "LOG_BAND_EDGES",
    "LOG_TAU_RANGE",
    "MAX_DEVIATION",
    "MONO_BELOW",
    "MOST_CORRECTION_DB",
    "NOISE_BIN_ZONES",
    "NOTE_CENTRE",
    "NOTE_SPAN",
    "ONSET_HIGH",
    "ONSET_LOW",
    "ONSET_POINTS",
    "SHAPED_SAMPLES",
    "SOFT_START",
    "SPREAD_RANGE",
    "STEP_GROUP_OF_BIN",
    "STILL_SEMITONES",
    "STRAY_KNOTS",
    "STRAY_MOMENTS",
    "STRAY_OVER_BODY",
    "TAKE_DEVIATION",
    "TAPER",
    "UNPITCHED_NOTE",
    "ZONE_CENTRES_LN",
    "stray_over_time",
]

Real = NDArray[np.float32]
Double = NDArray[np.float64]

HIGHEST_OSCILLATOR_HZ: Final = NYQUIST_MARGIN * SAMPLE_RATE
STRAY_KNOTS: Final = 2 * STRAY_BANDS

GROUP_OF_BIN: Final[NDArray[np.int64]] = (
    np.rint(body_gains(np.log1p(np.arange(GROUPS, dtype=np.float32))[None])[0]).astype(np.int64) - 1
)
"""Group of each bin of NOISE_SIZE: levels ln(1), ln(2), … come back as gains 1, 2, …"""

LOG_BAND_EDGES: Final[Double] = np.log(band_edges_hz(REFERENCE_HZ))
"""ln Hz [BANDS + 1] at REFERENCE_HZ."""

ZONE_CENTRES_LN: Final[Double] = np.log(ZONE_CENTRES_HZ)

ONSET_LOW: Final[Real] = possible_onset(np.full(ONSET_SIZE, -1e9, np.float32))
ONSET_HIGH: Final[Real] = possible_onset(np.full(ONSET_SIZE, 1e9, np.float32))
"""Bounds of every number of an onset."""


def _zone_weights(frequencies_hz: Double) -> Real:
    """How much each zone of the stereo image counts at these frequencies [ZONES, K]."""
    log_hz = np.log(np.maximum(frequencies_hz, 1.0))
    rows = [np.interp(log_hz, ZONE_CENTRES_LN, row) for row in np.eye(len(ZONE_CENTRES_LN))]
    return np.array(rows, np.float32)


NOISE_BIN_ZONES: Final[Real] = _zone_weights(
    np.fft.rfftfreq(NOISE_SIZE, 1 / SAMPLE_RATE).astype(np.float64)
)


def stray_over_time(moments: int) -> Real:
    """Weights [moments, STRAY_MOMENTS] of the slow knots of a take's deviations."""
    place = np.linspace(0, STRAY_MOMENTS - 1, moments)[:, None]
    weights: Real = np.maximum(1 - np.abs(place - np.arange(STRAY_MOMENTS)), 0).astype(np.float32)
    return weights


def _stray_over_body() -> Real:
    """Weights [STRAY_KNOTS, BODY_SIZE] of the wide knots: partials and noise apart."""
    weights = np.zeros((STRAY_KNOTS, BODY_SIZE))
    weights[:STRAY_BANDS, :BANDS] = stretched(np.eye(STRAY_BANDS), BANDS)
    weights[STRAY_BANDS:, BANDS:] = stretched(np.eye(STRAY_BANDS), BODY_SIZE - BANDS)
    return (1.5 * weights).astype(np.float32)


STRAY_OVER_BODY: Final[Real] = _stray_over_body()
