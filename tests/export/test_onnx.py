"""The folder of ONNX models, run by onnxruntime."""

from __future__ import annotations

import json
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import messina
from differences import Differs
from export.handmade import KIT, TONES, make_instrument, make_untrained
from export.onnx_host import PLAYER, example_player
from messina.counter_rng import CounterRng, Purpose
from messina.errors import MessinaError
from messina.frames.layout import HOP
from messina.frames.synthesis import synthesise
from messina.instrument import Instrument
from messina.units import note_to_hz

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")
torch = pytest.importorskip("torch")

from messina.export import onnx_bundle  # noqa: E402
from messina.export.torch_drawing import Drawing  # noqa: E402
from messina.export.torch_synthesiser import LEAD, REPEATED  # noqa: E402

BATCHES = (1, 3, 16)

Arrays = dict[str, NDArray[Any]]


class Models:
    """An exported folder, a batch at a time."""

    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.sessions = {
            path.stem: onnxruntime.InferenceSession(path, options) for path in folder.glob("*.onnx")
        }

    def ask(self, name: str, given: Arrays) -> Arrays:
        session = self.sessions[name]
        inputs = {entry.name: given[entry.name] for entry in session.get_inputs()}
        names = [entry.name for entry in session.get_outputs()]
        return dict(zip(names, session.run(names, inputs), strict=True))


def asked(instrument: Instrument, batch: int) -> Arrays:
    """Sounds of all labels, pitched and not, with and without what can be left out."""
    n = np.arange(batch)
    return {
        "label": n % (len(instrument.labels) + 1) - 1,
        "note": np.where(n % 2, 50.0 + n, np.nan),
        "velocity": np.where(n % 3 == 1, np.nan, 40.0 + 5 * n),
        "wildness": np.array([1.0, 0.0, 2.0, 0.5])[n % 4],
        "seed": n * 77 + 2**40,
    }


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Instrument, Models]:
    instrument = make_untrained((*KIT, *TONES))
    out = tmp_path_factory.mktemp("onnx") / "untrained"
    onnx_bundle.export(instrument, out, name="x", seed=0, force=False)
    return instrument, Models(out)


@pytest.mark.parametrize("batch", BATCHES)
def test_what_is_drawn_is_what_the_traced_module_draws(
    untrained: tuple[Instrument, Models], batch: int
) -> None:
    instrument, models = untrained
    given = asked(instrument, batch)
    got = models.ask("draw", given)
    tensors = [torch.from_numpy(given[name]) for name in given]
    for name, value in Drawing(instrument).draw(*tensors).items():
        # Whole numbers are equal, logarithms of two libraries but for their last bits.
        np.testing.assert_allclose(
            got[f"drawn_{name}"], value.numpy(), rtol=1e-12, atol=1e-12, err_msg=name
        )


@pytest.mark.parametrize("batch", BATCHES)
def test_voices_may_begin_at_their_own_time(
    untrained: tuple[Instrument, Models], batch: int
) -> None:
    instrument, models = untrained
    given = asked(instrument, batch)
    given["label"] = np.maximum(given["label"], 0)
    sound = models.ask("sound", models.ask("draw", given))
    kept = {name: value for name, value in sound.items() if name.startswith("sound_")}
    first = {name: value for name, value in sound.items() if name.startswith("state_")}
    state = {name: value.copy() for name, value in first.items()}
    starts, rows = (5 * np.arange(batch)) % 7, np.arange(batch)
    calls = int(sound["frames"].max()) + LEAD + int(starts.max())
    blocks = []
    for call in range(calls):
        for i in np.flatnonzero(starts == call):
            for name, value in state.items():
                value[i] = first[name][i]
        place = np.clip(call - starts - (REPEATED - 1), 0, sound["body"].shape[1] - 1)
        answers = models.ask("block", {"body": sound["body"][rows, place], **kept, **state})
        blocks.append(answers.pop("audio"))
        state = {name.replace("next_", "state_"): v.copy() for name, v in answers.items()}
    played = np.concatenate(blocks, axis=1)
    errors_db = []
    for i in range(batch):
        rng = CounterRng(int(given["seed"][i]))
        frames = instrument.frames(
            label=instrument.labels[given["label"][i]],
            note=None if np.isnan(given["note"][i]) else given["note"][i],
            velocity=None if np.isnan(given["velocity"][i]) else given["velocity"][i],
            wildness=given["wildness"][i],
            rng=rng,
        )
        assert abs(len(frames) - int(sound["frames"][i])) <= 1
        begun = (int(starts[i]) + LEAD) * HOP
        wanted = synthesise(frames, key=rng.stream(Purpose.NOISE).bits())[: -2 * HOP]
        got = played[i, begun : begun + len(wanted)]
        errors_db.append(10 * np.log10(((got - wanted) ** 2).sum() / (wanted**2).sum()))
        assert not played[i, int(starts[i]) * HOP : begun].any()
    # A level a hair from a gate may lie on either side of it, in what nothing has taught.
    assert np.median(errors_db) < -80
    assert max(errors_db) < -40


@pytest.fixture(scope="module")
def chime(tmp_path_factory: pytest.TempPathFactory) -> tuple[Instrument, Path]:
    instrument = make_instrument((*TONES, *KIT[:2]))
    out = tmp_path_factory.mktemp("onnx") / "chime"
    onnx_bundle.export(instrument, out, name="Chime 🥁", seed=3, force=False)
    return instrument, out


@pytest.mark.parametrize(
    ("options", "wish"),
    [
        (["--label", "chime", "--note", "63", "--velocity", "90"], {"label": "chime", "note": 63}),
        (["--label", "snare", "--velocity", "90"], {"label": "snare"}),
        (["--velocity", "90", "--wildness", "0.3"], {"wildness": 0.3}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_example_plays_what_is_rendered_with_numpy_and_onnxruntime_alone(
    chime: tuple[Instrument, Path], tmp_path: Path, options: list[str], wish: dict[str, Any]
) -> None:
    instrument, folder = chime
    blocked = (
        "import sys\n"
        "for name in ('messina', 'onnx', 'soundfile', 'scipy', 'torch', 'msgspec'):\n"
        "    sys.modules[name] = None\n"
        "import runpy\n"
        f"sys.argv[0] = {str(PLAYER)!r}\n"
        f"runpy.run_path({str(PLAYER)!r}, run_name='__main__')\n"
    )
    out = tmp_path / "out.wav"
    done = subprocess.run(
        [sys.executable, "-c", blocked, str(folder), *options, "--seed", "4", "-o", str(out)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    with wave.open(str(out)) as file:
        assert file.getframerate() == 44_100
        data = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2) / 32_767
    own = instrument.render(**wish, velocity=90, seed=4)
    assert len(data) == len(own)
    assert 0.01 < np.abs(own).max() < 0.6  # or its peaks would have been held
    # To 16 bits it is the very same sound, its noise included.
    assert np.abs(data - own).max() < 1e-4


def test_the_pitch_of_what_the_models_play_is_exact(chime: tuple[Instrument, Path]) -> None:
    player = example_player(chime[1])
    for note in (57.0, 61.5, 69.0):
        sound = player.play(label="chime", note=note, velocity=100, seed=2)[:, 0]
        right_hz = float(note_to_hz(note))
        n = np.arange(16_384)
        turns = sound[1_000:17_384] * np.exp(-2j * np.pi * right_hz * n / 44_100)
        first, second = (turns.reshape(2, -1) * np.hanning(8_192)).sum(axis=1)
        off_hz = np.angle(second / first) / (2 * np.pi * 8_192) * 44_100
        assert abs(1200 * np.log2(1 + off_hz / right_hz)) < 1.0


def test_takes_differ_by_seed_and_the_same_seed_is_the_same(
    chime: tuple[Instrument, Path],
) -> None:
    player = example_player(chime[1])
    first, again, other = (player.play(label="kick", seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first[:5_000], other[:5_000])


def test_the_folder_says_who_made_it_and_is_the_same_for_the_same_instrument(
    chime: tuple[Instrument, Path], tmp_path: Path, differs: Differs
) -> None:
    instrument, folder = chime
    models = {"draw.onnx", "point.onnx", "sound.onnx", "block.onnx"}
    others = {"instrument.json", "README.txt", "messina.json"}
    assert {path.name for path in folder.iterdir()} == models | others
    onnx_bundle.export(instrument, tmp_path / "b", name="Chime 🥁", seed=3, force=False)
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
        # No path of the machine it was made on.
        assert str(Path(onnx_bundle.__file__).parents[2]).encode() not in path.read_bytes()
    for session in Models(folder).sessions.values():
        metadata = session.get_modelmeta().custom_metadata_map
        assert metadata["name"] == "Chime 🥁"
        assert metadata["seed"] == "3"
    facts = json.loads((folder / "instrument.json").read_text(encoding="utf-8"))
    assert [law["label"] for law in facts["labels"]] == ["chime", "kick", "snare"]
    assert len(facts["sounds"]) == len(instrument.known.labels)
    np.testing.assert_allclose([sound["place"] for sound in facts["sounds"]], instrument.places)
    assert facts["keys"] == instrument.keys.tolist()
    differs("keys", "ONNX", -np.inf)


def test_no_model_needs_a_cosine_in_double_precision_which_older_runtimes_lack(
    chime: tuple[Instrument, Path],
) -> None:
    onnx = pytest.importorskip("onnx")
    sines = 0
    for path in chime[1].glob("*.onnx"):
        graph = onnx.shape_inference.infer_shapes(onnx.load(path)).graph
        kinds = {value.name: value.type.tensor_type.elem_type for value in graph.value_info}
        for node in graph.node:
            sines += node.op_type == "Sin" and kinds[node.output[0]] == onnx.TensorProto.DOUBLE
            if node.op_type == "Cos":
                assert kinds[node.output[0]] == onnx.TensorProto.FLOAT, node.name
    assert sines > 0  # or kinds would not be known


@pytest.mark.parametrize("missing", ["onnx", "torch"])
def test_without_the_packages_it_says_what_to_install(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = ("messina.export.onnx_bundle", "messina.export.torch_")
    for name in [*sys.modules]:
        if name.startswith(ours) or name == missing:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    instrument = make_instrument(TONES)
    with pytest.raises(MessinaError, match=f"needs {missing}, which is not installed: "):
        messina.export(instrument, tmp_path / "x", format="onnx")
    assert list(tmp_path.iterdir()) == []
