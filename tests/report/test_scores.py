from __future__ import annotations

import numpy as np
import pytest

from messina.report import Evaluation
from messina.report.scores import Real, covered_labels, measure_real, references_of_sounds, score
from messina.report.subject import RealSounds
from messina.report.systems import baseline_sounds, through_the_frames


@pytest.fixture(scope="module")
def measured(real: RealSounds) -> Real:
    return measure_real(real, others=16, seed=0)


def test_a_sampler_is_all_copies_and_covers_everything(real: RealSounds, measured: Real) -> None:
    sampler = baseline_sounds("sampler", real.learnt, count=26, minutes=1.0, seed=0)
    scored = score(sampler, measured, seed=0)
    assert scored.metrics["copy_share"] == 1.0
    assert len(scored.copies.suspects) == 26
    for row in covered_labels(measured, scored.points):
        held_out = sum(s.held_out and s.label == row.label for s in real.sounds)
        assert row.covered >= row.sounds - held_out


def test_a_producer_makes_new_sounds(real: RealSounds, measured: Real) -> None:
    producer = baseline_sounds("producer", real.learnt, count=13, minutes=1.0, seed=0)
    assert score(producer, measured, seed=0).metrics["copy_share"] < 0.5


def test_the_oracle_has_every_sound_in_its_order(real: RealSounds) -> None:
    oracle = through_the_frames(real.sounds, seed=0)
    assert [len(audio) for audio in oracle.sounds] == [len(s.audio) for s in real.sounds]
    assert oracle.labels == [sound.label for sound in real.sounds]


def test_a_baseline_that_is_measured_elsewhere_is_refused(real: RealSounds) -> None:
    with pytest.raises(ValueError, match="through_the_frames"):
        baseline_sounds("oracle", real.learnt, count=1, minutes=1.0, seed=0)


def test_floors_are_the_means_and_how_far_halves_lie_apart() -> None:
    rng = np.random.default_rng(0)
    rows = [{"flux": value} for value in rng.normal(2.0, 0.5, 64)]
    references = references_of_sounds(rows, seed=0)
    assert references["flux"].mean == pytest.approx(np.mean([row["flux"] for row in rows]))
    # The mean of a half of 64 varies by 0.5 / √32 · √(1/2) about that of all of them.
    assert references["flux"].spread == pytest.approx(0.5 / np.sqrt(32) * np.sqrt(0.5), rel=0.6)


def test_too_few_sounds_have_no_halves() -> None:
    reference = references_of_sounds([{"flux": 1.0}], seed=0)["flux"]
    assert reference.mean == 1.0
    assert np.isnan(reference.spread)


def test_another_embedding_gives_another_distance(found: Evaluation) -> None:
    row = found.record.systems[0]
    # The embedding of the fixture is the descriptor, so that both distances must agree; the
    # halves they are measured on are drawn apart.
    reference = found.record.references["kernel_distance"]
    away = abs(row.metrics["learned_distance"] - row.metrics["kernel_distance"])
    assert away < 3.0 * reference.spread
    assert "learned_distance" in found.record.references
