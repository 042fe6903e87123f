"""The nearest of very many sounds is found exactly, in one pass and without a copy of them."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from messina.instrument.known import Known, nearest
from messina.instrument.sampling import blur_of, typical_blur
from messina.instrument.sound_map import NEIGHBOURS, mixture_at

SOUNDS, LABELS, LATENT = 60_000, 300, 16


class Counting(np.ndarray):
    """Latents that count how many of their rows are taken into double precision."""

    rows = 0

    def astype(self, *words: object, **named: object) -> np.ndarray:  # type: ignore[override]
        Counting.rows += len(self)
        return np.asarray(self).astype(*words, **named)  # type: ignore[call-overload]


@pytest.fixture
def known() -> Known:
    rng = np.random.default_rng(0)
    means = rng.standard_normal((SOUNDS, LATENT)).astype(np.float32)
    means[500:600] = means[10_000:10_100] = means[100]  # of what is equally near the first counts
    labels = rng.integers(0, LABELS, SOUNDS)
    labels[0] = LABELS  # alone of its label
    Counting.rows = 0
    return Known(
        means=means.view(Counting),
        log_variances=rng.standard_normal((SOUNDS, LATENT)).astype(np.float32),
        labels=labels,
        controls=(),
        lengths_s=np.ones(SOUNDS),
        steady=(),
    )


@pytest.mark.parametrize("label", [-1, 0, 7, LABELS])
def test_the_nearest_is_that_of_a_search_through_all(known: Known, label: int) -> None:
    rng = np.random.default_rng(1)
    means = np.asarray(known.means)
    own = np.flatnonzero(known.labels == label) if label >= 0 else np.arange(SOUNDS)
    for z in [means[own[-1]], means[100], *rng.standard_normal((10, LATENT)).astype(np.float32)]:
        away = [float(np.sum((row - z.astype(np.float64)) ** 2)) for row in means[own]]
        assert nearest(known, z, label) == own[int(np.argmin(away))]


def test_to_find_it_takes_no_memory_that_grows_with_the_sounds(known: Known) -> None:
    z = np.zeros(LATENT, np.float32)
    tracemalloc.start()
    nearest(known, z, -1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # a block of 4,096 in double precision is half a megabyte, a copy of all latents nearly eight
    assert peak < 3e6


def test_how_far_variations_differ_is_estimated_without_going_through_all_for_each_sound(
    known: Known,
) -> None:
    blurs = [typical_blur(known, label) for label in range(20)]
    of_labels = sum(int(np.sum(known.labels == label)) for label in range(20))
    assert Counting.rows <= SOUNDS + of_labels
    own = np.flatnonzero(known.labels == 3)[:64]
    np.testing.assert_array_equal(
        blurs[3], np.mean([blur_of(known, int(sound)) for sound in own], axis=0).astype(np.float32)
    )


def test_on_a_map_with_many_ties_the_sounds_first_in_order_count() -> None:
    rng = np.random.default_rng(2)
    places = (rng.integers(0, 50, (20_000, 2)) / 50).astype(np.float32)  # eight on each place
    for x, y in rng.random((20, 2)):
        away = np.hypot(*(places.astype(np.float64) - (x, y)).T)
        order = np.lexsort((np.arange(len(places)), away.round(12)))
        found = mixture_at(places, float(x), float(y)).sounds
        np.testing.assert_array_equal(found, order[: len(found)])
        assert len(found) == NEIGHBOURS
