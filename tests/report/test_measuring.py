"""Measuring from Python as the command line does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import messina
from messina.audio_files import write_wav
from messina.errors import MessinaError
from messina.report import Evaluation
from messina.report.sequence_evaluation import SequenceEvaluation
from report.conftest import STEPS, write_sounds
from report.drummer import Drummer, recordings
from rhythm.patterns import render, rock


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sounds(tmp_path_factory.mktemp("kicks"), "drums/kick_")


@pytest.fixture(scope="module")
def file(folder: Path) -> Path:
    path = folder.parent / "kicks.messina"
    messina.learn(messina.Corpus.from_folder(folder), steps=STEPS, out=path)
    return path


def test_a_file_is_measured_and_the_report_is_written(
    file: Path, folder: Path, tmp_path: Path
) -> None:
    found = messina.evaluate(file, folder, count=4, out=tmp_path / "report")
    assert isinstance(found, Evaluation)
    assert found.record.instrument == "kicks.messina"
    written = json.loads((tmp_path / "report.json").read_text())
    assert written["contenders"][0]["figures"]["flux"] == pytest.approx(
        found.record.systems[0].metrics["flux"]
    )
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")


def test_an_instrument_is_measured_like_its_file(file: Path, folder: Path) -> None:
    by_file = messina.evaluate(file, folder, count=4, seed=2)
    by_itself = messina.evaluate(messina.Instrument.load(file), folder, count=4, seed=2)
    assert by_itself.record.systems[0].metrics == pytest.approx(
        by_file.record.systems[0].metrics, nan_ok=True
    )
    assert by_itself.record.provenance == by_file.record.provenance


def test_two_are_compared(file: Path, folder: Path, tmp_path: Path) -> None:
    other = messina.learn(messina.Corpus.from_folder(folder), steps=2)
    contest = messina.compare(file, other, folder, count=4, out=tmp_path / "two.html")
    found = contest.comparison
    assert [found.first.instrument, found.second.instrument] == ["kicks.messina", "instrument"]
    assert found.provenance[0].instrument != found.provenance[1].instrument
    assert found.provenance[0].sounds == found.provenance[1].sounds
    assert (tmp_path / "two.html").exists()
    assert json.loads((tmp_path / "two.json").read_text())["first"]["figures"]


def test_what_plays_on_is_measured_beside_its_recordings(tmp_path: Path) -> None:
    write_wav(tmp_path / "loops" / "rock.wav", render(rock(bars=4), seconds=8.0))
    loop = recordings().recordings[0].audio[:, 0]
    found = messina.evaluate(
        Drummer(np.tile(loop, 5)), tmp_path / "loops", duration_s=12.0, seeds=2, name="drummer"
    )
    assert isinstance(found, SequenceEvaluation)
    assert found.record.instrument == "drummer"
    assert found.record.rendered_s == pytest.approx(12.0, abs=0.1)
    # It plays the same whatever the seed.
    assert found.record.spread["level"] == 0.0
    assert found.record.verdict[-1].short == "the same with 2 seeds"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"seeds": 0}, "`seeds` is 0; it can be 1 to 100"),
        ({"out": "report.pdf"}, "does not end in .html; choose another `out`"),
    ],
)
def test_wrong_use_is_told_in_python_before_anything_is_measured(
    file: Path, folder: Path, given: dict[str, object], says: str
) -> None:
    with pytest.raises(MessinaError) as told:
        messina.evaluate(file, folder, **given)  # type: ignore[arg-type]
    assert says in str(told.value)
    assert "--" not in str(told.value)
