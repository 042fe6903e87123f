"""Audio that does not fit into memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from messina.corpus.assembling import DiskBuffer


@pytest.mark.parametrize("limit", [0, 1000, 10**6])
def test_everything_comes_back_in_order_and_equal(tmp_path: Path, limit: int) -> None:
    rng = np.random.default_rng(0)
    arrays = [
        rng.standard_normal((samples, channels)).astype(np.float32)
        for samples, channels in [(10, 1), (200, 2), (1, 1), (77, 2), (300, 1)]
    ]
    buffer = DiskBuffer(folder=tmp_path, limit_bytes=limit)
    for array in arrays:
        buffer.add(array)
    back = buffer.arrays()
    assert all(np.array_equal(a, b) for a, b in zip(arrays, back, strict=True))


def test_beyond_the_limit_arrays_are_views_of_one_file_without_a_name(tmp_path: Path) -> None:
    buffer = DiskBuffer(folder=tmp_path, limit_bytes=0)
    for _ in range(50):
        buffer.add(np.ones((1000, 2), np.float32))
    arrays = buffer.arrays()
    assert not any(array.flags.owndata for array in arrays)
    assert not arrays[0].flags.writeable
    del buffer
    assert arrays[49].sum() == 2000
    assert list(tmp_path.iterdir()) == []


def test_an_empty_spool_gives_nothing() -> None:
    assert DiskBuffer().arrays() == []
