"""The metrics of sounds that play on, by name: what each is called, its unit, which way is better.

Beside each stands its reference: of distances, the same between two halves of the real recordings;
of what is to be near, the real recordings' own; of the drift, what chance gives.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from messina.evaluation.metrics import METRICS, Metric

__all__ = ["SEQUENCE_METRICS"]

SEQUENCE_METRICS: Final[Mapping[str, Metric]] = MappingProxyType(
    {
        "kernel_distance": Metric(
            title="kernel distance",
            unit="×1000",
            better="lower",
            meaning="Distance of all generated seconds from all real ones; about 0 is the same.",
        ),
        "coverage": Metric(
            title="coverage",
            unit="",
            better="higher",
            meaning="Share of the real seconds that have a generated one near by.",
            decimals=2,
        ),
        "level": Metric(
            title="level",
            unit="dB",
            better="near",
            meaning="Median level of a second.",
        ),
        "flux": METRICS["flux"],
        "loudness_range": dataclasses.replace(
            METRICS["loudness_range"],
            meaning="How far the level moves within the loudest 40 dB of some seconds.",
        ),
        "moments_distance": Metric(
            title="envelope moments",
            unit="",
            better="lower",
            meaning="Difference of spread, skew and tails of the bands' envelopes; 0 is the same.",
            decimals=3,
        ),
        "correlation_distance": Metric(
            title="band correlations",
            unit="",
            better="lower",
            meaning="Difference in how far bands move together; 0 is the same.",
            decimals=3,
        ),
        "modulation_distance": Metric(
            title="modulation",
            unit="dB",
            better="lower",
            meaning="Difference in how fast the bands' envelopes move, 0.7 to 181 Hz.",
            decimals=2,
        ),
        "onset_rate": Metric(
            title="onsets",
            unit="1/s",
            better="near",
            meaning="How often something begins.",
            decimals=2,
        ),
        "interval_distance": Metric(
            title="inter-onset distance",
            unit="",
            better="lower",
            meaning="Difference of the times from onset to onset; 0 the same, 1 nothing in common.",
            decimals=2,
        ),
        "beat": Metric(
            title="beat",
            unit="",
            better="near",
            meaning="How regularly onsets recur after 0.2 to 1 s; 1 is a machine, 0.2 no beat.",
            decimals=2,
        ),
        "bar": Metric(
            title="bar",
            unit="",
            better="near",
            meaning="How regularly onsets recur after 1 to 4 s; 1 is a machine, 0.3 no metre.",
            decimals=2,
        ),
        "best_match": Metric(
            title="best match",
            unit="dB",
            better="near",
            meaning="Distance of a beat to the likest other one; less is stuck, more is random.",
            decimals=2,
        ),
        "drift": Metric(
            title="level drift",
            unit="dB",
            better="lower",
            meaning="Level of the last minute beside the first, louder or softer.",
            decimals=2,
        ),
        "slope": Metric(
            title="level slope",
            unit="dB/min",
            better="lower",
            meaning="Rise or fall of the level a minute.",
            decimals=2,
        ),
        "repeated": Metric(
            title="repeats itself",
            unit="",
            better="lower",
            meaning="Share of the time in which more than a bar is heard again unchanged.",
            decimals=2,
        ),
        "copied": Metric(
            title="copies recordings",
            unit="",
            better="lower",
            meaning="Share of the time in which more than a bar of a recording is heard unchanged.",
            decimals=2,
        ),
        "longest_copy": Metric(
            title="longest copy",
            unit="s",
            better="lower",
            meaning="Longest stretch of a recording that is heard unchanged.",
            decimals=2,
        ),
        "nearest": Metric(
            title="nearest real beat",
            unit="dB",
            better="near",
            meaning="Distance of a beat to the likest one of the recordings; much less is copying.",
            decimals=2,
        ),
    }
)
"""Every metric of a sequence, in the order of reports."""
