"""Tempo, beats, bars: those the pattern was played with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from messina.rhythm.metre import Grid, find_grid, place_on_ticks
from messina.rhythm.onsets import Onsets, find_onsets
from rhythm.patterns import Hit, matched, moved, onset_times, render, rock, waltz


def _heard(hits: list[Hit], *, seconds: float) -> tuple[Onsets, Grid]:
    onsets = find_onsets(render(hits, seconds=seconds, noise=1e-4))
    return onsets, find_grid(onsets, seconds)


def _late_by(hits: list[Hit], by_s: float) -> list[Hit]:
    return [Hit(hit.at_s + by_s, hit.drum, hit.gain) for hit in hits]


@pytest.mark.parametrize("tempo_bpm", [85.0, 104.0, 126.0, 140.0, 160.0])
@pytest.mark.parametrize("swing", [0.5, 0.58])
def test_a_loop_of_whole_bars_has_its_exact_tempo(tempo_bpm: float, swing: float) -> None:
    _, grid = _heard(rock(bars=2, tempo_bpm=tempo_bpm, swing=swing), seconds=480 / tempo_bpm)
    assert grid.metric
    assert grid.tempo_bpm == pytest.approx(tempo_bpm)  # from its length: exact
    assert grid.ticks == 8 * 24
    assert (grid.beats_per_bar, grid.first_tick) == (4, 0)


def test_events_of_a_loop_lie_on_the_ticks_they_were_put_on() -> None:
    hits = moved(rock(bars=2), by_s=0.010)
    onsets, grid = _heard(hits, seconds=4.0)
    ticks, late = place_on_ticks(grid, onsets.times_s)
    places = sorted({round(hit.at_s / 0.125) * 6 for hit in hits})
    assert ticks.tolist() == places
    played = np.array(sorted({hit.at_s for hit in hits})) - np.array(places) / 24 * 0.5
    # micro-timing is kept, but for what all have in common
    assert np.corrcoef(played, late)[0, 1] > 0.9


def test_a_waltz_has_three_beats() -> None:
    _, loop = _heard(waltz(bars=8, tempo_bpm=140.0), seconds=24 * 60 / 140)
    assert loop.beats_per_bar == 3
    assert loop.tempo_bpm == pytest.approx(140.0)
    _, take = _heard(
        _late_by(moved(waltz(bars=10, tempo_bpm=150.0), by_s=0.008), 0.5), seconds=13.1
    )
    assert take.beats_per_bar == 3
    assert take.tempo_bpm == pytest.approx(150.0, rel=0.002)
    assert take.first_tick == 0


def test_a_take_that_is_not_cut_to_beats_starts_on_its_first_one() -> None:
    _, grid = _heard(_late_by(rock(bars=6, tempo_bpm=104.0), 1.37), seconds=16.0)
    assert grid.tempo_bpm == pytest.approx(104.0, rel=0.002)
    assert grid.beats_s[0] == pytest.approx(1.37, abs=0.01)
    assert grid.first_tick == 0


def test_a_take_that_starts_within_a_bar_says_where() -> None:
    beat = 60 / 96
    hits = [hit for hit in rock(bars=4, tempo_bpm=96.0) if hit.at_s > 2 * beat]
    _, grid = _heard(_late_by(hits, 0.7), seconds=12.0)
    # its first stroke comes after the third beat, on which tick 0 then lies
    assert grid.beats_s[0] == pytest.approx(0.7 + 2 * beat, abs=0.01)
    assert grid.first_tick == 2 * 24


@pytest.mark.parametrize("depth", [0.0, 0.05])
def test_beats_are_followed_where_the_tempo_drifts(depth: float) -> None:
    def warped(time: float) -> float:
        slow = depth * 30 / (2 * np.pi) * (1 - np.cos(2 * np.pi * time / 30))
        return float(0.4 + time + slow)

    hits = [Hit(warped(h.at_s), h.drum, h.gain) for h in moved(rock(bars=16), by_s=0.005)]
    _, grid = _heard(hits, seconds=warped(32.0) + 0.6)
    true_s = np.array([warped(0.5 * beat) for beat in range(64)])
    precision, recall, errors = matched(grid.beats_s[grid.beats_s < warped(31.6)], true_s)
    assert precision > 0.98
    assert recall > 0.98
    assert float(np.median(np.abs(errors))) < 0.006  # micro-timing itself is 5 ms


def _random_times(rng: np.random.Generator) -> list[float]:
    return np.cumsum(rng.exponential(0.3, 30) + 0.06).tolist()


def _few(rng: np.random.Generator) -> list[float]:
    return [0.0, float(rng.uniform(0.5, 1.0))]


@pytest.mark.parametrize("times", [_random_times, _few])
@pytest.mark.parametrize("seed", range(4))
def test_without_a_grid_time_is_free(
    times: Callable[[np.random.Generator], list[float]], seed: int
) -> None:
    at = times(np.random.default_rng(seed))
    _, grid = _heard([Hit(time, "snare") for time in at], seconds=at[-1] + 0.7)
    assert not grid.metric


def test_the_grid_says_the_same_whatever_the_level() -> None:
    hits = rock(bars=2, tempo_bpm=117.0)
    loud = find_onsets(render(hits, seconds=480 / 117))
    soft = find_onsets(0.01 * render(hits, seconds=480 / 117))
    assert len(loud) == len(onset_times(hits))
    assert find_grid(soft, 480 / 117).tempo_bpm == find_grid(loud, 480 / 117).tempo_bpm
