"""The ONNX models against the numpy player, run by onnxruntime."""

from __future__ import annotations

import json
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from export.handmade import KIT, TONES, Label, make_instrument, make_untrained
from messina.counter_rng import CounterRng
from messina.errors import MessinaError
from messina.export import onnx_bundle
from messina.frames.layout import (
    BANDS,
    BODY_FLOOR,
    BODY_SIZE,
    FUNDAMENTAL_OFFSET,
    HOP,
    ONSET_SLICES,
    PARTIAL_FLOOR,
    Frames,
)
from messina.frames.synthesis import Synthesiser
from messina.instrument import Instrument
from messina.instrument.controls import Controls, scale_controls
from messina.instrument.decoding import Identity, decode
from messina.instrument.sampling import LONE_STEP, LONE_STEP_RANGE, loneliness
from messina.instrument.timegrid import POINT_FRAMES
from messina.instrument.transposition import tilted, transposed
from messina.units import note_to_hz

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")

from messina.export import tables  # noqa: E402
from messina.export.onnx_decoder import (  # noqa: E402
    identity_model,
    joining_model,
    row_model,
)
from messina.export.onnx_synthesiser import LEAD, REPEATED, synthesiser_model  # noqa: E402

BATCHES = (1, 3, 16)
PLAYER = Path(__file__).parents[2] / "examples" / "onnx_player.py"

Real = NDArray[np.float32]


def session(model: bytes) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options)


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    return make_untrained((*KIT, *TONES))


def some_controls(count: int) -> list[Controls]:
    rng = np.random.default_rng(count)
    return [
        Controls(
            note=None if i % 3 == 0 else float(rng.uniform(20, 110)),
            loudness_db=float(rng.uniform(-70, 0)),
            brightness_hz=float(rng.uniform(50, 15_000)),
            decay_s=float(rng.uniform(0.001, 20)),
        )
        for i in range(count)
    ]


def identity_inputs(
    instrument: Instrument, controls: list[Controls]
) -> dict[str, NDArray[np.generic]]:
    rng = np.random.default_rng(3)
    notes = [np.nan if c.note is None else c.note for c in controls]
    return {
        "z": rng.standard_normal((len(controls), 16)).astype(np.float32),
        "label": rng.integers(-1, len(instrument.labels), len(controls)),
        "note": np.array(notes, np.float32),
        "loudness_db": np.array([c.loudness_db for c in controls], np.float32),
        "brightness_hz": np.array([c.brightness_hz for c in controls], np.float32),
        "decay_s": np.array([c.decay_s for c in controls], np.float32),
    }


@pytest.mark.parametrize("batch", BATCHES)
def test_codes_and_onsets_are_those_of_the_network(instrument: Instrument, batch: int) -> None:
    controls = some_controls(batch)
    inputs = identity_inputs(instrument, controls)
    code, onset = session(identity_model(instrument, {})).run(["code", "onset"], inputs)
    network = instrument.network
    scaled = scale_controls(controls, instrument.manifest.scale)
    condition = network.condition(inputs["label"], scaled)
    wanted = network.code(inputs["z"], condition)
    assert code == pytest.approx(wanted, abs=1e-5 * float(np.abs(wanted).max()))
    possible = np.clip(network.onset(wanted), tables.ONSET_LOW, tables.ONSET_HIGH)
    pitched = [c.note is not None for c in controls]
    possible[pitched, ONSET_SLICES["offsets"].start] = FUNDAMENTAL_OFFSET
    assert onset == pytest.approx(possible, abs=1e-4)


class OnnxDecoder:
    """All points of a batch of sounds, one point a call."""

    def __init__(self, instrument: Instrument) -> None:
        self._identity, self._row, self._joining = (
            session(model)
            for model in (
                identity_model(instrument, {}),
                row_model(instrument, {}),
                joining_model({}),
            )
        )

    def points(self, inputs: dict[str, NDArray[np.generic]], knots: Real) -> Real:
        """[B, POINTS, D]; knots: how all of them stray."""
        code, onset = self._identity.run(["code", "onset"], inputs)
        batch = len(code)
        slow = tables.stray_over_time(len(POINT_FRAMES)) @ knots

        def row(point: int, join: Real) -> Real:
            given = {
                "code": code,
                "frame": np.full(batch, POINT_FRAMES[point], np.float32),
                "decay_s": inputs["decay_s"],
                "stray": np.tile(slow[point].astype(np.float32), (batch, 1)),
                "join": join,
            }
            return np.asarray(self._row.run(["body"], given)[0])

        alone = np.tile(np.eye(BANDS, dtype=np.float32), (batch, 1, 1))
        first = np.stack([row(point, alone) for point in range(tables.ONSET_POINTS)], axis=1)
        join = self._joining.run(["join"], {"onset": onset, "rows": first})[0]
        return np.stack([row(point, join) for point in range(len(POINT_FRAMES))], axis=1)


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("deviation", [0.0, 0.8])
def test_rows_are_those_of_the_decoder_at_any_time_and_with_any_deviation(
    instrument: Instrument, batch: int, deviation: float
) -> None:
    controls = some_controls(batch)
    inputs = identity_inputs(instrument, controls)
    shape = (tables.STRAY_MOMENTS, tables.STRAY_KNOTS)
    knots = np.random.default_rng(5).standard_normal(shape)
    points = OnnxDecoder(instrument).points(inputs, deviation * knots)
    joined = 0
    for i in range(batch):
        identity = Identity(z=inputs["z"][i], label=int(inputs["label"][i]), controls=controls[i])
        wanted = decode(
            instrument.network,
            identity,
            instrument.manifest.scale,
            deviation=deviation,
            knots=knots,
        ).points
        error = np.abs(points[i] - wanted)
        # Where a level is a hair from the gate of its deviation, both sides are right.
        assert np.mean(error > 2e-3) < 1e-3
        assert np.median(error) < 1e-5
        joined += int((wanted[:, :BANDS] == PARTIAL_FLOOR).all(axis=0).sum())
    assert joined > 0  # or joining would not have been tried


def some_frames(count: int) -> list[Frames]:
    """Sounds that differ in everything: glides, images, attacks, pitch, length."""
    instruments = [make_untrained(KIT, seed=seed) for seed in (1, 2)]
    by_hand = make_instrument((*TONES, Label(name="hiss", noisy=1.0)))
    frames = []
    for i in range(count):
        rng = CounterRng(i)
        if i % 3 == 2:
            frames.append(by_hand.frames(label="chime", note=50 + 3 * i, rng=rng))
        else:
            label = KIT[i % 4].name
            frames.append(instruments[i % 2].frames(label=label, length_s=0.2 + 0.05 * i, rng=rng))
    return frames


def played_by_numpy(frames: Frames, key: int) -> Real:
    synthesiser = Synthesiser(frames, key=key)
    return np.concatenate([synthesiser.step(frames.body), synthesiser.finish()])


class Voices:
    """A batch of voices in the ONNX synthesiser, each of which may begin when it likes."""

    def __init__(self, frames: list[Frames], keys: list[int], starts: list[int]) -> None:
        self._session = session(synthesiser_model({}))
        self._frames, self._starts = frames, starts
        self._fixed = {
            "onset": np.stack([f.onset for f in frames]),
            "reference_hz": np.array([f.reference_hz for f in frames], np.float64),
            "gain": np.array([f.gain for f in frames], np.float32),
            "key": np.array(keys, np.int64),
        }
        self._kinds = {"tensor(float)": np.float32, "tensor(double)": np.float64}
        self._state = {
            entry.name: np.zeros(
                (len(frames), *entry.shape[1:]), self._kinds.get(entry.type, np.int64)
            )
            for entry in self._session.get_inputs()
            if entry.name.startswith("state_")
        }

    def play(self, calls: int) -> Real:
        """[B, N, 2] of so many calls."""
        names = [entry.name for entry in self._session.get_outputs()]
        blocks = []
        for call in range(calls):
            for i, start in enumerate(self._starts):
                if call == start:
                    for value in self._state.values():
                        value[i] = 0
            rows = [self._row(i, call - start) for i, start in enumerate(self._starts)]
            given = {"body": np.stack(rows), **self._fixed, **self._state}
            answers = dict(zip(names, self._session.run(names, given), strict=True))
            blocks.append(answers.pop("audio"))
            self._state = {name.replace("next_", "state_"): v for name, v in answers.items()}
        return np.concatenate(blocks, axis=1)

    def _row(self, i: int, call: int) -> Real:
        body = self._frames[i].body
        place = max(call - (REPEATED - 1), 0)
        return body[place] if place < len(body) else BODY_FLOOR


@pytest.mark.parametrize("batch", BATCHES)
def test_the_synthesiser_plays_what_the_numpy_one_plays(batch: int) -> None:
    frames = some_frames(batch)
    keys = [(i * 0x9E3779B1 + 2**32 - 1) % 2**32 for i in range(batch)]
    starts = [(5 * i) % 7 for i in range(batch)]
    longest = max(len(f) for f in frames)
    sound = Voices(frames, keys, starts).play(longest + LEAD + max(starts))
    for i, (f, key, start) in enumerate(zip(frames, keys, starts, strict=True)):
        wanted = played_by_numpy(f, key)[: (len(f) - 1) * HOP]
        begun = (start + LEAD) * HOP
        got = sound[i, begun : begun + len(wanted)]
        # Angles within a block are float32 here; 80 dB under the peak is what both players promise.
        assert np.abs(got - wanted).max() < 1e-4 * np.abs(wanted).max()
        assert not sound[i, start * HOP : begun].any()


@pytest.fixture(scope="module")
def chime(tmp_path_factory: pytest.TempPathFactory) -> tuple[Instrument, Path]:
    instrument = make_instrument((*TONES, *KIT[:1]))
    out = tmp_path_factory.mktemp("onnx") / "chime"
    onnx_bundle.export(instrument, out, name="Chime 🥁", seed=3, force=False)
    return instrument, out


def test_the_example_plays_the_folder_with_numpy_and_onnxruntime_alone(
    chime: tuple[Instrument, Path], tmp_path: Path
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
    options = ["--label", "chime", "--note", "63", "--velocity", "90", "--wildness", "0"]
    done = subprocess.run(
        [sys.executable, "-c", blocked, str(folder), *options, "-o", str(out)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    with wave.open(str(out)) as file:
        assert file.getframerate() == 44_100
        data = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2) / 32_767
    own = instrument.render(label="chime", note=63, velocity=90, wildness=0, seed=1)
    assert len(data) == len(own)
    levels = [10 * np.log10(np.square(x[:22_050]).sum()) for x in (data, own)]
    assert levels[0] == pytest.approx(levels[1], abs=0.1)
    # Without noise the sound does not depend on the key: to 16 bits it is the very same one.
    assert np.abs(data - own).max() < 1e-4


def test_the_pitch_of_what_the_models_play_is_exact(chime: tuple[Instrument, Path]) -> None:
    player = example_player(chime[1])
    for note in (57.0, 61.5, 69.0):
        sound = player.play(label="chime", note=note, seed=2)[:, 0]
        right_hz = float(note_to_hz(note))
        n = np.arange(16_384)
        turns = sound[1_000:17_384] * np.exp(-2j * np.pi * right_hz * n / 44_100)
        first, second = (turns.reshape(2, -1) * np.hanning(8_192)).sum(axis=1)
        off_hz = np.angle(second / first) / (2 * np.pi * 8_192) * 44_100
        assert abs(1200 * np.log2(1 + off_hz / right_hz)) < 1.0


def example_player(folder: Path) -> object:
    import importlib.util

    spec = importlib.util.spec_from_file_location("onnx_player", PLAYER)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Player(folder)


def test_takes_differ_by_seed_and_the_same_seed_is_the_same(
    chime: tuple[Instrument, Path],
) -> None:
    player = example_player(chime[1])
    first, again, other = (player.play(label="kick", seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first[:5_000], other[:5_000])


def test_the_example_varies_sounds_nearly_alone_of_their_kind_as_messina_does(
    chime: tuple[Instrument, Path],
) -> None:
    player, rng = example_player(chime[1]), np.random.default_rng(4)
    steps = np.array([player.step(1, 1.0, rng) for _ in range(400)])
    far = np.sqrt(((steps / LONE_STEP) ** 2).mean(axis=1)) / loneliness(3)
    low, high = LONE_STEP_RANGE
    assert low - 1e-9 <= far.min() < low + 0.05 * (high - low)
    assert high - 0.05 * (high - low) < far.max() <= high + 1e-9
    assert np.abs(steps.mean(axis=0)).max() < 0.2 * steps.std(axis=0).max()  # in any direction
    assert player.step(0, 1.0, rng)[0] == 0.0  # a chime keeps its pitch
    assert np.all(np.equal(player.step(1, 0.0, rng), 0.0))
    points = np.maximum(rng.uniform(-9, 0, (5, BODY_SIZE)), BODY_FLOOR).astype(np.float32)
    assert np.allclose(player.tilted(points, -0.4), tilted(points, -0.4), atol=1e-5)
    assert np.allclose(player.transposed(points, 1.07), transposed(points, 1.07), atol=1e-4)


def test_the_folder_says_who_made_it_and_is_the_same_for_the_same_instrument(
    chime: tuple[Instrument, Path], tmp_path: Path
) -> None:
    instrument, folder = chime
    models = {"identity.onnx", "row.onnx", "joining.onnx", "synthesiser.onnx"}
    others = {"instrument.json", "README.txt", "messina.json"}
    assert {path.name for path in folder.iterdir()} == models | others
    onnx_bundle.export(instrument, tmp_path / "b", name="Chime 🥁", seed=3, force=False)
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
    metadata = session((folder / "row.onnx").read_bytes()).get_modelmeta().custom_metadata_map
    assert metadata["name"] == "Chime 🥁"
    assert metadata["seed"] == "3"
    facts = json.loads((folder / "instrument.json").read_text())
    assert [law["label"] for law in facts["labels"]] == ["chime", "kick"]
    assert len(facts["body_floor"]) == BODY_SIZE


def test_without_the_onnx_package_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [*sys.modules]:
        if name == "onnx" or name.startswith(("onnx.", "messina.export.onnx_")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "onnx", None)
    instrument = make_instrument(TONES)
    with pytest.raises(MessinaError, match=r"pip install 'messina\[onnx\]'"):
        onnx_bundle.export(instrument, tmp_path / "x", name="x", seed=0, force=False)
    assert list(tmp_path.iterdir()) == []
