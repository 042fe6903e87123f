from __future__ import annotations

import argparse
import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from messina.audio_files import write_wav
from messina.demo_sounds import demo_sounds

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


def test_everybody_is_measured_in_one_run_and_the_page_says_so(
    opponents: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, audio in demo_sounds():
        if name.startswith(("drums/kick", "drums/snare")):
            write_wav(tmp_path / "kit" / Path(name).name, audio[:12_000])
    rng = np.random.default_rng(0)
    noise = (0.1 * rng.standard_normal(9000)).astype(np.float32)
    write_wav(tmp_path / "made" / "noise.wav", noise)
    kept, page = tmp_path / "kept", tmp_path / "results.md"
    command = ["opponents.py", str(tmp_path / "kit"), "--keep", str(kept), "--page", str(page)]
    noises = f"noises={tmp_path / 'made'}"
    short = ["--minutes", "0.02", "--count", "6", "--made", noises]
    monkeypatch.setattr(sys, "argv", [*command, *short])
    opponents.main()
    found = opponents.read(kept / "kit.json")
    columns = found.columns()
    assert list(columns) == ["real", "Messina", "oracle", "gruv", "sampler", "producer", "noises"]
    assert columns["sampler"]["copy_share"] == 1.0
    assert columns["sampler"]["lsd_1024"] > columns["oracle"]["lsd_1024"]
    text = page.read_text(encoding="utf-8")
    assert "## kit" in text
    assert "10 sounds" in text
    assert "| near copies |" in text
    assert "clean:" in text
    shutil.rmtree(tmp_path / "kit")  # What was kept is taken up without learning again.
    page.unlink()
    monkeypatch.setattr(sys, "argv", command)
    opponents.main()
    assert page.read_text(encoding="utf-8") == text


def test_a_cell_without_a_figure_is_empty(opponents: ModuleType) -> None:
    rows = opponents.table({"real": {"flux": 1.0}, "other": {"tail_level": -3.0}}).splitlines()
    assert rows[0] == "| | real | other |"
    assert rows[2:] == ["| tail level, dB |  | −3.0 |", "| flux, dB | 1.00 |  |"]


def test_what_was_made_has_to_be_named_and_there(opponents: ModuleType, tmp_path: Path) -> None:
    for text in ("rave", "=x", f"rave={tmp_path}"):
        with pytest.raises(argparse.ArgumentTypeError):
            opponents.sounds_of(text)
