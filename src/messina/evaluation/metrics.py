"""The metrics, by name: what each is called, its unit, which way is better, how many make one.

`near` means that the real sounds' own metric is the aim, and both sides of it are worse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

import numpy as np

__all__ = ["METRICS", "Metric", "summarise"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric's name, unit, direction, and other facts."""

    title: str
    unit: str
    better: Literal["lower", "higher", "near"]
    meaning: str
    decimals: int = 1
    summary: Literal["mean", "median", "p95", "max"] = "mean"
    """How the values of many sounds become one."""

    @property
    def heading(self) -> str:
        """Title and unit, as tables show them."""
        return f"{self.title}, {self.unit}" if self.unit else self.title


METRICS: Final[Mapping[str, Metric]] = MappingProxyType(
    {
        "lsd_256": Metric(
            title="log-spectral distance, 6 ms",
            unit="dB",
            better="lower",
            meaning="Difference of the spectra, fine in time; two like noises are 6.1 apart.",
        ),
        "lsd_1024": Metric(
            title="log-spectral distance, 23 ms",
            unit="dB",
            better="lower",
            meaning="Difference of the spectra; two like noises are 6.0 apart.",
        ),
        "lsd_4096": Metric(
            title="log-spectral distance, 93 ms",
            unit="dB",
            better="lower",
            meaning="Difference of the spectra, fine in pitch; two like noises are 6.0 apart.",
        ),
        "attack_error": Metric(
            title="attack error",
            unit="dB",
            better="lower",
            meaning="Difference of the level over the first 30 ms.",
        ),
        "envelope_error": Metric(
            title="envelope error",
            unit="dB",
            better="lower",
            meaning="Difference of the level over the whole sound.",
        ),
        "spectral_convergence": Metric(
            title="spectral convergence",
            unit="dB",
            better="lower",
            meaning="Error of the magnitudes over the magnitudes; 0 is as bad as silence.",
        ),
        "pitch_error": Metric(
            title="pitch error",
            unit="cents",
            better="lower",
            meaning="How far notes are out of tune, sharp or flat.",
            summary="median",
        ),
        "kernel_distance": Metric(
            title="kernel distance",
            unit="×1000",
            better="lower",
            meaning="Distance of all generated sounds from all real ones; about 0 is the same.",
        ),
        "learned_distance": Metric(
            title="learned distance",
            unit="×1000",
            better="lower",
            meaning="The same on a learnt embedding; most embeddings ignore level.",
        ),
        "density": Metric(
            title="density",
            unit="",
            better="near",
            meaning="How often generated sounds fall where real ones are dense.",
            decimals=2,
        ),
        "coverage": Metric(
            title="coverage",
            unit="",
            better="higher",
            meaning="Share of the real sounds that have a generated one near by.",
            decimals=2,
        ),
        "told_apart": Metric(
            title="told apart",
            unit="",
            better="lower",
            meaning="How often a classifier finds the real one of two; 0.5 is guessing.",
            decimals=2,
        ),
        "two_sample_accuracy": Metric(
            title="two-sample accuracy",
            unit="",
            better="lower",
            meaning="The same of single sounds, by level and colour alone.",
            decimals=2,
        ),
        "copy_share": Metric(
            title="near copies",
            unit="",
            better="lower",
            meaning="Share of sounds much nearer to a training sound than those to each other.",
            decimals=2,
        ),
        "novelty": Metric(
            title="novelty",
            unit="",
            better="near",
            meaning="Distance to the nearest training sound; 1 is as new as the real ones are.",
            decimals=2,
        ),
        "length": Metric(
            title="length",
            unit="s",
            better="near",
            meaning="Until the sound stays 60 dB under its loudest moment.",
            decimals=2,
        ),
        "attack_level": Metric(
            title="attack level",
            unit="dB",
            better="near",
            meaning="Level of the first 10 ms re the loudest 50 ms; less is softer.",
        ),
        "tail_level": Metric(
            title="tail level",
            unit="dB",
            better="near",
            meaning="Level of the last tenth under the loudest moment.",
        ),
        "tail_rise": Metric(
            title="tail rise",
            unit="dB",
            better="lower",
            meaning="How much the level climbs again after it has begun to fall (95th percentile).",
            summary="p95",
        ),
        "click_rate": Metric(
            title="clicks",
            unit="1/s",
            better="lower",
            meaning="Spikes above 10 kHz after the attack.",
            decimals=2,
        ),
        "dc": Metric(
            title="DC",
            unit="dBFS",
            better="lower",
            meaning="Mean of the signal (largest of all sounds).",
            summary="max",
        ),
        "true_peak": Metric(
            title="true peak",
            unit="dBTP",
            better="lower",
            meaning="Largest value, between the samples too (largest of all sounds).",
            summary="max",
        ),
        "tonal_to_floor": Metric(
            title="tonal to floor",
            unit="dB",
            better="near",
            meaning="How far the strongest partial stands out of the hiss.",
        ),
        "flux": Metric(
            title="flux",
            unit="dB",
            better="near",
            meaning="Change from frame to frame; more is rougher, less is smoother.",
            decimals=2,
        ),
        "loudness_range": Metric(
            title="loudness range",
            unit="dB",
            better="near",
            meaning="How far the level moves within the loudest 40 dB of a sound.",
        ),
        "loudness_monotonicity": Metric(
            title="louder when hit harder",
            unit="",
            better="higher",
            meaning="Share of pairs in which the harder hit is the louder one.",
            decimals=2,
        ),
        "brightness_monotonicity": Metric(
            title="brighter when hit harder",
            unit="",
            better="near",
            meaning="Share of pairs in which the harder hit is the brighter one.",
            decimals=2,
        ),
        "repeat_spread": Metric(
            title="spread of repeats",
            unit="",
            better="near",
            meaning="Difference of repeats over that of different sounds; 0 is a machine gun.",
            decimals=2,
        ),
    }
)
"""Every metric of the report, in its order."""

_SUMMARIES: Final[Mapping[str, Callable[[list[float]], np.floating]]] = {
    "mean": np.mean,
    "median": np.median,
    "p95": lambda values: np.percentile(values, 95),
    "max": np.max,
}


def summarise(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """One value per metric from the values of many sounds; what is not finite is left out.

    >>> summarise([{"flux": 1.0}, {"flux": 2.0, "tail_rise": float("nan")}])
    {'tail_rise': nan, 'flux': 1.5}
    """
    keys = [key for key in METRICS if any(key in row for row in rows)]
    values = {key: [row[key] for row in rows if np.isfinite(row.get(key, np.nan))] for key in keys}
    return {
        key: float(_SUMMARIES[METRICS[key].summary](values[key])) if values[key] else float("nan")
        for key in keys
    }
