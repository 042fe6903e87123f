"""Where sounds start and end."""

from __future__ import annotations

import numpy as np
import pytest

from corpus.signals import RATE, burst, kick, silence, times, tone
from messina.corpus.alignment import align, find_end, find_onset
from messina.corpus.levels import power

ONE_MS = RATE // 1000


def _mono(*parts: np.ndarray) -> np.ndarray:
    return np.concatenate(parts).astype(np.float32)[:, None]


@pytest.mark.parametrize("hit", [burst(), kick(), tone(880.0)], ids=["noise", "kick", "tone"])
@pytest.mark.parametrize("lead_s", [0.0, 0.003, 0.25, 2.0])
def test_a_hit_starts_within_two_milliseconds_of_its_onset(hit: np.ndarray, lead_s: float) -> None:
    lead = silence(lead_s)
    onset = find_onset(power(_mono(lead, hit)))
    assert 0 <= len(lead) - onset <= 2 * ONE_MS or onset == 0 == len(lead)


@pytest.mark.parametrize("noise_db", [-70, -50, -40])
def test_noise_before_a_hit_is_not_taken_for_the_hit(noise_db: int) -> None:
    rng = np.random.default_rng(0)
    audio = _mono(silence(0.5), tone(440.0, gain=1.0))
    audio += (10 ** (noise_db / 20) * rng.standard_normal(audio.shape)).astype(np.float32)
    onset = find_onset(power(audio))
    assert abs(onset - RATE // 2) < 4 * ONE_MS


def test_hum_before_a_hit_is_not_taken_for_the_hit() -> None:
    audio = _mono(silence(0.5), burst(gain=1.0))
    audio += (0.02 * np.sin(2 * np.pi * 50 * times(len(audio) / RATE)))[:, None].astype(np.float32)
    assert abs(find_onset(power(audio)) - RATE // 2) < 4 * ONE_MS


def test_a_click_long_before_the_hit_is_left_behind() -> None:
    click = 0.01 * burst(seconds=0.01)
    onset = find_onset(power(_mono(click, silence(0.4), burst(gain=1.0))))
    assert abs(onset - RATE * 0.41) < 2 * ONE_MS


def test_a_ghost_note_before_the_hit_belongs_to_it() -> None:
    ghost = burst(gain=0.1)
    onset = find_onset(power(_mono(silence(0.2), ghost, silence(0.2), burst(gain=1.0))))
    assert abs(onset - RATE * 0.2) < 2 * ONE_MS


@pytest.mark.parametrize("rise_s", [0.1, 0.5, 2.0])
def test_a_swell_keeps_its_rise(rise_s: float) -> None:
    rise = 10 ** (-3 * (1 - np.minimum(times(rise_s + 0.5) / rise_s, 1)))  # from -60 dB
    swell = 0.5 * rise * np.sin(2 * np.pi * 300 * times(rise_s + 0.5))
    onset = find_onset(power(_mono(silence(0.3), swell)))
    kept = (0.3 + rise_s - onset / RATE) / rise_s
    assert kept > 0.9


def test_a_swell_out_of_noise_keeps_what_is_above_the_noise() -> None:
    rng = np.random.default_rng(0)
    rise = np.minimum(times(1.5), 1.0) ** 2
    swell = rise * np.sin(2 * np.pi * 300 * times(1.5))
    audio = _mono(silence(0.5), swell)
    audio += (0.002 * rng.standard_normal(audio.shape)).astype(np.float32)
    onset = find_onset(power(audio)) / RATE
    assert 0.45 < onset < 0.65  # the swell is at the noise's level 0.05 s after it starts


def test_silence_after_the_sound_goes() -> None:
    audio = _mono(tone(440.0, seconds=1.0, decay_s=0.3), silence(3.0))
    end_s = find_end(power(audio)) / RATE
    assert 0.5 < end_s < 0.65  # 72 dB down after 0.54 s


def test_the_recordings_own_noise_after_the_sound_goes() -> None:
    rng = np.random.default_rng(0)
    audio = _mono(tone(440.0, seconds=1.0, decay_s=0.3, gain=1.0), silence(3.0))
    audio += (1e-3 * rng.standard_normal(audio.shape)).astype(np.float32)
    end_s = find_end(power(audio)) / RATE
    assert 0.35 < end_s < 0.55  # 57 dB down after 0.43 s


def test_a_slow_decay_is_not_taken_for_noise() -> None:
    audio = _mono(tone(200.0, seconds=10.0, decay_s=12.0))
    assert find_end(power(audio)) == len(audio)


def test_a_steady_sound_is_kept_to_its_end() -> None:
    audio = _mono(0.3 * np.sin(2 * np.pi * 220 * times(3.0)))
    aligned, remarks = align(audio)
    assert len(aligned) == len(audio)
    assert remarks == ()


def test_a_long_sound_is_cut_with_a_fade_and_a_remark() -> None:
    aligned, remarks = align(_mono(0.3 * np.sin(2 * np.pi * 220 * times(20.0))))
    assert len(aligned) == 12 * RATE
    assert abs(aligned[-1, 0]) < 1e-3
    assert remarks == ("only its first 12 s are used",)


def test_the_level_and_both_channels_are_kept() -> None:
    stereo = np.stack([kick(), 0.25 * kick()], axis=1)
    aligned, _ = align(np.concatenate([np.zeros((RATE, 2), np.float32), stereo]))
    assert np.abs(aligned[:, 0]).max() == pytest.approx(np.abs(stereo[:, 0]).max(), rel=1e-4)
    assert np.abs(aligned[:, 1]).max() == pytest.approx(np.abs(stereo[:, 1]).max(), rel=1e-4)


def test_a_cut_does_not_click() -> None:
    rng = np.random.default_rng(0)
    audio = _mono(silence(0.5), burst(gain=1.0), silence(1.0))
    audio += (0.001 * rng.standard_normal(audio.shape)).astype(np.float32)
    aligned, _ = align(audio)
    assert aligned[0, 0] == 0
    assert abs(aligned[-1, 0]) < 1e-4


def test_it_does_not_change_what_it_is_given() -> None:
    audio = _mono(silence(0.1), burst(), silence(1.0))
    before = audio.copy()
    align(audio)
    assert np.array_equal(audio, before)
