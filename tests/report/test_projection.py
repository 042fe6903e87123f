from __future__ import annotations

import numpy as np

from messina.evaluation.distribution import squared_distances
from messina.report.projection import plane


def test_places_are_within_the_unit_square_and_the_same_every_time() -> None:
    rng = np.random.default_rng(0)
    real, new = rng.standard_normal((20, 50)), rng.standard_normal((10, 50))
    places = plane(real, new)
    assert places.shape == (30, 2)
    assert places.min() == 0.0
    assert places.max() == 1.0
    assert np.array_equal(places, plane(real, new))


def test_kinds_that_are_apart_stay_apart_and_new_ones_join_their_own() -> None:
    rng = np.random.default_rng(1)
    centres = 10.0 * rng.standard_normal((3, 40))
    real = np.concatenate([centre + rng.standard_normal((12, 40)) for centre in centres])
    new = centres + rng.standard_normal((3, 40))
    places = plane(real, new)
    nearest = squared_distances(places[36:], places[:36]).argmin(axis=1)
    assert (nearest // 12).tolist() == [0, 1, 2]


def test_points_on_a_plane_keep_their_distances() -> None:
    rng = np.random.default_rng(2)
    flat = rng.standard_normal((30, 2)) * [3.0, 1.0]
    turned = np.linalg.qr(rng.standard_normal((20, 20)))[0][:2]
    real = flat @ turned
    places = plane(real[:25], real[25:])
    # Both coordinates are stretched to 0 … 1, so it is the order along them that is kept.
    wide = flat[:, 0] if abs(np.corrcoef(places[:, 0], flat[:, 0])[0, 1]) > 0.5 else flat[:, 1]
    assert abs(np.corrcoef(places[:, 0], wide)[0, 1]) > 0.95


def test_one_two_or_the_same_sounds_have_a_place_too() -> None:
    point = np.ones((1, 8))
    for real, new in ((point, point[:0]), (point, point), (np.ones((5, 8)), np.ones((4, 8)))):
        places = plane(real, new)
        assert places.shape == (len(real) + len(new), 2)
        assert np.isfinite(places).all()
        assert ((places >= 0) & (places <= 1)).all()
