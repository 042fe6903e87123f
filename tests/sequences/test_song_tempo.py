from __future__ import annotations

import pytest

from messina.sequences.song import LiveTempoMap


def test_time_goes_on_from_where_the_tempo_turned() -> None:
    tempo = LiveTempoMap(120.0)
    tempo.turn(96, 60.0)
    tempo.turn(192, 240.0)
    assert tempo.seconds_at(96) == pytest.approx(2.0)
    assert tempo.seconds_at(192) == pytest.approx(2.0 + 4.0)
    assert tempo.seconds_at(216) == pytest.approx(6.0 + 0.25)
    assert tempo.seconds_at(48) == pytest.approx(1.0)  # what is over stays when it was


def test_a_turn_at_the_same_tick_takes_the_place_of_the_one_before() -> None:
    tempo = LiveTempoMap(120.0)
    tempo.turn(24, 30.0)
    tempo.turn(24, 60.0)
    assert tempo.seconds_at(48) == pytest.approx(0.5 + 1.0)
    tempo.turn(0, 60.0)
    assert tempo.seconds_at(48) == pytest.approx(2.0)


def test_hours_of_turns_keep_the_time_and_no_more_memory() -> None:
    tempo = LiveTempoMap(120.0)
    for bar in range(1, 2_000):
        tempo.turn(96 * bar, 60.0 if bar % 2 else 120.0)
    assert tempo.seconds_at(96 * 2_000) == pytest.approx(2.0 * 1_000 + 4.0 * 1_000)
    assert len(vars(tempo)["_turns"]) < 100
