"""The network with gradients and the one without are one network."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from messina.frames.layout import BODY_FLOOR, BODY_SIZE, ONSET_SIZE
from messina.instrument import network as plain
from messina.instrument.descriptors import onset_weights
from messina.instrument.network import BODY_SCALE, Network, NetworkConfig, weight_shapes
from messina.instrument.timegrid import POINTS
from messina.learning.model import SoundModel, time_features

CONFIG = NetworkConfig(labels=3, points=50)
LABELS = np.array([0, 2, -1])


@pytest.fixture(scope="module")
def pair() -> tuple[SoundModel, Network]:
    """Both, with weights rounded as a file holds them."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    statistics = {
        name: rng.standard_normal(shape).astype(np.float32) * 0.1
        for name, shape in plain.statistic_shapes(CONFIG).items()
    }
    statistics["onset_scale"] = np.abs(statistics["onset_scale"]) + 0.1
    model = SoundModel(CONFIG, statistics)
    with torch.no_grad():
        for weight in model.weights().values():
            weight.copy_(weight.half().float())
    arrays = {name: w.detach().numpy() for name, w in model.weights().items()}
    return model, Network(CONFIG, {**arrays, **statistics})


@pytest.fixture(scope="module")
def sounds() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points [3, POINTS, D], onsets [3, ONSET] and controls [3, CONTROLS]."""
    rng = np.random.default_rng(1)
    points = BODY_FLOOR + rng.random((3, POINTS, BODY_SIZE)).astype(np.float32) * 9
    return (
        points.astype(np.float32),
        rng.standard_normal((3, ONSET_SIZE)).astype(np.float32),
        rng.standard_normal((3, 5)).astype(np.float32),
    )


def close(torch_side: torch.Tensor, numpy_side: np.ndarray) -> None:
    # Sums of a few hundred float32 products in another order.
    np.testing.assert_allclose(torch_side.detach().numpy(), numpy_side, atol=1e-4, rtol=1e-4)


def test_every_weight_has_the_shape_the_table_says(pair: tuple[SoundModel, Network]) -> None:
    model, _ = pair
    shapes = {name: tuple(weight.shape) for name, weight in model.weights().items()}
    assert shapes == weight_shapes(CONFIG)
    assert len(list(model.parameters())) == len(shapes)


def test_both_encode_alike(
    pair: tuple[SoundModel, Network], sounds: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> None:
    model, network = pair
    points, onset, controls = sounds
    rows = torch.from_numpy(points[:, CONFIG.encoded_points])
    weights = onset_weights(points[:, CONFIG.encoded_points])
    features = model.features(rows, torch.from_numpy(onset), torch.from_numpy(weights))
    close(features, network.features(points, onset))
    condition = model.condition(torch.from_numpy(LABELS), torch.from_numpy(controls))
    close(condition, network.condition(LABELS, controls))
    for ours, theirs in zip(
        model.encode(features, condition),
        network.encode(network.features(points, onset), network.condition(LABELS, controls)),
        strict=True,
    ):
        close(ours, theirs)


def test_both_decode_alike(
    pair: tuple[SoundModel, Network], sounds: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> None:
    model, network = pair
    controls = sounds[2]
    z = np.random.default_rng(2).standard_normal((3, CONFIG.latent)).astype(np.float32)
    frames = np.array([[0.0, 3.0, 40.5, 700.0]], np.float32).repeat(3, axis=0)
    decay = np.array([[5.0], [80.0], [400.0]], np.float32)
    code = model.code(
        torch.from_numpy(z),
        model.condition(torch.from_numpy(LABELS), torch.from_numpy(controls)),
    )
    plain_code = network.code(z, network.condition(LABELS, controls))
    close(code, plain_code)
    times = time_features(torch.from_numpy(frames), torch.from_numpy(decay))
    close(times, plain.time_features(frames, decay))
    level, spread = model.body_of(code, times)
    body, plain_spread = network.body(plain_code, times.numpy(), spread=True)
    close(model.body_mean + BODY_SCALE * level, body)
    close(spread, plain_spread)
    close(model.onset_mean + model.onset_scale * model.onset_of(code), network.onset(plain_code))
