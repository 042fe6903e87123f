"""Verbs that tell: info, corpus, baseline, demo."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from messina.cli.main import main


def test_info_tells_a_person_and_a_machine(
    instrument: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info", str(instrument)]) == 0
    text = capsys.readouterr().out
    assert "14 sounds" in text
    assert "kick: " in text
    assert "C3 to C5 (48 to 72)" in text
    assert main(["info", str(instrument), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {label["label"] for label in told["labels"]} == {"kick", "marimba"}
    assert len(told["manifest"]["sounds"]) == 14


def test_the_table_of_a_folder_can_be_corrected_and_is_gone_by(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = Path(shutil.copytree(folder, tmp_path / "kit"))
    (mine / "notes.wav").write_text("not audio at all\n")
    assert main(["corpus", str(mine)]) == 0
    text = capsys.readouterr().out
    assert "14 sounds" in text
    assert "marimba 9, kick 5" in text
    assert "1 left out:\n  notes.wav: not audio" in text
    table = mine / "corpus.csv"
    assert str(table) in text
    table.write_text(table.read_text().replace("kick", "thud"))
    shutil.copytree(folder / "drums", mine / "drums", dirs_exist_ok=True)
    assert main(["corpus", str(mine), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["left_out"][0]["name"] == "notes.wav"


def test_the_oracle_scores_and_plays_every_sound(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["baseline", "oracle", str(folder / "drums"), "-o", str(tmp_path / "out")]
    assert main(words) == 0
    assert "log-spectral distance, 6 ms, dB" in capsys.readouterr().out
    assert len(list((tmp_path / "out").rglob("*.wav"))) == 5
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["sounds"]) == 5
    assert told["figures"]["all"]["lsd_1024"] > 0


def test_gruv_trains_plays_and_plays_again_without_training(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["baseline", "gruv", str(folder), "-o", str(tmp_path), "-n", "2", "--json"]
    quick = ["--minutes", "0.02", "--block", "0.01", "--set", "hidden=16"]
    assert main([*words, *quick]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["config"]["hidden"] == 16
    files = [Path(file) for file in told["files"]]
    assert len(files) == 2
    before = [file.read_bytes() for file in files]
    assert main([*words, "--trained"]) == 0
    assert [file.read_bytes() for file in files] == before


def test_gruv_says_what_short_sounds_want(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["baseline", "gruv", str(folder), "-o", str(tmp_path)]) == 1
    assert "--block" in capsys.readouterr().err
    assert main(["baseline", "gruv", str(folder)]) == 2
    assert "wants -o" in capsys.readouterr().err
    assert main(["baseline", "gruv", str(folder), "-o", str(tmp_path), "--set", "size=3"]) == 1
    assert "GRUV has no setting size" in capsys.readouterr().err


@pytest.mark.slow
def test_the_demo_needs_nothing_and_leaves_sounds_and_a_picture(tmp_path: Path, messina) -> None:
    done = messina("demo", "-o", tmp_path / "demo", "--minutes", 0.1)
    assert done.returncode == 0, done.stderr
    made = sorted((tmp_path / "demo/generated").glob("*.wav"))
    assert len(made) == 36  # three takes of twelve kinds
    for file in made:
        audio, rate = soundfile.read(file, always_2d=True)
        assert rate == 44_100
        assert 0.001 < np.abs(audio).max() < 1, file.name
    assert (tmp_path / "demo/demo.messina").stat().st_size < 5e6
    assert (tmp_path / "demo/real-and-generated.png").stat().st_size > 50_000
