"""Constants and tables of the numpy player as arrays, for the player in torch.

Its modules are made from these, so they follow when a number changes; tests hold their sound
against the numpy player's.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from messina.frames.excitation import POWER_OF_CODE
from messina.frames.layout import (
    BANDS,
    BODY_SIZE,
    FLAT_FINE,
    ONSET_SIZE,
    REFERENCE_HZ,
    band_edges_hz,
)
from messina.frames.noise import (
    FIRST_STEP,
    GROUP_WEIGHTS,
    NOISE_SIZE,
    SHAPED_SAMPLES,
    STEP_GROUP_OF_BIN,
    TAPER,
)
from messina.frames.oscillators import GATE_FROM, GATE_OVER, NYQUIST_MARGIN, STILL_SEMITONES
from messina.frames.stereo import MONO_BELOW, ZONE_CENTRES_HZ
from messina.frames.synthesis import LOG_TAU_RANGE, SOFT_START
from messina.instrument.controls import CONTROL_LIMIT, NOTE_CENTRE, NOTE_SPAN
from messina.instrument.decoding import (
    AUDIBLE_NEPERS,
    DEVIATION_BANDS,
    DEVIATION_MOMENTS,
    JOINED_BANDS,
    MAX_DEVIATION,
    MOST_CORRECTION_DB,
    ONSET_POINTS,
    possible_onset,
    stretched,
)
from messina.instrument.known import Known
from messina.instrument.network import SPREAD_RANGE
from messina.instrument.playing import TAKE_DEVIATION, UNPITCHED_NOTE
from messina.instrument.responses import Line, Response
from messina.instrument.sampling import augmentation, blur_of
from messina.units import SAMPLE_RATE

__all__ = [
    "AUDIBLE_NEPERS",
    "CONTROL_LIMIT",
    "DEVIATION_KNOTS",
    "DEVIATION_MOMENTS",
    "DEVIATION_OVER_BODY",
    "FINE_AMPLITUDES",
    "FIRST_STEP",
    "FLAT_AMPLITUDE",
    "GATE_FROM",
    "GATE_OVER",
    "GROUP_WEIGHTS",
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
    "TAKE_DEVIATION",
    "TAPER",
    "UNPITCHED_NOTE",
    "ZONE_CENTRES_LN",
    "deviation_over_time",
]

Real = NDArray[np.float32]
Double = NDArray[np.float64]

HIGHEST_OSCILLATOR_HZ: Final = NYQUIST_MARGIN * SAMPLE_RATE
DEVIATION_KNOTS: Final = 2 * DEVIATION_BANDS

FINE_AMPLITUDES: Final[Real] = np.sqrt(POWER_OF_CODE)
"""Amplitude of each code of a fine spectrum, 1 where noise is even."""

FLAT_AMPLITUDE: Final = FINE_AMPLITUDES[FLAT_FINE]

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


def deviation_over_time(moments: int) -> Real:
    """Interpolation weights [moments, DEVIATION_MOMENTS] of a take's deviations over time."""
    place = np.linspace(0, DEVIATION_MOMENTS - 1, moments)[:, None]
    weights: Real = np.maximum(1 - np.abs(place - np.arange(DEVIATION_MOMENTS)), 0).astype(
        np.float32
    )
    return weights


def _deviation_over_body() -> Real:
    """Weights [DEVIATION_KNOTS, BODY_SIZE] of the wide knots: partials and noise apart."""
    weights = np.zeros((DEVIATION_KNOTS, BODY_SIZE))
    weights[:DEVIATION_BANDS, :BANDS] = stretched(np.eye(DEVIATION_BANDS), BANDS)
    weights[DEVIATION_BANDS:, BANDS:] = stretched(np.eye(DEVIATION_BANDS), BODY_SIZE - BANDS)
    return (1.5 * weights).astype(np.float32)


DEVIATION_OVER_BODY: Final[Real] = _deviation_over_body()


def of_sounds(known: Known, responses: tuple[Response, ...]) -> dict[str, NDArray[np.generic]]:
    """Tables by known sound: latents, controls and what else is drawn from."""
    notes = [np.nan if c.note is None else c.note for c in known.controls]
    laws = [
        responses[label].controls_at(c.loudness_db, c.note)
        for label, c in zip(known.labels, known.controls, strict=True)
    ]
    rest = [
        (np.log(c.brightness_hz / law.brightness_hz), np.log(c.decay_s / law.decay_s))
        for c, law in zip(known.controls, laws, strict=True)
    ]
    return {
        "means": known.means.astype(np.float64),
        "squares": np.square(known.means, dtype=np.float64).sum(axis=1),
        "blurs": np.array([blur_of(known, i) for i in range(len(known.labels))]),
        "label_of": known.labels.astype(np.int64),
        "notes": np.array(notes, np.float64),
        "loudness": np.array([c.loudness_db for c in known.controls]),
        "rest": np.array(rest),
        "log_lengths": np.log(known.lengths_s),
        "log_longest": np.log(
            [known.lengths_s[known.labels == label].max() for label in known.labels]
        ),
        "lasting": np.log(known.lengths_s / np.array([law.decay_s for law in laws])),
        "logs": np.log([(c.brightness_hz, c.decay_s) for c in known.controls]),
    }


def of_labels(known: Known, responses: tuple[Response, ...]) -> dict[str, NDArray[np.generic]]:
    """Tables by label; `order` has all sounds, label by label, `first_of` where each begins."""
    counts = np.bincount(known.labels, minlength=len(responses))
    order = np.argsort(known.labels, kind="stable")
    first = np.cumsum(counts) - counts
    return {
        "counts": counts,
        "order": order,
        "first_of": first,
        "last_of": order[np.maximum(first + counts - 1, 0)],
        "augmentation": np.array([augmentation(int(count)) for count in counts]),
        "pitched": np.array([r.pitched for r in responses]),
        "note_range": np.array([(r.note_low or 0.0, r.note_high or 0.0) for r in responses]),
        "centres": np.array(
            [(r.note_centre, r.loudness_centre, r.loudness_per_note) for r in responses]
        ),
        "lines": np.array([(_line(r.brightness), _line(r.decay)) for r in responses]),
        "model_db": np.array([r.loudness_db for r in responses]),
        "played_db": np.array([r.played_db for r in responses]),
    }


def _line(line: Line) -> tuple[float, float, float]:
    return line.centre, line.per_db, line.per_note
