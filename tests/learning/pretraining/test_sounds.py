"""Procedural sounds: finite, of their voice, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from messina.evaluation.sound_quality import cents_error
from messina.learning.pretraining import ProceduralSound, procedural_sounds


@pytest.fixture(scope="module")
def sounds() -> list[ProceduralSound]:
    """One voice of each kind."""
    return list(procedural_sounds(12, sounds_each=3, seed=5))


def test_all_can_be_heard_and_none_clips(sounds: list[ProceduralSound]) -> None:
    assert len({sound.voice for sound in sounds}) == 12
    for sound in sounds:
        assert np.isfinite(sound.audio).all()
        assert 1e-3 < np.abs(sound.audio).max() < 1.0
        assert 1_000 < len(sound.audio) <= 4 * 44_100


def test_the_same_seed_makes_the_same_sounds(sounds: list[ProceduralSound]) -> None:
    again = next(procedural_sounds(1, sounds_each=3, seed=5))
    other = next(procedural_sounds(1, sounds_each=3, seed=6))
    assert np.array_equal(again.audio, sounds[0].audio)
    assert not np.array_equal(other.audio[:1_000], sounds[0].audio[:1_000])


def test_harder_hits_are_louder(sounds: list[ProceduralSound]) -> None:
    for first in range(0, len(sounds), 3):
        softest, *_, hardest = sorted(sounds[first : first + 3], key=lambda s: s.velocity)
        if hardest.velocity - softest.velocity > 20:  # 2.4 dB at least, of which 0.7 are chance
            assert np.abs(hardest.audio).max() > np.abs(softest.audio).max()


def test_pitched_voices_sound_at_their_note(sounds: list[ProceduralSound]) -> None:
    strings = [sound for sound in sounds if sound.voice.startswith("string")]
    assert strings
    for sound in strings:
        assert sound.note is not None
        # The strings are stiff: their partials lie a few cents above whole multiples.
        assert abs(cents_error(sound.audio.mean(axis=1), sound.note)) < 30
