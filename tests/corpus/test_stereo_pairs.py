"""Left and right in two files."""

from __future__ import annotations

import numpy as np
import pytest

from corpus.signals import burst, harmonics, tone
from messina.corpus.stereo_pairs import joined, stereo_pairs, without_side

LEFT = tone(220.0, partials=harmonics(6))[:, None]


@pytest.mark.parametrize(
    ("left", "right", "whole"),
    [
        ("Harp C4-L.wav", "Harp C4-R.wav", "Harp C4.wav"),
        ("a/Harp_L_C4.wav", "a/Harp_R_C4.wav", "a/Harp_C4.wav"),
        ("Room (left).aif", "Room (right).aif", "Room.aif"),
        ("Pad.l.wav", "Pad.r.wav", "Pad.wav"),
    ],
)
def test_two_sides_of_a_name_are_a_pair(left: str, right: str, whole: str) -> None:
    assert stereo_pairs([right, "other.wav", left]) == {left: right}
    assert without_side(left) == whole


def test_one_side_alone_and_words_with_these_letters_are_no_pair() -> None:
    assert (
        stereo_pairs(["Kick-L.wav", "Snare-R.wav", "Lute.wav", "Rute.wav", "L.wav", "R.wav"]) == {}
    )


def test_the_channels_of_one_recording_are_joined() -> None:
    right = 0.7 * np.roll(LEFT, 20, axis=0)
    both = joined(LEFT, right, "Harp-L.wav")
    assert both is not None
    assert np.array_equal(both, np.concatenate([LEFT, right], axis=1))


def test_other_lengths_levels_and_times_are_other_sounds() -> None:
    assert joined(LEFT, LEFT[:-1], "Harp-L.wav") is None
    assert joined(LEFT, 0.01 * LEFT, "Harp-L.wav") is None
    assert joined(LEFT, np.roll(LEFT, 9_000, axis=0), "Harp-L.wav") is None
    assert joined(np.repeat(LEFT, 2, axis=1), np.repeat(LEFT, 2, axis=1), "Harp-L.wav") is None


def test_two_hands_on_one_drum_are_not_its_channels() -> None:
    left, right = (burst(seed=seed)[:, None] for seed in (1, 2))
    assert joined(left, right, "Snare-L.wav") is None
    assert joined(left, 0.8 * left + 0.1 * right, "Snare-L.wav") is not None
