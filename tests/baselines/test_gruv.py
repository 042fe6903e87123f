from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from messina.baselines.gruv import GruvModel, new_network, train_gruv
from messina.baselines.gruv_config import FAITHFUL, MENDED, GruvConfig

RATE = 8000
TINY = replace(FAITHFUL, block_s=0.008, example_blocks=10, hidden=24, batch=4, max_steps=40)
"""Blocks of 64 samples, examples of 640."""


def sounds(count: int = 6) -> list[np.ndarray]:
    """Decaying tones of 1000 samples."""
    time = np.arange(1000) / RATE
    return [
        (0.5 * np.exp(-8.0 * time) * np.sin(2.0 * np.pi * hz * time)).astype(np.float32)
        for hz in np.linspace(200.0, 600.0, count)
    ]


def trained(config: GruvConfig = TINY, *, seed: int = 0) -> GruvModel:
    return train_gruv(sounds(), sample_rate=RATE, minutes=1.0, seed=seed, config=config)


def test_the_faithful_network_has_the_layers_and_sizes_of_the_original() -> None:
    small = new_network(22_050, replace(FAITHFUL, hidden=8), seed=0)  # 1024 would take a second
    shapes = {name: tuple(weight.shape) for name, weight in small.named_parameters()}
    assert shapes["read.weight"] == (8, 22_050)
    assert shapes["lstm.weight_hh_l0"] == (32, 8)
    assert shapes["write.weight"] == (22_050, 8)


def test_weights_start_with_open_forget_gates_and_orthogonal_recurrence() -> None:
    network = new_network(20, replace(TINY, hidden=6), seed=3)
    assert network.lstm.bias_ih_l0[6:12].tolist() == [1.0] * 6
    assert network.lstm.bias_hh_l0.abs().sum() == 0.0
    gate = network.lstm.weight_hh_l0[:6].detach()
    assert (gate @ gate.T).numpy() == pytest.approx(np.eye(6), abs=1e-5)


def test_training_lowers_the_error_and_reports_it() -> None:
    seen: list[tuple[float, int, float]] = []
    model = train_gruv(
        sounds(),
        sample_rate=RATE,
        minutes=1.0,
        seed=0,
        config=replace(TINY, max_steps=200),
        progress=lambda *news: seen.append(news),
    )
    assert [steps for _, steps, _ in seen] == list(range(1, 201))
    assert model.steps == 200
    assert seen[-1][2] < 0.5 * seen[0][2]
    assert 0.0 < model.error < 1.0


def test_what_it_learns_it_can_play() -> None:
    # One sound only, a steady tone with its period in the block: the next block is the same block.
    steady = np.sin(2.0 * np.pi * np.arange(1600) / 16.0).astype(np.float32) * 0.5
    ramp = np.concatenate([steady * level for level in (0.25, 0.5, 1.0)])
    config = replace(TINY, max_steps=300, features="half", opening="none")
    model = train_gruv([ramp], sample_rate=RATE, minutes=1.0, seed=0, config=config)
    played = model.generate(steady, blocks=4)
    # An error of a tenth of the level: a network this small, trained for a second.
    assert np.sqrt(np.mean((played - steady[:256]) ** 2)) < 0.1 * np.sqrt(np.mean(steady**2))


def test_of_the_original_49_blocks_39_repeat_the_seed_and_10_are_new() -> None:
    config = replace(TINY, example_blocks=40, max_steps=1)
    long = [np.tile(sound, 3) for sound in sounds()]
    model = train_gruv(long, sample_rate=RATE, minutes=1.0, seed=0, config=config)
    everything = model.generate(long[0], blocks=10)
    assert len(everything) == 49 * 64
    new = replace(model, config=replace(config, opening="none")).generate(long[0], blocks=10)
    assert np.array_equal(everything[39 * 64 :], new)
    seeded = replace(model, config=replace(config, opening="seed")).generate(long[0], blocks=10)
    assert len(seeded) == 50 * 64
    # 16-bit steps, and the rounding of the spectra there and back.
    assert seeded[: 40 * 64] == pytest.approx(long[0][: 40 * 64], abs=1e-4)


def test_playing_on_from_the_state_equals_reading_everything_again() -> None:
    model = trained(replace(TINY, opening="none"))
    sequence = torch.from_numpy(model._read(sounds()[0]))[None]
    blocks = []
    with torch.no_grad():
        for _ in range(5):
            predicted, _ = model.network(sequence)
            blocks.append(predicted[0, -1].numpy())
            sequence = torch.cat([sequence, predicted[:, -1:]], dim=1)
    # Rounding only.
    assert model._sound(np.stack(blocks)) == pytest.approx(
        model.generate(sounds()[0], blocks=5), abs=1e-3
    )


def test_a_sound_starts_again_from_one_block_and_stops_where_told() -> None:
    model = trained(replace(MENDED, block_s=0.008, hidden=24, max_steps=5))
    played = model.generate(sounds()[0][:64], blocks=7, rng=np.random.default_rng(0))
    assert played.shape == (8 * 64,)
    assert played.dtype == np.float32
    with pytest.raises(ValueError, match="blocks is 0"):
        model.generate(sounds()[0], blocks=0)


def test_the_same_seed_trains_the_same_model_and_another_seed_another() -> None:
    first, again, other = (trained(seed=seed).generate(sounds()[0], blocks=3) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_training_leaves_the_random_numbers_of_the_program_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    trained(replace(TINY, max_steps=2))
    assert torch.equal(torch.rand(3), expected)


def test_it_always_says_the_same_unless_spread_is_asked_for() -> None:
    model = trained()
    assert np.array_equal(
        model.generate(sounds()[0], blocks=3), model.generate(sounds()[0], blocks=3)
    )
    loose = replace(model, config=replace(TINY, spread=1.0))
    a, b, again = (
        loose.generate(sounds()[0], blocks=3, rng=np.random.default_rng(seed)) for seed in (0, 1, 0)
    )
    assert np.array_equal(a, again)
    assert not np.array_equal(a, b)
    with pytest.raises(ValueError, match="needs rng"):
        loose.generate(sounds()[0], blocks=3)


def test_random_weights_forget_all_training_and_are_off_by_default() -> None:
    short, long = (trained(replace(TINY, max_steps=steps)) for steps in (1, 40))
    as_trained = [model.generate(sounds()[0], blocks=2) for model in (short, long)]
    assert not np.array_equal(*as_trained)
    forgetful = [
        replace(model, config=replace(model.config, random_weights=True)) for model in (short, long)
    ]
    assert np.array_equal(*(model.generate(sounds()[0], blocks=2) for model in forgetful))


def test_ctrl_c_keeps_what_has_been_learnt() -> None:
    def stop(gone_s: float, steps: int, error: float) -> None:
        if steps == 3:
            raise KeyboardInterrupt

    model = train_gruv(sounds(), sample_rate=RATE, minutes=1.0, seed=0, config=TINY, progress=stop)
    assert model.steps == 3
    assert np.isfinite(model.generate(sounds()[0], blocks=2)).all()


def test_no_time_at_all_is_one_step() -> None:
    config = replace(TINY, max_steps=None)
    assert train_gruv(sounds(), sample_rate=RATE, minutes=0.0, seed=0, config=config).steps == 1
