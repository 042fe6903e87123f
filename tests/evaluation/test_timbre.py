from __future__ import annotations

import numpy as np
import pytest

from evaluation.signals import noise, tone
from messina.evaluation.timbre import (
    DESCRIPTOR_SIZE,
    descriptor,
    descriptors,
    log_mel,
    mel_filters,
)


def test_every_mel_filter_is_a_triangle_of_equal_area() -> None:
    filters = mel_filters()
    assert filters.shape == (64, 513)
    # Narrow ones hold three bins, so their area over the bins is rough.
    assert filters.sum(axis=1) * 44_100 / 1024 == pytest.approx(np.ones(64), abs=0.25)
    peaks = filters.argmax(axis=1)
    assert (np.diff(peaks) > 0).all()


def test_a_tone_lights_the_band_it_lies_in() -> None:
    levels = log_mel(tone(1000.0, decay_s=10.0))[20]
    centre_hz = mel_filters()[levels.argmax()].argmax() * 44_100 / 1024
    assert centre_hz == pytest.approx(1000.0, rel=0.05)


def test_ten_times_the_amplitude_is_20_db_more_in_every_band() -> None:
    sound = noise(np.random.default_rng(0), decay_s=10.0)
    difference = log_mel(10.0 * sound)[10:100] - log_mel(sound)[10:100]
    # The floor is added to all powers: it lifts the emptiest of 5,760 points most.
    assert difference == pytest.approx(np.full(difference.shape, 20.0), abs=0.1)


def test_silence_is_the_floor() -> None:
    silence = log_mel(np.zeros(100))
    assert silence == pytest.approx(np.full(silence.shape, -60.0))


def test_neither_what_comes_after_1_5_s_nor_silence_at_the_end_counts() -> None:
    long = noise(np.random.default_rng(1), 3.0, decay_s=10.0)
    # The window of the last frame reaches 12 ms further than its middle.
    assert descriptor(long) == pytest.approx(descriptor(long[: 259 * 256 + 1024]))
    short = tone(300.0, 0.4, decay_s=0.2)
    assert descriptor(short) == pytest.approx(descriptor(np.pad(short, (0, 60_000))), abs=1e-5)


def test_points_of_several_sounds_are_the_rows_of_one_array() -> None:
    sounds = [tone(200.0), tone(300.0, 0.01), np.zeros(5)]
    points = descriptors(sounds)
    assert points.shape == (3, DESCRIPTOR_SIZE) == (3, 832)
    assert np.isfinite(points).all()
    assert np.array_equal(points[0], descriptor(sounds[0]))
    assert descriptors([]).shape == (0, DESCRIPTOR_SIZE)


def test_like_sounds_lie_nearer_than_unlike_ones() -> None:
    rng = np.random.default_rng(2)
    a, b, c = descriptors([noise(rng), noise(rng), tone(200.0)])
    assert 4.0 * np.linalg.norm(a - b) < np.linalg.norm(a - c)
