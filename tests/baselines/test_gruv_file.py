from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from messina.baselines.gruv import GruvModel, train_gruv
from messina.baselines.gruv_config import MENDED
from messina.baselines.gruv_file import load_gruv, save_gruv
from messina.errors import MessinaError

SOUND = np.sin(np.arange(2000) * 0.3).astype(np.float32)


@pytest.fixture(scope="module")
def model() -> GruvModel:
    config = replace(MENDED, block_s=0.008, hidden=8, max_steps=2, spread=0.0)
    return train_gruv([SOUND], sample_rate=8000, minutes=1.0, seed=0, config=config)


@pytest.fixture
def saved(model: GruvModel, tmp_path: Path) -> Path:
    path = tmp_path / "model.gruv"
    save_gruv(model, path)
    return path


def test_a_model_comes_back_as_it_was(model: GruvModel, saved: Path) -> None:
    back = load_gruv(saved)
    assert (back.config, back.sample_rate, back.seed, back.steps, back.error) == (
        model.config,
        model.sample_rate,
        model.seed,
        model.steps,
        model.error,
    )
    assert np.array_equal(back.generate(SOUND, blocks=4), model.generate(SOUND, blocks=4))


def test_saving_leaves_one_file_and_replaces_an_older_one(model: GruvModel, saved: Path) -> None:
    save_gruv(replace(model, steps=99), saved)
    assert [path.name for path in saved.parent.iterdir()] == ["model.gruv"]
    assert load_gruv(saved).steps == 99


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MessinaError, match="no such file; train one with `messina baseline gruv`"):
        load_gruv(tmp_path / "no.gruv")


@pytest.mark.parametrize("keep", [0, 3, 100, -10])
def test_a_truncated_file_is_damaged(saved: Path, keep: int) -> None:
    saved.write_bytes(saved.read_bytes()[:keep])
    with pytest.raises(MessinaError, match="damaged or not a GRUV file"):
        load_gruv(saved)


def rewrite(path: Path, *, leave_out: str = "", **changes: object) -> None:
    """The same tensors but for one, with other settings in the header."""
    size = int.from_bytes(path.read_bytes()[:8], "little")
    header = json.loads(json.loads(path.read_bytes()[8 : 8 + size])["__metadata__"]["gruv"])
    tensors = {name: value for name, value in load_file(path).items() if name != leave_out}
    save_file(tensors, path, metadata={"gruv": json.dumps(header | changes)})


def test_a_newer_file_asks_for_a_newer_program(saved: Path) -> None:
    rewrite(saved, format_version=2)
    with pytest.raises(MessinaError, match="made by a newer Messina"):
        load_gruv(saved)


def test_another_safetensors_file_is_foreign(saved: Path) -> None:
    save_file({"weight": np.zeros(3, np.float32)}, saved)
    with pytest.raises(MessinaError, match="not a GRUV file"):
        load_gruv(saved)


@pytest.mark.parametrize("name", ["mean", "lstm.weight_hh_l0"])
def test_a_file_that_lacks_a_part_is_damaged(saved: Path, name: str) -> None:
    rewrite(saved, leave_out=name)
    with pytest.raises(MessinaError, match="damaged GRUV file"):
        load_gruv(saved)


def test_settings_that_do_not_exist_are_refused(saved: Path) -> None:
    rewrite(saved, config={"depth": 3})
    with pytest.raises(MessinaError, match="no setting depth"):
        load_gruv(saved)
