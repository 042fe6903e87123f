from __future__ import annotations

import numpy as np
import pytest

from evaluation.signals import noise, tone
from messina.evaluation.metrics import METRICS
from messina.evaluation.scoring import pair_metrics, set_metrics, sound_metrics
from messina.evaluation.timbre import descriptors
from messina.units import note_to_hz


def test_all_figures_have_their_place_in_the_table_and_a_finite_value() -> None:
    sound = tone(float(note_to_hz(60.05)))
    other = tone(float(note_to_hz(60.0)))
    metrics = sound_metrics(sound, note=60) | pair_metrics(sound, other)
    assert set(metrics) <= set(METRICS)
    assert all(np.isfinite(value) for value in metrics.values())
    assert metrics["pitch_error"] == pytest.approx(5.0, abs=1.0)


def test_an_unpitched_sound_has_no_pitch_error() -> None:
    assert "pitch_error" not in sound_metrics(noise(np.random.default_rng(0)))


def test_stereo_counts_by_its_mid_but_peaks_and_dc_by_the_worse_channel() -> None:
    left = tone(441.0, decay_s=1.0) + 0.01
    stereo = np.stack([left, np.zeros_like(left)], axis=1)
    metrics = sound_metrics(stereo)
    assert metrics["true_peak"] == sound_metrics(left)["true_peak"]
    assert metrics["dc"] == pytest.approx(-40.0, abs=0.2)
    assert pair_metrics(stereo, 0.5 * left)["lsd_1024"] == pytest.approx(0.0, abs=1e-4)


def test_clicks_are_counted_by_the_second() -> None:
    sound = tone(220.0, 0.5, decay_s=2.0)
    assert sound_metrics(sound * np.hanning(len(sound)))["click_rate"] == 0.0
    sound *= np.hanning(len(sound))
    sound[[9000, 14_000]] += 0.05
    assert sound_metrics(sound)["click_rate"] == pytest.approx(4.0)


def test_silence_and_very_short_sounds_are_scored_without_complaint() -> None:
    for audio in (np.zeros(44_100), np.zeros((100, 2)), np.array([0.5])):
        sound_metrics(audio)
        assert pair_metrics(audio, audio)["lsd_256"] == 0.0


def test_sets_are_scored_beside_their_floors() -> None:
    rng = np.random.default_rng(1)
    sounds = [noise(rng, 0.3, decay_s=decay_s) for decay_s in rng.uniform(0.2, 1.0, 60)]
    real, like = descriptors(sounds[:40]), descriptors(sounds[40:])
    unlike = descriptors([tone(300.0 + 10.0 * n, 0.3) for n in range(20)])
    good = set_metrics(real, like, rng=rng)
    bad = set_metrics(real, unlike, rng=rng)
    assert set(good) == {"kernel_distance", "density", "coverage", "two_sample_accuracy"}
    assert set(good) <= set(METRICS)
    assert good["two_sample_accuracy"].value < 0.7 < 0.95 < bad["two_sample_accuracy"].value
    assert good["kernel_distance"].value < 20.0 < 200.0 < bad["kernel_distance"].value
    assert bad["coverage"].value == 0.0 < 0.8 < good["coverage"].reference.mean
