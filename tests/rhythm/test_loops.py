"""Loops of all kinds have the tempo and the metre they were played in."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from messina.corpus.chunks import LoopChunk
from messina.rhythm.metre import Grid, find_grid, place_on_ticks
from messina.rhythm.onsets import Onsets, find_onsets
from messina.rhythm.stated import Stated, stated_of
from rhythm.loops import RATE, STYLES, Loop, make_loop
from rhythm.patterns import Hit, moved, render, rock


@cache
def _heard(
    style: str, seed: int, tempo_bpm: float | None = None, cut: str | None = None
) -> tuple[Loop, Onsets, float]:
    loop = make_loop(style, np.random.default_rng([seed, 7]), tempo_bpm=tempo_bpm, cut=cut)
    return loop, find_onsets(loop.audio), len(loop.audio) / RATE


def _is_right(loop: Loop, grid: Grid) -> bool:
    return grid.metric and loop.is_read(grid.tempo_bpm, grid.beats_per_bar)


def test_most_loops_are_read_right_by_their_sound_alone() -> None:
    heard = [_heard(style, seed) for style in STYLES for seed in (0, 1)]
    wrong = [loop for loop, on, length_s in heard if not _is_right(loop, find_grid(on, length_s))]
    # a click alone, or half-time, is as much its double or half; 95 % of sixty are asked for
    assert len(wrong) <= 0.06 * len(heard), [(loop.file_name, loop.cut) for loop in wrong]


@pytest.mark.parametrize("style", list(STYLES))
def test_a_name_that_says_tempo_and_metre_leaves_no_doubt(style: str) -> None:
    loop, onsets, length_s = _heard(style, 0)
    grid = find_grid(onsets, length_s, stated_of(loop.file_name))
    assert grid.tempo_bpm == pytest.approx(loop.tempo_bpm, rel=0.005)
    assert grid.beats_per_bar == loop.beats_per_bar
    assert grid.ternary == loop.ternary
    assert grid.remark == ""


@pytest.mark.parametrize(
    ("style", "tempo_bpm"),
    [
        *(("ballad", bpm) for bpm in (60.0, 66.0, 75.0)),
        *(("rock", bpm) for bpm in (60.0, 80.0)),
        *(("drum and bass", bpm) for bpm in (160.0, 170.0, 174.0, 180.0)),
        *(("waltz", bpm) for bpm in (84.0, 108.0, 132.0, 144.0, 180.0)),
        ("seven", 120.0),
        ("six-eight", 100.0),
    ],
)
def test_slow_and_fast_and_odd_loops_are_not_their_halves_or_doubles(
    style: str, tempo_bpm: float
) -> None:
    loop, onsets, length_s = _heard(style, 0, tempo_bpm, "whole")
    grid = find_grid(onsets, length_s)
    assert _is_right(loop, grid), (grid.tempo_bpm, grid.beats_per_bar)
    assert grid.ticks % (grid.beats_per_bar * 24) == 0  # whole bars


def test_a_click_is_as_fast_as_its_name_says() -> None:
    _, onsets, length_s = _heard("click", 0, 200.0, "whole")
    assert find_grid(onsets, length_s, stated_of("click_200bpm.wav")).tempo_bpm == pytest.approx(
        200
    )
    half = find_grid(onsets, length_s, stated_of("click_100bpm.wav"))
    assert half.tempo_bpm == pytest.approx(100.0)


@pytest.mark.parametrize("source", ["name", "chunk"])
def test_a_tempo_that_the_sound_does_not_have_is_not_believed_and_it_is_said(source: str) -> None:
    loop, onsets, length_s = _heard("rock", 0, 101.0, "whole")
    if source == "name":
        stated = stated_of("rock_118bpm.wav")
    else:
        stated = stated_of("rock.wav", LoopChunk(tempo_bpm=118.0))
    grid = find_grid(onsets, length_s, stated)
    assert _is_right(loop, grid)
    assert "says 118 beats a minute" in grid.remark
    assert "it sounds like 101" in grid.remark


def test_a_metre_that_the_sound_does_not_have_is_not_believed_and_it_is_said() -> None:
    loop, onsets, length_s = _heard("house", 0, 124.0, "whole")
    grid = find_grid(onsets, length_s, stated_of("house_124bpm_3_4.wav"))
    assert _is_right(loop, grid)
    assert "says 3/4" in grid.remark


def test_a_number_that_does_not_fit_is_taken_for_a_counter() -> None:
    loop, onsets, length_s = _heard("rock", 0, 101.0, "whole")
    grid = find_grid(onsets, length_s, stated_of("Break 118.wav"))
    assert _is_right(loop, grid)
    assert grid.remark == ""


def test_four_bars_without_their_first_two_beats_are_not_two_of_seven() -> None:
    beat = 60 / 96
    hits = [Hit(hit.at_s - 2 * beat, hit.drum, hit.gain) for hit in rock(bars=4, tempo_bpm=96.0)]
    audio = render([hit for hit in hits if hit.at_s >= 0], seconds=14 * beat)
    grid = find_grid(find_onsets(audio), 14 * beat, stated_of("rock_96bpm.wav"))
    assert (grid.beats_per_bar, grid.first_tick) == (4, 2 * 24)


def test_a_stated_tempo_is_the_grid_of_what_is_too_sparse_to_be_read() -> None:
    onsets = find_onsets(make_loop("click", np.random.default_rng(0), cut="whole").audio[:1000])
    assert len(onsets) < 4
    grid = find_grid(onsets, 4.0, stated_of("stab_120bpm.wav"))
    assert grid.metric
    assert (grid.tempo_bpm, grid.ticks) == (pytest.approx(120.0), 8 * 24)
    assert not find_grid(onsets, 4.0, Stated()).metric


def test_eighths_of_six_eight_lie_on_thirds_of_its_beats() -> None:
    eighth = 60 / 100 / 3
    drums = ["kick", "hihat_closed", "hihat_closed", "snare", "hihat_closed", "hihat_closed"]
    hits = moved([Hit(n * eighth, drums[n % 6]) for n in range(24)], by_s=0.008)
    audio = render(hits, seconds=24 * eighth)
    onsets = find_onsets(audio)
    ticks, late_s = place_on_ticks(find_grid(onsets, 24 * eighth), onsets.times_s)
    assert ticks.tolist() == [8 * n for n in range(24)]
    assert float(np.abs(late_s).max()) < 0.02  # as loose as they were played, and what all share


def test_what_ends_before_its_last_bar_does_or_rings_after_it_has_whole_bars() -> None:
    for cut in ("tail", "lead"):
        loop, onsets, length_s = _heard("rock", 2, 96.0, cut)
        grid = find_grid(onsets, length_s)
        assert _is_right(loop, grid)
        assert (grid.ticks + grid.first_tick) % (4 * 24) == 0
    loop, onsets, length_s = _heard("rock", 2, 78.0, "whole")
    grid = find_grid(onsets, length_s - 60 / 78 / 4)
    assert _is_right(loop, grid)
    assert grid.ticks % (4 * 24) == 0
