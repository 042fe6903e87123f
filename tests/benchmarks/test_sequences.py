from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from evaluation.sequence_signals import in_time, struck
from messina.audio_files import write_wav
from messina.evaluation.copies import verbatim_runs
from messina.evaluation.sequence_metrics import SEQUENCE_METRICS

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "sequences.py"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    specification = importlib.util.spec_from_file_location("sequences_benchmark", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["sequences_benchmark"] = module
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def task(benchmark: ModuleType, tmp_path: Path) -> Any:
    rng = np.random.default_rng(0)
    for index in range(3):
        sound = struck(in_time(3.0, 0.4), 3.0, rng).astype(np.float32)
        write_wav(tmp_path / "loops" / f"loop{index}.wav", sound)
    (tmp_path / "kept").mkdir()
    return benchmark.Task(
        folder=tmp_path / "loops",
        sounds=benchmark.recordings_in(tmp_path / "loops"),
        minutes=0.001,
        duration_s=8.0,
        seed=0,
        kept=tmp_path / "kept",
    )


def test_the_loop_player_repeats_recordings_and_nothing_else(
    benchmark: ModuleType, task: Any
) -> None:
    played = benchmark.loop_player(task)
    assert len(played) == task.samples
    runs = verbatim_runs(played, np.concatenate(task.sounds))
    assert sum(run.length_s for run in runs) > 0.8 * task.duration_s


def test_gruv_plays_as_long_as_it_is_asked_to(benchmark: ModuleType, task: Any) -> None:
    benchmark.MENDED = replace(benchmark.MENDED, hidden=8, example_blocks=4)
    assert len(benchmark.gruv(task)) == task.samples


def test_what_is_kept_is_measured_as_it_is(benchmark: ModuleType, task: Any) -> None:
    noise = 0.1 * np.random.default_rng(1).standard_normal(task.samples).astype(np.float32)
    for name in ("loop player", "Messina"):
        write_wav(task.kept / f"loops-{name.replace(' ', '-')}.wav", noise)
    sounds = {name: benchmark.made(name, task) for name in ("loop player", "Messina")}
    columns = benchmark.columns_of(task, sounds)
    assert list(columns) == ["real", "loop player", "Messina"]
    np.testing.assert_equal(columns["loop player"], columns["Messina"])
    rows = benchmark.table(columns).splitlines()
    assert len(rows) == 2 + len(SEQUENCE_METRICS)
    results = {"loops": (task, columns, (0.5, 0.75))}
    text = benchmark.page(results, command="sequences.py", image="a.png", again=True)
    assert "made by earlier runs" in text
    assert "## loops" in text
    assert "drift of Messina over ten minutes: 0.50 dB (chance alone gives 0.75)" in text


def test_the_picture_is_small(benchmark: ModuleType, task: Any, tmp_path: Path) -> None:
    noise = 0.1 * np.random.default_rng(2).standard_normal(14 * 44_100).astype(np.float32)
    played = dict.fromkeys(benchmark.OPPONENTS, noise)
    benchmark.picture(tmp_path / "p.png", {"breaks": (task, played), "rain": (task, played)})
    assert 10_000 < (tmp_path / "p.png").stat().st_size < 300_000
