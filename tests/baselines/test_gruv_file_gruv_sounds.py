from __future__ import annotations

import numpy as np

from evaluation.signals import tone
from messina.baselines.gruv_file import gruv_sounds


def test_it_plays_as_many_sounds_as_asked_each_as_long_as_one_it_starts_from() -> None:
    sounds = [tone(hz, 0.2).astype(np.float32)[: 8000 + hz] for hz in (200, 400, 800)]
    steps: list[int] = []

    def told(_gone_s: float, step: int, _error: float) -> None:
        steps.append(step)

    played = gruv_sounds(
        sounds,
        count=4,
        minutes=0.005,
        seed=0,
        rng=np.random.default_rng(4),
        progress=told,
    )
    assert len(played) == 4
    assert {len(sound) for sound in played} == {8200, 8400, 8800}
    assert all(np.isfinite(sound).all() and np.abs(sound).max() <= 1 for sound in played)
    assert steps == list(range(1, len(steps) + 1))
