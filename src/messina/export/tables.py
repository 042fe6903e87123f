"""What a player in another language has to know: the numpy player's numbers, as arrays.

The ONNX graphs and the torch modules are written from these, so they follow when a number changes;
tests hold their sound against the numpy player's.
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
    _FIRST_STEP,
    _SHAPED,
    _STEP_GROUP_OF_BIN,
    _TAPER,
    NOISE_SIZE,
    body_gains,
)
from messina.frames.oscillators import _GATE_FROM, _GATE_OVER, _NYQUIST_MARGIN, _STILL_SEMITONES
from messina.frames.stereo import _CENTRES_HZ, _INAUDIBLE
from messina.frames.synthesis import _LOG_TAU_RANGE, _SOFT_START
from messina.instrument.controls import _LIMIT, _NOTE_CENTRE, _NOTE_SPAN
from messina.instrument.decoding import (
    _AUDIBLE_NEPERS,
    _JOINED_BANDS,
    _MAX_DEVIATION,
    _MOST_CORRECTION_DB,
    _ONSET_POINTS,
    _SLOW,
    _WIDE,
    _possible,
    _stretched,
)
from messina.instrument.network import _SPREAD_RANGE
from messina.instrument.playing import _TAKE_DEVIATION, UNPITCHED_NOTE
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
    "SECOND_KEY",
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
    "zone_weights",
]

Real = NDArray[np.float32]
Double = NDArray[np.float64]

AUDIBLE_NEPERS: Final = _AUDIBLE_NEPERS
CONTROL_LIMIT: Final = _LIMIT
FIRST_STEP: Final = _FIRST_STEP
GATE_FROM: Final = _GATE_FROM
GATE_OVER: Final = _GATE_OVER
HIGHEST_OSCILLATOR_HZ: Final = _NYQUIST_MARGIN * SAMPLE_RATE
JOINED_BANDS: Final = _JOINED_BANDS
LOG_TAU_RANGE: Final = _LOG_TAU_RANGE
MAX_DEVIATION: Final = _MAX_DEVIATION
MONO_BELOW: Final = _INAUDIBLE
MOST_CORRECTION_DB: Final = _MOST_CORRECTION_DB
ONSET_POINTS: Final = _ONSET_POINTS
NOTE_CENTRE: Final = _NOTE_CENTRE
NOTE_SPAN: Final = _NOTE_SPAN
SECOND_KEY: Final = 0x5A5A5A5A
SHAPED_SAMPLES: Final = _SHAPED
SOFT_START: Final = _SOFT_START
SPREAD_RANGE: Final = _SPREAD_RANGE
STILL_SEMITONES: Final = _STILL_SEMITONES
STRAY_KNOTS: Final = 2 * _WIDE
STRAY_MOMENTS: Final = _SLOW
TAKE_DEVIATION: Final = _TAKE_DEVIATION

TAPER: Final[Real] = np.asarray(_TAPER, np.float32)
"""How far each step of the onset's noise counts [STEPS]."""

STEP_GROUP_OF_BIN: Final[NDArray[np.int64]] = np.asarray(_STEP_GROUP_OF_BIN, np.int64)
"""Group of each bin of ATTACK_SIZE."""

GROUP_OF_BIN: Final[NDArray[np.int64]] = (
    np.rint(body_gains(np.log1p(np.arange(GROUPS, dtype=np.float32))[None])[0]).astype(np.int64) - 1
)
"""Group of each bin of NOISE_SIZE: levels ln(1), ln(2), … come back as gains 1, 2, …"""

LOG_BAND_EDGES: Final[Double] = np.log(band_edges_hz(REFERENCE_HZ))
"""ln Hz [BANDS + 1] at REFERENCE_HZ."""

ZONE_CENTRES_LN: Final[Double] = np.log(_CENTRES_HZ)

ONSET_LOW: Final[Real] = _possible(np.full(ONSET_SIZE, -1e9, np.float32))
ONSET_HIGH: Final[Real] = _possible(np.full(ONSET_SIZE, 1e9, np.float32))
"""Bounds of every number of an onset."""


def zone_weights(frequencies_hz: Double) -> Real:
    """How much each zone of the stereo image counts at these frequencies [ZONES, K]."""
    log_hz = np.log(np.maximum(frequencies_hz, 1.0))
    rows = [np.interp(log_hz, ZONE_CENTRES_LN, row) for row in np.eye(len(ZONE_CENTRES_LN))]
    return np.array(rows, np.float32)


NOISE_BIN_ZONES: Final[Real] = zone_weights(
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
    weights[:_WIDE, :BANDS] = _stretched(np.eye(_WIDE), BANDS)
    weights[_WIDE:, BANDS:] = _stretched(np.eye(_WIDE), BODY_SIZE - BANDS)
    return (1.5 * weights).astype(np.float32)


STRAY_OVER_BODY: Final[Real] = _stray_over_body()
