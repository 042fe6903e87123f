"""All metrics of one sound, of a resynthesised sound beside its original, of a set beside a set.

Audio is float [N] or [N, C] at 44.1 kHz with its onset at sample 0; metrics are those of the mid,
but for the true peak and DC, which are the worst channel's. Keys are those of `metrics.METRICS`.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from messina.evaluation import sound_quality, spectra
from messina.evaluation.distribution import (
    Points,
    Referenced,
    SetMetric,
    beside_reference,
    density_coverage,
    kernel_distance,
)
from messina.evaluation.signal_levels import Audio, mid
from messina.evaluation.two_sample import two_sample_accuracy
from messina.units import SAMPLE_RATE, amplitude_to_db

__all__ = ["pair_metrics", "set_metrics", "sound_metrics"]


def _channels(audio: Audio) -> list[Audio]:
    return [audio] if audio.ndim == 1 else list(audio.T)


def sound_metrics(audio: Audio, *, note: float | None = None) -> dict[str, float]:
    """Cleanliness and dynamics of one sound; with a note, its pitch error too (absolute)."""
    mono = mid(audio)
    offsets = [abs(sound_quality.dc_offset(channel)) for channel in _channels(audio)]
    metrics = {
        "length": spectra.audible_length_s(mono),
        "attack_level": spectra.attack_level_db(mono),
        "tail_level": spectra.tail_level_db(mono),
        "tail_rise": spectra.tail_rise_db(mono),
        "click_rate": len(sound_quality.clicks_s(mono)) * SAMPLE_RATE / max(len(mono), 1),
        "dc": float(amplitude_to_db(max(offsets))),
        "true_peak": max(sound_quality.true_peak_db(channel) for channel in _channels(audio)),
        "tonal_to_floor": sound_quality.tonal_to_floor_db(mono),
        "flux": sound_quality.flux_db(mono),
        "loudness_range": sound_quality.loudness_range_db(mono),
    }
    if note is not None:
        metrics["pitch_error"] = abs(sound_quality.cents_error(mono, note))
    return metrics


def pair_metrics(reference: Audio, other: Audio) -> dict[str, float]:
    """How far a resynthesised sound is from its original."""
    first, second = mid(reference), mid(other)
    distances = spectra.log_spectral_distance(first, second)
    metrics = {
        f"lsd_{window}": float(distance)
        for window, distance in zip(spectra.LSD_WINDOWS, distances, strict=True)
    }
    return metrics | {
        "attack_error": spectra.attack_error_db(first, second),
        "envelope_error": spectra.envelope_error_db(first, second),
        "spectral_convergence": spectra.spectral_convergence(first, second),
    }


def set_metrics(
    real: Points, generated: Points, *, rng: np.random.Generator
) -> dict[str, Referenced]:
    """Every metric of two sets of descriptors beside its reference, on equally many sounds."""
    metrics: dict[str, SetMetric] = {
        "kernel_distance": kernel_distance,
        "density": lambda x, y: density_coverage(x, y).density,
        "coverage": lambda x, y: density_coverage(x, y).coverage,
        "two_sample_accuracy": partial(two_sample_accuracy, rng=rng),
    }
    return {
        key: beside_reference(metric, real, generated, rng=rng) for key, metric in metrics.items()
    }
