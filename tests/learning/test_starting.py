"""Weights learnt on one corpus, carried over to the basis of another."""

from __future__ import annotations

import numpy as np
import pytest

from messina.frames.layout import BODY_FLOOR, BODY_SIZE, ONSET_SIZE
from messina.instrument.controls import Controls, ControlScale, scale_controls
from messina.instrument.network import (
    Network,
    NetworkConfig,
    decay_frames,
    statistic_shapes,
    time_features,
    weight_shapes,
)
from messina.instrument.timegrid import POINT_FRAMES, POINTS
from messina.learning.starting import SHIPPED, Pretrained, pretrained

CONFIG = NetworkConfig(labels=2, points=60, body_components=6, onset_components=5)
CONTROLS = [Controls(note=64.0, loudness_db=-20.0, brightness_hz=900.0, decay_s=0.4)]
SCALE = ControlScale(centre=(-18.0, 7.0, -0.5), span=(6.0, 0.5, 0.6))
OTHER_SCALE = ControlScale(centre=(-25.0, 6.5, -1.0), span=(9.0, 0.4, 0.9))


def directions(rng: np.random.Generator, count: int, size: int) -> np.ndarray:
    """Orthogonal rows [count, size]."""
    return np.linalg.qr(rng.standard_normal((size, count)))[0].T


@pytest.fixture(scope="module")
def pair() -> tuple[Network, Network]:
    """A network, and itself in another basis of the same directions, told by another scale."""
    rng = np.random.default_rng(0)
    onset_basis = directions(rng, 5, ONSET_SIZE)
    own = {
        "body_mean": rng.standard_normal(BODY_SIZE) - 6.0,
        "body_basis": directions(rng, 6, BODY_SIZE),
        "onset_mean": rng.standard_normal(ONSET_SIZE),
        "onset_scale": np.full(ONSET_SIZE, 0.7),
        "onset_basis": onset_basis,
    }
    weights = {
        name: 0.2 * rng.standard_normal(shape) for name, shape in weight_shapes(CONFIG).items()
    }
    # What the onset's last layer says lies in the directions that the other basis has, too.
    weights["onset.1.weight"] = onset_basis.T @ rng.standard_normal((5, 5))
    weights["onset.1.bias"] = onset_basis.T @ rng.standard_normal(5)
    turned = {
        "body_mean": own["body_mean"] + rng.standard_normal(BODY_SIZE),
        "body_basis": own["body_basis"][::-1]
        * np.array([[2.0], [0.5], [1.0], [3.0], [1.0], [1.0]]),
        "onset_mean": own["onset_mean"],
        "onset_scale": np.full(ONSET_SIZE, 0.5),
        "onset_basis": onset_basis[::-1],
    }
    known = Pretrained(network=CONFIG, scale=SCALE, arrays={**weights, **own})
    there = {name: array.astype(np.float32) for name, array in turned.items()}
    network = known.network_for(labels=3, points=60)
    heard = np.ones(ONSET_SIZE, np.float32)
    carried = known.carried_over(network, there, OTHER_SCALE, heard, rng)
    return Network(CONFIG, {**weights, **own}), Network(network, {**carried, **there})


def test_the_encoder_hears_the_same_in_another_basis(pair: tuple[Network, Network]) -> None:
    rng = np.random.default_rng(1)
    points = (BODY_FLOOR + 8 * rng.random((2, POINTS, BODY_SIZE))).astype(np.float32)
    onset = rng.standard_normal((2, ONSET_SIZE)).astype(np.float32)
    heard = []
    for network, scale in zip(pair, (SCALE, OTHER_SCALE), strict=True):
        told = network.condition(np.array([-1, -1]), scale_controls(CONTROLS * 2, scale))
        heard.append(network.encode(network.features(points, onset), told)[0])
    assert np.ptp(heard[0]) > 0.1
    # Sums of thousands of float32 products in another order.
    np.testing.assert_allclose(heard[1], heard[0], atol=2e-3 * np.abs(heard[0]).max())


def test_the_decoder_says_the_same_in_another_basis(pair: tuple[Network, Network]) -> None:
    z = np.random.default_rng(2).standard_normal((1, CONFIG.latent)).astype(np.float32)
    times = time_features(POINT_FRAMES[None, :60].astype(np.float32), decay_frames(np.array([0.4])))
    said = []
    for network, scale in zip(pair, (SCALE, OTHER_SCALE), strict=True):
        code = network.code(z, network.condition(np.array([-1]), scale_controls(CONTROLS, scale)))
        said.append((network.body(code, times)[0], network.onset(code)))
    for before, after in zip(*said, strict=True):
        assert np.ptp(before) > 0.1
        np.testing.assert_allclose(after, before, atol=1e-3 * np.abs(before).max())


def test_points_further_apart_are_read_as_if_they_lay_where_they_were_learnt() -> None:
    known = pretrained()
    network = known.network_for(labels=1, points=known.network.points - 20)
    statistics = {name: known.arrays[name].astype(np.float32) for name in statistic_shapes(network)}
    heard = np.ones(ONSET_SIZE, np.float32)
    rng = np.random.default_rng(0)
    carried = known.carried_over(network, statistics, known.scale, heard, rng)
    falling = BODY_FLOOR + 9.0 * np.exp(-POINT_FRAMES / 12.0)[:, None]
    points, onset = falling[None].astype(np.float32), statistics["onset_mean"][None]
    told = scale_controls(CONTROLS, known.scale)
    before = Network(known.network, known.arrays)  # type: ignore[arg-type]
    after = Network(network, {**carried, **statistics})
    means = [
        n.encode(n.features(points, onset), n.condition(np.array([-1]), told))[0]
        for n in (before, after)
    ]
    # A smooth decay read between points is a little off; another sound would be far off.
    assert np.abs(means[1] - means[0]).max() < 0.25 * np.abs(means[0]).max()


def test_new_labels_start_apart_but_near_the_unknown_one(pair: tuple[Network, Network]) -> None:
    labels = pair[1].arrays["labels"]
    assert len(labels) == 4
    np.testing.assert_allclose(labels[0], pair[0].arrays["labels"][0], rtol=1e-6)
    assert len(np.unique(labels[1:], axis=0)) == 3
    assert np.abs(labels - labels[0]).max() < 1.0


def test_the_shipped_weights_fit_the_network_and_are_small() -> None:
    known = pretrained()
    shapes = weight_shapes(known.network) | statistic_shapes(known.network)
    assert {name: array.shape for name, array in known.arrays.items()} == shapes
    assert all(np.isfinite(array).all() for array in known.arrays.values())
    assert SHIPPED.stat().st_size <= 2_000_000


def test_what_is_written_is_what_is_read() -> None:
    known = pretrained()
    again = Pretrained.decoded(known.encoded())
    assert (again.network, again.scale) == (known.network, known.scale)
    assert all(np.array_equal(again.arrays[name], known.arrays[name]) for name in known.arrays)
