from __future__ import annotations

import numpy as np
import pytest

from messina.instrument.finishing import true_peak
from messina.limiter import CEILING, LATENCY, Limiter
from messina.units import SAMPLE_RATE


def limited(audio: np.ndarray, block: int = 1_024) -> np.ndarray:
    limiter = Limiter()
    padded = np.pad(audio, ((0, LATENCY), (0, 0))).astype(np.float32)
    parts = [limiter.step(padded[i : i + block]) for i in range(0, len(padded), block)]
    return np.concatenate(parts)[LATENCY:]


def noise(seconds: float, level: float, seed: int = 1) -> np.ndarray:
    """Up to 18 kHz, as music has it at most: next to Nyquist no interpolator is right."""
    count = round(seconds * SAMPLE_RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal((count, 2)), axis=0)
    spectrum[round(18_000 * count / SAMPLE_RATE) :] = 0
    return (level * np.fft.irfft(spectrum, count, axis=0)).astype(np.float32)


def test_what_is_not_too_loud_passes_to_the_bit() -> None:
    quiet = np.clip(noise(0.5, 0.1), -0.55, 0.55)
    assert np.array_equal(limited(quiet), quiet)


@pytest.mark.parametrize("level", [0.5, 2.0, 30.0])
def test_no_true_peak_is_over_the_ceiling(level: float) -> None:
    out = limited(noise(1.0, level))
    # Four places a sample miss up to 0.1 dB of a peak at 18 kHz.
    assert true_peak(out) <= CEILING * 1.012
    assert true_peak(out) > 0.7 * CEILING


def test_peaks_between_the_samples_count() -> None:
    # A sine at a quarter of the rate, sampled 45 degrees off its peaks: 3 dB higher between.
    n = np.arange(8_192)
    sine = 1.2 * np.sin(np.pi / 2 * n + np.pi / 4)[:, None] * np.ones((1, 2))
    out = limited(sine.astype(np.float32))
    assert np.abs(sine).max() < 0.9
    assert np.sqrt(2) * np.abs(out[1_000:]).max() <= CEILING * 1.005


@pytest.mark.parametrize("block", [1, 37, 512, 100_000])
def test_block_sizes_do_not_matter(block: int) -> None:
    audio = noise(0.15 if block == 1 else 0.6, 0.6)
    # Sums run in another order: a part in ten million.
    assert np.allclose(limited(audio, block), limited(audio), rtol=0, atol=1e-6)


def test_one_loud_hit_leaves_what_follows_alone() -> None:
    steady = 0.2 * np.ones((SAMPLE_RATE, 2), np.float32)
    steady[10_000:10_200] *= 10
    out = limited(steady)
    before, after = out[: 10_000 - LATENCY], out[10_000 + SAMPLE_RATE // 2 :]
    assert np.array_equal(before, steady[: len(before)])
    assert np.allclose(after, 0.2, rtol=0.01)  # recovered: within 0.1 dB after half a second


def test_the_gain_does_not_jump() -> None:
    steady = 0.2 * np.ones((SAMPLE_RATE, 2), np.float32)
    steady[10_000:10_200] *= 10
    gain = limited(steady) / steady
    assert np.abs(np.diff(gain, axis=0)).max() < 0.02  # from 1 to a half within 4 ms


def test_silence_after_noise_is_silence() -> None:
    out = limited(np.concatenate([noise(0.2, 3.0), np.zeros((20_000, 2), np.float32)]))
    assert not out[-10_000:].any()
