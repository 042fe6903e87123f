from __future__ import annotations

import pytest

from messina.learning.planning import Plan, plan_for, training_seconds


def planned(pace_s: float, seconds: float = 50.0) -> int:
    return plan_for([pace_s] * 60, seconds, began=0.0, deadline=60.0).steps


def test_a_little_noise_in_the_pace_plans_the_same_steps() -> None:
    assert planned(0.040) == planned(0.041) == planned(0.039)


def test_a_burst_of_slow_steps_does_not_change_the_plan() -> None:
    times = [0.04] * 40 + [1.5] * 20
    assert plan_for(times, 50.0, began=0.0, deadline=60.0).steps == planned(0.04)


def test_the_plan_fits_the_time() -> None:
    for pace_s in (0.005, 0.03, 0.2):
        assert planned(pace_s) * pace_s <= 50.0


def test_twice_the_minutes_are_more_than_twice_the_training() -> None:
    assert training_seconds(2, 100) > 2 * training_seconds(1, 100) > 60


def test_a_long_analysis_leaves_some_time_for_learning() -> None:
    assert training_seconds(1, 10_000) == pytest.approx(18.0)


def test_steps_given_outright_are_not_ended_by_the_clock() -> None:
    plan = Plan(steps=10, began=-1e9, deadline=None)
    assert plan.progress(9) == pytest.approx(0.9)
    assert plan.progress(10) == 1.0


def test_a_late_run_follows_the_clock() -> None:
    plan = Plan(steps=10**9, began=-100.0, deadline=-50.0)
    assert plan.progress(1) == 1.0
