from __future__ import annotations

import numpy as np
import pytest

from evaluation.signals import noise, tone
from messina.evaluation.timbre import descriptors
from messina.evaluation.two_sample import two_sample_accuracy


def accuracies(shift: float, sizes: tuple[int, int], *, draws: int) -> np.ndarray:
    rng = np.random.default_rng(7)
    return np.array(
        [
            two_sample_accuracy(
                rng.standard_normal((sizes[0], 40)),
                shift + rng.standard_normal((sizes[1], 40)),
                rng=rng,
                repeats=3,
            )
            for _ in range(draws)
        ]
    )


@pytest.mark.parametrize("sizes", [(60, 60), (60, 20), (15, 40)])
def test_the_same_distribution_cannot_be_told_apart(sizes: tuple[int, int]) -> None:
    values = accuracies(0.0, sizes, draws=40)
    # Unbiased whatever the sizes: within three standard errors of 0.5.
    assert abs(values.mean() - 0.5) < 3.0 * values.std() / np.sqrt(40)


def test_another_distribution_is_told_apart() -> None:
    assert accuracies(1.0, (60, 60), draws=3).min() > 0.97
    assert 0.6 < accuracies(0.25, (60, 60), draws=5).mean() < 0.95


def test_more_of_the_same_spread_is_told_apart_although_the_means_agree() -> None:
    rng = np.random.default_rng(1)
    real, wide = rng.standard_normal((80, 10)), 2.0 * rng.standard_normal((80, 10))
    assert two_sample_accuracy(real, wide, rng=rng) > 0.7


def test_exact_copies_cannot_be_told_apart_either() -> None:
    # Without keeping neighbours in one fold, this would be near 0.
    rng = np.random.default_rng(2)
    real = rng.standard_normal((60, 40))
    copies = real + 1e-3 * rng.standard_normal((60, 40))
    assert two_sample_accuracy(real, copies, rng=rng) == pytest.approx(0.5, abs=0.08)


def test_a_fault_common_to_all_copies_is_found() -> None:
    rng = np.random.default_rng(3)
    sounds = [
        tone(hz, 0.5, decay_s=decay_s)
        for hz in np.geomspace(100, 1000, 20)
        for decay_s in (0.3, 0.6)
    ]
    hissing = [sound + noise(rng, 0.5, level=3e-3, decay_s=10.0) for sound in sounds]
    assert two_sample_accuracy(descriptors(sounds), descriptors(hissing), rng=rng) > 0.9


def test_the_same_seed_gives_the_same_figure() -> None:
    points = np.random.default_rng(4).standard_normal((40, 12))
    first, second = (
        two_sample_accuracy(points[:20], points[20:], rng=np.random.default_rng(5))
        for _ in range(2)
    )
    assert first == second


def test_too_few_sounds_give_nan() -> None:
    rng = np.random.default_rng(6)
    assert np.isnan(two_sample_accuracy(np.zeros((1, 4)), np.ones((9, 4)), rng=rng))
    assert np.isnan(two_sample_accuracy(np.zeros((2, 4)), np.ones((2, 4)), rng=rng))
