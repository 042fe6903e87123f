from __future__ import annotations

import numpy as np
import pytest

from messina.evaluation.distribution import (
    Points,
    beside_reference,
    between_halves,
    kernel_distance,
)


def size_of_both(real: Points, generated: Points) -> float:
    return len(real) * 1000.0 + len(generated)


def test_a_floor_compares_the_two_halves_of_the_real_sounds() -> None:
    points = np.arange(7.0)[:, None]
    seen: list[tuple[list[float], list[float]]] = []

    def watch(first: Points, second: Points) -> float:
        seen.append((first[:, 0].tolist(), second[:, 0].tolist()))
        return float(first.sum())

    result = between_halves(watch, points, rng=np.random.default_rng(0), halvings=5)
    assert len(seen) == 5
    assert all(sorted(a + b) == points[:, 0].tolist() for a, b in seen)
    assert len({tuple(a) for a, _ in seen}) > 1
    assert result.mean == pytest.approx(np.mean([sum(a) for a, _ in seen]))
    assert result.spread == pytest.approx(np.std([sum(a) for a, _ in seen]))


def test_a_figure_and_its_floor_are_measured_on_equally_many_sounds() -> None:
    rng = np.random.default_rng(1)
    many = beside_reference(size_of_both, np.zeros((20, 2)), np.ones((50, 2)), rng=rng)
    few = beside_reference(size_of_both, np.zeros((20, 2)), np.ones((4, 2)), rng=rng)
    assert many.value == many.reference.mean == 10_010.0
    assert few.value == few.reference.mean == 10_004.0


def test_the_figure_of_more_real_sounds_lies_at_the_floor_and_of_others_above() -> None:
    rng = np.random.default_rng(2)
    real, more, other = (shift + rng.standard_normal((80, 6)) for shift in (0.0, 0.0, 0.7))
    same = beside_reference(kernel_distance, real, more, rng=rng)
    unlike = beside_reference(kernel_distance, real, other, rng=rng)
    assert abs(same.value - same.reference.mean) < 3.0 * same.reference.spread
    assert unlike.value > unlike.reference.mean + 5.0 * unlike.reference.spread


def test_floors_are_the_same_under_the_same_seed() -> None:
    points = np.random.default_rng(3).standard_normal((12, 3))
    first, second = (
        between_halves(kernel_distance, points, rng=np.random.default_rng(4)) for _ in "ab"
    )
    assert first == second


def test_one_sound_has_no_floor() -> None:
    assert np.isnan(
        between_halves(kernel_distance, np.zeros((1, 3)), rng=np.random.default_rng(0)).mean
    )
