"""Pitch of tones that have one, and none for sounds that have none."""

from __future__ import annotations

import numpy as np
import pytest

from corpus.signals import BAR, RATE, burst, harmonics, kick, times, tone
from messina.corpus.describing import decay_s
from messina.corpus.pitch import Pitch, estimate_pitch, find_peaks, is_near_peak, pitch_near

SURE = 0.6
NOTES_HZ = [27.5, 41.2, 65.4, 110.0, 196.0, 261.63, 440.0, 987.8, 2093.0, 4186.0]


def _pitch(sound: np.ndarray) -> Pitch | None:
    return estimate_pitch(find_peaks(sound, decay_s=decay_s(sound)))


def _cents(pitch: Pitch | None, frequency_hz: float) -> float:
    assert pitch is not None
    assert pitch.confidence > SURE
    return abs(1200 * np.log2(pitch.frequency_hz / frequency_hz))


@pytest.mark.parametrize("frequency_hz", NOTES_HZ)
@pytest.mark.parametrize("slope", [0.5, 1.0, 2.0])
def test_a_harmonic_tone_is_right_within_10_cents(frequency_hz: float, slope: float) -> None:
    count = max(1, min(20, int(15_000 / frequency_hz)))
    sound = tone(frequency_hz, decay_s=1.0, partials=harmonics(count, slope=slope))
    assert _cents(_pitch(sound), frequency_hz) < 10


@pytest.mark.parametrize("frequency_hz", [n for n in NOTES_HZ if n < 4000])
@pytest.mark.parametrize("decay", [0.15, 0.5, 2.0])
def test_a_bar_is_right_within_10_cents(frequency_hz: float, decay: float) -> None:
    if decay * frequency_hz < 12:
        pytest.skip("too few periods to have a pitch")
    sound = tone(frequency_hz, seconds=1.2 * decay, decay_s=decay, partials=BAR)
    assert _cents(_pitch(sound), frequency_hz) < 10


def test_a_bars_strong_second_mode_does_not_win() -> None:
    sound = tone(220.0, partials=((1.0, 1.0), (3.93, 1.0), (9.54, 0.5)))
    assert _cents(_pitch(sound), 220.0) < 10


def test_a_missing_fundamental_is_found() -> None:
    partials = [(float(k), 1.0) for k in range(2, 9)]
    assert _cents(_pitch(tone(110.0, partials=partials)), 110.0) < 10


def test_odd_harmonics_alone_keep_their_fundamental() -> None:
    partials = [(float(k), 1.0 / k) for k in (1, 3, 5, 7, 9)]
    assert _cents(_pitch(tone(220.0, partials=partials)), 220.0) < 10


def test_stretched_partials_of_a_string_do_not_mislead() -> None:
    partials = [(k * np.sqrt(1 + 4e-4 * k**2), 1.0 / k) for k in range(1, 13)]
    assert _cents(_pitch(tone(130.81, partials=partials)), 130.81) < 10


def test_noise_at_the_onset_does_not_hide_a_tone() -> None:
    sound = tone(523.25, partials=BAR)
    sound[: RATE // 20] += burst(seconds=0.05, decay_s=0.02, gain=0.4)
    assert _cents(_pitch(sound), 523.25) < 10


def test_noise_under_a_tone_does_not_hide_it() -> None:
    rng = np.random.default_rng(0)
    sound = tone(330.0, partials=harmonics(6))
    sound += (0.005 * rng.standard_normal(len(sound))).astype(np.float32)
    assert _cents(_pitch(sound), 330.0) < 10


def test_vibrato_of_a_third_of_a_semitone_is_still_a_pitch() -> None:
    t = times(1.0)
    phase = 2 * np.pi * 440 * t + 440 * (2 ** (15 / 1200) - 1) / 5.5 * np.sin(2 * np.pi * 5.5 * t)
    sound = sum(np.sin(k * phase) / k for k in range(1, 6)).astype(np.float32)
    assert _cents(_pitch(0.2 * sound), 440.0) < 10


@pytest.mark.parametrize(
    "sound",
    [
        burst(seed=1),
        burst(seconds=2.0, decay_s=1.5, seed=2),
        kick(),
        kick(start_hz=300.0, end_hz=80.0),
        0.3 * np.random.default_rng(3).standard_normal(RATE).astype(np.float32),
        tone(400.0, partials=[(r, 1.0) for r in (1, 1.342, 1.713, 2.091, 2.623, 3.317, 4.441)]),
    ],
    ids=["snare", "crash", "kick", "tom", "noise", "plate"],
)
def test_drums_and_noise_have_no_pitch_to_rely_on(sound: np.ndarray) -> None:
    pitch = _pitch(sound)
    assert pitch is None or pitch.confidence < SURE


@pytest.mark.parametrize("samples", [1, 50, 220, 2000])
def test_the_shortest_sounds_do_not_fail(samples: int) -> None:
    _pitch(burst()[:samples])


def test_silence_has_no_pitch() -> None:
    assert _pitch(np.zeros(RATE, np.float32)) is None


def test_next_to_a_named_note_the_deviation_is_measured() -> None:
    detuned = 440.0 * 2 ** (35 / 1200)
    sound = tone(detuned, partials=harmonics(5))
    near = pitch_near(find_peaks(sound, decay_s=1.0), 440.0)
    assert near == pytest.approx(detuned, rel=6e-4)  # a cent


def test_next_to_a_wrong_note_there_is_nothing() -> None:
    peaks = find_peaks(tone(440.0), decay_s=1.0)
    assert pitch_near(peaks, 500.0) is None


def test_a_partial_counts_in_every_octave_around() -> None:
    peaks = find_peaks(tone(440.0), decay_s=1.0)
    assert is_near_peak(peaks, 440.0)
    assert is_near_peak(peaks, 220.0)
    assert not is_near_peak(peaks, 311.0)
