from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messina.instrument.controls import Controls
from messina.instrument.responses import VELOCITIES, fit_responses

SETTINGS = st.tuples(
    st.floats(-80, 0), st.floats(30, 15_000), st.floats(0.005, 30), st.floats(1, 127) | st.none()
)


def controls(loudness_db: float, brightness_hz: float = 500.0, decay_s: float = 0.3) -> Controls:
    return Controls(
        note=None, loudness_db=loudness_db, brightness_hz=brightness_hz, decay_s=decay_s
    )


def fit(sounds: list[Controls], velocities: list[float | None]) -> object:
    return fit_responses(["x"], np.zeros(len(sounds), np.int64), sounds, velocities)[0]


def test_named_velocities_play_at_the_levels_of_their_sounds() -> None:
    sounds = [controls(-40.0), controls(-25.0), controls(-10.0)]
    response = fit(sounds, [20.0, 64.0, 120.0])
    for velocity, sound in zip([20.0, 64.0, 120.0], sounds, strict=True):
        played = response.loudness_at(velocity, None)[0]
        # The curve is kept at nine velocities; between them it runs straight.
        assert played == pytest.approx(sound.loudness_db, abs=3.0)


def test_without_names_velocity_is_the_rank_of_loudness() -> None:
    response = fit([controls(-30.0 + i) for i in range(20)], [None] * 20)
    soft, loud = response.loudness_at(1, None)[0], response.loudness_at(127, None)[0]
    assert soft == pytest.approx(-30.0, abs=0.5)
    assert loud == pytest.approx(-11.0, abs=0.5)


def test_a_label_without_level_differences_still_answers_to_velocity() -> None:
    response = fit([controls(-12.0)] * 4, [None] * 4)
    played = [response.loudness_at(v, None)[1] for v in VELOCITIES]
    assert played[-1] - played[0] == pytest.approx(24.0)
    assert played[-1] == pytest.approx(-12.0)


SOFTER_BY_LEAST_DB = 0.6
"""What the least rise from soft to hard takes off a soft layer."""


@pytest.mark.parametrize(
    ("levels", "velocities"),
    [
        ([-21.3, -19.7, -17.4, -15.8], [20.0, 45.0, 70.0, 96.0]),  # close together
        ([-19.0, -19.0, -18.9, -15.4, -15.3], [20.0, 45.0, 70.0, 96.0, 120.0]),  # in two steps
        ([-18.0, -17.0], [30.0, 110.0]),
        ([-12.0, -12.0, -12.0], [1.0, 64.0, 127.0]),  # named, but all as loud
    ],
)
def test_named_layers_play_as_loud_as_they_are_however_close_together(
    levels: list[float], velocities: list[float]
) -> None:
    response = fit([controls(level) for level in levels], list(velocities))
    for level, velocity in zip(levels, velocities, strict=True):
        # 1 dB: the curve is straight between nine velocities, and these steps are not.
        played = response.loudness_at(velocity, None)[1]
        assert played == pytest.approx(level, abs=SOFTER_BY_LEAST_DB + 1.0)


@pytest.mark.parametrize(
    "levels",
    [
        [-20.0, -18.0, -16.0],  # three layers
        [-16.2, -16.0, -13.0, -12.8],  # two, with two takes each
        [-20.0 + i for i in range(9)],  # no gap, but more than takes differ by
    ],
)
def test_measured_layers_without_names_span_what_they_span(levels: list[float]) -> None:
    response = fit([controls(level) for level in levels], [None] * len(levels))
    soft, hard = (response.loudness_at(v, None)[1] for v in (1, 127))
    assert soft == pytest.approx(levels[0], abs=SOFTER_BY_LEAST_DB)
    assert hard == pytest.approx(levels[-1], abs=0.1)


def test_takes_of_one_hit_are_no_layers() -> None:
    response = fit([controls(level) for level in (-12.9, -12.4, -12.0)], [None] * 3)
    soft, hard = (response.loudness_at(v, None)[1] for v in (1, 127))
    assert hard - soft == pytest.approx(24.0)
    assert hard == pytest.approx(-12.0)


def test_beyond_the_hardest_named_hit_the_curve_rises_as_little_as_it_did_up_to_there() -> None:
    response = fit([controls(x) for x in (-13.7, -10.5, -9.2)], [20.0, 45.0, 70.0])
    # 1.3 dB in 25 steps; the slope of all three would put the hardest hit at -4.1 dB.
    assert response.loudness_at(120, None)[1] == pytest.approx(-9.2 + 50 * 1.3 / 25, abs=0.2)


@given(st.lists(SETTINGS, min_size=1, max_size=12))
def test_velocity_never_plays_softer_when_it_rises(sounds: list[tuple[float, ...]]) -> None:
    response = fit([controls(a, b, c) for a, b, c, _ in sounds], [v for *_, v in sounds])
    played = [response.loudness_at(v, None)[1] for v in np.linspace(1, 127, 64)]
    assert (np.diff(played) > 0).all()
    told = response.controls_at(played[0], None)
    assert told.brightness_hz > 0
    assert told.decay_s > 0


def test_louder_sounds_are_brighter_where_they_are_in_the_corpus() -> None:
    sounds = [controls(-40.0 + 2 * i, 400.0 * 1.06**i) for i in range(16)]
    response = fit(sounds, [None] * 16)
    soft, loud = response.controls_at(-38.0, None), response.controls_at(-12.0, None)
    assert loud.brightness_hz / soft.brightness_hz == pytest.approx(1.06**13, rel=0.15)


def test_two_sounds_do_not_make_a_law() -> None:
    many = [controls(-40.0 + i % 20, 500.0) for i in range(60)]
    pair = [controls(-20.0, 300.0), controls(-19.0, 3_000.0)]
    labels = np.array([0] * 60 + [1] * 2)
    odd = fit_responses(["many", "pair"], labels, many + pair, [None] * 62)[1]
    # A slope taken from the pair alone would be 2.3 nepers a dB.
    assert abs(odd.brightness.per_db) < 0.2


def test_notes_outside_the_corpus_are_told_as_the_nearest_ones() -> None:
    sounds = [
        Controls(note=60.0 + i, loudness_db=-20.0, brightness_hz=800.0, decay_s=1.0)
        for i in range(5)
    ]
    response = fit(sounds, [None] * 5)
    assert response.controls_at(-20.0, 100.0).note == 67.0
