from __future__ import annotations

import numpy as np
import pytest

from evaluation.signals import Signal
from messina.evaluation.texture_statistics import (
    CHANNELS,
    CHANNELS_HZ,
    MODULATION_HZ,
    TextureStatistics,
    correlation_distance,
    mean_statistics,
    modulation_distance_db,
    moments_distance,
    window_statistics,
)
from messina.units import SAMPLE_RATE

SECONDS = 12
TIMES = np.arange(SECONDS * SAMPLE_RATE) / SAMPLE_RATE
AUDIBLE = slice(4, CHANNELS - 2)
"""Bands wide enough to hold a modulation of 32 Hz."""


def noise(seed: int) -> Signal:
    return 0.1 * np.random.default_rng(seed).standard_normal(len(TIMES))


def of(sound: Signal) -> TextureStatistics:
    return mean_statistics(window_statistics([sound]))


@pytest.mark.parametrize("rate_hz", [2.0, 8.0, 32.0])
def test_modulated_noise_shows_its_rate(rate_hz: float) -> None:
    modulated = of(noise(0) * (1.0 + np.sin(2 * np.pi * rate_hz * TIMES)))
    plain = of(noise(0))
    octave = int(np.flatnonzero(rate_hz == MODULATION_HZ)[0])
    assert (modulated.modulation[AUDIBLE].argmax(axis=1) == octave).all()
    assert (modulated.modulation[AUDIBLE, octave] > 0.3).all()
    assert modulated.modulation[AUDIBLE, octave].mean() > 4 * plain.modulation[:, octave].mean()
    assert modulation_distance_db(modulated, plain) > 3.0


def test_shares_of_modulation_are_shares() -> None:
    shares = of(noise(1)).modulation
    assert (shares > 0).all()
    assert (shares.sum(axis=1) <= 1.0).all()
    assert shares.sum(axis=1).mean() > 0.4


def test_bands_that_are_modulated_together_correlate_and_others_do_not() -> None:
    slow = np.random.default_rng(2).standard_normal((2, SECONDS * 8 + 1))
    envelopes = [np.exp(np.interp(TIMES * 8, np.arange(SECONDS * 8 + 1), row)) for row in slow]
    spectrum = np.fft.rfft(noise(3))
    low = np.fft.rfftfreq(len(TIMES), 1 / SAMPLE_RATE) < 2_000.0
    parts = [np.fft.irfft(spectrum * side, len(TIMES)) for side in (low, ~low)]
    together = of(sum(parts) * envelopes[0])
    apart = of(parts[0] * envelopes[0] + parts[1] * envelopes[1])
    below, above = np.flatnonzero(CHANNELS_HZ < 1_500)[-8:], np.flatnonzero(CHANNELS_HZ > 2_700)
    across = np.ix_(below, above)
    assert together.correlation[across].min() > 0.6
    assert np.abs(apart.correlation[across]).mean() < 0.4
    assert np.abs(of(noise(4)).correlation[across]).mean() < 0.1
    assert np.diag(together.correlation) == pytest.approx(np.ones(CHANNELS))
    assert correlation_distance(together, apart) > 0.2


def test_what_is_sparse_has_more_spread_and_heavier_tails_than_noise() -> None:
    rng = np.random.default_rng(5)
    clicks = np.where(rng.random(len(TIMES)) < 5.0 / SAMPLE_RATE, 1.0, 0.0) + 1e-5 * noise(5)
    sparse, plain = of(clicks), of(noise(6))
    assert (sparse.moments[AUDIBLE] > 1.5 * plain.moments[AUDIBLE]).all()
    near = int(np.abs(CHANNELS_HZ - 1_000.0).argmin())
    tone = of(0.1 * np.sin(2 * np.pi * 1_000.0 * TIMES))
    assert tone.moments[near, 0] < 0.01 < 0.1 < plain.moments[near, 0]
    assert moments_distance(sparse, plain) > 0.2


def test_two_takes_of_a_noise_are_alike_whatever_their_level() -> None:
    first, second = of(noise(7)), of(20.0 * noise(8))
    assert moments_distance(first, second) < 0.03
    assert correlation_distance(first, second) < 0.06
    assert modulation_distance_db(first, second) < 1.0


def test_the_envelope_of_noise_is_that_of_a_rayleigh_variable() -> None:
    """To the power of 0.3 it has a relative variance of Γ(1.3) / Γ(1.15)^2 - 1 = 0.0309."""
    narrow = of(noise(9)).moments[4:8, 0]  # slower than the envelope is read: nothing is averaged
    assert narrow == pytest.approx(np.full(4, np.sqrt(0.0309)), rel=0.1)


def test_silence_and_short_sounds_have_statistics_and_nothing_has_none() -> None:
    silent = of(np.zeros(SAMPLE_RATE))
    assert all(np.isfinite(part).all() for part in silent)
    short = window_statistics([noise(10)[: SAMPLE_RATE // 2]])
    assert len(short) == 1
    assert len(window_statistics([noise(11)])) == 4
    with pytest.raises(ValueError, match="empty"):
        window_statistics([np.zeros(0)])
