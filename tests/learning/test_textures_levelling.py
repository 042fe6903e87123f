from __future__ import annotations

import numpy as np
import pytest

from messina.learning.textures import frame_loudness_db, levelling_gains_db
from messina.texture.texture_frames import analyse_texture
from messina.units import SAMPLE_RATE

TIME = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE


def loudness_db(audio: np.ndarray) -> float:
    return frame_loudness_db(analyse_texture(audio.astype(np.float32)[:, None]))


def test_a_sine_of_full_scale_at_1_khz_has_the_loudness_that_the_standard_gives():
    # -3.01 LKFS in one channel; the level of an oscillator is true to about a tenth of a dB.
    assert loudness_db(np.sin(2 * np.pi * 997.0 * TIME)) == pytest.approx(-3.01, abs=0.3)


def test_lows_count_less_than_highs():
    low, high = (loudness_db(0.1 * np.sin(2 * np.pi * f * TIME)) for f in (40.0, 4_000.0))
    assert high - low == pytest.approx(3.6 + 5.5, abs=1.5)


def test_noise_is_as_loud_as_its_weighted_power():
    noise = 0.1 * np.random.default_rng(0).standard_normal(len(TIME))
    # White noise up to 22 kHz is raised by a little less than the shelf's 4 dB.
    assert loudness_db(noise) == pytest.approx(-20.0 + 3.0, abs=1.0)


def test_silence_after_a_sound_does_not_make_it_quieter():
    tone = 0.1 * np.sin(2 * np.pi * 440.0 * TIME)
    faded = np.concatenate([tone, np.zeros(3 * SAMPLE_RATE)])
    assert loudness_db(faded) == pytest.approx(loudness_db(tone), abs=0.7)


def test_all_are_brought_to_the_loudness_of_most():
    gains = levelling_gains_db([-30.0, -20.0], [30.0, 10.0], [-20.0, -10.0])
    assert gains == [2.5, -7.5]


def test_a_gain_never_brings_a_peak_over_full_scale_nor_hiss_to_the_front():
    clicking, hissing, _ = levelling_gains_db(
        [-30.0, -60.0, -20.0], [1.0, 1.0, 98.0], [-6.0, -50.0, -6.0]
    )
    assert clicking == 4.0
    assert hissing == 12.0
