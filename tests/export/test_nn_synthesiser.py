from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from export.handmade import KIT, TONES, make_untrained  # noqa: E402
from export.test_onnx import played_by_numpy, some_controls, some_frames  # noqa: E402
from messina.export import tables  # noqa: E402
from messina.export.nn_decoder import Decoder  # noqa: E402
from messina.export.nn_random import Chance  # noqa: E402
from messina.export.nn_synthesiser import LEAD, REPEATED, FrameSynthesiser  # noqa: E402
from messina.frames.layout import BODY_FLOOR, HOP  # noqa: E402
from messina.frames.white import white_noise  # noqa: E402
from messina.instrument.decoding import Identity, decode, to_frames  # noqa: E402


@pytest.mark.parametrize("batch", [1, 3, 16])
def test_voices_in_torch_play_what_the_numpy_synthesiser_plays(batch: int) -> None:
    frames = some_frames(batch)
    keys = [(i * 0x9E3779B1 + 2**32 - 1) % 2**32 for i in range(batch)]
    synthesiser = FrameSynthesiser()
    longest = max(len(f) for f in frames)
    rows = np.stack(
        [
            np.concatenate(
                [
                    *[f.body[:1]] * (REPEATED - 1),
                    f.body,
                    np.tile(BODY_FLOOR, (longest - len(f) + LEAD, 1)),
                ]
            )
            for f in frames
        ]
    )
    with torch.no_grad():
        pitch = torch.tensor([f.reference_hz for f in frames], dtype=torch.float64)
        onset = torch.from_numpy(np.stack([f.onset for f in frames]))
        sound = synthesiser.prepare(onset, pitch)
        key = torch.tensor(keys)
        state = synthesiser.start(key)
        blocks = [
            synthesiser.step(torch.from_numpy(rows[:, i]), sound, key, state)
            for i in range(rows.shape[1])
        ]
    played = torch.cat(blocks, dim=2).numpy()
    for i, f in enumerate(frames):
        wanted = played_by_numpy(f, keys[i])[: (len(f) - 1) * HOP]
        got = f.gain * played[i].T[LEAD * HOP :][: len(wanted)]
        # float32 in another order: 100 dB under the peak.
        assert np.abs(got - wanted).max() < 2e-5 * np.abs(wanted).max()
        assert not played[i, :, : LEAD * HOP].any()


def test_the_noise_is_that_of_the_numpy_player_sample_for_sample() -> None:
    synthesiser = FrameSynthesiser()
    noise = synthesiser.white_noise(torch.tensor([2**32 - 2, 5]), torch.arange(70_000, 71_000))
    for i, key in enumerate((2**32 - 2, 5)):
        assert np.array_equal(noise[i, 0], white_noise(key, 70_000, 1_000))
        assert np.array_equal(noise[i, 1], white_noise(key ^ tables.SECOND_KEY, 70_000, 1_000))


def test_chance_is_even_gaussian_and_its_own_for_every_key() -> None:
    chance = Chance()
    uniform = chance.uniform(3, 0, 20_000).numpy()
    normal = chance.normal(3, 0, 20_000).numpy()
    assert 0 < uniform.min() < uniform.max() < 1
    assert np.histogram(uniform, 10, (0, 1))[0] == pytest.approx([2_000] * 10, abs=200)
    assert normal.mean() == pytest.approx(0, abs=0.03)
    assert normal.std() == pytest.approx(1, abs=0.03)
    assert (normal**4).mean() == pytest.approx(3, abs=0.3)
    other = chance.normal(4, 0, 20_000).numpy()
    assert abs(np.corrcoef(normal, other)[0, 1]) < 0.03


def test_points_gain_and_length_are_those_of_the_numpy_decoder() -> None:
    instrument = make_untrained((*KIT, *TONES))
    decoder = Decoder(instrument)
    rng = np.random.default_rng(0)
    shape = (tables.STRAY_MOMENTS, tables.STRAY_KNOTS)
    for i, controls in enumerate(some_controls(9)):
        z = rng.standard_normal(16).astype(np.float32)
        deviation = 0.5 * (i % 3)
        knots = np.random.default_rng(i).standard_normal(shape)
        identity = Identity(z=z, label=i % 5, controls=controls)
        decoded = decode(
            instrument.network,
            identity,
            instrument.manifest.scale,
            deviation=deviation,
            knots=knots,
        )
        note = 0.0 if controls.note is None else controls.note
        asked = [note, controls.loudness_db, controls.brightness_hz, controls.decay_s]
        points, onset = decoder.decode(
            torch.from_numpy(z),
            i % 5,
            torch.tensor(asked),
            controls.note is not None,
            torch.from_numpy(deviation * knots).float(),
        )
        assert onset[0].numpy() == pytest.approx(decoded.onset, abs=1e-4)
        error = np.abs(points[: len(decoded.points)].numpy() - decoded.points)
        # Where a level is a hair from the gate of its deviation, both sides are right.
        assert np.mean(error > 2e-3) < 1e-3
        frames = to_frames(decoded, gain_db=0.0, most_frames=1 + round(44_100 * 1.5) // HOP)
        assert decoder.frames_heard(points, 1.5) == pytest.approx(len(frames), abs=1)
        gain_db = -8.685889638 * decoder.loudness(points)
        assert np.clip(gain_db, -9, 9) == pytest.approx(20 * np.log10(frames.gain), abs=0.05)
