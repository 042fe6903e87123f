from __future__ import annotations

import numpy as np

from evaluation.sequence_signals import at_random, in_time, levels_of, steady_noise, struck
from evaluation.signals import Signal
from messina.evaluation.sequence_rhythm import best_match_db, chunks, chunks_like
from messina.evaluation.sequence_windows import Levels, long_log_mel


def hits(duration_s: float, seed: int) -> Signal:
    rng = np.random.default_rng(seed)
    return struck(at_random(duration_s, 4.0, rng), duration_s, rng)


def test_a_loop_matches_itself_music_nearly_and_chance_does_not() -> None:
    rng = np.random.default_rng(6)
    stuck = chunks([long_log_mel(np.tile(hits(2.0, 7), 4))])
    metric = chunks([long_log_mel(struck(in_time(8.0, 0.5), 8.0, rng))])
    random = chunks([long_log_mel(hits(8.0, 8))])
    assert 1.2 * best_match_db(stuck) < best_match_db(metric)
    assert 1.2 * best_match_db(metric) < best_match_db(random)
    assert np.isnan(best_match_db([]))


def test_generated_chunks_are_as_long_as_the_recordings() -> None:
    rng = np.random.default_rng(9)
    real = chunks(levels_of(*(steady_noise(rng, length) for length in (1.0, 3.0, 17.0))))
    assert [round(len(part) / 172.27, 1) for part in real] == [3.0, 8.5, 8.5]
    made: list[Levels] = chunks_like(long_log_mel(steady_noise(rng, 28.0)), real)
    assert [len(part) for part in made] == [len(part) for part in (*real, *real[:1])]
    assert chunks_like(made[0], []) == []
