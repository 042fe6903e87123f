"""What channels say of their notes; the page's twin answers alike (tests/conformance)."""

from __future__ import annotations

import pytest

from messina.controllers import CURVES, Controller, curved, release_pace
from messina.sequences.gestures import STILL, Gestures

FULL = 16_383


def tell(gestures: Gestures, channel: int, parameter: int, value: int, cents: int = 0) -> None:
    for number, data in ((101, 0), (100, parameter), (6, value), (38, cents), (101, 127)):
        gestures.control(channel, number, data)


def test_a_channel_is_still_at_first() -> None:
    assert Gestures().of(3) == STILL


def test_the_first_channel_bends_all_and_others_their_own() -> None:
    gestures = Gestures()
    gestures.bend(0, FULL)
    gestures.bend(2, 0)
    assert [gestures.of(c).semitones for c in (0, 1, 2)] == [2.0, 2.0, 0.0]


def test_the_range_is_told_in_semitones_and_cents() -> None:
    gestures = Gestures()
    tell(gestures, 3, 0, 12, 50)
    gestures.bend(3, FULL)
    assert gestures.of(3).semitones == 12.5


def test_members_of_a_zone_follow_their_master() -> None:
    gestures = Gestures()
    tell(gestures, 0, 6, 7)
    gestures.bend(0, FULL)
    gestures.bend(4, FULL)
    gestures.press(0, 127)
    gestures.press(4, 64)
    gestures.control(0, Controller.BRIGHTNESS, 96)
    gestures.control(4, Controller.BRIGHTNESS, 32)
    gestures.control(0, Controller.EXPRESSION, 64)
    member, outside = gestures.of(4), gestures.of(12)
    assert member.semitones == 50.0
    assert member.pressure == 1.0
    assert member.brighter == pytest.approx(32 / 63 - 0.5)
    assert member.louder_db == pytest.approx(-11.9, abs=0.05)
    assert (outside.pressure, outside.louder_db, outside.semitones) == (0.0, 0.0, 2.0)


def test_the_upper_zone_has_its_own_master() -> None:
    gestures = Gestures()
    tell(gestures, 15, 6, 3)
    gestures.bend(15, FULL)
    gestures.bend(13, FULL)
    assert [gestures.of(c).semitones for c in (11, 12, 13)] == [0.0, 2.0, 50.0]


def test_a_range_told_to_one_member_is_that_of_all_of_them() -> None:
    gestures = Gestures()
    tell(gestures, 0, 6, 7)
    tell(gestures, 3, 0, 24)
    gestures.bend(5, FULL)
    assert gestures.of(5).semitones == 24.0


def test_reset_leaves_brightness_and_ranges() -> None:
    gestures = Gestures()
    tell(gestures, 2, 0, 7)
    gestures.bend(2, FULL)
    gestures.press(2, 100)
    for number in (Controller.MODULATION, Controller.EXPRESSION, Controller.BRIGHTNESS):
        gestures.control(2, number, 20)
    gestures.control(2, Controller.RESET, 0)
    after = gestures.of(2)
    assert (after.semitones, after.pressure, after.vibrato, after.louder_db) == (0, 0, 0, 0)
    assert after.brighter < 0
    gestures.bend(2, FULL)
    assert gestures.of(2).semitones == 7.0


def test_curves_rise_from_1_to_127() -> None:
    for curve, exponent in CURVES.items():
        ends = curved(1, curve), curved(127, curve)
        assert ends == ((1.0, 127.0) if exponent else (100.0, 100.0))
    assert curved(64, "soft") > 64 > curved(64, "hard")


def test_keyboards_that_do_not_measure_the_release_are_as_learnt() -> None:
    assert release_pace(0) == release_pace(64) == 1.0
    assert release_pace(127) > 1.9
    assert release_pace(1) < 0.51


def test_data_after_a_reset_or_another_parameter_are_for_no_range() -> None:
    for number in (Controller.RESET, Controller.NRPN_LOW, Controller.NRPN_HIGH):
        gestures = Gestures()
        gestures.control(2, Controller.RPN_HIGH, 0)
        gestures.control(2, Controller.RPN_LOW, 0)
        gestures.control(2, number, 0)
        gestures.control(2, Controller.DATA, 12)
        gestures.bend(2, FULL)
        assert gestures.of(2).semitones == 2.0


def test_banks_and_low_halves_of_controllers_are_passed_over() -> None:
    gestures = Gestures()
    for number in (0, 32, 33, 34, 43, 106):
        assert not gestures.control(2, number, 127)
    assert gestures.of(2) == STILL
