from __future__ import annotations

import numpy as np
import pytest

from evaluation.signals import seconds
from messina.evaluation.changes import CHANGES, Change, available_changes
from messina.evaluation.signal_levels import level_db
from messina.evaluation.timbre import from_attack
from messina.units import SAMPLE_RATE


def sine(hz: float, duration_s: float) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hz * seconds(duration_s))


def white(duration_s: float, seed: int) -> np.ndarray:
    return 0.2 * np.random.default_rng(seed).standard_normal(len(seconds(duration_s)))


def named(part: str) -> Change:
    (found,) = (change for change in CHANGES if part in change.name)
    return found


def changed(part: str, audio: np.ndarray) -> np.ndarray:
    return named(part).apply(audio.astype(np.float32), np.random.default_rng(3))


def spectrum_db(audio: np.ndarray, low_hz: float, high_hz: float) -> float:
    power = np.abs(np.fft.rfft(audio)) ** 2
    hz = np.fft.rfftfreq(len(audio), 1 / SAMPLE_RATE)
    return float(10 * np.log10(power[(hz >= low_hz) & (hz < high_hz)].sum()))


@pytest.mark.parametrize("change", available_changes(), ids=lambda change: change.name)
@pytest.mark.parametrize(
    "audio",
    [np.zeros(0), np.zeros(2000), np.ones(3), sine(300, 0.2)],
    ids=["nothing", "silence", "three samples", "tone"],
)
def test_every_change_takes_any_sound(change: Change, audio: np.ndarray) -> None:
    heard = from_attack(audio)
    again = change.apply(heard, np.random.default_rng(0))
    assert again.dtype == np.float32
    assert np.isfinite(again).all()
    np.testing.assert_array_equal(heard, from_attack(audio))  # what it was given is as it was


@pytest.mark.parametrize("level", [-70.0, -30.0])
def test_noise_is_as_loud_as_is_said(level: float) -> None:
    silent = changed(f"−{-level:.0f} dB", np.zeros(SAMPLE_RATE))
    assert level_db(silent) == pytest.approx(level, abs=0.1)  # 44,100 draws: 0.03 dB


def test_a_tilt_is_three_db_between_low_and_high() -> None:
    flat = white(1.0, 1)
    tilted = changed("tilted", flat)
    low, high = (
        spectrum_db(tilted, a, b) - spectrum_db(flat, a, b) for a, b in ((20, 60), (14e3, 20e3))
    )
    assert abs(high - low) == pytest.approx(3.0, abs=0.15)


def test_the_low_pass_leaves_what_is_below_and_takes_what_is_above() -> None:
    flat = white(1.0, 2)
    low = changed("low-passed", flat)
    assert spectrum_db(low, 100, 3000) == pytest.approx(spectrum_db(flat, 100, 3000), abs=0.1)
    # Fourth order: 24 dB an octave.
    fell = spectrum_db(low, 11_500, 12_500) - spectrum_db(flat, 11_500, 12_500)
    assert fell == pytest.approx(-24.1, abs=1.0)


def test_a_cut_counts_from_the_audible_end() -> None:
    audio = np.concatenate([sine(400, 1.0), np.zeros(20_000)])
    assert len(changed("80 %", audio)) == pytest.approx(0.8 * SAMPLE_RATE, rel=0.001)
    assert len(changed("half", audio)) == pytest.approx(0.5 * SAMPLE_RATE, rel=0.001)


def test_thirty_cents_are_thirty_cents() -> None:
    audio = sine(1000, 1.0)
    moved = changed("detuned", audio)
    assert abs(1200 * np.log2(len(audio) / len(moved))) == pytest.approx(30.0, abs=0.1)


def test_noise_in_bands_keeps_the_course_and_loses_the_sine() -> None:
    audio = sine(1000, 1.0)
    hissing = changed("43 Hz", audio)
    assert level_db(hissing) == pytest.approx(level_db(audio), abs=1.5)
    # A tone of 1 s lies within 3 Hz; what is made of it is spread over its bands.
    assert spectrum_db(audio, 997, 1003) - spectrum_db(hissing, 997, 1003) > 5.0


def test_a_softened_attack_is_all_that_changes() -> None:
    audio = white(0.2, 4)
    soft = changed("attacks", audio)
    eight_ms = round(0.008 * SAMPLE_RATE)
    np.testing.assert_array_equal(soft[eight_ms + 20 :], audio.astype(np.float32)[eight_ms + 20 :])
    assert level_db(soft[: eight_ms // 4]) < level_db(audio[: eight_ms // 4]) - 15.0
