from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messina.instrument.drum_map import assign_keys, general_midi_keys, is_hi_hat


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("kick", 36), ("Kick 808", 36), ("BD", 36), ("Bass Drum", 36), ("PearlKick", 36),
        ("snare", 38), ("SD_acoustic", 38), ("PearlSnareRimshot", 40), ("sidestick", 37),
        ("rim", 37), ("hand clap", 39), ("hihat_closed", 42), ("Hi-Hat open", 46),
        ("HatPedal", 44), ("OH", 46), ("hh", 42), ("floor tom", 43), ("TomLow", 45),
        ("mid tom", 47), ("Tom1", 50), ("high-tom", 50), ("crash", 49), ("ride", 51),
        ("Ride Bell", 53), ("china", 52), ("splash", 55), ("cowbell", 56), ("tambourine", 54),
        ("bongo low", 61), ("conga", 63), ("claves", 75), ("shaker", 82), ("woodblock", 76),
    ],
)  # fmt: skip
def test_labels_that_say_which_drum_they_are_get_its_general_midi_key(label: str, key: int) -> None:
    assert general_midi_keys(label)[0] == key


@pytest.mark.parametrize("label", ["marimba", "Zap", "chat", "custom", "bridge", "phantom", "what"])
def test_other_labels_get_none(label: str) -> None:
    assert general_midi_keys(label) == ()
    assert not is_hi_hat(label)


@given(st.lists(st.text(max_size=12), unique=True, max_size=128))
def test_every_label_has_a_key_of_its_own(labels: list[str]) -> None:
    keys = assign_keys(labels)
    assert list(keys) == labels
    assert len(set(keys.values())) == len(labels)
    assert all(0 <= key <= 127 for key in keys.values())


def test_a_second_kick_and_snare_take_the_other_keys_of_theirs() -> None:
    keys = assign_keys(["kick a", "kick b", "snare a", "snare b", "kick c"])
    assert keys == {"kick a": 36, "kick b": 35, "snare a": 38, "snare b": 40, "kick c": 88}


def test_a_choked_hat_leaves_the_key_of_the_closed_one_to_it() -> None:
    assert assign_keys(["HatChoke", "HatClosed"])["HatClosed"] == 42
    assert is_hi_hat("HatChoke")


def test_without_any_drum_the_pads_begin_at_c2() -> None:
    assert assign_keys(["zip", "zap"]) == {"zip": 36, "zap": 37}
