from __future__ import annotations

import pytest

from messina import drums
from messina.corpus.labels import is_drum
from messina.instrument.drum_map import general_midi_keys, is_hi_hat
from messina.rhythm.hit_features import Character, kind_of
from messina.sequences.voice_assignment import drum_name


def test_every_key_that_a_kind_of_drum_has_is_of_a_family_and_has_a_name() -> None:
    named = {key for family in drums.FAMILIES.values() for key in family}
    assert {key for kind in drums.KINDS for key in kind.keys} <= named
    assert set(drums.TOMS) <= named


def test_families_have_relatives_that_are_families() -> None:
    assert set(drums.RELATIVES) == set(drums.FAMILIES)
    assert {one for near in drums.RELATIVES.values() for one in near} <= set(drums.FAMILIES)


def test_a_key_has_one_name_in_whichever_families_it_is() -> None:
    names: dict[int, set[str]] = {}
    for family in drums.FAMILIES.values():
        for key, name in family.items():
            names.setdefault(key, set()).add(name)
    assert all(len(own) == 1 for own in names.values())
    assert drum_name(66) == "timbale"


def test_what_a_key_is_called_is_found_on_that_key() -> None:
    for family in drums.FAMILIES.values():
        for key, name in family.items():
            found = general_midi_keys(name)
            assert not found or key in found or key in (22, 26)


@pytest.mark.parametrize("label", ["kik 3", "Snr", "hhc-02", "chh", "OHH", "kck"])
def test_short_words_for_drums_make_a_label_a_drum(label: str) -> None:
    assert general_midi_keys(label)
    assert is_drum(label)


@pytest.mark.parametrize("label", ["FootHat", "hatsemi", "hat half", "hatchoke"])
def test_hats_that_lie_on_a_key_of_hats_are_choked_as_these(label: str) -> None:
    assert is_hi_hat(label)


@pytest.mark.parametrize(
    ("brightness_hz", "decay_s", "low_share", "high_share"),
    [
        (8_000.0, 0.1, 0.0, 0.9),
        (8_000.0, 1.5, 0.0, 0.9),
        (90.0, 0.3, 0.9, 0.0),
        (1_800.0, 0.2, 0.1, 0.3),
        (200.0, 0.4, 0.2, 0.0),
        (900.0, 0.1, 0.2, 0.0),
    ],
)
def test_hits_that_are_named_by_ear_are_named_as_drums(
    brightness_hz: float, decay_s: float, low_share: float, high_share: float
) -> None:
    heard = Character(
        brightness_hz=brightness_hz,
        decay_s=decay_s,
        low_share=low_share,
        high_share=high_share,
        pitch_hz=0.0,
        pitch_confidence=0.0,
    )
    assert is_drum(kind_of(heard))
