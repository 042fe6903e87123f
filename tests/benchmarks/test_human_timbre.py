from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from messina.audio_files import write_wav

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def human() -> ModuleType:
    spec = importlib.util.spec_from_file_location("human_timbre", BENCHMARKS / "human_timbre.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def distances(places: list[float]) -> np.ndarray:
    return np.abs(np.subtract.outer(places, places))


def test_points_in_the_order_of_the_ratings_agree_and_turned_around_they_do_not(
    human: ModuleType,
) -> None:
    rated = distances([0.0, 0.2, 0.5, 1.0])
    assert human.agreement(rated**3, rated) == 1.0
    assert human.agreement(1.0 - rated, rated) == 0.0
    assert human.spearman(np.array([1.0, 2, 3, 50]), np.array([0.1, 0.2, 0.3, 0.31])) == 1.0


def test_ties_share_their_rank(human: ModuleType) -> None:
    # Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / sqrt(4.5 × 5).
    found = human.spearman(np.array([1.0, 2, 2, 3]), np.array([1.0, 2, 3, 4]))
    assert found == pytest.approx(4.5 / np.sqrt(4.5 * 5.0))


def test_an_experiment_is_read_and_scored(human: ModuleType, tmp_path: Path) -> None:
    """Five tones, rated by how far their pitches are apart, and points that are their pitches."""
    hz = np.array([200.0, 260.0, 300.0, 420.0, 800.0])
    seconds = np.arange(22_050) / 44_100
    for index, frequency in enumerate(hz):
        audio = 0.5 * np.sin(2 * np.pi * frequency * seconds)
        write_wav(tmp_path / "sounds" / "tones" / f"{index}.wav", audio.astype(np.float32))
    ratings = tmp_path / "true_dissim" / "tones_dissimilarity_matrix.txt"
    ratings.parent.mkdir()
    np.savetxt(ratings, np.triu(distances(list(np.log(hz)))))

    def crossings(audio: np.ndarray) -> np.ndarray:
        return np.log([np.count_nonzero(np.diff(np.signbit(audio)))])

    rows = human.measured(tmp_path, crossings)
    assert rows["tones"]["triplets"] == 1.0
    assert rows["tones"]["spearman"] == pytest.approx(1.0, abs=0.02)
