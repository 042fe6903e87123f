from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from messina.corpus.recordings import NamedRecording
from messina.errors import CorpusError
from messina.learning.stream import learn_stream
from messina.learning.stream.judging import latent_distance, with_fast
from messina.learning.stream.model import FastModel, mixture_loss
from messina.learning.stream.trainer import FastTrainer, FastTrainerConfig
from messina.stream import StreamModel, StreamPlayer, stream_from, stream_part
from messina.stream.manifest import NetworkShape
from messina.stream.network import NetworkMotion, network_shapes
from stream.textures import model, recordings, surf


def trained(steps: int) -> tuple[StreamModel, list[float]]:
    trainer = FastTrainer(model(), FastTrainerConfig(batch=8, length=32), seed=0)
    losses = [trainer.step(i / steps) for i in range(steps)]
    import msgspec

    learnt = StreamModel(
        manifest=msgspec.structs.replace(model().manifest, network=trainer.shape),
        basis=model().basis,
        textures=model().textures,
        latents=model().latents,
        weights=trainer.arrays(),
    )
    return with_fast(learnt, "network"), losses


def test_the_network_learns_and_plays_and_is_kept_in_a_file():
    learnt, losses = trained(40)
    assert np.mean(losses[-5:]) < np.mean(losses[:5]) - 0.08
    again = stream_from(stream_part(learnt))
    sounds = [StreamPlayer(m, seed=1).block(20_000) for m in (learnt, again)]
    assert np.array_equal(*sounds)
    assert np.isfinite(sounds[0]).all()


def test_both_forms_of_the_network_agree():
    torch.manual_seed(0)
    shape = NetworkShape(width=16, components=3, embedding=4)
    scale = np.ones(48, np.float32)
    network = FastModel(shape, recordings=2, fast_scale=scale)
    arrays = {name: value.detach().numpy() for name, value in network.state_dict().items()}
    sizes = network_shapes(shape, latents=48, recordings=2)
    assert {name: array.shape for name, array in arrays.items()} == sizes
    import msgspec

    stepping = NetworkMotion(
        StreamModel(
            manifest=msgspec.structs.replace(model().manifest, network=shape),
            basis=model().basis,
            textures=model().textures,
            latents=model().latents,
            weights=arrays,
        ),
        np.random.default_rng(0),
        wildness=1.0,
    )
    rng = np.random.default_rng(1)
    fast, slow = rng.standard_normal((2, 6, 48)).astype(np.float32)
    states = []
    for index in range(6):
        stepping._slow = [*stepping._slow[-4:], slow[index]]
        states.append(stepping._advance(fast[index], 1))
    earlier = slow[np.maximum(np.arange(6) - 4, 0)]
    style = network.embedding[1].expand(6, -1)
    seen = torch.cat([torch.from_numpy(np.concatenate([fast, slow, earlier], axis=1)), style], -1)
    with torch.no_grad():
        whole, _ = network.gru(torch.tanh(network.input(seen))[None])
    assert_allclose(np.stack(states), whole[0].numpy(), atol=1e-5)


def test_no_gradient_comes_from_the_future():
    network = FastModel(NetworkShape(width=8), recordings=1, fast_scale=np.ones(5, np.float32))
    fast = torch.randn(1, 9, 5, requires_grad=True)
    slow = torch.randn(1, 9, 5)
    logits, means, spreads = network(fast, slow, slow, torch.zeros(1, dtype=torch.int64))
    (logits[0, 4].sum() + means[0, 4].sum() + spreads[0, 4].sum()).backward()
    assert fast.grad is not None
    assert fast.grad[0, :5].abs().sum() > 0
    assert fast.grad[0, 5:].abs().sum() == 0


def test_the_loss_is_the_likelihood_of_a_mixture():
    target = torch.zeros(1, 1, 2)
    logits = torch.log(torch.tensor([[[0.5, 0.5]]]))
    loss = mixture_loss(logits, torch.zeros(1, 1, 2, 2), torch.zeros(1, 1, 2, 2), target)
    assert float(loss) == pytest.approx(0.5 * np.log(2 * np.pi))


def test_a_model_comes_at_once_and_stops_when_asked():
    kept: list[StreamModel] = []
    shares: list[float] = []
    learnt = learn_stream(
        recordings(),
        minutes=10.0,
        progress=lambda *told: shares.append(told[0]),
        stop=lambda: bool(kept),
        keep=kept.append,
    )
    assert kept[0].manifest.fast == "walk"
    assert learnt.names == ("surf.wav", "drone.wav")
    assert shares[-1] == 1.0
    assert sorted(shares) == shares


def test_what_plays_nearest_to_the_corpus_is_kept():
    learnt = learn_stream(recordings(), minutes=0.2, seed=1)
    distances = learnt.manifest.distances
    assert len(distances) >= 2
    best = min(distances.values())
    assert latent_distance(learnt, seed=1) == pytest.approx(best, rel=1e-6)


def test_nothing_long_enough_is_a_sentence():
    short = NamedRecording(name="a.wav", audio=surf(0.2), digest="")
    silent = NamedRecording(name="b.wav", audio=np.zeros((60_000, 1), np.float32), digest="")
    with pytest.raises(CorpusError, match="no recording sounds for"):
        learn_stream([short, silent])
