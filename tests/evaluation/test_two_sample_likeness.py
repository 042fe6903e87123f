from __future__ import annotations

import numpy as np
import pytest

from messina.evaluation.two_sample import Anchor, Scale, discrimination, discrimination_of_change


def draws(count: int, seed: int, size: int = 30) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((count, size))


@pytest.mark.parametrize("sizes", [(60, 60), (60, 20), (24, 64)])
def test_the_same_distribution_is_guessing(sizes: tuple[int, int]) -> None:
    shares = np.array(
        [
            discrimination(
                draws(sizes[0], 2 * k), draws(sizes[1], 2 * k + 1), rng=np.random.default_rng(k)
            )
            for k in range(30)
        ]
    )
    assert abs(shares.mean() - 0.5) < 3.0 * shares.std() / np.sqrt(len(shares))


def test_the_further_apart_the_more_surely() -> None:
    shares = [
        discrimination(draws(60, 1), shift + draws(60, 2), rng=np.random.default_rng(0))
        for shift in (0.0, 0.15, 0.5, 2.0)
    ]
    assert shares[1:] == sorted(shares[1:])
    assert shares[0] < 0.58  # by chance alone, with a standard error of 0.05
    assert shares[-1] == 1.0


def test_nothing_changed_is_guessing_and_a_shift_is_found() -> None:
    real = draws(40, 1)
    rng = np.random.default_rng
    # Every sound ties with itself, but for rounding.
    same = discrimination_of_change(real, real, rng=rng(0), others=40)
    assert same == pytest.approx(0.5, abs=0.005)
    assert discrimination_of_change(real, real + 1.0, rng=rng(0), others=40) > 0.95


def test_a_changed_sound_is_held_against_itself_by_a_stranger() -> None:
    """Sounds far apart, each moved by its own random way: nothing to learn from the others."""
    real = 10.0 * draws(40, 3)
    away = real + 0.5 * draws(40, 4)
    share = discrimination_of_change(real, away, rng=np.random.default_rng(0), others=40)
    assert share == pytest.approx(0.5, abs=0.12)


def test_copies_of_the_real_ones_do_not_hide_what_all_of_them_share() -> None:
    real = draws(60, 5)
    # Less than half as far as real ones are from their neighbours, and the same for all.
    assert discrimination(real, real[:40] + 0.5, rng=np.random.default_rng(0)) > 0.8


def test_too_few_sounds_are_not_judged() -> None:
    rng = np.random.default_rng(0)
    assert np.isnan(discrimination(draws(3, 1), draws(50, 2), rng=rng))
    assert np.isnan(discrimination(draws(50, 1), draws(1, 2), rng=rng))
    assert np.isnan(discrimination_of_change(draws(1, 1), draws(1, 2), rng=rng, others=9))


def anchor(discrimination: float, *, audible: bool) -> Anchor:
    return Anchor(change="changed", audible=audible, discrimination=discrimination)


def test_the_limit_is_what_chance_and_inaudible_changes_reach() -> None:
    few = Scale(anchors=[anchor(0.51, audible=False)], sounds=16, others=16)
    many = Scale(anchors=[anchor(0.51, audible=False)], sounds=100, others=100)
    assert many.limit < few.limit
    # The rank sum of 100 against 100 has a standard error of 0.041.
    assert many.limit == pytest.approx(0.582, abs=0.001)
    heard = Scale(anchors=[anchor(0.7, audible=False)], sounds=100, others=100)
    assert heard.limit == 0.7


def test_an_ear_is_sharp_where_it_tells_most_of_what_anybody_hears() -> None:
    def scale(*told: float) -> Scale:
        return Scale(anchors=[anchor(x, audible=True) for x in told], sounds=100, others=64)

    assert scale(0.7, 0.8, 0.5).sharp
    assert not scale(0.7, 0.5, 0.5).sharp
    assert [row.discrimination for row in scale(0.9, 0.5, 0.7).discriminated] == [0.7, 0.9]
    assert not Scale(anchors=[], sounds=100, others=64).sharp
