"""Each onset goes to the simplest tick that explains it; the rest is micro-timing."""

from __future__ import annotations

import numpy as np
import pytest

from messina.events import FREE_TEMPO_BPM
from messina.rhythm.metre import Grid, free_grid, place_on_ticks

BEAT_S = 0.5


def _grid(beats: int = 8) -> Grid:
    return Grid(beats_s=BEAT_S * np.arange(beats + 1, dtype=np.float64), ticks=24 * beats)


@pytest.mark.parametrize(
    ("time_s", "tick", "late_s"),
    [
        (0.0, 0, 0.0),
        (0.515, 24, 0.015),
        (0.735, 36, -0.015),
        (0.125, 6, 0.0),
        (0.500 + 1 / 6, 32, 0.0),  # a triplet
        (0.140, 6, 0.015),  # late, not a 24th
        (0.0833, 4, 0.0),  # no simple tick is near: a 24th
    ],
)
def test_the_simplest_tick_within_20_ms_is_taken(time_s: float, tick: int, late_s: float) -> None:
    ticks, late = place_on_ticks(_grid(), np.array([time_s]))
    assert int(ticks[0]) == tick
    assert float(late[0]) == pytest.approx(late_s, abs=1e-3)


def test_ticks_and_lateness_together_give_the_time_back() -> None:
    grid = _grid()
    times = np.random.default_rng(0).uniform(0, 4.0, 50)
    ticks, late = place_on_ticks(grid, times)
    assert np.allclose(ticks * BEAT_S / 24 + late, times)


def test_no_tick_lies_before_the_phrase_or_after_it() -> None:
    ticks, late = place_on_ticks(_grid(), np.array([-0.01, 3.999]))
    assert ticks.tolist() == [0, 191]
    assert late[0] == pytest.approx(-0.01)


def test_a_grid_follows_beats_that_are_not_even() -> None:
    grid = Grid(beats_s=np.array([1.0, 1.5, 2.1, 2.8]), ticks=72)
    assert grid.ticks_at(np.array([1.0, 1.8, 2.8])).tolist() == pytest.approx([0, 36, 72])
    assert grid.tempo_bpm == pytest.approx(100.0)


def test_free_time_is_plain_time() -> None:
    grid = free_grid(3.0)
    ticks, late = place_on_ticks(grid, np.array([0.512, 2.5]))
    assert not grid.metric
    assert grid.tempo_bpm == FREE_TEMPO_BPM
    assert grid.ticks == 180
    assert ticks.tolist() == [31, 150]
    assert np.abs(late).max() <= 60 / FREE_TEMPO_BPM / 24 / 2 + 1e-9
