from __future__ import annotations

from itertools import pairwise

import pytest

from messina.learning.planning import Plan, plan_for, rounds_of, training_seconds


def plan(times: list[float], seconds: float) -> Plan:
    return plan_for(times, seconds, first_s=50.0, began=0.0, deadline=1e12)


def planned(pace_s: float, seconds: float = 50.0) -> int:
    return plan(60 * [pace_s], seconds).steps


def test_a_little_noise_in_the_pace_plans_the_same_steps() -> None:
    assert planned(0.040) == planned(0.041) == planned(0.0395)


def test_a_burst_of_slow_steps_does_not_change_the_plan() -> None:
    times = [0.04] * 40 + [1.5] * 20
    assert plan(times, 50.0).steps == planned(0.04)


def test_the_plan_fits_the_time() -> None:
    for pace_s in (0.005, 0.03, 0.2):
        assert planned(pace_s) * pace_s <= 50.0


def test_twice_the_minutes_are_more_than_twice_the_training() -> None:
    assert training_seconds(2, 100) > 2 * training_seconds(1, 100) > 60


def test_a_long_analysis_leaves_some_time_for_learning() -> None:
    assert training_seconds(1, 10_000) == pytest.approx(18.0)


def test_steps_given_outright_are_not_ended_by_the_clock() -> None:
    plan = Plan(rounds=(10,), began=-1e9, deadline=None)
    assert plan.progress(9) == pytest.approx(0.9)
    assert plan.progress(10) == 1.0


def test_a_late_run_follows_the_clock() -> None:
    plan = Plan(rounds=(10**9,), began=-100.0, deadline=-50.0)
    assert plan.progress(1) == 1.0


def test_a_long_run_begins_with_the_whole_of_a_short_one() -> None:
    short, long = plan([0.04] * 60, 50.0), plan([0.04] * 60, 590.0)
    assert len(short.rounds) == 1
    assert long.rounds[0] == short.steps
    for step in range(0, short.steps, 7):
        assert long.place(step) == short.place(step)
        assert long.is_check(step) == short.is_check(step)
    assert long.is_check(short.steps)


def test_rounds_grow_and_add_up() -> None:
    for steps in (1, 99, 100, 299, 300, 12_345):
        rounds = rounds_of(steps, 100)
        assert sum(rounds) == steps
        assert all(b >= 2 * a for a, b in pairwise(rounds))


def test_every_round_ends_where_the_learning_rate_is_least() -> None:
    several = Plan(rounds=(100, 200, 700), began=0.0, deadline=None)
    assert several.place(99) == (0, pytest.approx(0.99))
    assert several.place(100) == (1, 0.0)
    assert several.place(299) == (1, pytest.approx(0.995))
    assert several.place(1_000) == (2, 1.0)
