from __future__ import annotations

import numpy as np
import pytest

from evaluation.sequence_signals import at_random, levels_of, steady_noise, struck
from evaluation.signals import tone
from messina.evaluation.distribution import kernel_distance
from messina.evaluation.sequence_windows import (
    POINT_SIZE,
    halves,
    long_log_mel,
    window_flux_db,
    window_points,
)
from messina.evaluation.timbre import log_mel


def test_a_long_sound_has_the_levels_of_a_short_one() -> None:
    sound = steady_noise(np.random.default_rng(0), 30.0)  # more than one portion
    whole, portions = log_mel(sound), long_log_mel(sound)
    # log_mel leaves out the row centred on the last sample's hop where the window is not full.
    assert abs(len(whole) - len(portions)) <= 1
    rows = min(len(whole), len(portions)) - 4
    np.testing.assert_allclose(portions[:rows], whole[:rows], atol=1e-3)


def test_there_is_a_window_every_quarter_second_and_one_at_least() -> None:
    rng = np.random.default_rng(1)
    points = window_points(long_log_mel(steady_noise(rng, 3.0)))
    assert points.shape == (9, POINT_SIZE)
    assert window_points(long_log_mel(steady_noise(rng, 0.4))).shape == (1, POINT_SIZE)


def test_level_counts() -> None:
    rng = np.random.default_rng(2)
    loud, soft = (
        window_points(long_log_mel(steady_noise(rng, 4.0, level))) for level in (0.1, 0.05)
    )
    # 6 dB, over 10, in every band.
    assert (loud - soft)[:, :64].mean() == pytest.approx(0.6, abs=0.05)


def test_noise_moves_more_than_a_held_tone_and_silence_does_not() -> None:
    rng = np.random.default_rng(3)
    held, hiss, nothing = levels_of(
        tone(1000.0, 3.0, decay_s=1e3) * np.hanning(132_300),
        steady_noise(rng, 3.0),
        np.zeros(88_200),
    )
    assert window_flux_db(hiss) > 3.0 * window_flux_db(held)
    assert np.isnan(window_flux_db(nothing))


def test_halves_share_nothing_and_are_alike() -> None:
    rng = np.random.default_rng(4)
    recordings = levels_of(*(struck(at_random(8.0, 5.0, rng), 8.0, rng) for _ in range(4)))
    first, second = halves(recordings, rng=rng)
    assert len(first) == len(second) == 8
    assert sum(map(len, first + second)) == sum(map(len, recordings))
    points = [np.concatenate([window_points(part) for part in half]) for half in (first, second)]
    alike = kernel_distance(*points)
    other = window_points(long_log_mel(steady_noise(rng, 8.0)))
    assert alike < 0.1 * kernel_distance(points[0], other)
