from __future__ import annotations

import time
from itertools import pairwise

import pytest

from messina.learning.planning import (
    Plan,
    RoundPosition,
    closing_share,
    plan_for,
    rounds_of,
    training_seconds,
)


def plan(times: list[float], seconds: float, *, closing: bool = False) -> Plan:
    return plan_for(times, seconds, first_s=50.0, began=0.0, deadline=1e12, closing=closing)


def late_by_half(rounds: tuple[int, ...], closing: int = 0) -> Plan:
    """Half of its time is over, whatever was done in it."""
    now = time.monotonic()
    return Plan(rounds=rounds, began=now - 1e6, deadline=now + 1e6, closing=closing)


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


@pytest.mark.parametrize("closing", [False, True])
def test_a_long_run_begins_with_the_rounds_of_a_short_one(closing: bool) -> None:
    short, long = (plan([0.04] * 60, seconds, closing=closing) for seconds in (50.0, 590.0))
    assert len(short.rounds) == 1
    assert long.rounds[0] == short.rounds[0] == short.steps - short.closing
    for step in range(0, short.rounds[0], 7):
        assert long.place(step) == short.place(step)
        assert long.checks(step) == short.checks(step)
    assert long.checks(short.rounds[0]) == long.checks(short.rounds[0] - 1) + 1


def test_a_late_run_goes_through_the_whole_schedule_in_fewer_steps() -> None:
    late = late_by_half((1_000,))
    place = late.place(100)  # of 412 that should have been, after 15 % of slack
    assert place.share == pytest.approx(0.412, abs=0.001)
    assert place.steps == pytest.approx(243, abs=1)
    assert late.in_rounds(100)
    assert not Plan(rounds=(1_000,), began=-100.0, deadline=-50.0).in_rounds(100)


def test_a_late_run_is_checked_as_often() -> None:
    late = late_by_half((1_000,))
    assert late.checks(100) == Plan(rounds=(1_000,), began=0.0, deadline=None).checks(412)


def test_the_closing_of_a_late_run_is_shorter_but_there() -> None:
    late = late_by_half((800,), closing=200)
    assert late.closing_steps(206) == pytest.approx(100, abs=1)
    assert late.closing_steps(1) == 12
    assert Plan(rounds=(800,), began=0.0, deadline=None, closing=200).closing_steps(800) == 200


@pytest.mark.parametrize("seconds", [20.0, 50.0, 590.0])
def test_the_closing_is_a_fifth_of_a_run_of_any_length(seconds: float) -> None:
    whole = plan([0.04] * 60, seconds, closing=True)
    assert whole.closing == pytest.approx(0.2 * whole.steps, abs=1)
    assert sum(whole.rounds) + whole.closing == whole.steps


def test_the_closing_is_the_end_of_a_schedule() -> None:
    assert 0.5 < closing_share(0.0) < closing_share(0.5) < closing_share(1.0) == 1.0


def test_rounds_grow_and_add_up() -> None:
    for steps in (1, 99, 100, 299, 300, 12_345):
        rounds = rounds_of(steps, 100)
        assert sum(rounds) == steps
        assert all(b >= 2 * a for a, b in pairwise(rounds))


def test_every_round_ends_where_the_learning_rate_is_least() -> None:
    several = Plan(rounds=(100, 200, 700), began=0.0, deadline=None)
    assert several.place(99) == RoundPosition(share=0.99, steps=100)
    assert several.place(100) == RoundPosition(share=0.0, steps=200)
    assert several.place(299) == RoundPosition(share=0.995, steps=200)
    assert several.place(1_000) == RoundPosition(share=1.0, steps=700)
