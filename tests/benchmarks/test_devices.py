"""The table of what devices do, on the processor, which is always there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from learning.test_learn import hit
from messina.audio_files import write_wav

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "devices.py"


def measured(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, SCRIPT, folder, *map(str, words)],
        capture_output=True,
        text=True,
        timeout=250,
    )


@pytest.mark.slow
def test_every_precision_and_size_of_a_step_has_a_row(tmp_path: Path) -> None:
    for i in range(16):
        write_wav(tmp_path / f"{'low' if i % 2 else 'high'} {i}.wav", hit(i)[:, None])
    words = ("--device", "cpu", "--steps", 4, "--sounds", 8, 16, "--precision", "single", "half")
    done = measured(tmp_path, *words)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout.splitlines()[-1])
    assert [(row["precision"], row["sounds"]) for row in rows] == [
        ("single", 8), ("single", 16), ("half", 8), ("half", 16),
    ]  # fmt: skip
    for row in rows:
        assert row["steps_s"] > 0
        assert 0 <= row["waited"] <= 1
        assert len(row["errors_db"]) == 3
    # twice the sounds are twice the products, but for the last layers' share of the weights
    assert rows[1]["gflop"] == pytest.approx(2 * rows[0]["gflop"], rel=0.05)
    assert done.stdout.count("| CPU") == 4
