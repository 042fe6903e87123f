"""Random numbers in torch are those of the one generator, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from differences import Differs, numbers_db  # noqa: E402
from messina.counter_rng import CounterRng, Purpose  # noqa: E402
from messina.export.torch_operations import TorchRng  # noqa: E402

SEEDS = [0, 7, 2**31, 2**32 - 1, 2**32, 2**53 - 1, *range(100, 130)]


@pytest.fixture(scope="module", params=["called", "scripted"])
def rng(request: pytest.FixtureRequest) -> TorchRng:
    return Scripted() if request.param == "scripted" else TorchRng()


class Scripted:
    """The same, in TorchScript."""

    def __init__(self) -> None:
        class Exported(TorchRng):
            stream = torch.jit.export(TorchRng.stream)
            of_seed = torch.jit.export(TorchRng.of_seed)
            bits = torch.jit.export(TorchRng.bits)
            uniforms = torch.jit.export(TorchRng.uniforms)
            normals = torch.jit.export(TorchRng.normals)

        self.module = torch.jit.script(Exported())

    def __getattr__(self, name: str) -> object:
        return getattr(self.module, name)


def test_words_and_even_numbers_are_equal(rng: TorchRng, differs: Differs) -> None:
    key = rng.of_seed(torch.tensor(SEEDS))
    told = rng.stream(key, torch.tensor([int(Purpose.DEVIATION)]))
    for got, tags in ((key, ()), (told, (Purpose.DEVIATION,))):
        bits, numbers = rng.bits(got, 3, 9).numpy(), rng.uniforms(got, 3, 9).numpy()
        for i, seed in enumerate(SEEDS):
            assert np.array_equal(bits[i], CounterRng(seed, *tags).bits_array(12)[3:])
            wanted = CounterRng(seed, *tags).uniforms(12)[3:]
            assert np.array_equal(numbers[i], wanted)
            for player in ("nn~", "ONNX"):  # one module for both
                differs("whole and even numbers", player, numbers_db(numbers[i], wanted))


def test_gaussian_numbers_are_equal_but_for_the_last_bit_of_two_libraries(
    rng: TorchRng, differs: Differs
) -> None:
    key = rng.of_seed(torch.tensor(SEEDS))
    for i, seed in enumerate(SEEDS):
        got = rng.normals(key, 4, 16)[i].numpy()
        one = CounterRng(seed)
        one.bits_array(4)
        wanted = one.normals(16)
        np.testing.assert_allclose(got, wanted, rtol=1e-13, atol=1e-15)
        for player in ("nn~", "ONNX"):  # one module for both
            differs("normal numbers", player, numbers_db(got, wanted))
