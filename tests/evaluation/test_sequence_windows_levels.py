from __future__ import annotations

import numpy as np
import pytest

from evaluation.sequence_signals import in_time, levels_of, steady_noise, struck
from messina.evaluation.sequence_windows import (
    by_chance,
    level_drift_db,
    level_range_db,
    level_slope_db,
    second_levels_db,
)


def test_a_rise_of_two_decibels_a_minute_is_measured() -> None:
    seconds = 10 * 60
    levels = -30.0 + 2.0 * np.arange(seconds) / 60.0
    assert level_slope_db(levels) == pytest.approx(2.0)
    # From the middle of the first minute to the middle of the last one.
    assert level_drift_db(levels) == pytest.approx(18.0)


def test_a_drift_is_heard_in_the_sound() -> None:
    rng = np.random.default_rng(0)
    sound = steady_noise(rng, 30.0)
    swelling = sound * 10.0 ** (np.linspace(0.0, 6.0, len(sound)) / 20.0)
    steady, rising = (second_levels_db(levels) for levels in levels_of(sound, swelling))
    assert abs(level_drift_db(steady)) < 0.2
    assert level_slope_db(rising) == pytest.approx(12.0, rel=0.05)
    assert level_drift_db(rising) == pytest.approx(4.0, rel=0.05)  # last third beside the first


def test_chance_gives_as_much_drift_as_what_goes_nowhere() -> None:
    rng = np.random.default_rng(1)
    wandering = [np.repeat(rng.normal(0.0, 5.0, 30), 10) for _ in range(40)]
    own = np.mean([abs(level_drift_db(levels)) for levels in wandering])
    chance = np.mean([by_chance(level_drift_db, levels, rng=rng) for levels in wandering])
    # Means of 40 absolute values of normal numbers differ by some 12 %.
    assert chance == pytest.approx(own, rel=0.35)
    assert by_chance(level_drift_db, np.full(300, -20.0), rng=rng) == 0.0


def test_too_little_sound_has_no_drift() -> None:
    assert np.isnan(level_drift_db(np.zeros(2)))
    assert np.isnan(level_slope_db(np.zeros(2)))


def test_hits_range_further_than_noise() -> None:
    rng = np.random.default_rng(2)
    hits, noise = levels_of(struck(in_time(6.0, 0.5), 6.0, rng), steady_noise(rng, 6.0))
    assert level_range_db(noise) < 3.0
    assert level_range_db(hits) > 20.0
