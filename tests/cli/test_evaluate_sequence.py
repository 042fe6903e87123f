from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from evaluation.sequence_signals import in_time, struck
from messina.audio_files import write_wav
from messina.cli import evaluate
from messina.cli.main import main
from messina.report import subject
from messina.sequences import Sequence
from report.drummer import Drummer, recordings


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that plays on, and its recordings in a folder beside it."""
    for recording in recordings():
        write_wav(tmp_path / "loops" / f"{recording.digest}.wav", recording.audio[:, 0])
    path = tmp_path / "loops.messina"
    path.write_bytes(b"stands for a groove")
    drummer = Drummer(struck(in_time(12.5, 0.4), 12.5, np.random.default_rng(1)))
    monkeypatch.setattr(Sequence, "load", lambda _: drummer)
    monkeypatch.setattr(evaluate, "plays_on", lambda _: True)
    monkeypatch.setattr(subject, "read_parts", lambda _: {"groove": {}})
    monkeypatch.setenv("MESSINA_CACHE", str(tmp_path / "cache"))
    return path


def test_a_groove_is_judged_in_words_and_its_folder_is_remembered(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(file.parent / "loops")
    assert main(["evaluate", str(file), folder, "--duration", "12"]) == 0
    text = capsys.readouterr().out
    assert "keeps its metre: " in text
    assert "inter-onset distance" in text
    page = file.with_suffix(".html")
    assert main(["evaluate", str(file), "--duration", "12", "-o", str(page)]) == 0
    assert str(page) in capsys.readouterr().out
    assert "keeps its metre" in page.read_text()
    assert json.loads(page.with_suffix(".json").read_text())["about"] == "a drummer"


def test_what_is_missing_or_does_not_fit_is_said_in_a_line(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", str(file)]) == 1
    assert "give it as FOLDER" in capsys.readouterr().err
    assert main(["evaluate", str(file), "--against", "oracle"]) == 2
    assert "--against is for single sounds" in capsys.readouterr().err
