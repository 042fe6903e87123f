from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from messina.frames.layout import HOP
from messina.texture.layout import BANDS, FRAME_SIZE, NOISE, OFFSETS, PARTIALS, noise_levels
from messina.texture.synthesis import TextureSynthesiser
from messina.units import SAMPLE_RATE


def rows(count: int, *, band: int = 30, level: float = 0.1) -> np.ndarray:
    frames = np.zeros((count, FRAME_SIZE), np.float32)
    frames[:, PARTIALS] = -20.0
    frames[:, NOISE] = -20.0
    frames[:, band] = np.log(level)
    return frames


def test_portions_of_any_size_give_the_same_sound():
    frames = rows(96)
    frames[:, NOISE] = -5.0
    whole = TextureSynthesiser(key=1).step(frames)
    player = TextureSynthesiser(key=1)
    parts = [player.step(part) for part in np.split(frames, [1, 9, 40])]
    assert_allclose(np.concatenate(parts), whole, atol=2e-5)  # sums in another order


def test_an_oscillator_runs_on_without_a_seam_while_it_moves():
    frames = rows(200)
    frames[:, OFFSETS] = np.linspace(-0.5, 0.5, 200)[:, None]
    sound = TextureSynthesiser(key=2).step(frames)[20 * HOP :, 0]
    # A sine of 0.1 at under 1 kHz cannot bend more than a w² a sample; a seam would.
    highest = 2 * np.pi * 1_000 / SAMPLE_RATE
    assert np.abs(np.diff(sound, 2)).max() < 0.1 * highest**2


def test_noise_without_fine_structure_fluctuates_as_white_noise_does():
    frames = rows(400)
    frames[:, PARTIALS] = -20.0
    frames[:, NOISE] = -4.0
    sound = TextureSynthesiser(key=3).step(frames)[4096:, 0]
    heard = noise_levels(sound, 0 * sound, len(sound) // HOP)[8:-8]
    assert heard.mean() == pytest.approx(-4.1, abs=0.05)  # its log is 0.1 under its median's
    assert 0.58 < heard.std(axis=0)[:128].mean() < 0.70  # ln of one bin of white noise: π / √24


def test_above_the_range_of_hearing_nothing_aliases():
    frames = rows(60, band=BANDS - 1)
    frames[:, OFFSETS] = 0.5
    sound = TextureSynthesiser(key=4).step(frames)[10 * HOP :, 0]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    peak_hz = np.argmax(spectrum) * SAMPLE_RATE / len(sound)
    assert 15_000 < peak_hz < 18_500
