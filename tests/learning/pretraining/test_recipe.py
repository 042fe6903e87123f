"""The recipe of the weights that every learning starts from, as one calls it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from messina.instrument.network import weight_shapes
from messina.learning.starting import Pretrained

ROOT = Path(__file__).parents[3]


def pretrain(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / "pretrain", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=250,
    )


@pytest.mark.slow
def test_voices_made_from_nothing_and_their_index_give_the_same_weights(tmp_path: Path) -> None:
    first, second = tmp_path / "first.safetensors", tmp_path / "second.safetensors"
    ran = pretrain("-o", first, "--voices", "6", "--steps", "12")
    assert ran.returncode == 0, ran.stderr
    assert "12 steps" in ran.stdout
    assert "voices never heard" in ran.stdout
    index = tmp_path / "first.work" / "index-6"
    ran = pretrain(index, "-o", second, "--steps", "12")
    assert ran.returncode == 0, ran.stderr
    assert second.read_bytes() == first.read_bytes()
    made = Pretrained.decoded(first.read_bytes())
    assert made.network.labels == 6
    for name, shape in weight_shapes(made.network).items():
        assert made.arrays[name].shape == shape
        assert np.isfinite(made.arrays[name]).all()


def test_what_is_no_index_is_told_in_a_sentence(tmp_path: Path) -> None:
    ran = pretrain(tmp_path, "-o", tmp_path / "weights.safetensors")
    assert ran.returncode != 0
    assert str(tmp_path) in ran.stderr
    assert "Traceback" not in ran.stderr
