"""The map: like ones near each other, what grows to the right there, the same every time."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from messina.instrument import Instrument
from messina.instrument.embedding import LANDMARKS, derived_arrays, laid_out, places_of
from messina.instrument.known import Known


def of_groups(
    groups: int, each: int, *, seed: int = 3
) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.int64]]:
    """Points of groups far apart in 8 dimensions, each brighter than the one before (ln Hz)."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(groups), each)
    points = rng.standard_normal((len(group), 8)).astype(np.float32)
    points[:, 0] += 12 * group
    return points, 5 + 0.7 * group, group


def neighbours_kept(points: NDArray[np.floating], places: NDArray[np.floating]) -> float:
    """Share of the 5 nearest in the points that are among the 5 nearest on the map."""
    near = [
        np.argsort(np.square(of[:, None] - of[None]).sum(axis=2), axis=1)[:, 1:6]
        for of in (points.astype(np.float64), places.astype(np.float64))
    ]
    return float(np.mean([len(np.intersect1d(a, b)) / 5 for a, b in zip(*near, strict=True)]))


def test_groups_come_apart_and_the_brighter_lies_to_the_right() -> None:
    points, brightness, group = of_groups(3, 20)
    places = laid_out(points, brightness, 0 * brightness)
    assert places.dtype == np.float32
    assert places.min() >= 0
    assert places.max() <= 1
    for low, high in ((0, 1), (1, 2)):
        assert places[group == low, 0].max() < places[group == high, 0].min()
    # By chance 5 of 59.
    assert neighbours_kept(points, places) > 0.4


def test_long_sounds_lie_above_short_ones() -> None:
    points, brightness, _ = of_groups(2, 20)
    long = np.random.default_rng(1).permutation(np.repeat([0.1, 2.0], 20))
    points[:, 1] += 5 * np.log(long).astype(np.float32)
    places = laid_out(points, brightness, np.log(long))
    assert places[long > 1, 1].mean() < places[long < 1, 1].mean() - 0.1  # y is downwards


def test_the_same_sounds_lie_at_the_same_places() -> None:
    points, brightness, _ = of_groups(3, 12)
    assert np.array_equal(
        laid_out(points, brightness, 0 * brightness), laid_out(points, brightness, 0 * brightness)
    )


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_few_sounds_have_places_of_their_own(count: int) -> None:
    points, brightness, _ = of_groups(count, 1)
    places = laid_out(points, brightness, 0 * brightness)
    assert places.shape == (count, 2)
    assert len(np.unique(places, axis=0)) == count


def test_sounds_that_are_all_the_same_still_have_places_that_can_be_pressed() -> None:
    points, brightness, _ = of_groups(1, 9)
    places = laid_out(np.zeros_like(points), brightness, 0 * brightness).astype(np.float64)
    assert np.isfinite(places).all()
    away = np.hypot(*(places[:, None] - places[None]).T) + np.eye(9)
    assert away.min() > 0.005


def test_of_many_sounds_all_lie_amid_their_like(instrument: Instrument) -> None:
    known, times = instrument.known, 1 + 2 * LANDMARKS // len(instrument.known.labels)
    many = Known(
        means=np.tile(known.means, (times, 1)),
        log_variances=np.tile(known.log_variances, (times, 1)),
        labels=np.tile(known.labels, times),
        controls=known.controls * times,
        lengths_s=np.tile(known.lengths_s, times),
        steady=known.steady * times,
    )
    places = places_of(instrument.network, instrument.manifest.scale, many)
    by_sound = places.reshape(times, len(known.labels), 2)
    # The same sound over and over: nearer to itself than the map is wide, by far.
    assert by_sound.std(axis=0).max() < 0.5 * by_sound.mean(axis=0).std(axis=0).min()


def test_an_instrument_of_any_weights_has_a_map(instrument: Instrument) -> None:
    wild = {
        name: np.full_like(array, 6e4) if name.endswith("weight") else array
        for name, array in instrument.arrays.items()
    }
    places = derived_arrays(instrument.manifest, wild)["places"]
    assert places.shape == instrument.places.shape
    assert ((places >= 0) & (places <= 1)).all()
