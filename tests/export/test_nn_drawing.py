"""Sounds drawn in torch beside those drawn in numpy."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from export.handmade import KIT, TONES, make_instrument, make_untrained  # noqa: E402
from messina.counter_rng import CounterRng  # noqa: E402
from messina.export.nn_drawing import Drawing  # noqa: E402
from messina.instrument import Instrument  # noqa: E402
from messina.instrument.sampling import draw  # noqa: E402
from messina.instrument.transposition import tilted, transposed  # noqa: E402

KEPT = {"kick": 1, "snare": 2, "hihat open": 3, "chime": 1}
"""Of so many sounds each label is learnt here."""


@pytest.fixture(scope="module")
def instrument() -> Instrument:
    whole = make_instrument((*KIT, *TONES))
    kept = [
        int(sound.name.removesuffix(".wav")[-1]) < KEPT.get(sound.label, 3)
        for sound in whole.manifest.sounds
    ]
    sounds = tuple(
        msgspec.structs.replace(sound, role="learnt" if keep else "held out")
        for sound, keep in zip(whole.manifest.sounds, kept, strict=True)
    )
    arrays = dict(whole.arrays)
    for name in ("latent_means", "latent_log_variances"):
        arrays[name] = arrays[name][kept]
    return Instrument(msgspec.structs.replace(whole.manifest, sounds=sounds), arrays)


@pytest.mark.parametrize("label", list(KEPT))
def test_sounds_nearly_alone_of_their_kind_stray_as_in_numpy(
    instrument: Instrument, label: str
) -> None:
    index, drawing = instrument.labels.index(label), Drawing(instrument)
    response = instrument.manifest.responses[index]
    note = 60.0 if response.pitched else None
    loudness_db, _ = response.loudness_at(100.0, note)
    ours, theirs = [], []
    for key in range(1500):
        step = drawing.step(index, 1.0, key)
        place = torch.zeros(2, dtype=torch.float64)
        z, rest, length_s = drawing.identity(index, 60.0, loudness_db, 1.0, place, key)
        told = [float(step[0]), float(step[1]), float(rest[1] + step[2])]
        ours.append([*told, np.log(length_s) + float(step[2]), *z.tolist()])
        drawn = draw(
            instrument.known,
            index,
            response,
            note=note,
            loudness_db=loudness_db,
            wildness=1.0,
            rng=CounterRng(key),
        )
        told = [drawn.higher, drawn.tilt, drawn.longer]
        theirs.append([*told, np.log(drawn.length_s), *drawn.z])
    got, wanted = np.array(ours), np.array(theirs)
    spread = wanted.std(axis=0)
    # Five standard errors of a difference of means, and of deviations, of 1,500 draws each.
    assert (np.abs(got.mean(axis=0) - wanted.mean(axis=0)) < 0.18 * spread + 1e-6).all()
    assert (np.abs(got.std(axis=0) - spread) < 0.13 * spread + 1e-6).all()
    assert np.allclose(got[:, 0], 0) == response.pitched


def test_points_are_tilted_and_moved_as_in_numpy() -> None:
    drawing, rng = Drawing(make_untrained(KIT)), np.random.default_rng(2)
    points = rng.uniform(-9, 0, (20, len(drawing.octaves))).astype(np.float32)
    points = np.maximum(points, drawing.decoder.floor.numpy())
    for slope, ratio in ((0.3, 1.1), (-0.8, 0.9), (0.0, 1.0)):
        got = drawing.tilted(torch.from_numpy(points), torch.tensor(slope))
        assert np.allclose(got.numpy(), tilted(points, slope), atol=1e-5)
        got = drawing.transposed(torch.from_numpy(points), ratio)
        assert np.allclose(got.numpy(), transposed(points, ratio), atol=1e-4)


def test_a_drum_alone_of_its_kind_is_moved_and_a_chime_keeps_its_pitch(
    instrument: Instrument,
) -> None:
    drawing, place = Drawing(instrument), torch.zeros(2, dtype=torch.float64)

    def pitches_hz(label: str) -> set[float]:
        index = instrument.labels.index(label)
        return {drawing.draw(index, 60.0, 100.0, 1.0, place, key)[2] for key in range(5)}

    assert len(pitches_hz("kick")) == 5
    assert len(pitches_hz("chime")) == 1
