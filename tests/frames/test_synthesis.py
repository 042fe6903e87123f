import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.frames.signals import decaying_noise, decaying_tone, gliding_tone

from messina.frames.analysis import analyse
from messina.frames.layout import HOP
from messina.frames.synthesis import Synthesiser, synthesise

MONO = analyse(decaying_noise() + decaying_tone(440.0, duration_s=0.6))
STEREO = analyse(
    np.stack([decaying_noise(seed=1), gliding_tone(60.0, semitones=12.0, tau_s=0.03)], axis=1)
)


@pytest.mark.parametrize("frames", [MONO, STEREO], ids=["mono", "stereo"])
@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, 40), max_size=12))
def test_whole_and_blockwise_synthesis_agree(frames, cuts):
    key = int(np.random.default_rng(3).integers(2**32))
    whole = synthesise(frames, rng=np.random.default_rng(3))
    player, start, parts = Synthesiser(frames, key=key), 0, []
    for cut in [*cuts, len(frames)]:
        parts.append(player.step(frames.body[start : start + cut]))
        start += cut
    joined = np.concatenate([*parts, player.finish()])[: len(whole)]
    # Sums in another order differ in the last bits of float32, 1e-7 of full scale each.
    assert np.abs(joined - whole).max() < 1e-5


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
