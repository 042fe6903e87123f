import numpy as np

from messina.counter_rng import CounterRng
from messina.sequences.truncation import SamplingParams, draw_index, draw_mixture


def _shares(wildness: float) -> np.ndarray:
    rng = CounterRng(0)
    scores = np.log(np.array([0.6, 0.3, 0.095, 0.005], np.float32))
    drawn = [draw_index(scores, SamplingParams.of(wildness), rng) for _ in range(4_000)]
    return np.bincount(drawn, minlength=4) / len(drawn)


def test_as_learnt_means_as_often_as_is_likely_without_the_least_likely() -> None:
    # 4000 draws: a standard error of 0.008 at most.
    np.testing.assert_allclose(_shares(1.0), [0.603, 0.302, 0.095, 0.0], atol=0.03)


def test_wilder_is_more_even_and_tamer_less() -> None:
    assert _shares(0.0)[0] > 0.75
    assert _shares(2.0)[0] < 0.55
    assert _shares(2.0)[3] > 0.0


def test_barred_choices_are_never_drawn() -> None:
    rng = CounterRng(0)
    scores = np.array([-np.inf, 0.0, -np.inf], np.float32)
    assert {draw_index(scores, SamplingParams.of(2.0), rng) for _ in range(200)} == {1}


def test_wildness_widens_what_is_continuous() -> None:
    rng = CounterRng(0)
    mixture = (np.zeros(1, np.float32), np.zeros(1, np.float32), np.ones(1, np.float32))
    spreads = [
        np.std([draw_mixture(mixture, SamplingParams.of(w), rng) for _ in range(2_000)])
        for w in (0.0, 1.0, 2.0)
    ]
    assert spreads[0] < 0.5 < spreads[1] < 1.1 < spreads[2]
