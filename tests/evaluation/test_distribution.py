from __future__ import annotations

import numpy as np
import pytest

from messina.evaluation.distribution import (
    density_coverage,
    kernel_distance,
    squared_distances,
)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_distances_are_those_of_the_definition(rng: np.random.Generator) -> None:
    first, second = 100.0 + rng.standard_normal((5, 20)), 100.0 + rng.standard_normal((7, 20))
    expected = [[np.sum((a - b) ** 2) for b in second] for a in first]
    assert squared_distances(first, second) == pytest.approx(np.array(expected))


def test_the_kernel_distance_of_one_distribution_is_0_on_average(rng: np.random.Generator) -> None:
    values = [
        kernel_distance(rng.standard_normal((30, 8)), rng.standard_normal((50, 8)))
        for _ in range(60)
    ]
    # Unbiased: sixty draws spread by `std / sqrt(60)` around 0, three of those is a rare event.
    assert abs(np.mean(values)) < 3.0 * np.std(values) / np.sqrt(60)


def test_the_kernel_distance_agrees_with_a_double_loop(rng: np.random.Generator) -> None:
    real, generated = rng.standard_normal((6, 3)), 0.5 + rng.standard_normal((4, 3))
    pairs = [np.sum((a - b) ** 2) for i, a in enumerate(real) for b in real[i + 1 :]]

    def kernel(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.exp(-np.sum((a - b) ** 2) / np.median(pairs)))

    def between(points: np.ndarray) -> float:
        values = [
            kernel(a, b) for i, a in enumerate(points) for j, b in enumerate(points) if i != j
        ]
        return float(np.mean(values))

    across = np.mean([kernel(a, b) for a in real for b in generated])
    expected = 1000.0 * (between(real) + between(generated) - 2.0 * across)
    assert kernel_distance(real, generated) == pytest.approx(expected)


def test_a_shift_grows_the_kernel_distance(rng: np.random.Generator) -> None:
    real = rng.standard_normal((60, 8))
    near, far = (shift + rng.standard_normal((60, 8)) for shift in (0.5, 2.0))
    assert 5.0 < kernel_distance(real, near) < kernel_distance(real, far)


def test_the_same_distribution_is_dense_and_covered(rng: np.random.Generator) -> None:
    values = [
        density_coverage(rng.standard_normal((80, 6)), rng.standard_normal((80, 6)))
        for _ in range(10)
    ]
    density, coverage = np.mean(values, axis=0)
    # Expected 1 and 1 - 2^-5; the ten draws spread by 0.04 and 0.006 in the mean.
    assert density == pytest.approx(1.0, abs=0.1)
    assert coverage == pytest.approx(0.97, abs=0.02)


def test_a_collapsed_generator_is_dense_but_covers_little(rng: np.random.Generator) -> None:
    real = rng.standard_normal((80, 6))
    density, coverage = density_coverage(real, 0.01 * rng.standard_normal((80, 6)))
    assert density > 1.2
    assert coverage < 0.6


def test_a_far_away_generator_is_neither(rng: np.random.Generator) -> None:
    assert density_coverage(rng.standard_normal((40, 6)), 50.0 + np.zeros((40, 6))) == (0.0, 0.0)


def test_too_few_sounds_give_nan_instead_of_a_figure() -> None:
    one, two = np.zeros((1, 4)), np.eye(2, 4)
    assert np.isnan(kernel_distance(one, two))
    assert np.isnan(density_coverage(one, two)).all()
    assert np.isnan(density_coverage(two, np.empty((0, 4)))).all()
    assert np.isfinite(density_coverage(two, two)).all()
