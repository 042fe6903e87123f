from __future__ import annotations

import numpy as np
import pytest

from messina.frames.layout import HOP
from messina.texture import texture_frames
from messina.texture.layout import (
    EDGES_HZ,
    FRAME_SIZE,
    NOISE,
    OFFSETS,
    PARTIALS,
    STEREO,
    log_frequencies,
)
from messina.texture.synthesis import TextureSynthesiser
from messina.texture.texture_frames import analyse_texture
from messina.units import SAMPLE_RATE
from texture.textures import drone, level_db, middle, surf


def resynthesised(frames):
    synthesiser = TextureSynthesiser(key=5)
    sound = synthesiser.step(frames)
    return sound[TextureSynthesiser.LATE :]


def test_a_partial_is_heard_in_its_band_at_its_pitch_and_level():
    frames = analyse_texture(drone(2.0, frequency_hz=440.0))
    band = np.searchsorted(EDGES_HZ, 440.0) - 1
    middle_frame = frames[len(frames) // 2]
    heard_hz = np.exp(log_frequencies(middle_frame[OFFSETS]))[band]
    assert heard_hz == pytest.approx(440.0, rel=0.002)  # 3.5 cents
    levels = np.exp(frames[:, PARTIALS][:, band])
    assert levels.mean() == pytest.approx(0.2, rel=0.05)


def test_a_band_of_many_lines_is_no_oscillator_beside_a_tone_that_is_one():
    time = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
    noise = np.random.default_rng(0).standard_normal(len(time))
    spectrum = np.fft.rfft(noise)
    hz = np.fft.rfftfreq(len(time), 1 / SAMPLE_RATE)
    spectrum[np.abs(hz - 1_000.0) > 60.0] = 0.0
    band = np.fft.irfft(spectrum, len(time))
    tone = 0.1 * np.sin(2 * np.pi * 440.0 * time)
    frames = len(time) // HOP
    sound = tone + 0.1 * band / band.std() + 0.01 * noise
    sound = sound.astype(np.float32)[: frames * HOP]
    played_hz = texture_frames._oscillating(sound, frames).frequency_hz
    assert np.count_nonzero(np.abs(played_hz - 440.0) < 2.0) > 0.98 * frames
    assert np.count_nonzero(np.abs(played_hz - 1_000.0) < 100.0) == 0


def test_noise_is_as_loud_as_it_was():
    audio = surf(4.0)
    frames = analyse_texture(audio)
    power = np.mean(np.exp(2 * frames[:, NOISE]))
    # Levels are medians of what fluctuates as noise does: half a dB is what that leaves open.
    assert 10 * np.log10(power) == pytest.approx(level_db(middle(audio)), abs=1.5)


def test_portions_join_without_a_seam(monkeypatch):
    audio = drone(2.0)
    whole = analyse_texture(audio)
    monkeypatch.setattr(texture_frames, "_PORTION", 100)
    assert len(whole) == len(audio) // HOP
    cut = analyse_texture(audio)
    band = int(np.argmax(whole[:, PARTIALS].mean(axis=0)))
    difference = np.abs(whole[:, PARTIALS][:, band] - cut[:, PARTIALS][:, band])
    assert difference.max() < 0.01  # ln: a tenth of a dB


def test_an_image_is_measured_and_played_again():
    audio = surf(3.0)
    frames = analyse_texture(audio)
    assert frames.shape[1] == FRAME_SIZE
    width = frames[:, STEREO][:, 4:].mean()
    assert width == pytest.approx(
        1.0, abs=0.1
    )  # unrelated sides: the side is as loud as the middle
    sound = resynthesised(frames)
    sides = [level_db(sound[:, 1] - sound[:, 0]), level_db(audio[:, 1] - audio[:, 0])]
    assert sides[0] == pytest.approx(sides[1], abs=1.5)


def test_what_is_analysed_is_heard_again_as_loud():
    for audio in (drone(3.0), surf(3.0)):
        sound = resynthesised(analyse_texture(audio))
        assert level_db(middle(sound)) == pytest.approx(level_db(middle(audio)), abs=1.5)


def test_a_click_of_a_recording_is_no_texture():
    with pytest.raises(ValueError, match="no texture"):
        analyse_texture(np.zeros((100, 1), np.float32))


def test_silence_stays_silence():
    sound = resynthesised(analyse_texture(np.zeros((SECOND, 1), np.float32)))
    assert np.abs(sound).max() < 1e-4


SECOND = 44_100
