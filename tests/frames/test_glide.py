import numpy as np
import pytest
from tests.frames.signals import decaying_noise, decaying_tone, gliding_tone

from messina.frames.glide import NO_GLIDE, Glide, bend, find_glide, low_part, straighten


@pytest.mark.parametrize(("semitones", "tau_s"), [(18.0, 0.015), (6.0, 0.05), (2.5, 0.08)])
def test_a_known_glide_is_found(semitones, tau_s):
    found = find_glide(gliding_tone(60.0, semitones=semitones, tau_s=tau_s))
    t = np.linspace(0.0, 0.25, 200)
    path = found.semitones * np.exp(-t / found.tau_s)
    difference = path - semitones * np.exp(-t / tau_s)
    # A constant of both is the resting pitch, which is measured apart.
    assert np.abs(difference - np.median(difference)).max() < 0.2 * semitones


def test_steady_sounds_do_not_glide():
    assert find_glide(decaying_tone(220.0)) == NO_GLIDE
    assert find_glide(decaying_tone(80.0) + decaying_tone(131.0)) == NO_GLIDE
    assert find_glide(np.zeros(4000, np.float32)) == NO_GLIDE
    assert find_glide(decaying_tone(3_000.0)) == NO_GLIDE  # nothing low enough to glide


def test_bending_undoes_straightening():
    glide = Glide(12.0, 0.03)
    low = low_part(decaying_noise(), 2_000.0)
    there_and_back = bend(straighten(low, glide), glide, len(low))
    inner = slice(50, -50)
    error = np.sqrt(np.mean((there_and_back - low)[inner] ** 2) / np.mean(low[inner] ** 2))
    assert error < 0.02  # cubic interpolation under a tenth of the sample rate: -34 dB twice


def test_straightening_makes_a_glide_one_frequency():
    sound = gliding_tone(70.0, semitones=14.0, tau_s=0.02)
    bent = np.abs(np.fft.rfft(sound, 1 << 16))
    straight = np.abs(np.fft.rfft(straighten(sound, Glide(14.0, 0.02)), 1 << 16))
    assert straight.max() > 1.3 * bent.max()
