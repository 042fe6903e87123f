"""Loudness, brightness and decay against signals whose values are known."""

from __future__ import annotations

import numpy as np
import pytest

from corpus.signals import RATE, burst, silence, times, tone
from messina.corpus.describing import MAX_DECAY_S, brightness_hz, decay_s, loudness_db


@pytest.mark.parametrize("level_db", [-3.0, -20.0, -60.0])
def test_loudness_is_the_rms_of_the_loudest_50_ms(level_db: float) -> None:
    loud = 10 ** (level_db / 20) * np.sqrt(2) * np.sin(2 * np.pi * 500 * times(0.05))
    quiet = 0.1 * 10 ** (level_db / 20) * np.sin(2 * np.pi * 500 * times(1.0))
    assert loudness_db(np.concatenate([quiet, loud, quiet])) == pytest.approx(level_db, abs=0.05)


def test_a_short_click_is_as_loud_as_its_energy_over_50_ms() -> None:
    click = 0.5 * np.ones(RATE // 200)  # 5 ms: 10 dB less than the same for 50 ms
    assert loudness_db(click) == pytest.approx(-6.02 - 10.0, abs=0.1)
    assert loudness_db(np.zeros(100)) == pytest.approx(-120.0)


def test_ten_decibels_more_are_ten_decibels_louder() -> None:
    difference = loudness_db(10**0.5 * burst()) - loudness_db(burst())
    assert difference == pytest.approx(10.0, abs=1e-4)


@pytest.mark.parametrize("frequency_hz", [50.0, 440.0, 9_000.0])
def test_brightness_of_a_tone_is_its_frequency(frequency_hz: float) -> None:
    # the onset's spread of energy pulls by a few cents
    assert brightness_hz(tone(frequency_hz)) == pytest.approx(frequency_hz, rel=0.02)


def test_brightness_of_two_equal_tones_is_their_geometric_mean() -> None:
    t = times(1.0)
    both = np.sin(2 * np.pi * 200 * t) + np.sin(2 * np.pi * 3200 * t)
    assert brightness_hz(both) == pytest.approx(800.0, rel=1e-3)


def test_brightness_does_not_depend_on_level_or_on_silence_after() -> None:
    plain = brightness_hz(burst())
    assert brightness_hz(0.001 * burst()) == pytest.approx(plain, rel=1e-4)
    assert brightness_hz(np.concatenate([burst(), silence(1.0)])) == pytest.approx(plain, rel=1e-3)


def test_silence_has_a_brightness_that_is_a_number() -> None:
    assert brightness_hz(silence(0.1)) == 20.0


@pytest.mark.parametrize("expected_s", [0.03, 0.2, 1.0, 5.0])
def test_decay_is_the_time_to_minus_40_db(expected_s: float) -> None:
    sound = tone(1000.0, seconds=2 * expected_s, decay_s=expected_s)
    assert decay_s(sound) == pytest.approx(expected_s, rel=0.05, abs=0.008)  # window of 12 ms


@pytest.mark.parametrize("share", [0.3, 0.5, 0.8])
def test_decay_of_a_file_that_ends_early_is_extrapolated(share: float) -> None:
    sound = tone(1000.0, seconds=2.0 * share, decay_s=2.0)
    assert decay_s(sound) == pytest.approx(2.0, rel=0.1)


def test_beating_does_not_end_a_sound() -> None:
    t = times(3.0)
    beating = np.abs(np.sin(2 * np.pi * 3.0 * t)) ** 0.5 * np.sin(2 * np.pi * 500 * t)
    assert decay_s(beating * 10 ** (-t)) == pytest.approx(2.0, rel=0.1)  # 20 dB a second


def test_a_sound_that_does_not_decay_is_given_the_longest() -> None:
    assert decay_s(np.sin(2 * np.pi * 100 * times(1.0))) == MAX_DECAY_S


@pytest.mark.parametrize("samples", [1, 2, 10, 300])
def test_tiny_sounds_are_described_without_failing(samples: int) -> None:
    sound = burst()[:samples]
    assert decay_s(sound) > 0
    assert np.isfinite([loudness_db(sound), brightness_hz(sound)]).all()
