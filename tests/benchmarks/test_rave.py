"""What of the RAVE script can be tested without RAVE."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "rave.py"


@pytest.fixture(scope="module")
def rave() -> ModuleType:
    specification = importlib.util.spec_from_file_location("rave_script", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_sounds_are_repeated_until_there_is_enough(rave: ModuleType) -> None:
    sounds = [np.full(30_000, 0.1, np.float32), np.full(14_100, 0.2, np.float32)]
    together = rave.whole(sounds, least_s=4.5)
    assert len(together) == 5 * 44_100
    assert np.array_equal(together[:44_100], np.concatenate(sounds))
    assert len(rave.whole(sounds, least_s=0.1)) == 44_100


def test_what_runs_in_the_other_environment_is_python(rave: ModuleType) -> None:
    ast.parse(rave._PLAY)


def test_a_training_that_saves_nothing_is_told(rave: ModuleType, tmp_path: Path) -> None:
    idle = tmp_path / "rave"
    idle.write_text("#!/bin/sh\nsleep 5\n")
    idle.chmod(0o755)
    with pytest.raises(Exception, match="saved nothing"):
        rave.train(tmp_path, tmp_path, tmp_path / "runs", minutes=0.002)
