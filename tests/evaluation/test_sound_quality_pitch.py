from __future__ import annotations

import numpy as np
import pytest

from evaluation.signals import noise, tone
from messina.evaluation.sound_quality import cents_error
from messina.units import note_to_hz


@pytest.mark.parametrize("note", [45, 60, 71, 96])
@pytest.mark.parametrize("cents", [-37.0, 0.0, 3.0, 60.0])
def test_a_detuned_note_is_measured_within_a_cent(note: int, cents: float) -> None:
    sound = tone(float(note_to_hz(note + cents / 100.0)), decay_s=0.8)
    assert cents_error(sound, note) == pytest.approx(cents, abs=1.0)


def test_a_note_in_light_noise_is_still_measured_within_a_cent() -> None:
    sound = tone(float(note_to_hz(60.12))) + noise(np.random.default_rng(0), level=1e-3)
    assert cents_error(sound, 60) == pytest.approx(12.0, abs=1.0)


def test_a_short_note_is_measured_as_far_as_it_goes() -> None:
    # 50 ms: the lobe is 40 Hz wide, its middle is known to a few cents.
    assert cents_error(tone(float(note_to_hz(84)), 0.05), 84) == pytest.approx(0.0, abs=5.0)


def test_a_wrong_note_is_about_a_semitone_off_or_more_and_silence_has_no_pitch() -> None:
    assert abs(cents_error(tone(float(note_to_hz(65))), 60)) > 90.0
    assert np.isnan(cents_error(np.zeros(44_100), 60))
