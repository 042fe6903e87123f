from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from evaluation.signals import noise, tone
from messina.evaluation.copies import copy_check
from messina.evaluation.descriptors import descriptors

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "opponents.py"


@pytest.fixture(scope="module")
def opponents() -> ModuleType:
    specification = importlib.util.spec_from_file_location("opponents", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["opponents"] = module
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def sounds() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    tones = [tone(hz, 0.3, decay_s=0.3) for hz in np.geomspace(200.0, 2000.0, 8)]
    bursts = [noise(rng, 0.2, decay_s=decay_s) for decay_s in (0.05, 0.1, 0.2, 0.4)]
    return [sound.astype(np.float32) for sound in (*tones, *bursts)]


@pytest.mark.parametrize("name", ["sampler", "producer", "oracle"])
def test_each_gives_as_many_sounds_as_asked_and_the_same_under_the_same_seed(
    opponents: ModuleType, sounds: list[np.ndarray], name: str
) -> None:
    first, again = (
        getattr(opponents, name)(sounds, count=15, rng=np.random.default_rng(1)) for _ in "ab"
    )
    assert len(first) == 15
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert all(sound.ndim == 1 and np.isfinite(sound).all() for sound in first)


def test_all_that_the_sampler_plays_are_copies_of_all_sounds(
    opponents: ModuleType, sounds: list[np.ndarray]
) -> None:
    played = opponents.sampler(sounds, count=12, rng=np.random.default_rng(2))
    check = copy_check(descriptors(sounds), descriptors(played))
    assert check.share == 1.0
    assert sorted(check.nearest) == list(range(12))


def test_what_the_producer_makes_is_new_but_near(
    opponents: ModuleType, sounds: list[np.ndarray]
) -> None:
    played = opponents.producer(sounds, count=24, rng=np.random.default_rng(3))
    check = copy_check(descriptors(sounds), descriptors(played))
    # The twelve are far apart: what is made from one stays nearer to it than to any other.
    assert check.distances.min() > 1.0
    assert 0.1 < check.novelty < 1.0


def test_gruv_plays_sounds_as_long_as_those_it_starts_from(
    opponents: ModuleType, sounds: list[np.ndarray]
) -> None:
    played = opponents.gruv(sounds, count=13, rng=np.random.default_rng(4), minutes=0.01, seed=0)
    assert len(played) == 13
    assert {len(sound) for sound in played} <= {len(sound) for sound in sounds}


def test_the_table_has_a_column_for_each_and_a_row_for_each_figure(
    opponents: ModuleType, sounds: list[np.ndarray]
) -> None:
    rng = np.random.default_rng(5)
    columns = {
        "real": opponents.floor_of(sounds, rng=rng),
        "sampler": opponents.measured(sounds, sounds, rng=rng),
    }
    rows = opponents.table(columns).splitlines()
    assert rows[0] == "| | real | sampler |"
    assert any(row.startswith("| near copies | 0.00 | 1.00 |") for row in rows)
    assert any(row.startswith("| tail level, dB |") for row in rows)
