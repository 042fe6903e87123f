import numpy as np
from tests.frames.signals import decaying_noise, decaying_tone, gliding_tone

from messina.frames.analysis import analyse
from messina.frames.layout import HOP
from messina.frames.synthesis import synthesise

MONO = analyse(decaying_noise() + decaying_tone(440.0, duration_s=0.6))
GLIDE = gliding_tone(60.0, semitones=12.0, tau_s=0.03)
STEREO = analyse(np.stack([decaying_noise(seed=1), GLIDE], axis=1))


def test_the_same_seed_gives_the_same_sound_and_another_seed_another():
    first, again, other = (synthesise(MONO, key=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3


def test_length_is_that_of_the_frames_or_as_asked():
    assert synthesise(MONO, key=0).shape == ((len(MONO) - 1) * HOP, 2)
    assert synthesise(MONO, key=0, samples=1000).shape == (1000, 2)
    long = synthesise(MONO, key=0, samples=len(MONO) * HOP + 5000)
    assert not long[-4000:].any()


def test_sound_begins_without_a_click():
    tone = analyse(decaying_tone(300.0))
    sound = synthesise(tone, key=0)
    assert np.abs(sound[0]).max() < 0.02 * np.abs(sound).max()


def test_no_dc() -> None:
    # One burst of noise has a mean by chance; a constant would stay when many are averaged. A tone
    # that is over before its first turn has one by right.
    for frames, own in ((MONO, np.zeros(2)), (STEREO, np.array([0.0, GLIDE.mean()]))):
        sounds = np.stack([synthesise(frames, key=key) for key in range(64)])
        means = sounds.mean(axis=(0, 1)) - own
        assert np.abs(means).max() < 1e-3 * np.abs(sounds).max(), means
