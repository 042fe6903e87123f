from __future__ import annotations

import pytest

from messina.evaluation.metrics import METRICS
from messina.report.findings import TOLERANCES, excess, judge
from messina.report.record import Reference

NAN = float("nan")


def reference(mean: float, spread: float = 0.0) -> Reference:
    return Reference(mean=mean, spread=spread)


def test_every_tolerance_is_that_of_a_figure() -> None:
    assert set(TOLERANCES) <= set(METRICS)
    assert all(tolerance > 0 for tolerance in TOLERANCES.values())


def test_what_is_worse_depends_on_the_figure() -> None:
    assert excess("tail_rise", 5.0, 2.0) == 3.0
    assert excess("coverage", 0.7, 0.9) == pytest.approx(0.2)
    assert excess("flux", 1.0, 1.5) == excess("flux", 2.0, 1.5) == 0.5


def test_within_its_tolerance_a_figure_is_good_and_far_from_it_poor() -> None:
    real = reference(2.0)
    tolerance = TOLERANCES["tail_rise"]
    assert judge("tail_rise", 0.0, real) == "good"
    assert judge("tail_rise", 2.0 + 0.9 * tolerance, real) == "good"
    assert judge("tail_rise", 2.0 + 2.0 * tolerance, real) == "fair"
    assert judge("tail_rise", 2.0 + 4.0 * tolerance, real) == "poor"


def test_a_noisy_floor_forgives_more() -> None:
    assert judge("kernel_distance", 60.0, reference(0.0)) == "poor"
    assert judge("kernel_distance", 60.0, reference(0.0, spread=40.0)) == "good"


def test_what_meets_its_aim_is_good_whatever_the_floor() -> None:
    assert judge("two_sample_accuracy", 0.64, reference(0.5)) == "good"
    assert judge("two_sample_accuracy", 0.9, reference(0.5)) == "poor"
    assert judge("loudness_monotonicity", 0.96, None) == "good"
    assert judge("loudness_monotonicity", 0.5, None) == "poor"


def test_sounds_played_back_may_lose_a_tenth_of_what_the_frames_lose() -> None:
    assert judge("lsd_1024", 4.3, reference(4.0)) == "good"
    assert judge("lsd_1024", 5.0, reference(4.0)) == "fair"
    assert judge("lsd_1024", 6.5, reference(4.0)) == "poor"


def test_without_a_value_or_a_floor_nothing_is_known() -> None:
    assert judge("flux", NAN, reference(1.0)) == "unknown"
    assert judge("flux", 1.0, None) == "unknown"
    assert judge("flux", 1.0, reference(NAN)) == "unknown"
