import numpy as np
import pytest

from messina.frames.layout import HOP, PARTIAL_FLOOR
from messina.frames.oscillators import Oscillators, audible, warped_time
from messina.frames.stereo import MONO_MIX
from messina.units import SAMPLE_RATE


def bank(frequencies_hz, phases=None, glide=(0.0, 0.03)):
    count = len(frequencies_hz)
    mix = np.broadcast_to(MONO_MIX, (1, 2, count))
    phases = np.zeros(count) if phases is None else np.array(phases)
    return Oscillators(np.array(frequencies_hz), phases, glide, mix)


def test_steady_oscillators_are_exact_sines():
    rows = np.zeros((41, 2), np.float32)
    sound = bank([440.0, 5_000.0], [0.3, -1.0]).step(rows)[0]
    n = np.arange(40 * HOP)
    expected = np.sin(2 * np.pi * 440 * n / SAMPLE_RATE + 0.3)
    expected += np.sin(2 * np.pi * 5_000 * n / SAMPLE_RATE - 1.0)
    assert np.abs(sound - expected).max() < 1e-4  # float32 sums of two unit sines


def test_a_glide_follows_its_formula():
    semitones, tau_s = 12.0, 0.04
    sound = bank([100.0], glide=(semitones, tau_s)).step(np.zeros((101, 1), np.float32))[0]
    fine = (np.arange(100 * HOP * 8) + 0.5) / SAMPLE_RATE / 8
    assert fine[-1] > 10 * tau_s  # the tail, where the glide is over, is compared, too
    speed = np.exp2(semitones / 12 * np.exp(-fine / tau_s))
    time = np.concatenate([[0], np.cumsum(speed)[7:-1:8]]) / SAMPLE_RATE / 8
    # Under a hundredth of a semitone the glide counts as over: 5 ms * 0.01 semitones of 100 Hz.
    assert np.abs(sound - np.sin(2 * np.pi * 100 * time)).max() < 0.02


def test_high_oscillators_do_not_glide():
    still = bank([6_000.0]).step(np.zeros((9, 1), np.float32))
    gliding = bank([6_000.0], glide=(12.0, 0.05)).step(np.zeros((9, 1), np.float32))
    np.testing.assert_array_equal(still, gliding)


def test_the_floor_is_silence_and_levels_above_it_are_kept():
    levels = np.array([PARTIAL_FLOOR, PARTIAL_FLOOR + 0.3, PARTIAL_FLOOR + 1.8, -1.0], np.float32)
    amplitudes = audible(levels, PARTIAL_FLOOR)
    assert amplitudes[0] == amplitudes[1] == 0
    np.testing.assert_allclose(amplitudes[2:], np.exp(levels[2:]), rtol=1e-5)


def test_warped_time_is_empty_without_a_glide_and_gains_on_time_with_one():
    assert len(warped_time(0.0, 0.05)) == 0
    table = warped_time(12.0, 0.05)
    speed = np.diff(table)
    assert speed[0] == pytest.approx(2.0, rel=1e-3)
    assert speed[-1] == pytest.approx(1.0, rel=1e-3)


def test_oscillators_above_hearing_stay_silent():
    assert not bank([21_800.0, 30_000.0]).step(np.zeros((5, 2), np.float32)).any()
