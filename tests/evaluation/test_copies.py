from __future__ import annotations

import numpy as np
import pytest

from evaluation.signals import noise, tone
from messina.evaluation.copies import copy_check
from messina.evaluation.timbre import descriptors


def notes(first_hz: float) -> list[np.ndarray]:
    return [tone(first_hz * 1.2**step, 0.6, decay_s=0.5) for step in range(12)]


def test_a_copy_is_found_and_named_and_new_sounds_are_not() -> None:
    training = notes(400.0)
    generated = [*notes(438.0)[:5], training[7], *notes(438.0)[5:]]
    check = copy_check(descriptors(training), descriptors(generated))
    assert [(suspect.generated, suspect.training) for suspect in check.suspects] == [(5, 7)]
    assert check.share == pytest.approx(1 / 13)
    assert check.own_share == 0.0
    assert check.novelty > 0.4


def test_a_copy_at_16_bits_and_a_millisecond_late_is_still_found() -> None:
    training = notes(150.0)
    late = np.concatenate([np.zeros(44), training[3][:-44]])
    rounded = np.round(training[4] * 32767.0) / 32767.0
    check = copy_check(descriptors(training), descriptors([late, rounded]))
    assert {suspect.training for suspect in check.suspects} == {3, 4}


def test_the_nearest_suspect_comes_first() -> None:
    training = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]])
    check = copy_check(training, np.array([[1.0, 0.0], [10.0, 0.1], [5.0, 5.0]]))
    assert [suspect.generated for suspect in check.suspects] == [1, 0]
    assert [suspect.ratio for suspect in check.suspects] == pytest.approx([0.01, 0.1])
    assert check.nearest.tolist()[:2] == [0, 1]


def test_repeats_among_the_training_sounds_are_told() -> None:
    rng = np.random.default_rng(0)
    training = descriptors([tone(300.0), tone(300.0), *notes(150.0), noise(rng)])
    assert copy_check(training, training[:3]).own_share == pytest.approx(2 / 15)


def test_new_sounds_of_the_same_distribution_are_as_new_as_real_ones() -> None:
    rng = np.random.default_rng(1)
    check = copy_check(rng.standard_normal((200, 8)), rng.standard_normal((200, 8)))
    assert check.novelty == pytest.approx(1.0, abs=0.1)
    assert check.share < 0.02


def test_a_single_training_sound_knows_exact_copies_only() -> None:
    training = descriptors([tone(300.0)])
    check = copy_check(training, descriptors([tone(300.0), tone(310.0)]))
    assert [suspect.generated for suspect in check.suspects] == [0]
    assert np.isnan(check.novelty)
    assert check.own_share == 0.0


def test_empty_sets_are_refused() -> None:
    with pytest.raises(ValueError, match="0 training and 1 generated sounds: need both"):
        copy_check(np.empty((0, 3)), np.ones((1, 3)))
