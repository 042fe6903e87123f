from __future__ import annotations

import numpy as np
import pytest

from evaluation.signals import decaying, noise, seconds, tone
from messina.evaluation.spectra import (
    attack_error_db,
    attack_level_db,
    audible_length_s,
    envelope_db,
    envelope_error_db,
    tail_level_db,
    tail_rise_db,
)


def test_the_envelope_of_a_constant_is_its_level() -> None:
    assert envelope_db(np.full(880, 0.1)) == pytest.approx(np.full(10, -20.0), abs=0.01)


def test_a_gain_of_6_db_is_an_error_of_6_db_in_attack_and_envelope() -> None:
    sound = noise(np.random.default_rng(0), 0.3, decay_s=5.0)
    # Not exact: 1e-4 is added to every level.
    assert attack_error_db(sound, 0.5 * sound) == pytest.approx(6.02, abs=0.05)
    assert envelope_error_db(sound, 0.5 * sound) == pytest.approx(6.02, abs=0.05)


def test_a_softened_attack_shows_in_the_first_30_ms_alone() -> None:
    sharp = tone(440.0, 0.5, decay_s=3.0)
    soft = sharp * np.minimum(seconds(0.5) / 0.03, 1.0)
    assert attack_error_db(sharp, soft) > 6.0
    assert envelope_error_db(sharp[1400:], soft[1400:]) == pytest.approx(0.0, abs=1e-9)


def test_what_sets_in_slowly_has_a_lower_attack_level() -> None:
    steady = np.sin(2.0 * np.pi * 1000.0 * seconds(0.5))
    assert attack_level_db(steady) == pytest.approx(0.0, abs=0.05)
    # A line from 0 to 1 over 30 ms has, over its first third, a mean square of 1/27.
    fading_in = steady * np.minimum(seconds(0.5) / 0.03, 1.0)
    assert attack_level_db(fading_in) == pytest.approx(10 * np.log10(1 / 27), abs=0.2)
    assert np.isnan(attack_level_db(np.zeros(100)))


def test_a_sound_lasts_until_it_stays_60_db_down_however_long_the_file_is() -> None:
    sound = tone(1000.0, 2.0, decay_s=0.5)
    # Its loudest 50 ms are 3 dB under its start (6 dB in 50 ms), so 60 dB under them is 25 ms on.
    assert audible_length_s(sound) == pytest.approx(0.525, abs=0.02)
    assert audible_length_s(np.pad(sound, (0, 44_100))) == audible_length_s(sound)
    assert audible_length_s(sound[:4410]) == pytest.approx(0.1)
    assert audible_length_s(np.zeros(100)) == 0.0


def test_sounds_shorter_than_a_block_can_be_compared() -> None:
    assert attack_error_db(np.full(10, 0.1), np.full(10, 0.1)) == 0.0


def test_the_tail_of_a_decay_lies_as_low_as_the_decay_goes() -> None:
    # 54 to 60 dB down in the last tenth, against the loudest 50 ms, which lies 1.5 dB down.
    sound = decaying(1.0, decay_s=1.0) * np.sign(np.sin(2.0 * np.pi * 441.0 * seconds(1.0) + 0.1))
    assert tail_level_db(sound) == pytest.approx(-55.2, abs=1.0)


def test_a_tail_that_never_falls_has_the_level_of_the_sound() -> None:
    assert tail_level_db(np.full(44_100, 0.1)) == pytest.approx(0.0, abs=0.01)
    assert np.isnan(tail_level_db(np.zeros(100)))


def test_a_sound_that_dies_away_has_no_rise() -> None:
    assert tail_rise_db(tone(220.0)) == pytest.approx(0.0, abs=0.05)
    assert tail_rise_db(np.zeros(44_100)) == 0.0
    assert tail_rise_db(np.ones(100)) == 0.0


def test_decaying_noise_rises_by_its_own_flicker_only() -> None:
    # 1024 samples of noise spread by 0.19 dB; the rest is room for the largest of forty.
    assert tail_rise_db(noise(np.random.default_rng(1))) < 1.0


def test_a_rising_tail_is_seen_and_measured() -> None:
    # Falls by 40 dB in two thirds of a second, then climbs by 20.
    levels_db = np.interp(seconds(1.0), [0.0, 0.67, 1.0], [0.0, -40.0, -20.0])
    sound = 10.0 ** (levels_db / 20.0) * np.sin(2.0 * np.pi * 1000.0 * seconds(1.0))
    # Blocks of 23 ms see the corner and the end a little rounded off.
    assert tail_rise_db(sound) == pytest.approx(19.0, abs=1.0)
