"""Hits that sound alike are one voice, others are not."""

from __future__ import annotations

from functools import cache

import numpy as np

from messina.demo_sounds import demo_sounds
from messina.rhythm.hit_features import (
    FEATURES,
    MOST_CLUSTERS,
    MOST_LINKED,
    cluster,
    features_of,
    nearest,
)

DRUMS = ("kick", "snare", "tom", "hihat_closed", "hihat_open", "clap")


@cache
def _kits(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Features and the true drum of hits, no two alike, at velocities from 80 up."""
    features, truth = [], []
    for seed in range(count):
        for name, audio in demo_sounds(seed=seed):
            drum, velocity = name.split("/")[1].removesuffix(".wav").rsplit("_v", 1)
            if drum in DRUMS and int(velocity) >= 80:
                features.append(features_of(audio))
                truth.append(DRUMS.index(drum))
    return np.stack(features), np.array(truth)


def test_the_drums_of_a_kit_are_told_apart() -> None:
    features, truth = _kits(2)
    clusters = cluster(features)
    pairs = [(a, b) for a in range(len(truth)) for b in range(a)]
    together = [clusters[a] == clusters[b] for a, b in pairs]
    same = [truth[a] == truth[b] for a, b in pairs]
    mixed = sum(t and not s for t, s in zip(together, same, strict=True))
    parted = sum(s and not t for t, s in zip(together, same, strict=True))
    assert mixed == 0
    assert parted < 0.3 * sum(same)  # a drum struck harder may be a voice of its own


def test_level_does_not_matter() -> None:
    features, _ = _kits(1)
    sounds = [audio for name, audio in demo_sounds() if "snare_v105" in name]
    assert np.allclose(features_of(sounds[0]), features_of(0.01 * sounds[0]), atol=0.1)
    assert features.shape[1] == FEATURES


def test_numbers_follow_the_order_of_appearance() -> None:
    features, _ = _kits(1)
    clusters = cluster(features)
    _, first = np.unique(clusters, return_index=True)
    assert np.all(np.diff(first) > 0)
    assert np.array_equal(clusters, cluster(features))


def test_there_are_never_more_than_the_most() -> None:
    far_apart = 40 * np.random.default_rng(0).standard_normal((300, 20)).astype(np.float32)
    assert cluster(far_apart).max() == MOST_CLUSTERS - 1


def test_one_hit_or_two_are_clusters_too() -> None:
    features, truth = _kits(1)
    assert cluster(features[:1]).tolist() == [0]
    two = features[[int(np.argmax(truth == 0)), int(np.argmax(truth == 3))]]
    assert cluster(two).tolist() == [0, 1]


def test_many_hits_are_clustered_by_a_part_of_them() -> None:
    rng = np.random.default_rng(0)
    count = MOST_LINKED + 500
    truth = rng.integers(0, 4, count)
    centres = 30 * rng.standard_normal((4, 16))
    features = (centres[truth] + rng.standard_normal((count, 16))).astype(np.float32)
    clusters = cluster(features)
    assert clusters.max() == 3
    assert all(len(set(clusters[truth == kind])) == 1 for kind in range(4))


def test_the_nearest_centre_is_found() -> None:
    centres = np.array([[0.0, 0.0], [10.0, 0.0]], np.float32)
    assert nearest(np.array([[4.0, 9.0], [6.0, -9.0]], np.float32), centres).tolist() == [0, 1]
