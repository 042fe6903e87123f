from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messina.report.markup import Axis, Dot, Line, chart, ticks


def test_places_run_from_the_lower_left() -> None:
    axis = Axis(low=0.0, high=10.0)
    drawn = chart(axis, axis, [Dot(x=0.0, y=0.0, kind="real")], says="a dot")
    assert 'd="M0.0 1000.0h0"' in drawn
    drawn = chart(axis, axis, [Line(points=[(5.0, 10.0), (20.0, 5.0)], kind="curve")], says="")
    assert 'd="M500.0 0.0L1000.0 500.0"' in drawn  # what lies outside is held at the edge


def test_an_axis_without_extent_puts_everything_in_the_middle() -> None:
    assert Axis(low=3.0, high=3.0).share(3.0) == 0.5


@given(low=st.floats(-1e4, 1e4), span=st.floats(1e-2, 1e4), most=st.integers(1, 8))
def test_ticks_are_round_within_the_range_and_not_too_many(
    low: float, span: float, most: int
) -> None:
    marks = ticks(low, low + span, most=most)
    assert len(marks) <= most + 1
    for value, text in marks:
        assert low - 1e-6 * span <= value <= low + span + 1e-6 * span
        assert len(re.sub(r"[^1-9]", "", text)) <= 7


def test_nothing_has_no_ticks() -> None:
    assert ticks(1.0, 1.0) == ()
    assert ticks(float("nan"), 1.0) == ()


def test_a_chart_says_what_it_shows() -> None:
    axis = Axis(low=0.0, high=1.0, marks=((0.5, "half"),))
    drawn = chart(axis, axis, [], says='levels of "kick"')
    (label,) = re.findall(r'aria-label="([^"]*)"', drawn)  # quotes within are escaped, or it ends
    assert html.unescape(label) == 'levels of "kick"'
    assert drawn.count("half") == pytest.approx(2)
