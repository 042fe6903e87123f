import numpy as np
import pytest
from tests.frames.signals import decaying_noise, seconds

from messina.frames.analysis import analyse
from messina.frames.layout import BANDS, HOP, PARTIAL_FLOOR
from messina.frames.modes import add_modes, find_modes
from messina.units import SAMPLE_RATE


def knock(*modes):
    t = seconds(0.3)
    return sum(
        level * np.exp(-t / tau_s) * np.sin(2 * np.pi * hz * t) for hz, tau_s, level in modes
    ).astype(np.float32)


def test_damped_sinusoids_are_found_with_their_pitch_and_decay():
    modes = find_modes(knock((430.0, 0.012, 1.0), (1_130.0, 0.008, 0.7)))
    order = np.argsort(modes.frequency_hz)
    np.testing.assert_allclose(modes.frequency_hz[order], [430.0, 1_130.0], rtol=0.005)
    np.testing.assert_allclose(modes.tau_s[order], [0.012, 0.008], rtol=0.1)
    np.testing.assert_allclose(modes.amplitude[order], [1.0, 0.7], rtol=0.1)


def test_their_sound_is_what_was_heard():
    sound = knock((430.0, 0.012, 1.0))
    modes = find_modes(sound)
    rest = sound - modes.sound(len(sound), modes.lasting(sound, len(sound) // HOP))
    assert np.sum(rest**2) < 0.01 * np.sum(sound**2)


def test_a_click_and_silence_have_no_modes():
    click = np.zeros(5_000, np.float32)
    click[:10] = 1.0
    assert len(find_modes(click).frequency_hz) == 0
    assert len(find_modes(np.zeros(5_000, np.float32)).frequency_hz) == 0
    assert len(find_modes(np.zeros(3, np.float32)).frequency_hz) == 0


def test_a_knock_in_noise_becomes_an_oscillator_of_its_pitch():
    sound = knock((430.0, 0.015, 1.0)) + decaying_noise(level=0.05, duration_s=0.3)
    frames = analyse(sound)
    loudest = int(np.argmax(frames.partials[:4].max(axis=0)))
    assert frames.frequencies_hz[loudest] == pytest.approx(430.0, rel=0.01)
    fall = frames.partials[0, loudest] - frames.partials[4, loudest]
    assert fall == pytest.approx(4 * 256 / SAMPLE_RATE / 0.015, rel=0.25)


def test_a_mode_that_is_damped_after_the_onset_does_not_ring_on():
    t = seconds(0.3)
    for lasts_s, tau_s in ((0.3, 0.06), (0.05, 0.006)):
        sound = knock((430.0, 0.06, 1.0)) * np.exp(-np.maximum(t - lasts_s, 0.0) / tau_s)
        modes = find_modes(sound.astype(np.float32))
        assert len(modes.frequency_hz) == 1
        share = modes.lasting(sound.astype(np.float32), 40)[:, 0]
        assert (share[:8] == 1.0).all()
        wanted = 1.0 if lasts_s == 0.3 else np.exp(-(17 * HOP / SAMPLE_RATE - lasts_s) / tau_s)
        # A window of 23 ms lengthens what dies away within 6.
        assert share[17] == pytest.approx(wanted, abs=0.05)
        nothing = np.full((40, BANDS), PARTIAL_FLOOR, np.float32)
        levels, _, _ = add_modes(nothing, np.zeros(BANDS), sound.astype(np.float32))
        fall = levels[0].max() - levels[12].max()
        assert fall == pytest.approx(12 * HOP / SAMPLE_RATE / 0.06 - np.log(share[12]), abs=0.1)
