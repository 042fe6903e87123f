from __future__ import annotations

from collections import Counter

import numpy as np

from messina.baselines.unlearnt import in_turn, sampler_sounds


def some_sounds(count: int) -> list[np.ndarray]:
    return [np.full(10 + index, index, np.float32) for index in range(count)]


def test_every_sound_comes_once_before_any_comes_again() -> None:
    order = [int(sound[0]) for sound in in_turn(some_sounds(5), 12, np.random.default_rng(0))]
    assert sorted(order[:5]) == sorted(order[5:10]) == list(range(5))
    assert max(Counter(order).values()) == 3


def test_what_it_plays_are_the_sounds_themselves_and_yet_not_the_same_arrays() -> None:
    sounds = some_sounds(4)
    played = sampler_sounds(sounds, count=4, rng=np.random.default_rng(1))
    for sound in played:
        original = sounds[int(sound[0])]
        assert np.array_equal(sound, original)
        assert not np.shares_memory(sound, original)
