from __future__ import annotations

import numpy as np
import pytest
import torch

from messina.baselines.framewise import (
    FramewiseConfig,
    FramewiseModel,
    FramewiseNetwork,
    fit_patches,
    negative_log_likelihood,
    train_framewise,
)
from messina.errors import MessinaError
from messina.texture.layout import PATCH
from messina.texture.texture_frames import analyse_texture
from messina.units import SAMPLE_RATE

SMALL = FramewiseConfig(components=8, width=24, mixtures=3, batch=4, steps_seen=16, turn_s=0.5)


def textures() -> list[np.ndarray]:
    """A hiss and a low hum, each 2 s long."""
    rng = np.random.default_rng(0)
    times = np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    hiss = 0.05 * rng.standard_normal(len(times))
    hum = 0.2 * np.sin(2 * np.pi * 110.0 * times) + 0.001 * rng.standard_normal(len(times))
    return [hiss.astype(np.float32), hum.astype(np.float32)]


@pytest.fixture(scope="module")
def model() -> FramewiseModel:
    return train_framewise(textures(), minutes=1.0, seed=0, config=SMALL, max_steps=60)


def test_patches_told_in_all_their_components_come_back() -> None:
    frames = [analyse_texture(sound) for sound in textures()]
    patches = fit_patches(frames, 10_000)
    rows = frames[0][: len(frames[0]) // PATCH * PATCH]
    np.testing.assert_allclose(patches.decode(patches.encode(frames[0])), rows, atol=2e-2)


def test_the_likelihood_of_one_mixture_is_that_of_a_normal_distribution() -> None:
    rng = np.random.default_rng(1)
    target, means, spreads = (torch.from_numpy(rng.normal(size=(2, 3, 4))) for _ in range(3))
    found = negative_log_likelihood(
        torch.zeros(2, 3, 1), means[:, :, None], spreads[:, :, None], target, torch.ones(4)
    )
    normal = torch.distributions.Normal(means, spreads.exp())
    constant = 4 * 0.5 * np.log(2 * np.pi)
    expected = -normal.log_prob(target).sum(dim=-1).mean() - constant
    assert float(found) == pytest.approx(float(expected))


def test_no_patch_sees_what_comes_after_it() -> None:
    network = FramewiseNetwork(1, 8, SMALL).eval()
    patches = torch.randn(1, 10, 8, requires_grad=True)
    _, means, _, _ = network(patches, torch.tensor([0]))
    (gradient,) = torch.autograd.grad(means[0, 4].sum(), patches)
    assert gradient[0, 4].abs().max() > 0
    assert gradient[0, 5:].abs().max() == 0


def test_it_learns(model: FramewiseModel) -> None:
    untrained = train_framewise(textures(), minutes=1.0, seed=0, config=SMALL, max_steps=1)
    assert model.steps == 60
    assert model.loss < 0.8 * untrained.loss


def test_it_plays_as_long_as_asked_and_as_loud_as_the_recordings(model: FramewiseModel) -> None:
    sound = model.generate(3.0, rng=np.random.default_rng(2))
    assert sound.shape == (3 * SAMPLE_RATE, 2)
    assert np.isfinite(sound).all()
    level = np.sqrt(np.mean(sound**2))
    # Between the two textures, 0.05 and 0.14, with some room: it has hardly learnt.
    assert 0.02 < level < 0.3


def test_a_seed_repeats_and_another_does_not(model: FramewiseModel) -> None:
    first, again, other = (model.generate(0.5, rng=np.random.default_rng(s)) for s in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-3


def test_sounds_that_are_all_too_short_are_refused_in_words() -> None:
    with pytest.raises(MessinaError, match=r"none of 1 sounds has 0\.5 s"):
        train_framewise([np.zeros(1000, np.float32)], minutes=0.01, seed=0)
