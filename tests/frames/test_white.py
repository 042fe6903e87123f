import numpy as np

from messina.frames.white import white_noise


def test_noise_is_white_with_unit_variance():
    noise = white_noise(1234, 0, 1 << 18)
    assert abs(noise.mean()) < 0.01  # standard error of the mean: 0.002
    assert abs(noise.var() - 1) < 0.01
    power = np.abs(np.fft.rfft(noise.reshape(-1, 1024), axis=1)) ** 2
    by_bin = power.mean(axis=0)[1:-1] / 1024
    assert np.abs(by_bin - 1).max() < 0.35  # 256 frames: 6 % a bin, five sigma of 511 bins


def test_any_part_can_be_had_alone():
    whole = white_noise(5, 0, 1000)
    np.testing.assert_array_equal(whole[300:500], white_noise(5, 300, 200))


def test_neighbouring_keys_give_unrelated_noise():
    first, second = white_noise(7, 0, 1 << 16), white_noise(8, 0, 1 << 16)
    assert abs(np.mean(first * second)) < 0.02  # standard error 0.004
    assert np.abs(np.fft.irfft(np.fft.rfft(first) * np.fft.rfft(second).conj())).max() < 0.05 * len(
        first
    )


def test_no_pattern_repeats_within_a_minute():
    noise = white_noise(3, 0, 60 * 44_100)
    assert len(np.unique(noise[::7])) > 0.99 * len(noise[::7])
