from __future__ import annotations

import numpy as np
import pytest

from evaluation.sequence_signals import at_random, in_time, levels_of, steady_noise, struck
from messina.evaluation.sequence_rhythm import (
    BAR_S,
    BEAT_S,
    histogram_distance,
    interval_histogram,
    intervals_s,
    onset_rate,
    onsets_s,
    periodicity,
)


def test_hits_are_found_where_they_are() -> None:
    rng = np.random.default_rng(0)
    times = [0.0, 0.31, 0.9, 1.4, 1.52, 2.6]
    found = onsets_s(levels_of(struck(times, 3.0, rng))[0])
    # The window is centred: it sees a hit up to 12 ms before it comes.
    np.testing.assert_allclose(found, times, atol=0.0135)


def test_noise_has_no_onsets_but_its_beginning_and_silence_none() -> None:
    noise, silence = levels_of(steady_noise(np.random.default_rng(1), 20.0), np.zeros(441_000))
    assert onset_rate(noise) <= 0.1
    assert onset_rate(silence) == 0.0
    assert len(intervals_s([silence])) == 0


def test_the_hiss_between_hits_has_no_onsets() -> None:
    rng = np.random.default_rng(2)
    sound = struck(in_time(10.0, 0.5), 10.0, rng) + steady_noise(rng, 10.0, 5e-4)
    assert onset_rate(levels_of(sound)[0]) == pytest.approx(2.0, rel=0.05)


def test_the_histogram_of_an_even_pulse_is_one_bin() -> None:
    sound = struck(in_time(10.0, 0.5), 10.0, np.random.default_rng(3))
    shares = interval_histogram(intervals_s(levels_of(sound)))
    assert shares.max() == pytest.approx(1.0, abs=0.06)
    assert shares.sum() == pytest.approx(1.0)


def test_other_intervals_are_far_and_the_same_are_near() -> None:
    slow, fast = np.full(40, 0.5), np.full(40, 0.25)
    assert histogram_distance(slow, slow) == 0.0
    assert histogram_distance(slow, fast) == 1.0
    assert histogram_distance(slow, np.concatenate([slow, fast])) == pytest.approx(0.5)
    assert np.isnan(histogram_distance(slow, np.empty(0)))


def test_a_metre_is_told_from_hits_at_random_times() -> None:
    rng = np.random.default_rng(4)
    metric = levels_of(struck(in_time(16.0, 0.5), 16.0, rng))
    # As the hits fall by chance some delay or other always fits a little.
    free = levels_of(struck(at_random(16.0, 2.0, rng), 16.0, rng))
    assert periodicity(metric, BEAT_S) > 0.8
    assert periodicity(free, BEAT_S) < 0.4
    assert periodicity(levels_of(steady_noise(rng, 16.0)), BEAT_S) < 0.3


def test_a_bar_is_heard_where_beats_are_uneven() -> None:
    rng = np.random.default_rng(5)
    pattern = np.array([0.0, 0.37, 0.61, 1.13, 1.44])
    times = [bar * 1.7 + place for bar in range(9) for place in pattern]
    sound = levels_of(struck(times, 16.0, rng))
    assert periodicity(sound, BAR_S) > 0.8
    assert periodicity(sound, BEAT_S) < 0.6


def test_what_is_too_short_for_a_bar_has_none() -> None:
    sounds = levels_of(struck([0.0, 0.5], 1.0, np.random.default_rng(6)))
    assert np.isnan(periodicity(sounds, BAR_S))
    assert np.isfinite(periodicity(sounds, BEAT_S))
