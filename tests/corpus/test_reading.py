"""Checks, channels, rates and offsets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corpus.signals import RATE, burst, kick, silence, tone, write
from messina.corpus.reading import prepare, read_audio
from messina.errors import SoundError


def _prepared(audio: np.ndarray, rate: int = RATE) -> np.ndarray:
    shaped = audio if audio.ndim == 2 else audio[:, None]
    return prepare(shaped.astype(np.float32), sample_rate=rate)


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 32_000, 48_000, 96_000, 192_000, 37_813])
def test_any_rate_arrives_at_44100_with_its_pitch_and_level(tmp_path: Path, rate: int) -> None:
    signal = tone(440.0, seconds=0.5, decay_s=100.0, rate=rate)
    audio = read_audio(write(tmp_path / "a.wav", signal, rate=rate, subtype="FLOAT"))
    assert audio.dtype == np.float32
    assert abs(len(audio) - RATE / 2) <= 2
    middle = audio[RATE // 8 : 3 * RATE // 8, 0]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 8 * len(middle)))
    peak_hz = np.argmax(spectrum) * RATE / (8 * len(middle))
    assert peak_hz == pytest.approx(440.0, rel=1e-3)
    assert np.abs(middle).max() == pytest.approx(0.5, rel=0.02)


def test_stereo_stays_stereo_and_equal_channels_become_one() -> None:
    left, right = burst(seed=1), burst(seed=2)
    assert _prepared(np.stack([left, right], axis=1)).shape[1] == 2
    assert _prepared(np.stack([left, left], axis=1)).shape[1] == 1


@pytest.mark.parametrize("channels", [3, 4, 5, 6, 7, 8, 16])
def test_many_channels_are_mixed_to_two_with_left_left_and_right_right(channels: int) -> None:
    audio = np.zeros((2000, channels))
    audio[:, 0] = burst(seed=1)[:2000]
    mixed = _prepared(audio)
    assert mixed.shape[1] == 2
    assert np.abs(mixed[:, 0]).max() > 0.05
    assert np.abs(mixed[:, 1]).max() < 1e-3


def test_the_level_is_that_of_the_file() -> None:
    for gain in (1.0, 0.01):
        signal = gain * burst(gain=1.0)
        assert np.abs(_prepared(signal)).max() == pytest.approx(gain, rel=1e-3)


def test_an_offset_is_taken_away_where_it_is() -> None:
    signal = np.concatenate([silence(0.1), kick(), silence(0.3)])
    cleaned = _prepared(signal + 0.2)[:, 0]
    # 20 ms blocks of a low tone are not quite without a mean of their own
    assert np.abs(cleaned - signal).max() < 2e-3


def test_a_kick_that_is_not_symmetrical_is_not_moved() -> None:
    signal = np.concatenate([kick(), silence(0.2)])
    assert abs(signal.mean()) > 1e-4
    assert np.abs(_prepared(signal)[:, 0] - signal).max() < 1e-3


@pytest.mark.parametrize(
    ("audio", "reason"),
    [
        (np.zeros(0), r"no audio \(0 samples\)"),
        (np.array([0.5]), "too short"),
        (np.full(100, 0.1) * np.arange(100), "too short"),
        (np.zeros(RATE), "silent"),
        (np.full(RATE, 0.3), "constant offset"),
        (np.where(np.arange(RATE) % 2, 1 / 32768, 0), "silent"),
        (np.append(burst(), np.nan), "1 of .* samples are NaN"),
        (np.append(burst(), [np.inf, -np.inf]), "2 of .* samples are NaN or infinite"),
        (burst() * 30_000, "scale of ±1"),
    ],
)
def test_what_cannot_be_used_says_why(audio: np.ndarray, reason: str) -> None:
    with pytest.raises(SoundError, match=reason):
        _prepared(audio)


def test_an_impossible_rate_is_refused() -> None:
    with pytest.raises(SoundError, match="sample rate of 8 Hz"):
        _prepared(burst(), rate=8)


def test_float_files_may_go_beyond_full_scale() -> None:
    assert np.abs(_prepared(burst(gain=4.0))).max() == pytest.approx(4.0, rel=1e-3)
