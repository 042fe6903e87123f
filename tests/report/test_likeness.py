"""Real sounds judged as if they were new: as they are, and changed."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from messina.evaluation.changes import CHANGES
from messina.evaluation.timbre import from_attack, timbre
from messina.report.likeness import (
    OWN_EAR,
    CalibratedEar,
    Ear,
    calibrated,
    likeness_reference,
    likeness_state,
)
from messina.units import SAMPLE_RATE

SOUNDS = 40


def struck(seed: int) -> np.ndarray:
    """A bar of wood or metal, struck: a dozen modes and a little noise, all of them its own."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(0.6 * SAMPLE_RATE)) / SAMPLE_RATE
    audio = 0.3 * rng.standard_normal(len(time_s)) * np.exp(-time_s * rng.uniform(20, 80))
    base_hz = 110 * 2 ** rng.uniform(0, 2)
    for hz in base_hz * rng.uniform(1, 25, 12):
        decay = np.exp(-time_s * rng.uniform(5, 20))
        audio += rng.uniform(0.1, 1) * decay * np.sin(2 * np.pi * hz * time_s + rng.uniform(0, 6))
    return audio.astype(np.float32)


@cache
def real() -> tuple[np.ndarray, ...]:
    return tuple(struck(seed) for seed in range(SOUNDS))


@cache
def ear() -> CalibratedEar:
    return calibrated(OWN_EAR, real(), others=SOUNDS, seed=0)


def state(sounds: list[np.ndarray], *, of: CalibratedEar | None = None) -> str:
    judge = of or ear()
    return likeness_state(judge.row(judge.discrimination(sounds), frames=float("nan")))


def test_inaudible_changes_are_guessed_and_audible_ones_found() -> None:
    told = {row.change: row for row in ear().scale.anchors}
    assert set(told) == {change.name for change in CHANGES}
    assert ear().scale.sharp
    for row in told.values():
        if not row.audible:
            assert row.discrimination < 0.6, row
    assert told["given noise at −30 dB"].discrimination > 0.9
    assert told["made of noise in bands of 43 Hz"].discrimination > 0.9


def test_other_sounds_from_the_same_bench_are_hard_to_tell() -> None:
    assert state([struck(seed) for seed in range(100, 100 + SOUNDS)]) == "good"


@pytest.mark.parametrize("name", ["low-passed", "43 Hz", "−30 dB"])
def test_other_sounds_with_a_fault_are_told(name: str) -> None:
    (change,) = (change for change in CHANGES if name in change.name)
    rng = np.random.default_rng(0)
    faulty = [change.apply(from_attack(struck(seed)), rng) for seed in range(100, 100 + SOUNDS)]
    assert state(faulty) in ("fair", "poor")


def test_the_real_sounds_made_again_are_paired_with_themselves() -> None:
    assert ear().discrimination(list(real()), paired=True) == pytest.approx(0.5, abs=0.01)
    reference = likeness_reference(ear().scale)
    assert reference.mean + 2.0 * reference.spread == pytest.approx(ear().scale.limit)


def test_an_ear_that_hears_nothing_says_that_it_cannot_tell() -> None:
    def loudness_of_the_end(audio: np.ndarray) -> np.ndarray:
        return np.zeros(3, np.float32)

    deaf = calibrated(Ear(name="wall", embedding=loudness_of_the_end), real(), others=20, seed=0)
    assert state(list(real()), of=deaf) == "unknown"


def test_few_sounds_are_not_said_to_be_hard_to_tell() -> None:
    few = calibrated(OWN_EAR, real()[:6], others=6, seed=0)
    assert state([struck(seed) for seed in range(100, 106)], of=few) == "unknown"


def test_of_many_sounds_some_are_listened_to_and_progress_is_told() -> None:
    told: list[tuple[str, int, int]] = []

    def brief(audio: np.ndarray) -> np.ndarray:
        return timbre(audio[:2000])[:10]

    many = [struck(0)[:3000]] * 130
    quick = Ear(name="quick", embedding=brief)
    found = calibrated(
        quick,
        many,
        others=64,
        seed=0,
        progress=lambda what, done, of: told.append((what, done, of)),
    )
    assert len(found.rows) == 100
    assert told[-1][1] == told[-1][2] == 100 * (1 + len(CHANGES))
