from __future__ import annotations

import numpy as np
import pytest

from messina import limiter
from messina.instrument.finishing import true_peak
from messina.limiter import CEILING, LATENCY, SOUND_CEILING, Limiter, true_peaks
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


def hit_and_tail(hit_level: float) -> np.ndarray:
    """20 ms that are loud, then three seconds that are not."""
    return np.concatenate([noise(0.02, hit_level), noise(3.0, 0.05, seed=2)])


@pytest.mark.parametrize("level", [0.3, 0.6, 1.5])
def test_a_whole_sound_has_no_true_peak_over_its_ceiling(level: float) -> None:
    out = limiter.limited(hit_and_tail(level))
    # What moves the gain may be measured a little otherwise beside what is cut out.
    assert true_peaks(out).max() <= SOUND_CEILING * (1 + 1e-5)


def test_only_what_is_loud_is_looked_at_between_its_samples(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_at = []
    resample = limiter.soxr.resample

    def counting(audio: np.ndarray, *args: object, **options: object) -> np.ndarray:
        looked_at.append(len(audio))
        return resample(audio, *args, **options)

    monkeypatch.setattr(limiter.soxr, "resample", counting)
    sound = hit_and_tail(0.3)
    limiter.limited(sound)
    assert looked_at
    assert max(looked_at) < 0.05 * len(sound)
