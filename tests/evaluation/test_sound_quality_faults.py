from __future__ import annotations

import numpy as np
import pytest

from evaluation.signals import noise, seconds, tone
from messina.evaluation.sound_quality import (
    clicks_s,
    dc_offset,
    tonal_to_floor_db,
    true_peak_db,
)


@pytest.mark.parametrize("frequency_hz", [60.0, 440.0, 5000.0])
def test_a_clean_decaying_tone_has_no_click(frequency_hz: float) -> None:
    assert not len(clicks_s(tone(frequency_hz, decay_s=0.7)))


@pytest.mark.parametrize("seed", range(5))
def test_a_burst_of_noise_has_no_click(seed: int) -> None:
    assert not len(clicks_s(noise(np.random.default_rng(seed), decay_s=0.5)))


def test_a_click_added_to_a_tone_is_found_where_it_is() -> None:
    sound = tone(220.0, decay_s=2.0)
    sound[20_000] += 0.02
    # Found to a block of 1.5 ms.
    assert clicks_s(sound) == pytest.approx([20_000 / 44_100], abs=0.003)


def test_two_clicks_are_two_and_a_click_in_quiet_noise_is_found() -> None:
    sound = noise(np.random.default_rng(0), decay_s=0.5)
    sound[[22_050, 33_075]] += 0.05
    assert clicks_s(sound) == pytest.approx([0.5, 0.75], abs=0.003)


def test_a_jump_in_a_low_tone_is_a_click() -> None:
    sound = tone(80.0, decay_s=3.0) * np.minimum(1.0, 10.0 * seconds(1.0)[::-1])
    assert not len(clicks_s(sound))
    at = 22_200  # well away from a zero crossing
    sound[at:] *= -1.0
    assert abs(sound[at]) > 0.003
    assert clicks_s(sound) == pytest.approx([at / 44_100], abs=0.003)


def test_a_sound_cut_off_in_full_swing_clicks_at_its_end() -> None:
    cut = tone(220.0, decay_s=5.0)[:22_000]
    assert abs(cut[-1]) > 0.05
    assert clicks_s(cut) == pytest.approx([22_000 / 44_100], abs=0.003)


def test_the_attack_itself_is_no_click() -> None:
    struck = tone(220.0)
    struck[:30] += 0.5
    assert not len(clicks_s(struck))


def test_a_dc_offset_is_measured() -> None:
    # Whole periods of the tone: its own mean is 0.
    sine = np.sin(2.0 * np.pi * 441.0 * seconds(1.0))
    assert dc_offset(0.3 * sine - 0.01) == pytest.approx(-0.01, abs=1e-6)
    assert dc_offset(np.empty(0)) == 0.0


def test_the_true_peak_lies_between_the_samples() -> None:
    # A quarter of the rate, sampled at ±45° only: samples at 0.707, the wave at 1.
    samples = np.sin(np.pi / 2.0 * np.arange(4000) + np.pi / 4.0)
    assert np.abs(samples).max() == pytest.approx(np.sqrt(0.5))
    # Away from the edges, where the wave starts out of nothing.
    faded = samples * np.minimum(1.0, np.minimum(np.arange(4000), np.arange(4000)[::-1]) / 500.0)
    assert true_peak_db(faded) == pytest.approx(0.0, abs=0.05)


@pytest.mark.parametrize("frequency_hz", [100.0, 3000.0, 12_000.0, 18_000.0])
def test_the_true_peak_of_a_sine_is_its_amplitude_at_any_frequency(frequency_hz: float) -> None:
    fade = np.hanning(8000)
    sine = 0.5 * fade * np.sin(2.0 * np.pi * frequency_hz / 44_100 * np.arange(8000))
    # Quadruple rate misses a peak at 18 kHz by 0.2 dB at most.
    assert true_peak_db(sine) == pytest.approx(-6.02, abs=0.25)


def test_a_single_full_scale_sample_peaks_at_0_db_and_silence_at_the_bottom() -> None:
    impulse = np.zeros(100)
    impulse[50] = 1.0
    assert true_peak_db(impulse) == pytest.approx(0.0, abs=0.01)
    assert true_peak_db(np.zeros(100)) == true_peak_db(np.empty(0)) == -120.0


def test_a_tone_stands_far_out_of_its_floor_and_noise_does_not() -> None:
    rng = np.random.default_rng(0)
    clear = tonal_to_floor_db(tone(440.0))
    hissing = tonal_to_floor_db(tone(440.0) + noise(rng, level=0.01, decay_s=10.0))
    assert clear > 80.0
    assert 30.0 < hissing < clear - 20.0
    assert tonal_to_floor_db(noise(rng, decay_s=10.0)) < 15.0
    assert np.isnan(tonal_to_floor_db(tone(440.0, 0.05)))
