from __future__ import annotations

import numpy as np
import pytest

from evaluation.signals import decaying, noise, seconds, tone
from messina.evaluation.sound_quality import (
    flux_db,
    loudness_range_db,
    monotonicity,
    repeat_spread,
)


def test_noise_moves_more_than_a_tone() -> None:
    rng = np.random.default_rng(0)
    note = tone(1000.0, decay_s=10.0) * np.hanning(44_100)  # neither end is a click
    assert flux_db(noise(rng, decay_s=10.0)) > 3.0 * flux_db(note)
    assert flux_db(np.zeros(44_100)) == 0.0


def test_silence_after_a_sound_does_not_make_it_smoother() -> None:
    sound = noise(np.random.default_rng(4), decay_s=1.0)
    # The end of the sound itself is one more change.
    assert flux_db(np.pad(sound, (0, 88_200))) == pytest.approx(flux_db(sound), rel=0.05)


def test_the_loudness_range_of_a_decay_is_how_far_it_falls() -> None:
    rng = np.random.default_rng(1)
    # 40 dB in 1 s: from the 95th to the 10th percentile are 34.
    steep = decaying(1.0, decay_s=1.5) * rng.standard_normal(44_100) * 0.1
    assert loudness_range_db(steep) == pytest.approx(34.0, abs=2.0)
    assert loudness_range_db(0.1 * np.sin(6000.0 * seconds(1.0))) < 1.0


def test_monotonicity_is_the_share_of_pairs_in_order() -> None:
    assert monotonicity([1, 2, 3, 4], [10, 20, 30, 40]) == 1.0
    assert monotonicity([1, 2, 3, 4], [40, 30, 20, 10]) == 0.0
    assert monotonicity([1, 2, 3, 4], [5, 5, 5, 5]) == 0.5
    assert monotonicity([1, 2, 3], [1, 3, 2]) == pytest.approx(2 / 3)


def test_equal_controls_are_no_pair() -> None:
    assert monotonicity([1, 1, 2], [9, 1, 10]) == 1.0
    assert np.isnan(monotonicity([3, 3], [1, 2]))


def test_repeats_spread_less_than_different_sounds() -> None:
    rng = np.random.default_rng(2)
    centres = 10.0 * rng.standard_normal((8, 5))
    repeats = [centre + rng.standard_normal((4, 5)) for centre in centres]
    assert repeat_spread(repeats) == pytest.approx(0.1, abs=0.03)


def test_a_machine_gun_has_no_spread_and_random_sounds_all_of_it() -> None:
    rng = np.random.default_rng(3)
    same = [np.tile(rng.standard_normal(5), (3, 1)) for _ in range(6)]
    assert repeat_spread(same) == pytest.approx(0.0, abs=1e-6)
    unlike = [rng.standard_normal((10, 5)) for _ in range(30)]
    assert repeat_spread(unlike) == pytest.approx(1.0, abs=0.1)
    assert np.isnan(repeat_spread([np.zeros((3, 5))]))
    assert np.isnan(repeat_spread([np.zeros((1, 5)), np.ones((1, 5))]))
