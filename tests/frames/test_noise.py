import numpy as np
import pytest

from messina.frames.layout import BANDS, BODY_FLOOR, ERBS, GROUPS, HOP, NOISE_FLOOR, STEPS
from messina.frames.noise import (
    ATTACK_SIZE,
    NOISE_SIZE,
    BodyNoise,
    OnsetShaper,
    SpectralFilter,
    noise_levels,
)
from messina.frames.stereo import MONO_MIX

MONO = np.broadcast_to(MONO_MIX, (1, 2, NOISE_SIZE // 2 + 1))


def test_a_filter_of_ones_only_delays():
    rng = np.random.default_rng(0)
    signal = rng.standard_normal((2, 64 * 40)).astype(np.float32)
    spectral = SpectralFilter(size=ATTACK_SIZE, hop=64, channels=2)
    out = spectral.overlapped(spectral.spectra(signal))
    lead = spectral.lead
    np.testing.assert_allclose(out[:, 2 * lead :], signal[:, lead:-lead], atol=1e-5)


def test_flat_levels_play_white_noise_as_loud():
    rows = np.full((400, GROUPS), np.log(0.1), np.float32)
    sound = BodyNoise(MONO, key=3, even=False).step(rows)[0]
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(0.1, rel=0.04)  # 0.35 dB


def test_measuring_what_was_played_gives_the_levels_back():
    rng = np.random.default_rng(2)
    slope = np.linspace(-2, -6, GROUPS) + 0.1 * rng.standard_normal(GROUPS)
    rows = np.repeat(slope[None], 600, axis=0).astype(np.float32)
    sound = BodyNoise(MONO, key=1, even=False).step(rows)[0]
    measured = np.median(noise_levels(sound, np.zeros_like(sound), 600)[20:-20], axis=0)
    bias = measured - slope
    assert abs(np.mean(bias[1:-1])) < 0.05  # 0.4 dB over all groups
    assert np.abs(bias[4:-4]).max() < 0.4  # 3.5 dB: five sigma of the median of 560 frames


def test_levels_measured_on_one_noise_play_it_as_loud_and_no_rougher():
    noise = 0.1 * np.random.default_rng(7).standard_normal(HOP * 400).astype(np.float32)
    levels = noise_levels(noise, np.zeros_like(noise), 400)
    sound = BodyNoise(MONO, key=3, even=True).step(levels)[0][2048:-2048]
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(0.1, rel=0.06)  # 0.5 dB
    spread = np.log(np.abs(np.fft.rfft(sound[: 512 * 150].reshape(150, 512)))[:, 5:-5]).std()
    assert 0.5 < spread < 0.65  # ln of a Rayleigh magnitude: 0.64; through white noise 0.68


def test_the_onset_shaper_leaves_sound_alone_when_its_gains_are_one():
    rng = np.random.default_rng(5)
    noise = rng.standard_normal((1, HOP * 20)).astype(np.float32)
    shaped = OnsetShaper(np.zeros((STEPS, ERBS), np.float32), channels=1).step(noise)
    np.testing.assert_allclose(shaped, noise[:, HOP:], atol=1e-5)


def test_the_onset_shaper_mutes_before_its_step():
    rng = np.random.default_rng(6)
    noise = rng.standard_normal((2, HOP * 16)).astype(np.float32)
    gains = np.zeros((STEPS, ERBS), np.float32)
    gains[:8] = -6.0
    whole = OnsetShaper(gains, channels=2).step(noise)
    muted, open_ = whole[:, :256], whole[:, 1024:1536]
    assert np.sqrt(np.mean(muted**2)) < 0.05 * np.sqrt(np.mean(open_**2))


def test_a_leak_beside_a_strong_sinusoid_is_not_noise():
    n = np.arange(256 * 200)
    tone = np.sin(2 * np.pi * 1000 / 44_100 * n).astype(np.float32)
    left_over = 0.01 * tone  # an imperfect subtraction, 40 dB down
    levels = noise_levels(left_over, tone, 200)[10:-10]
    assert levels.max() < np.log(1e-3)
    assert noise_levels(left_over, 0 * tone, 200)[10:-10].max() > np.log(1e-3)


def test_silence_has_the_floor_as_its_level():
    levels = noise_levels(np.zeros(5000, np.float32), np.zeros(5000, np.float32), 20)
    assert (levels == np.float32(NOISE_FLOOR)).all()
    assert (BODY_FLOOR[BANDS:] == np.float32(NOISE_FLOOR)).all()
