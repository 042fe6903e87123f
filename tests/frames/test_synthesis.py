import numpy as np
from tests.frames.signals import decaying_noise, decaying_tone, gliding_tone

from messina.frames.analysis import analyse
from messina.frames.layout import HOP
from messina.frames.synthesis import synthesise

MONO = analyse(decaying_noise() + decaying_tone(440.0, duration_s=0.6))
STEREO = analyse(
    np.stack([decaying_noise(seed=1), gliding_tone(60.0, semitones=12.0, tau_s=0.03)], axis=1)
)


def test_the_same_seed_gives_the_same_sound_and_another_seed_another():
    first, again, other = (synthesise(MONO, rng=np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3


def test_length_is_that_of_the_frames_or_as_asked():
    rng = np.random.default_rng(0)
    assert synthesise(MONO, rng=rng).shape == ((len(MONO) - 1) * HOP, 2)
    assert synthesise(MONO, rng=rng, samples=1000).shape == (1000, 2)
    long = synthesise(MONO, rng=rng, samples=len(MONO) * HOP + 5000)
    assert not long[-4000:].any()


def test_sound_begins_without_a_click():
    tone = analyse(decaying_tone(300.0))
    sound = synthesise(tone, rng=np.random.default_rng(0))
    assert np.abs(sound[0]).max() < 0.02 * np.abs(sound).max()


def test_no_dc():
    for frames in (MONO, STEREO):
        sound = synthesise(frames, rng=np.random.default_rng(0))
        assert np.abs(sound.mean(axis=0)).max() < 1e-3 * np.abs(sound).max()
