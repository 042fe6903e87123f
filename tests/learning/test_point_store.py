"""Analyses of many sounds: kept on the disk, measured in blocks, drawn as they are."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from messina.frames.layout import BANDS, BODY_FLOOR, BODY_SIZE, ONSET_SIZE, REFERENCE_HZ, Frames
from messina.instrument.controls import Controls, ControlScale
from messina.instrument.network import NetworkConfig
from messina.instrument.timegrid import POINTS, pool
from messina.learning import examples as measured
from messina.learning.examples import Examples, audibility_of_onsets, measure_statistics
from messina.learning.point_store import Analyses, PointStore


def frames(index: int) -> Frames:
    """A sound of 1 to 600 frames with levels and an onset of its own."""
    rng = np.random.default_rng(index)
    length = int(rng.integers(1, 600))
    levels = rng.uniform(-9.0, 0.0, (length, BODY_SIZE)).astype(np.float32)
    return Frames(
        body=np.maximum(levels, BODY_FLOOR),
        onset=rng.standard_normal(ONSET_SIZE).astype(np.float32),
        gain=1.0,
        reference_hz=REFERENCE_HZ,
    )


def test_a_sound_comes_back_as_it_was_from_memory_and_from_disk(tmp_path: Path) -> None:
    pools = [pool(frames(i).body) for i in range(12)]
    kept = [points.astype(np.float16) for points, _ in pools]
    for limit in (2**30, 1):
        store = PointStore(folder=tmp_path, limit_bytes=limit)
        for points, (_, count) in zip(kept, pools, strict=True):
            store.add(points, count)
        chosen = np.array([7, 0, 7, 11])
        np.testing.assert_array_equal(store[chosen], np.stack([kept[i] for i in chosen]))
        np.testing.assert_array_equal(store[3], kept[3])
        assert len(store) == 12
        del store
    assert not list(tmp_path.iterdir())


def examples_of(count: int) -> Examples:
    found = Analyses(count + 5)  # as when it is stopped before the last ones
    for index in range(count):
        found.add(frames(index))
    controls = [
        Controls(note=None, loudness_db=-20.0 - i, brightness_hz=900.0 + i, decay_s=0.1 + i)
        for i in range(count)
    ]
    return Examples.of(found, [0] * count, controls, ControlScale.of(controls))


def test_statistics_in_blocks_are_those_of_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = examples_of(40)
    chosen = np.setdiff1d(np.arange(40), [0, 13, 39])
    rows = np.concatenate([found.points.rows(int(i)) for i in chosen]).astype(np.float32)
    weights, onsets = found.onset_weights[chosen], found.onsets[chosen].astype(np.float64)
    mean = np.average(onsets, axis=0, weights=weights)
    spread = np.sqrt(np.average((onsets - mean) ** 2, axis=0, weights=weights))
    heard = np.sqrt(weights / weights.max(axis=1, keepdims=True)).mean(axis=0)
    for block in (7, 1_024):
        monkeypatch.setattr(measured, "_BLOCK", block)
        monkeypatch.setattr(measured, "_BASIS_ROWS", 1_000)  # so that one row in so many is taken
        step = -(-len(rows) // 1_000)
        assert step > 1
        statistics = measure_statistics(found, NetworkConfig(labels=1, points=POINTS), chosen)
        # Sums of 37 numbers in single precision: a few units in the last place.
        np.testing.assert_allclose(statistics["body_mean"], rows[::step].mean(axis=0), rtol=1e-5)
        np.testing.assert_allclose(statistics["onset_mean"], mean, atol=1e-5)
        # The least spread, 0.03 of most numbers, is added in squares: 0.5 % at 0.3.
        wide = spread > 0.3
        assert wide.sum() > ONSET_SIZE // 2
        np.testing.assert_allclose(statistics["onset_scale"][wide], spread[wide], rtol=0.01)
        np.testing.assert_allclose(audibility_of_onsets(found, chosen), heard, rtol=1e-5)


def test_principal_components_in_parts_are_those_of_all_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(0)
    rows = (rng.standard_normal((1_000, 24)) * 0.8 ** np.arange(24)).astype(np.float32)
    whole = measured._principal(rows, 8, least=1e-3)
    monkeypatch.setattr(measured, "_AT_ONCE", 300)
    parts = measured._principal(rows, 8, least=1e-3)
    # Single precision; neighbouring directions spread by a fifth more, which makes it a few times.
    np.testing.assert_allclose(parts, whole, atol=1e-4)
    np.testing.assert_allclose((rows @ parts.T).std(axis=0), 1.0, rtol=1e-4)


def test_the_loudest_levels_are_those_of_the_points() -> None:
    found = examples_of(6)
    points = found.points[np.arange(6)]
    np.testing.assert_array_equal(found.loudest, points[:, :, :BANDS].max(axis=1))


def test_a_thousand_short_sounds_more_take_little_more_memory(tmp_path: Path) -> None:
    """On the whole grid they would be 58 MB, within the sounds 14 MB."""
    points = np.tile(BODY_FLOOR, (POINTS, 1)).astype(np.float16)
    store = PointStore(folder=tmp_path, limit_bytes=2**20)
    for _ in range(200):
        store.add(points, 21)
    tracemalloc.start()
    try:
        for _ in range(1_000):
            store.add(points, 21)
            _ = store[np.arange(0, len(store), 50)]
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    batch = POINTS * BODY_SIZE * 2 * 24
    assert most < 2 * batch + 2**20
