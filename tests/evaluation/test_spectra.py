from __future__ import annotations

import numpy as np
import pytest

from evaluation.signals import noise, tone
from messina.evaluation.spectra import hann, log_spectral_distance, spectral_convergence


def readable_distance_db(reference: np.ndarray, other: np.ndarray, window: int) -> float:
    """The definition, one frame at a time and in double precision."""
    frames = []
    for audio in (reference, other):
        padded = np.concatenate([np.zeros(window // 2), audio, np.zeros(window)])
        starts = range(0, len(padded) - window + 1, window // 4)
        blocks = [padded[start : start + window] * hann(window) for start in starts]
        frames.append(np.array([np.abs(np.fft.rfft(block)) for block in blocks]))
    floor = frames[0].max() * 1e-4
    differences = [
        abs(20.0 * np.log10(max(x, floor) / max(y, floor)))
        for x, y in zip(frames[0].ravel(), frames[1].ravel(), strict=True)
        if x > floor or y > floor
    ]
    return float(np.mean(differences))


def test_two_noises_with_the_same_envelope_are_at_the_6_db_floor() -> None:
    rng = np.random.default_rng(1)
    # Half a second that stays over the floor: hundreds of thousands of points, 0.1 dB is ample.
    first, second = (noise(rng, 0.5, decay_s=5.0) for _ in range(2))
    assert log_spectral_distance(first, second) == pytest.approx([6.1, 6.0, 6.0], abs=0.1)
    # Magnitudes of noise are Rayleigh: 10 log10(2 - π/2).
    assert spectral_convergence(first, second) == pytest.approx(-3.68, abs=0.1)


def test_a_sound_is_at_no_distance_from_itself() -> None:
    sound = tone(220.0)
    assert log_spectral_distance(sound, sound).tolist() == [0.0, 0.0, 0.0]
    assert spectral_convergence(sound, sound) == -np.inf


def test_the_fast_form_agrees_with_the_definition() -> None:
    rng = np.random.default_rng(2)
    reference = tone(300.0, 0.2, decay_s=0.3) + noise(rng, 0.2, level=1e-3)
    other = 0.8 * tone(305.0, 0.2, decay_s=0.3) + noise(rng, 0.2, level=1e-3)
    expected = [readable_distance_db(reference, other, window) for window in (256, 1024, 4096)]
    # Single against double precision.
    assert log_spectral_distance(reference, other) == pytest.approx(expected, abs=1e-3)


def test_half_the_level_is_6_db_away_where_nothing_falls_under_the_floor() -> None:
    sound = noise(np.random.default_rng(3), 0.5, decay_s=10.0)
    # The padding's edges fall under the floor: a few frames of many.
    assert log_spectral_distance(sound, 0.5 * sound) == pytest.approx([6.02] * 3, abs=0.1)


def test_a_missing_end_is_heard_as_silence() -> None:
    sound = tone(220.0, decay_s=5.0)
    cut = sound[:22_050]
    assert log_spectral_distance(sound, cut) == pytest.approx(
        log_spectral_distance(sound, np.concatenate([cut, np.zeros(22_050)]))
    )
    assert log_spectral_distance(sound, cut).min() > 5.0


def test_silence_is_at_no_distance_from_silence_and_far_from_sound() -> None:
    silence, sound = np.zeros(4410), noise(np.random.default_rng(4), 0.1)
    assert log_spectral_distance(silence, silence).tolist() == [0.0, 0.0, 0.0]
    assert log_spectral_distance(sound, silence).min() > 40.0
