from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from messina.corpus.recordings import NamedRecording
from messina.counter_rng import CounterRng
from messina.errors import CorpusError, InstrumentError
from messina.learning.checkpoint import checkpoint_path
from messina.learning.playing_on import learn_texture
from messina.learning.texture import learn_texture_model, session
from messina.learning.texture.fast_network import (
    FastModel,
    FastTrainer,
    FastTrainerConfig,
    mixture_loss,
)
from messina.learning.texture.session import latent_distance, with_fast
from messina.rounding import GRID
from messina.sequences import Sequence
from messina.sequences.texture import Texture
from messina.texture import TextureModel, TexturePlayer, texture_from, texture_part
from messina.texture.fast import NetworkMotion, network_shapes
from messina.texture.model import NetworkShape
from texture.textures import SECOND, model, recordings, surf


@pytest.fixture(autouse=True)
def _short_judgements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "DRAWN", 512)


def trained(steps: int) -> tuple[TextureModel, list[float]]:
    trainer = FastTrainer(model(), FastTrainerConfig(batch=8, length=32), seed=0)
    losses = [trainer.step(i / steps) for i in range(steps)]
    import msgspec

    learnt = TextureModel(
        manifest=msgspec.structs.replace(model().manifest, network=trainer.shape),
        basis=model().basis,
        fine=model().fine,
        latents=model().latents,
        weights=trainer.arrays(),
    )
    return with_fast(learnt, "network"), losses


def test_the_network_learns_and_plays_and_is_kept_in_a_file():
    learnt, losses = trained(40)
    assert np.mean(losses[-5:]) < np.mean(losses[:5]) - 0.08
    again = texture_from(texture_part(learnt))
    sounds = [TexturePlayer(m, seed=1).block(20_000) for m in (learnt, again)]
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
        TextureModel(
            manifest=msgspec.structs.replace(model().manifest, network=shape),
            basis=model().basis,
            fine=model().fine,
            latents=model().latents,
            weights=arrays,
        ),
        CounterRng(0),
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
    # Playing puts states on a grid, half a step of which each feeds back.
    assert_allclose(np.stack(states), whole[0].numpy(), atol=4 * GRID)


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
    kept: list[TextureModel] = []
    shares: list[float] = []
    learnt = learn_texture_model(
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
    learnt = learn_texture_model(recordings(), steps=40, seed=1)
    distances = learnt.manifest.distances
    assert len(distances) >= 2
    best = min(distances.values())
    assert latent_distance(learnt, seed=1) == pytest.approx(best, rel=1e-6)


def test_nothing_long_enough_is_a_sentence():
    short = NamedRecording(name="a.wav", audio=surf(0.2), digest="")
    silent = NamedRecording(name="b.wav", audio=np.zeros((60_000, 1), np.float32), digest="")
    with pytest.raises(CorpusError, match="no recording sounds for"):
        learn_texture_model([short, silent])


def brief() -> list[NamedRecording]:
    """Both recordings, short: analysing them is most of the time."""
    return [
        NamedRecording(name=r.name, audio=r.audio[: 3 * SECOND // 2], digest=r.digest)
        for r in recordings()
    ]


def same(first: TextureModel, second: TextureModel) -> bool:
    parts = [texture_part(model) for model in (first, second)]
    return parts[0].document == parts[1].document and all(
        np.array_equal(parts[0].arrays[name], array) for name, array in parts[1].arrays.items()
    )


def test_the_same_seed_and_steps_learn_the_same_texture():
    first, again = (learn_texture_model(brief(), steps=8, seed=2) for _ in range(2))
    assert "network after 8 steps" in first.manifest.distances
    assert same(first, again)


def test_learning_a_texture_goes_on_where_it_ended(tmp_path):
    path = tmp_path / "bed.messina"
    first = learn_texture(brief(), steps=8, out=path, seed=1).model
    more = learn_texture(brief(), steps=4, out=path, resume=path, seed=1).model
    assert more.manifest.planned_steps == 12
    assert more.manifest.minutes == 2 * first.manifest.minutes
    assert set(first.manifest.distances) < set(more.manifest.distances)
    assert "network after 12 steps" in more.manifest.distances
    assert same(Sequence.load(path).model, more)


def test_a_disk_that_is_full_for_a_while_does_not_end_learning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, save = tmp_path / "bed.messina", Texture.save
    tries: list[object] = []

    def full_at_first(self: Texture, where: Path) -> None:
        tries.append(where)
        if len(tries) < 2:
            raise OSError(errno.ENOSPC, "No space left on device", str(where))
        save(self, where)

    monkeypatch.setattr(Texture, "save", full_at_first)
    told = []
    learn_texture(brief(), steps=4, out=path, progress=told.append)
    assert [state.remark for state in told if state.remark] == [
        f"{path} cannot be written (No space left on device); learning goes on, and tries it again"
    ]
    assert Sequence.load(path).kind == "texture"


def test_going_on_works_without_the_checkpoint_and_with_a_damaged_one(tmp_path):
    path = tmp_path / "bed.messina"
    learn_texture(brief(), steps=4, out=path)
    checkpoint = checkpoint_path(path)
    checkpoint.write_bytes(checkpoint.read_bytes()[:1_000])
    damaged = learn_texture(brief(), steps=4, resume=path).model
    checkpoint.unlink()
    assert same(learn_texture(brief(), steps=4, resume=path).model, damaged)


def test_going_on_with_other_recordings_is_refused(tmp_path):
    path = tmp_path / "bed.messina"
    learn_texture(brief(), steps=1, out=path)
    with pytest.raises(InstrumentError, match="recordings have changed since"):
        learn_texture(brief()[:1], steps=1, resume=path)


def test_a_trainer_goes_on_from_the_state_of_another():
    config = FastTrainerConfig(batch=8, length=32)
    trainer = FastTrainer(model(), config, seed=0)
    losses = [trainer.step(0.0) for _ in range(30)]
    again = FastTrainer(model(), config, seed=0)
    again.restore(trainer.state())
    assert again.steps == 30
    assert again.arrays().keys() == trainer.arrays().keys()
    for name, array in trainer.arrays().items():
        np.testing.assert_array_equal(again.arrays()[name], array)
    # Other batches are drawn; the loss goes on from where it was, not from where it began.
    assert np.mean([again.step(0.0) for _ in range(5)]) < np.mean(losses[:5]) - 0.05
