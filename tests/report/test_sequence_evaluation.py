from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from evaluation.sequence_signals import at_random, in_time, struck
from evaluation.signals import Signal
from messina.evaluation.sequence_metrics import SEQUENCE_METRICS
from messina.report.page import sequence_page, write_sequence_report
from messina.report.record import Reference
from messina.report.sequence_evaluation import (
    TOLERANCES,
    SequenceEvaluation,
    evaluate_sequence,
    judge,
)
from report.drummer import Drummer, recordings


def measured(sound: Signal) -> SequenceEvaluation:
    return evaluate_sequence(Drummer(sound), recordings(), name="kit.messina", duration_s=24.0)


@pytest.fixture(scope="module")
def steady() -> SequenceEvaluation:
    return measured(struck(in_time(24.5, 0.4), 24.5, np.random.default_rng(1)))


def says(found: SequenceEvaluation) -> dict[str, str]:
    return {clause.topic: clause.state for clause in found.record.verdict}


def test_more_of_the_same_is_good_in_words(steady: SequenceEvaluation) -> None:
    states = says(steady)
    for topic in ("metre", "alive", "repeats", "copies", "level", "motion"):
        assert states[topic] == "good", topic
    shorts = {clause.topic: clause.short for clause in steady.record.verdict}
    assert shorts["metre"] == "keeps its metre"


def test_what_lost_its_metre_is_told_so() -> None:
    rng = np.random.default_rng(2)
    found = measured(struck(at_random(24.5, 2.5, rng), 24.5, rng))
    assert says(found)["metre"] == "poor"
    assert says(found)["onsets"] in ("fair", "poor")


def test_a_recording_played_again_and_again_is_told_so() -> None:
    loop = recordings().recordings[0].audio[:, 0]
    found = measured(np.tile(loop, 5))
    assert says(found)["repeats"] == "poor"
    assert says(found)["copies"] == "poor"


def test_every_figure_has_a_tolerance_and_what_is_not_known_is_unknown() -> None:
    assert set(TOLERANCES) == set(SEQUENCE_METRICS)
    reference = Reference(mean=2.0, spread=float("nan"))
    assert judge("flux", 2.1, reference) == "good"
    assert judge("flux", 2.5, reference) == "fair"
    assert judge("flux", 1.0, reference) == "poor"
    assert judge("flux", float("nan"), reference) == "unknown"
    assert judge("coverage", 2.5, reference) == "good"


def test_the_page_holds_everything_and_escapes_names(
    steady: SequenceEvaluation, tmp_path: Path
) -> None:
    data = write_sequence_report(steady, tmp_path / "kit.html")
    text = (tmp_path / "kit.html").read_text()
    assert text == sequence_page(steady)
    for part in (
        'id="verdict"',
        'id="listen"',
        'id="figures"',
        "keeps its metre",
        "data:audio/flac",
    ):
        assert part in text
    assert "<b>0" not in text
    assert "http" not in text.replace("http-equiv", "").replace("http://www.w3.org", "")
    record = json.loads(data.read_text())
    assert record["format"] == "messina-sequence-report"
    assert set(record["figures"]) == set(SEQUENCE_METRICS)
