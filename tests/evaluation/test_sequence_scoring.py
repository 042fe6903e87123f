from __future__ import annotations

import numpy as np
import pytest

from evaluation.sequence_signals import at_random, in_time, steady_noise, struck
from evaluation.signals import Signal
from messina.evaluation.distribution import Referenced
from messina.evaluation.sequence_metrics import SEQUENCE_METRICS
from messina.evaluation.sequence_scoring import sequence_metrics


@pytest.fixture(scope="module")
def real() -> list[Signal]:
    rng = np.random.default_rng(0)
    return [struck(in_time(6.0, 0.4), 6.0, rng) for _ in range(4)]


def metrics(real: list[Signal], *sounds: Signal) -> dict[str, Referenced]:
    return sequence_metrics(real, sounds, rng=np.random.default_rng(0))


def test_more_of_the_same_is_near_in_everything(real: list[Signal]) -> None:
    found = metrics(real, struck(in_time(24.0, 0.4), 24.0, np.random.default_rng(1)))
    assert list(found) == list(SEQUENCE_METRICS)
    for key in ("flux", "onset_rate", "beat", "bar", "best_match"):
        assert found[key].value == pytest.approx(found[key].reference.mean, rel=0.1), key
    assert abs(found["level"].value - found["level"].reference.mean) < 1.0
    assert found["kernel_distance"].value < found["kernel_distance"].reference.mean + 10.0
    assert found["coverage"].value > 0.8
    for key in ("moments_distance", "correlation_distance", "modulation_distance"):
        assert found[key].value < 1.5 * found[key].reference.mean, key
    assert found["drift"].value < 1.0
    assert found["repeated"].value == found["copied"].value == found["longest_copy"].value == 0.0


def test_what_lost_its_metre_is_told_by_beat_and_intervals(real: list[Signal]) -> None:
    rng = np.random.default_rng(2)
    found = metrics(real, struck(at_random(24.0, 2.5, rng), 24.0, rng))
    assert found["beat"].value < 0.6 * found["beat"].reference.mean
    assert found["interval_distance"].value > 0.4 > found["interval_distance"].reference.mean


def test_noise_is_far_and_unlike(real: list[Signal]) -> None:
    found = metrics(real, steady_noise(np.random.default_rng(3), 24.0))
    assert found["kernel_distance"].value > 300.0
    assert found["coverage"].value < 0.1
    assert found["onset_rate"].value < 0.2
    for key in ("moments_distance", "correlation_distance", "modulation_distance"):
        assert found[key].value > 3.0 * found[key].reference.mean, key
    assert np.isnan(found["interval_distance"].value)


def test_a_recording_played_again_is_copied_and_repeats(real: list[Signal]) -> None:
    again = np.concatenate([real[0], real[0], real[0]])
    found = sequence_metrics(real, [again], rng=np.random.default_rng(4))
    assert found["copied"].value > 0.9
    assert found["repeated"].value == pytest.approx(2 / 3, abs=0.1)
    assert found["longest_copy"].value > 5.0
    assert found["copied"].reference.mean == found["longest_copy"].reference.mean == 0.0


def test_nothing_to_compare_is_our_own_mistake(real: list[Signal]) -> None:
    with pytest.raises(ValueError, match="4 real and 0 generated"):
        sequence_metrics(real, [], rng=np.random.default_rng(5))
