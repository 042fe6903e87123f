import numpy as np
import pytest

import messina
from messina.counter_rng import CounterRng
from messina.frames.analysis import analyse
from messina.frames.layout import ONSET_SIZE, ONSET_SLICES
from messina.learning.building import gain_moves
from messina.units import SAMPLE_RATE


def test_gains_that_are_answered_with_their_mean_are_moved_to_their_mean_power():
    learnt = np.random.default_rng(0).normal(0, 0.5, (4_000, ONSET_SIZE)).astype(np.float32)
    answered = np.zeros_like(learnt)
    moves = gain_moves(learnt, answered, np.ones_like(learnt))
    # Of a normal spread s in log units the mean power is e^(2 s²): s² = 0.25 nepers.
    for name, part in ONSET_SLICES.items():
        expected = 0.25 if name in ("partial_attack", "noise_attack") else 0.0
        np.testing.assert_allclose(moves[part], expected, atol=0.06)


def test_what_is_not_heard_does_not_move_a_gain_and_none_is_moved_far():
    learnt = np.zeros((10, ONSET_SIZE), np.float32)
    learnt[0] = 3.0
    weights = np.ones_like(learnt)
    weights[0] = 0.0
    assert not gain_moves(learnt, np.zeros_like(learnt), weights).any()
    assert gain_moves(learnt, np.zeros_like(learnt), 1 - weights).max() == pytest.approx(0.6)


def hit(seed: int) -> np.ndarray:
    """Noise that comes in within half a millisecond, or more slowly, and dies away."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(0.4 * SAMPLE_RATE)) / SAMPLE_RATE
    attack = np.minimum(t / rng.choice([0.0005, 0.006]), 1.0)
    crack = 1 + rng.uniform(0, 4) * np.exp(-t / 0.004)
    sound = rng.standard_normal(len(t)) * attack * crack * np.exp(-t / 0.08)
    return (0.1 * sound).astype(np.float32)


def test_learnt_hits_begin_as_loud_as_they_were_on_average():
    hits = {str(seed): hit(seed) for seed in range(16)}
    corpus = messina.Corpus.from_arrays(
        list(hits.values()), sample_rate=SAMPLE_RATE, labels=["hit"] * len(hits)
    )
    learnt = messina.learn(corpus, steps=40, seed=0)
    part = ONSET_SLICES["noise_attack"]
    wanted = np.mean([np.exp(2 * analyse(x).onset[part]) for x in hits.values()], axis=0)
    played = [learnt.frames_near(k, wildness=0.0, rng=CounterRng(k)) for k in range(len(hits))]
    given = np.mean([np.exp(2 * x.onset[part]) for x in played], axis=0)
    # All are heard much alike there, so the mean that counts them by how much is near to this.
    assert 10 * np.log10(given.mean() / wanted.mean()) == pytest.approx(0.0, abs=1.0)
