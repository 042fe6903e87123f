from __future__ import annotations

import numpy as np
import pytest

from messina.frames.layout import BANDS, BODY_FLOOR, BODY_SIZE
from messina.instrument.timegrid import (
    LAST_FRAME,
    POINT_FRAMES,
    POINTS,
    place_of,
    points_within,
    pool,
    unpool,
)


def test_the_grid_is_every_frame_at_first_and_reaches_twelve_seconds() -> None:
    assert POINT_FRAMES[:16].tolist() == list(range(16))
    assert POINT_FRAMES[-1] == LAST_FRAME
    assert (np.diff(POINT_FRAMES) > 0).all()
    assert POINTS < 100


def test_a_decay_in_db_comes_back_through_the_grid() -> None:
    frames = 400
    line = -1.0 - 0.015 * np.arange(frames)
    body = np.repeat(line[:, None], BODY_SIZE, axis=1).astype(np.float32)
    points, count = pool(body)
    back = unpool(points, int(POINT_FRAMES[count - 1]))
    # The noise is put right for the log's bias by up to 0.11 nepers; the rest is exact but for
    # the frames where the averages are cut short.
    assert np.abs(back[:, :BANDS] - body[: len(back), :BANDS]).max() < 0.02
    assert np.abs(back - body[: len(back)]).max() < 0.15


def test_after_its_end_a_sound_is_silent() -> None:
    points, count = pool(np.zeros((50, BODY_SIZE), np.float32))
    assert count == points_within(50)
    assert (points[:count] > -1.0).all()
    assert (points[count:] == BODY_FLOOR).all()


@pytest.mark.parametrize("frames", [1, 2, 5, 17, 3_000])
def test_sounds_of_any_length_fit_the_grid(frames: int) -> None:
    points, count = pool(np.full((frames, BODY_SIZE), -2.0, np.float32))
    assert points.shape == (POINTS, BODY_SIZE)
    assert 1 <= count <= POINTS
    assert np.isfinite(points).all()


def test_levels_are_averaged_over_what_a_point_stands_for() -> None:
    jitter = np.random.default_rng(0).standard_normal((2_000, BODY_SIZE)).astype(np.float32)
    points, count = pool(jitter - 3.0)
    late = points[count - 10 : count]
    assert abs(float(late.mean()) + 3.0) < 0.02
    assert late.std() < 0.15  # a point stands for more than 60 frames there: 1 / sqrt(60) is 0.13


def test_places_and_frames_are_each_others_inverse() -> None:
    assert place_of(POINT_FRAMES).tolist() == list(range(POINTS))
