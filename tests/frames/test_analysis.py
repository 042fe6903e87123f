import numpy as np
import pytest
from tests.frames.signals import (
    decaying_noise,
    decaying_tone,
    gliding_tone,
    level_db,
    peak_hz,
)

from messina.frames.analysis import analyse
from messina.frames.layout import BANDS, HOP, REFERENCE_HZ, frame_count
from messina.frames.loudness import loudness
from messina.frames.noise_levels import levels_at
from messina.frames.synthesis import synthesise
from messina.units import SAMPLE_RATE


def again(sound, *, reference_hz=REFERENCE_HZ, seed=0):
    """Through frames and back, as mono of the same length."""
    frames = analyse(sound, reference_hz=reference_hz)
    return synthesise(frames, key=seed, samples=len(sound)).mean(axis=1)


def fine_envelope_db(sound, size=88):
    count = len(sound) // size
    return np.array([max(level_db(part), -80) for part in sound[: count * size].reshape(-1, size)])


@pytest.mark.parametrize("hz", [55.0, 261.63, 1_318.5, 4_186.0])
def test_pitch_comes_back_within_a_cent(hz):
    sound = decaying_tone(hz, duration_s=2.0)
    for reference_hz in (REFERENCE_HZ, hz):
        found = peak_hz(again(sound, reference_hz=reference_hz), near=hz)
        assert abs(1200 * np.log2(found / hz)) < 1.0


def test_a_tone_is_partials_and_noise_is_noise():
    tone = analyse(decaying_tone(500.0))
    assert np.exp(tone.partials[10]).max() > 20 * np.exp(tone.noise[10]).max()
    noise = analyse(decaying_noise())
    tonal_power = np.exp(2 * noise.partials[5:20]).sum(axis=1).mean() / 2
    noise_power = np.exp(2 * noise.noise[5:20]).mean()
    assert tonal_power < 0.1 * noise_power


def test_level_is_kept():
    for sound in (decaying_tone(500.0, level=0.02), decaying_noise(level=0.4), decaying_tone(90.0)):
        assert level_db(again(sound)) == pytest.approx(level_db(sound), abs=1.0)


def test_levels_are_relative_to_the_gain():
    quiet, loud = analyse(decaying_tone(300.0, level=0.01)), analyse(decaying_tone(300.0))
    assert loud.gain == pytest.approx(50 * quiet.gain, rel=1e-4)
    heard = loud.body > -7  # 60 dB below the gain; further down float32 rounding shows
    np.testing.assert_allclose(quiet.body[heard], loud.body[heard], atol=0.02)


@pytest.mark.parametrize("attack_s", [0.0, 0.004, 0.015])
def test_attacks_are_as_sharp_as_they_were(attack_s):
    noise = decaying_noise(seed=3)
    rise = np.clip(np.arange(len(noise)) / max(attack_s * SAMPLE_RATE, 1), 0, 1)
    sound = (noise * rise).astype(np.float32)
    trials = [fine_envelope_db(again(sound, seed=seed))[:15] for seed in range(4)]
    error = np.abs(np.mean(trials, axis=0) - fine_envelope_db(sound)[:15]).mean()
    assert error < 2.0  # dB; noise alone differs by 0.7 dB in windows of 2 ms


def test_nothing_sounds_before_the_onset_and_a_click_stays_a_click():
    click = np.zeros(8_000, np.float32)
    click[:12] = [0.9, -0.8, 0.7, -0.5, 0.4, -0.3, 0.2, -0.1, 0.05, -0.03, 0.02, -0.01]
    sound = again(click)
    energy = np.cumsum(sound.astype(np.float64) ** 2)
    assert energy[400] > 0.8 * energy[-1]  # within 9 ms, where it lasted 0.3 ms


def test_a_kick_keeps_its_glide():
    sound = gliding_tone(50.0, semitones=20.0, tau_s=0.015)
    back = again(sound)
    span = slice(0, 4096)
    correlation = np.corrcoef(sound[span], back[span])[0, 1]
    assert correlation > 0.9  # the waveform itself: phases and frequency path both right


def test_two_partials_in_one_band_are_not_averaged_into_a_third():
    sound = decaying_tone(4_000.0) + 0.6 * decaying_tone(4_120.0)
    found = peak_hz(again(sound), near=4_000.0, span=1.1)
    assert min(abs(found - 4_000.0), abs(found - 4_120.0)) < 3.0


def test_a_stereo_image_comes_back():
    left, right = decaying_noise(seed=1), decaying_noise(seed=2)
    frames = analyse(np.stack([left, 0.3 * left + 0.1 * right], axis=1))
    out = synthesise(frames, key=0, samples=len(left))
    expected = level_db(left) - level_db(0.3 * left + 0.1 * right)
    assert level_db(out[:, 0]) - level_db(out[:, 1]) == pytest.approx(expected, abs=1.5)
    wide = analyse(np.stack([left, right], axis=1))
    channels = synthesise(wide, key=0, samples=len(left)).T
    assert abs(np.corrcoef(channels)[0, 1]) < 0.35


def test_mono_sounds_stay_mono():
    out = synthesise(analyse(decaying_noise()), key=0)
    np.testing.assert_array_equal(out[:, 0], out[:, 1])


@pytest.mark.parametrize("samples", [1, 2, 100, 255, 256, 257, 1_500])
def test_very_short_sounds_have_frames(samples):
    sound = decaying_noise()[:samples]
    frames = analyse(sound)
    assert len(frames) == frame_count(samples)
    assert np.isfinite(frames.body).all()
    assert np.isfinite(frames.onset).all()
    assert np.isfinite(synthesise(frames, key=0)).all()


def test_silence_and_emptiness():
    frames = analyse(np.zeros(3 * HOP, np.float32))
    assert not synthesise(frames, key=0).any()
    with pytest.raises(ValueError, match="0 samples"):
        analyse(np.zeros(0, np.float32))


def test_loudness_is_that_of_the_loudest_50_ms():
    sound = np.zeros(SAMPLE_RATE, np.float32)
    sound[10_000:20_000] = 0.5
    assert loudness(sound) == pytest.approx(0.5, rel=1e-6)
    assert loudness(sound[:10_500]) == pytest.approx(0.5 * np.sqrt(500 / 2205), rel=1e-3)


def test_unpitched_and_pitched_axes_have_the_same_number_of_bands():
    assert analyse(decaying_tone(880.0), reference_hz=880.0).partials.shape[1] == BANDS


def test_partials_hidden_in_noise_are_neither_silent_nor_heard():
    frames = analyse(decaying_noise())
    hidden = frames.partials[5:30, 5:60]
    around = levels_at(frames.noise[5:30], frames.frequencies_hz[5:60])
    assert np.median(hidden) > -8.5  # silence is -9.2
    assert np.median(hidden - around) < -3
    assert np.abs(np.diff(hidden, axis=0)).mean() < np.abs(np.diff(around, axis=0)).mean()


def power_near_db(sound, hz, *, start_s=0.0, stop_s):
    """Power within 30 Hz of a frequency, between two moments."""
    part = sound[round(start_s * SAMPLE_RATE) : round(stop_s * SAMPLE_RATE)]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)))) ** 2
    near = np.abs(np.fft.rfftfreq(len(part), 1 / SAMPLE_RATE) - hz) < 30
    return 10 * np.log10(spectrum[near].sum() + 1e-20)


def plays(sound, *, reference_hz):
    """A sound played often; what is noise has other phases each time."""
    frames = analyse(sound, reference_hz=reference_hz)
    return [synthesise(frames, key=key, samples=len(sound)).mean(axis=1) for key in range(16)]


def mean_power_near_db(sounds, hz, **when):
    return 10 * np.log10(
        np.mean([10 ** (power_near_db(sound, hz, **when) / 10) for sound in sounds])
    )


@pytest.mark.parametrize(
    ("note_hz", "under_hz", "decay_s"),
    [(330.0, 118.0, 0.4), (880.0, 220.0, 1.0), (880.0, 350.0, 0.2)],
    ids=["a side tone of frequency modulation", "the hum tone of a bell", "a brief one"],
)
def test_what_lies_under_half_a_pitch_is_as_loud_as_it_was(note_hz, under_hz, decay_s):
    sound = decaying_tone(note_hz, decay_s=0.4, level=0.3)
    sound += decaying_tone(under_hz, decay_s=decay_s, level=0.17)
    played = plays(sound, reference_hz=note_hz)
    for start_s, stop_s in ((0.05, 0.2), (0.2, 0.5)):
        when = {"start_s": start_s, "stop_s": stop_s}
        under = mean_power_near_db(played, under_hz, **when)
        # 16 plays of noise 3 Hz wide: about 1 dB of chance. Were it lost, it would be 40 softer.
        assert under == pytest.approx(power_near_db(sound, under_hz, **when), abs=3.0)
        note = mean_power_near_db(played, note_hz, **when)
        assert note == pytest.approx(power_near_db(sound, note_hz, **when), abs=0.5)


def test_the_thump_under_a_mallets_note_is_heard():
    sound = decaying_tone(440.0, decay_s=0.4, level=0.3)
    sound += decaying_tone(90.0, decay_s=0.03, level=0.2)
    played = mean_power_near_db(plays(sound, reference_hz=440.0), 90.0, stop_s=0.15)
    assert played == pytest.approx(power_near_db(sound, 90.0, stop_s=0.15), abs=3.5)
