"""Where learning computes: which devices there are, and what a GPU is given to do.

Without a GPU, its path is walked as far as a processor goes: bfloat16 by autocast, several threads
that draw, and torch's tensors without content, which are on a device of their own.
"""

from __future__ import annotations

import itertools
import threading
from dataclasses import fields

import numpy as np
import pytest
import torch

from learning.test_learn import hit
from messina.corpus import Corpus
from messina.errors import MessinaError
from messina.instrument.controls import ControlScale
from messina.learning import learn
from messina.learning.batches import Batch, BatchConfig, Batches, ahead
from messina.learning.devices import Device, device_named
from messina.learning.examples import Examples, measure_statistics
from messina.learning.model import LossConfig, SoundModel, losses
from messina.learning.point_store import analyse_sounds, controls_of
from messina.learning.starting import pretrained
from messina.learning.trainer import Trainer, TrainerConfig

CPU = torch.device("cpu")


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.mark.parametrize(
    "name", ["mps", "gpu", "CUDA", "cuda:", "cuda:-1", "cuda:1000", "", "cpu "]
)
def test_what_is_no_device_is_told_with_those_that_are(name: str) -> None:
    with pytest.raises(MessinaError, match="is not learnt on; auto, cpu, cuda, or one of several"):
        device_named(name)


@pytest.mark.usefixtures("no_gpu")
def test_without_a_gpu_the_processor_is_taken_and_a_gpu_is_refused() -> None:
    assert device_named() == device_named("cpu") == Device(torch=CPU)
    with pytest.raises(MessinaError, match="torch finds no GPU here; take cpu, or see to its"):
        device_named("cuda")


@pytest.mark.usefixtures("two_gpus")
def test_every_process_of_a_machine_has_a_gpu_of_its_own_which_is_kept_busy() -> None:
    found = [device_named(place=place, cores=8) for place in range(3)]
    assert [each.torch for each in found] == [torch.device("cuda", i) for i in (0, 1, 0)]
    assert all(each.half and each.sounds > 48 and each.drawers == 4 for each in found)
    assert device_named("cuda:1").torch == torch.device("cuda", 1)
    assert device_named("cuda", cores=1).drawers == 1
    assert device_named("cpu") == Device(torch=CPU)
    with pytest.raises(MessinaError, match="no GPU 2 here; cuda:0 to cuda:1 is possible"):
        device_named("cuda:2")


def test_no_two_drawers_of_all_workers_have_one_seed() -> None:
    device = Device(torch=CPU, drawers=4)
    workers = [[3, 0], *([3, 0, rank] for rank in range(1, 40))]
    seeds = [tuple(seed) for own in workers for seed in device.seeds(*own)]
    assert len(set(seeds)) == 160
    assert Device(torch=CPU).seeds(3, 0) == [[3, 0]]


class Material:
    """A few hits, as they are learnt."""

    def __init__(self) -> None:
        corpus = Corpus.from_arrays(
            [hit(i) for i in range(8)], sample_rate=44_100, labels=["low", "high"] * 4
        )
        found = analyse_sounds(corpus.sounds, progress=lambda *_: True)
        controls = [controls_of(sound) for sound in corpus.sounds]
        self.scale = ControlScale.of(controls)
        self.examples = Examples.of(found, [0, 1] * 4, controls, self.scale)
        self.network = pretrained().network_for(labels=2, points=self.examples.longest())
        self.every = np.arange(8)
        self.statistics = measure_statistics(self.examples, self.network, self.every)

    def batches(self, seed: int = 0, device: torch.device = CPU) -> Batches:
        return Batches(
            self.examples,
            self.every,
            config=BatchConfig(sounds=6),
            network=self.network,
            scale=self.scale,
            device=device,
            rng=np.random.default_rng(seed),
        )

    def model(self) -> SoundModel:
        torch.manual_seed(0)
        return SoundModel(self.network, self.statistics)


@pytest.fixture(scope="module")
def material() -> Material:
    return Material()


def alike(one: Batch, other: Batch) -> bool:
    return all(torch.equal(getattr(one, f.name), getattr(other, f.name)) for f in fields(Batch))


def test_several_threads_draw_ahead_and_are_taken_from_in_turn(material: Material) -> None:
    before = threading.active_count()
    line = ahead(material.batches(1), material.batches(2))
    found = list(itertools.islice(line, 6))
    assert threading.active_count() == before + 2
    line.close()
    assert threading.active_count() == before
    first, second = material.batches(1), material.batches(2)
    for one in range(0, 6, 2):
        assert alike(found[one], first.draw())
        assert alike(found[one + 1], second.draw())


def test_what_goes_wrong_in_drawing_is_told_to_who_waits(
    material: Material, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = material.batches()
    monkeypatch.setattr(broken, "draw", lambda: (_ for _ in ()).throw(OSError("disk")))
    line = ahead(material.batches(), broken)
    next(line)
    with pytest.raises(OSError, match="disk"):
        next(line)


def test_in_half_precision_products_are_of_bfloat16_and_weights_stay_single(
    material: Material,
) -> None:
    seen = {}
    trainers = {}
    for half in (False, True):
        model = material.model()
        model.film.register_forward_hook(
            lambda _, __, out, half=half: seen.__setitem__(half, out.dtype)
        )
        trainer = Trainer(model, [material.batches()], TrainerConfig(half=half), seed=0)
        for step in range(60):
            trainer.advance(step / 60, 60)
        trainer.close()
        assert all(weight.dtype == torch.float32 for weight in model.weights().values())
        trainers[half] = trainer
    assert seen == {False: torch.float32, True: torch.bfloat16}
    batch, config = material.batches(5).draw(), LossConfig()
    errors = {
        half: float(losses(trainer.model, batch, config, torch.Generator().manual_seed(0)).body)
        for half, trainer in trainers.items()
    }
    # 8 bits of mantissa are 0.4 % of a number; a learnt level may be off by that much more
    assert errors[True] == pytest.approx(errors[False], rel=0.05)


def test_a_step_stays_on_its_device_and_reads_nothing_back(material: Material) -> None:
    """By tensors without content: these refuse to be mixed with others, and to be looked at, as a
    GPU would have to be waited for."""
    nowhere = torch.device("meta")
    batch = material.batches(device=nowhere).draw()
    for field in fields(Batch):
        assert getattr(batch, field.name).device == nowhere, field.name
    model = material.model().to(nowhere)
    found = losses(model, batch, TrainerConfig().loss, None)  # type: ignore[arg-type]
    found.total.backward()  # type: ignore[no-untyped-call]
    for name, weight in model.weights().items():
        assert weight.grad is not None, name
        assert weight.grad.device == nowhere, name


@pytest.mark.gpu
def test_a_gpu_learns_as_well_as_the_processor() -> None:
    corpus = Corpus.from_arrays(
        [hit(i) for i in range(16)], sample_rate=44_100, labels=["low", "high"] * 8
    )
    errors = {}
    for device in ("cpu", "cuda"):
        instrument = learn(corpus, steps=100, device=device)
        errors[device] = np.mean([row.error_db for row in instrument.manifest.sounds])
    # more sounds a step may make it better, and is no reason to be worse
    assert errors["cuda"] < errors["cpu"] + 0.3
