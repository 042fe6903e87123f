from __future__ import annotations

import numpy as np
import pytest

from evaluation.signals import noise, tone
from messina.baselines.unlearnt import producer_sounds
from messina.evaluation.copies import copy_check
from messina.evaluation.timbre import descriptors


@pytest.fixture(scope="module")
def sounds() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    tones = [tone(hz, 0.3, decay_s=0.3) for hz in np.geomspace(200.0, 2000.0, 8)]
    bursts = [noise(rng, 0.2, decay_s=decay_s) for decay_s in (0.05, 0.1, 0.2, 0.4)]
    return [sound.astype(np.float32) for sound in (*tones, *bursts)]


def test_the_same_seed_gives_the_same_sounds(sounds: list[np.ndarray]) -> None:
    first, again = (producer_sounds(sounds, count=15, rng=np.random.default_rng(1)) for _ in "ab")
    assert len(first) == 15
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert all(sound.dtype == np.float32 and np.isfinite(sound).all() for sound in first)


def test_what_it_makes_is_new_but_near(sounds: list[np.ndarray]) -> None:
    made = producer_sounds(sounds, count=24, rng=np.random.default_rng(3))
    check = copy_check(descriptors(sounds), descriptors(made))
    # The twelve are far apart: what is made from one stays nearer to it than to any other.
    assert check.distances.min() > 1.0
    assert 0.1 < check.novelty < 1.0
