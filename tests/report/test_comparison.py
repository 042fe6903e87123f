from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from messina.corpus import Corpus
from messina.errors import CorpusError
from messina.instrument import Instrument
from messina.learning import learn
from messina.report import RealSounds, common_sounds, compare
from messina.report.comparison import better
from messina.report.record import Reference


@pytest.fixture(scope="module")
def other(folder: Path) -> Instrument:
    return learn(Corpus.from_folder(folder).holding_out(0.1), steps=2, seed=5)


def test_an_instrument_beside_itself_is_no_better(instrument: Instrument, real: RealSounds) -> None:
    found = compare(("a", instrument), ("b", instrument), real, count=8).comparison
    assert found.tally[:2] == (0, 0)
    assert found.first.metrics == found.second.metrics
    assert found.first.verdict == found.second.verdict


def test_more_learning_plays_sounds_back_better(
    instrument: Instrument, other: Instrument, real: RealSounds
) -> None:
    found = compare(("hardly", other), ("some", instrument), real, count=8).comparison
    assert found.better["lsd_1024"] == "second"
    assert found.first.metrics["lsd_1024"] > found.second.metrics["lsd_1024"]


def test_a_figure_is_better_when_it_is_nearer_to_its_floor() -> None:
    reference = Reference(mean=2.0, spread=0.0)
    assert better("flux", {"flux": 2.1}, {"flux": 3.5}, reference) == "first"
    assert better("flux", {"flux": 0.1}, {"flux": 2.5}, reference) == "second"
    assert better("flux", {"flux": 2.0}, {"flux": 2.05}, reference) == "same"
    assert better("flux", {"flux": 1.0}, {}, reference) == "unknown"
    assert better("flux", {"flux": 1.0}, {"flux": 2.0}, None) == "unknown"


def test_nothing_is_gained_by_being_better_than_real() -> None:
    reference = Reference(mean=0.5, spread=0.0)
    first, second = {"two_sample_accuracy": 0.4}, {"two_sample_accuracy": 0.5}
    assert better("two_sample_accuracy", first, second, reference) == "same"


def test_a_difference_within_the_noise_of_the_floor_is_none() -> None:
    first, second = {"kernel_distance": 30.0}, {"kernel_distance": 60.0}
    assert better("kernel_distance", first, second, Reference(mean=0.0, spread=0.0)) == "first"
    assert better("kernel_distance", first, second, Reference(mean=0.0, spread=80.0)) == "same"


def test_only_sounds_of_both_count_and_what_either_learnt_is_not_held_out(
    real: RealSounds,
) -> None:
    none = tuple(replace(sound, held_out=False) for sound in real.sounds[1:])
    both = common_sounds(real, RealSounds(sounds=none, missing=(), folder=real.folder))
    assert len(both.sounds) == len(real.sounds) - 1
    assert not both.held_out


def test_instruments_of_different_sounds_cannot_be_compared(real: RealSounds) -> None:
    noise = np.random.default_rng(0).standard_normal(9000) * 0.1
    strange = Corpus.from_arrays([noise], sample_rate=44_100)
    others = RealSounds(sounds=strange.sounds, missing=(), folder=real.folder)
    with pytest.raises(CorpusError, match="learnt from different sounds"):
        common_sounds(real, others)
