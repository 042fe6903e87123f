from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from evaluation.signals import noise, tone
from messina.errors import MessinaError
from messina.evaluation.learnt_ears import BLOCKS, aisfx_embedding

torch = pytest.importorskip("torch")


def stand_in(place: Path, held: object) -> None:
    """A package of that name with weights of ours."""
    package = place / "aisfx"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('code of the package has run')")
    torch.save(held, package / "models" / "checkpoint.pth")


def weights(*, seed: int = 0) -> dict[str, object]:
    drawn = torch.Generator().manual_seed(seed)
    held: dict[str, object] = {}
    for stage, (into, out) in enumerate(BLOCKS, 1):
        for number, channels in ((1, into), (2, out)):
            block = f"embedding_net.conv_block{stage}"
            kernel = torch.randn(out, channels, 3, 3, generator=drawn) / (3 * channels**0.5)
            held[f"{block}.conv{number}.weight"] = kernel
            for name in ("weight", "bias", "running_mean", "running_var"):
                held[f"{block}.bn{number}.{name}"] = 0.5 + torch.rand(out, generator=drawn)
    return held


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "aisfx", raising=False)
    return tmp_path


def test_without_the_package_a_sentence_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "aisfx", raising=False)
    with pytest.raises(MessinaError, match="pip install --no-deps aisfx"):
        aisfx_embedding()


def test_the_stages_do_what_torch_s_own_layers_do(place: Path) -> None:
    """The same network, written with modules and their batch normalisation."""
    held = weights()
    # A file as it is published: numbers of numpy stand beside the tensors.
    stand_in(place, (held, {"score": np.float64(0.5), "steps": np.int64(3)}))
    layers = []
    for stage, (into, out) in enumerate(BLOCKS, 1):
        for number, channels in ((1, into), (2, out)):
            block = f"embedding_net.conv_block{stage}"
            conv = torch.nn.Conv2d(channels, out, 3, padding=1, bias=False)
            norm = torch.nn.BatchNorm2d(out)
            conv.load_state_dict({"weight": held[f"{block}.conv{number}.weight"]})
            own = {n: held[f"{block}.bn{number}.{n}"] for n in norm.state_dict() if "num" not in n}
            norm.load_state_dict(own, strict=False)
            layers += [conv, norm, torch.nn.ReLU()]
        layers.append(torch.nn.MaxPool2d(2))
    network = torch.nn.Sequential(*layers).eval()
    from messina.evaluation.learnt_ears import _picture
    from messina.evaluation.timbre import from_attack

    audio = tone(440.0)
    with torch.no_grad():
        made = network(torch.from_numpy(_picture(from_attack(audio)))[None, None])
    expected = made[0].mean(dim=2).max(dim=1).values.numpy()
    point = aisfx_embedding()(audio)
    assert point.shape == (512,)
    np.testing.assert_allclose(point, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


def test_level_is_not_heard_and_silence_is_a_point(place: Path) -> None:
    stand_in(place, (weights(), {}))
    embedding = aisfx_embedding()
    audio = noise(np.random.default_rng(0))
    first, softer, other = (embedding(x) for x in (audio, 0.1 * audio, tone(300.0)))
    assert np.linalg.norm(first - softer) < 0.01 * np.linalg.norm(first - other)
    for nothing in (np.zeros(0), np.zeros(5000), np.zeros((5000, 2))):
        assert np.isfinite(embedding(nothing)).all()


class Runs:
    """What would run on being read."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (print, ("code of the file has run",))


@pytest.mark.parametrize(
    "held",
    [
        (Runs(), {}),
        ({}, {}),
        (weights() | {"embedding_net.conv_block3.conv2.weight": torch.zeros(4, 4, 3, 3)}, {}),
        [],
    ],
    ids=["code", "nothing", "another shape", "an empty list"],
)
def test_other_weights_are_refused_in_one_sentence(
    place: Path, held: object, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(place, held)
    with pytest.raises(MessinaError, match="not the weights that are known"):
        aisfx_embedding()
    assert "has run" not in capsys.readouterr().out


def test_a_file_that_is_cut_short_is_refused(place: Path) -> None:
    stand_in(place, (weights(), {}))
    path = place / "aisfx" / "models" / "checkpoint.pth"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(MessinaError, match="not the weights that are known"):
        aisfx_embedding()


def test_what_nobody_hears_is_nearer_than_what_anybody_hears() -> None:
    try:
        embedding = aisfx_embedding()
    except MessinaError:
        pytest.skip("aisfx is not installed")
    audio = tone(440.0)
    hiss = np.random.default_rng(0).standard_normal(len(audio))
    point = embedding(audio)
    faint, loud = (np.linalg.norm(embedding(audio + x * hiss) - point) for x in (1e-4, 1e-2))
    assert faint < 0.1 * loud
