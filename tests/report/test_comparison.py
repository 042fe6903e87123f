from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from messina.corpus import Corpus
from messina.errors import CorpusError
from messina.instrument import Instrument
from messina.learning import learn
from messina.report import RealSounds, common_sounds, compare, comparison, seed_runs
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


def test_with_several_seeds_metrics_are_means_and_what_lies_within_chance_is_no_difference(
    instrument: Instrument, other: Instrument, real: RealSounds
) -> None:
    pair = (("some", instrument), ("hardly", other))
    both = compare(*pair, real, count=8, seed=3, seeds=2).comparison
    singly = [compare(*pair, real, count=8, seed=seed).comparison for seed in (3, 4)]
    assert [row.seed for row in both.first.seeds] == [3, 4]
    for side, own in ((both.first, "first"), (both.second, "second")):
        values = np.array([getattr(one, own).metrics["flux"] for one in singly])
        assert side.metrics["flux"] == pytest.approx(values.mean())
        assert side.spread["flux"] == pytest.approx(values.std(ddof=1))
        assert side.seeds[0].verdict == {
            clause.topic: clause.state for clause in getattr(singly[0], own).verdict
        }
    assert singly[0].first.seeds == ()
    assert singly[0].first.spread == {}
    for key, says in both.better.items():
        spreads = [side.spread.get(key, 0.0) for side in (both.first, both.second)]
        means = [side.metrics.get(key, np.nan) for side in (both.first, both.second)]
        if abs(means[0] - means[1]) <= 2 * np.sqrt(np.square(spreads).sum() / 2):
            assert says == "same", key


def test_sounds_of_many_seeds_do_not_add_up_in_memory(
    instrument: Instrument, real: RealSounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[weakref.ref[Any]] = []
    there: list[int] = []
    one_seed = seed_runs.run_seed

    def counted(*args: Any, **kwargs: Any) -> Any:
        gc.collect()
        there.append(sum(one() is not None for one in made))
        found = one_seed(*args, **kwargs)
        made.append(weakref.ref(found.system))
        return found

    monkeypatch.setattr(seed_runs, "run_seed", counted)
    compared = compare(("a", instrument), ("b", instrument), real, count=2, seeds=4)
    assert len(compared.comparison.second.seeds) == 4
    # what is heard on the page is the first seed's, of either
    assert there == [0, 1, 1, 1, 1, 2, 2, 2]


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


def test_a_difference_within_the_chance_of_the_seeds_is_none() -> None:
    first, second = {"kernel_distance": 30.0}, {"kernel_distance": 60.0}
    reference = Reference(mean=0.0, spread=0.0)
    assert better("kernel_distance", first, second, reference, chance=29.0) == "first"
    assert better("kernel_distance", first, second, reference, chance=31.0) == "same"


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


def test_what_one_seed_alone_measured_is_no_better_and_no_worse(
    instrument: Instrument, other: Instrument, real: RealSounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds_of = comparison.run_seeds

    def hardly_measured(tried: Instrument, *args: Any, **kwargs: Any) -> Any:
        first, found = seeds_of(tried, *args, **kwargs)
        for findings in found[1:] if tried is other else []:
            findings.metrics["flux"] = float("nan")
            findings.metrics["kernel_distance"] = float("nan")
        for findings in found[2:]:
            findings.metrics["lsd_1024"] = float("nan")
        return first, found

    monkeypatch.setattr(comparison, "run_seeds", hardly_measured)
    pair = (("some", instrument), ("hardly", other))
    both = compare(*pair, real, count=2, seeds=3).comparison
    assert both.better["flux"] == both.better["kernel_distance"] == "unknown"
    # two values each: what they differ by is held against two, not against three
    spreads = [side.spread["lsd_1024"] for side in (both.first, both.second)]
    chance = comparison.chance_of("lsd_1024", both.first, both.second)
    assert chance == pytest.approx(2 * np.sqrt(np.square(spreads).sum() / 2))
