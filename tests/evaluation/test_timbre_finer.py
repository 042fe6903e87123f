from __future__ import annotations

import numpy as np
import pytest

from evaluation.signals import noise, seconds, tone
from messina.evaluation.changes import CHANGES
from messina.evaluation.timbre import HEARD_SAMPLES, TIMBRE_SIZE, from_attack, timbre


def modes(count: int, *, seed: int, length_s: float = 1.0) -> np.ndarray:
    """A cymbal: as many decaying sines as there are modes, between 300 Hz and 12 kHz."""
    rng = np.random.default_rng(seed)
    time_s = seconds(length_s)
    hz, phase = rng.uniform(300, 12_000, count), rng.uniform(0, 2 * np.pi, count)
    return sum(np.sin(2 * np.pi * f * time_s + p) for f, p in zip(hz, phase, strict=True)) * np.exp(
        -4 * time_s
    )


def change(name: str, audio: np.ndarray, *, seed: int = 0) -> np.ndarray:
    (found,) = (row for row in CHANGES if name in row.name)
    return found.apply(from_attack(audio), np.random.default_rng(seed))


def test_level_and_silence_before_the_attack_are_not_heard() -> None:
    audio = modes(40, seed=1)
    louder = 7.0 * np.concatenate([np.zeros(3000), audio])
    # Rounding to single precision is all that is left.
    np.testing.assert_allclose(timbre(louder), timbre(audio), atol=0.02)


@pytest.mark.parametrize("name", ["−70 dB", "MP3"])
def test_what_nobody_hears_moves_a_sound_less_than_what_anybody_hears(name: str) -> None:
    for audio in (modes(60, seed=2), modes(60, seed=2) + noise(np.random.default_rng(3))):
        away = [np.linalg.norm(timbre(change(c, audio)) - timbre(audio)) for c in (name, "−30 dB")]
        assert away[0] < 0.5 * away[1]


def test_modes_that_ring_are_told_from_noise_of_the_same_course() -> None:
    audio = modes(600, seed=4)  # 20 Hz apart: two to a band of the noise
    first, second = (timbre(change("43 Hz", audio, seed=seed)) for seed in (1, 2))
    _, fine, steady = np.split(timbre(audio) - first, [520, 700])
    _, chance, _ = np.split(second - first, [520, 700])
    assert np.linalg.norm(fine) > 3.0 * np.linalg.norm(chance)
    # Modes stay where they are: of 20 at most, more than 3.
    assert steady.mean() > 3.0


@pytest.mark.parametrize(
    "audio",
    [
        np.zeros(0),
        np.zeros(9000),
        np.ones(1),
        tone(440, 0.01),
        noise(np.random.default_rng(0), 5.0),
        np.ones((500, 2)),
    ],
    ids=["nothing", "silence", "one sample", "10 ms", "5 s", "stereo"],
)
def test_any_sound_is_a_point(audio: np.ndarray) -> None:
    point = timbre(audio)
    assert point.shape == (TIMBRE_SIZE,)
    assert point.dtype == np.float32
    assert np.isfinite(point).all()
    assert len(from_attack(audio)) <= HEARD_SAMPLES
