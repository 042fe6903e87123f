from __future__ import annotations

import numpy as np
import pytest

from evaluation.signals import noise, tone
from messina.evaluation.signal_levels import (
    at_level,
    block_levels_db,
    level_db,
    loudest_db,
    matched,
    mid,
)


def test_the_mid_of_opposite_channels_is_silence_and_mono_stays_as_it_is() -> None:
    left = tone(220.0)
    assert not mid(np.stack([left, -left], axis=1)).any()
    assert mid(left) is left


def test_a_full_scale_sine_is_3_db_under_full_scale() -> None:
    # Whole periods: the only error is rounding.
    sine = np.sin(2.0 * np.pi * np.arange(44_100) / 100.0)
    assert level_db(sine) == pytest.approx(-3.01, abs=0.01)
    assert block_levels_db(sine, 100) == pytest.approx(np.full(441, -3.01), abs=0.01)


def test_silence_and_nothing_at_all_have_the_lowest_level() -> None:
    assert level_db(np.zeros(100)) == level_db(np.empty(0)) == pytest.approx(-120.0)


def test_a_sound_is_as_loud_as_its_loudest_50_ms() -> None:
    burst = np.zeros(44_100)
    burst[8820 : 8820 + 4410] = 0.1
    assert loudest_db(burst) == pytest.approx(-20.0, abs=0.01)


def test_a_sound_brought_to_a_level_has_it_and_silence_stays_silent() -> None:
    quiet = noise(np.random.default_rng(0), level=0.003)
    assert loudest_db(at_level(quiet, -23.0)) == pytest.approx(-23.0, abs=0.01)
    assert not at_level(np.zeros(100), -23.0).any()


def test_the_shorter_sound_goes_on_in_silence() -> None:
    first, second = matched(np.ones(3), np.ones(5))
    assert first.tolist() == [1, 1, 1, 0, 0]
    assert second.tolist() == [1, 1, 1, 1, 1]
