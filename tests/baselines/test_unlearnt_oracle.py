from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from evaluation.signals import noise, tone
from messina.baselines.unlearnt import OracleReport, oracle
from messina.evaluation.metrics import METRICS


@dataclass(frozen=True)
class Played:
    name: str
    audio: np.ndarray
    note: float | None = None


@pytest.fixture(scope="module")
def sounds() -> list[Played]:
    rng = np.random.default_rng(0)
    stereo = np.stack([noise(rng, 0.4), noise(rng, 0.4)], axis=1)
    return [
        Played("a4", tone(440.0, 0.5).astype(np.float32), note=69),
        Played("hat", noise(rng, 0.4, decay_s=0.3).astype(np.float32)),
        Played("clap", stereo.astype(np.float32)),
    ]


@pytest.fixture(scope="module")
def report(sounds: list[Played]) -> OracleReport:
    return oracle(sounds, seed=0)


def test_every_sound_is_scored_by_name_and_the_means_are_theirs(
    sounds: list[Played], report: OracleReport
) -> None:
    assert [row.name for row in report.rows] == ["a4", "hat", "clap"]
    assert set(report.means) <= set(METRICS)
    assert report.means["lsd_1024"] == pytest.approx(
        np.mean([row.metrics["lsd_1024"] for row in report.rows])
    )


def test_a_noise_comes_out_at_the_floor_of_noises(report: OracleReport) -> None:
    metrics = report.rows[1].metrics
    # Two noises with the same envelope are 6.1 and 6.0 apart; half a dB for the frames.
    assert metrics["lsd_256"] < 6.6
    assert metrics["lsd_1024"] < 6.5


def test_a_tone_comes_out_nearer_than_any_noise_could(report: OracleReport) -> None:
    assert report.rows[0].metrics["spectral_convergence"] < -15.0


def test_the_same_seed_plays_the_same_in_any_company(
    sounds: list[Played], report: OracleReport
) -> None:
    assert oracle(sounds[1:2], seed=0).rows[0] == report.rows[1]
    assert oracle(sounds[1:2], seed=1).rows[0] != report.rows[1]


def test_what_is_played_can_be_heard(sounds: list[Played]) -> None:
    heard: dict[str, np.ndarray] = {}
    oracle(sounds, seed=0, heard=lambda sound, audio: heard.update({sound.name: audio}))
    assert list(heard) == ["a4", "hat", "clap"]
    assert all(heard[sound.name].shape == (len(sound.audio), 2) for sound in sounds)


def test_no_sounds_and_empty_sounds_are_no_trouble() -> None:
    assert oracle([], seed=0).means == {}
    assert len(oracle([Played("nothing", np.zeros(0, np.float32))], seed=0).rows) == 1
