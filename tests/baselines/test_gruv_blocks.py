from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from messina.baselines.gruv_blocks import (
    blocks_of,
    features_of,
    make_examples,
    samples_of,
    to_16_bit,
)
from messina.baselines.gruv_config import FAITHFUL, MENDED, GruvConfig
from messina.cli.main import in_options
from messina.errors import MessinaError

SMALL = GruvConfig(block_s=0.001, example_blocks=4, features="time")
"""Blocks of 10 samples at 10 kHz."""


def counting(samples: int) -> np.ndarray:
    """A sound whose samples are all different."""
    return np.arange(1, samples + 1, dtype=np.float32)


def test_blocks_follow_each_other_and_the_last_is_filled_with_zeros() -> None:
    blocks = blocks_of(counting(7), 3)
    assert blocks.tolist() == [[1, 2, 3], [4, 5, 6], [7, 0, 0]]
    assert blocks_of(np.empty(0), 3).tolist() == [[0, 0, 0]]


@pytest.mark.parametrize("kind", ["complex", "half", "time"])
@pytest.mark.parametrize("block_samples", [64, 63])
def test_features_give_the_blocks_back(kind: str, block_samples: int) -> None:
    blocks = np.random.default_rng(0).standard_normal((3, block_samples)).astype(np.float32)
    back = samples_of(features_of(blocks, kind), kind, block_samples)
    assert back == pytest.approx(blocks, abs=1e-5)


def test_the_original_has_22050_features_half_of_which_repeat_the_other_half() -> None:
    block = np.random.default_rng(1).standard_normal((1, 11_025)).astype(np.float32)
    features = features_of(block, "complex")
    assert features.shape == (1, 22_050)
    real, imaginary = features[0, :11_025], features[0, 11_025:]
    assert real[1:] == pytest.approx(real[:0:-1], abs=1e-3)
    assert imaginary[1:] == pytest.approx(-imaginary[:0:-1], abs=1e-3)
    assert features_of(block, "half").shape == (1, 11_026)


def test_too_loud_samples_wrap_around_or_are_clipped() -> None:
    loud = np.array([0.5, 1.1, -1.1])
    wrapped, clipped = to_16_bit(loud, "wrap"), to_16_bit(loud, "clip")
    # 16-bit steps.
    assert wrapped == pytest.approx([0.5, -0.9, 0.9], abs=1e-4)
    assert clipped == pytest.approx([0.5, 1.0, -1.0], abs=1e-4)


def test_sounds_of_10_s_or_less_give_the_original_no_example_and_it_says_what_to_do() -> None:
    short = [np.zeros(441_000, np.float32), np.zeros(66_150, np.float32)]
    with pytest.raises(MessinaError) as refusal:
        make_examples(short, sample_rate=44_100, config=FAITHFUL)
    message = str(refusal.value)
    assert "40 blocks of 0.25 s" in message
    assert "the longest of 2 here has 10 s" in message
    assert "`block_s=0.22`" in message
    assert "(--block 0.22)" in in_options(message)
    assert "(--mended)" in in_options(message)
    assert "padded" in message
    assert "\n" not in message
    long = [*short, np.zeros(441_001, np.float32)]
    assert len(make_examples(long, sample_rate=44_100, config=FAITHFUL)) == 1


def test_the_block_length_that_the_refusal_proposes_works() -> None:
    sounds = [np.ones(66_150, np.float32)]
    with pytest.raises(MessinaError) as refusal:
        make_examples(sounds, sample_rate=44_100, config=FAITHFUL)
    proposed_s = float(str(refusal.value).split("`block_s=")[1].split("`")[0])
    config = replace(FAITHFUL, block_s=proposed_s)
    assert len(make_examples(sounds, sample_rate=44_100, config=config)) == 1


def test_no_sound_at_all_is_refused_in_one_sentence() -> None:
    with pytest.raises(MessinaError, match="no sound for GRUV to learn from"):
        make_examples([], sample_rate=44_100, config=MENDED)


@pytest.mark.parametrize(
    ("blocks", "faithful", "with_end", "padded"),
    [(3, 0, 0, 1), (4, 0, 1, 1), (5, 1, 1, 2), (8, 1, 2, 2), (9, 2, 2, 3)],
)
def test_examples_are_cut_as_each_setting_says(
    blocks: int, faithful: int, with_end: int, padded: int
) -> None:
    # A long sound beside it: without any example the settings would be refused.
    sounds = [counting(10 * blocks), counting(50)]
    configs = [SMALL, replace(SMALL, end_of_sound=True), replace(SMALL, short_sounds="pad")]
    counts = [len(make_examples(sounds, sample_rate=10_000, config=config)) for config in configs]
    alone = [
        len(make_examples(sounds[1:], sample_rate=10_000, config=config)) for config in configs
    ]
    assert [a - b for a, b in zip(counts, alone, strict=True)] == [faithful, with_end, padded]


def test_targets_are_the_inputs_one_block_later() -> None:
    examples = make_examples([counting(90)], sample_rate=10_000, config=SMALL)
    assert examples.places == ((0, 0), (0, 4))
    assert examples.sequence(0).ravel().tolist() == list(range(1, 51))
    assert examples.sequence(1).ravel().tolist() == list(range(41, 91))


def test_the_silence_after_a_sound_is_a_target_only_when_asked_for() -> None:
    def last_targets(config: GruvConfig) -> list[bool]:
        examples = make_examples([counting(80)], sample_rate=10_000, config=config)
        return [bool(examples.sequence(row)[-1].any()) for row in range(len(examples))]

    assert last_targets(SMALL) == [True]
    assert last_targets(replace(SMALL, end_of_sound=True)) == [True, False]
    assert last_targets(replace(SMALL, short_sounds="pad")) == [True, False]


def test_statistics_are_those_of_all_inputs_and_constants_are_held_away_from_zero() -> None:
    sounds = [np.random.default_rng(2).standard_normal(90).astype(np.float32)]
    sounds[0][::10] = 3.0
    examples = make_examples(sounds, sample_rate=10_000, config=SMALL)
    statistics = examples.statistics()
    inputs = sounds[0][:80].reshape(8, 10)
    assert statistics.mean == pytest.approx(inputs.mean(axis=0), abs=1e-6)
    assert statistics.std[1:] == pytest.approx(inputs.std(axis=0)[1:], abs=1e-5)
    assert statistics.std[0] == pytest.approx(1e-8)
    restored = statistics.restored(statistics.normalised(inputs))
    assert restored == pytest.approx(inputs, abs=1e-5)
