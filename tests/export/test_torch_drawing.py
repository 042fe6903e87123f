"""Sounds drawn in torch are those drawn in numpy, seed for seed."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from differences import Differs, numbers_db  # noqa: E402
from export.handmade import KIT, TONES, make_instrument  # noqa: E402
from messina.counter_rng import CounterRng, Purpose  # noqa: E402
from messina.export.torch_drawing import DRAWN, Drawing  # noqa: E402
from messina.frames.layout import LEAST_STEADY  # noqa: E402
from messina.instrument import Instrument  # noqa: E402
from messina.instrument.decoding import DEVIATION_BANDS, DEVIATION_MOMENTS  # noqa: E402
from messina.instrument.playing import TAKE_DEVIATION  # noqa: E402
from messina.instrument.sampling import draw  # noqa: E402
from messina.instrument.trajectories import (  # noqa: E402
    WARP,
    WARP_PIECES,
    no_trajectories,
    warped,
)
from messina.units import note_to_hz  # noqa: E402

KEPT = {"kick": 1, "snare": 2, "hihat open": 3, "chime": 1}
"""Of so many sounds each label is learnt in an instrument of few."""
COUNT = 400


def few() -> Instrument:
    """Labels of one, two and three sounds: what is nearly alone varies in ways of its own."""
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
    arrays |= no_trajectories(sum(kept))
    return Instrument(msgspec.structs.replace(whole.manifest, sounds=sounds), arrays)


def many() -> Instrument:
    """A hundred sounds, their labels mixed, some of the pitched ones without a note."""
    small = make_instrument((*KIT, *TONES))
    rng = np.random.default_rng(2)
    rows = [small.manifest.sounds[i] for i in rng.integers(0, len(small.manifest.sounds), 100)]
    sounds = tuple(
        msgspec.structs.replace(
            row,
            name=f"{i}.wav",
            digest=str(i),
            note=None if row.note is None or i % 7 == 0 else float(rng.uniform(55, 70)),
            loudness_db=float(rng.uniform(-50, -10)),
            brightness_hz=float(rng.uniform(100, 5_000)),
            decay_s=float(rng.uniform(0.05, 2)),
            length_s=float(rng.uniform(0.1, 3)),
        )
        for i, row in enumerate(rows)
    )
    arrays = dict(small.arrays)
    latent = arrays["latent_means"].shape[1]
    arrays["latent_means"] = rng.standard_normal((100, latent)).astype(np.float16)
    arrays["latent_log_variances"] = rng.uniform(-4, 0, (100, latent)).astype(np.float16)
    arrays |= no_trajectories(100)
    return Instrument(msgspec.structs.replace(small.manifest, sounds=sounds), arrays)


def sustained() -> Instrument:
    """The same, but that most of the pitched ones go on while their key is down."""
    whole = many()
    steady = np.zeros((len(whole.known.labels), 3), np.float32)
    for i, own in enumerate(whole.known.controls):
        if own.note is not None and i % 5:
            steady[i] = 10, 10 + LEAST_STEADY, 80
    return Instrument(whole.manifest, whole.arrays | {"steady": steady})


@pytest.mark.parametrize("make", [few, many, sustained])
def test_sounds_of_a_seed_are_the_same(make: object, differs: Differs) -> None:
    instrument = make()
    asked = []
    for seed in range(COUNT):
        index = seed % (len(instrument.labels) + 1) - 1
        velocity = None if seed % 3 == 0 else 1.0 + seed % 127
        note = 40.0 + 0.37 * (seed % 100) if seed % 2 else None
        asked.append((index, note, velocity, (0.0, 0.6, 1.0, 2.0)[seed // 4 % 4]))
    columns = [[np.nan if x is None else x for x in column] for column in zip(*asked, strict=True)]
    drawn = Drawing(instrument).draw(
        torch.tensor(columns[0]),
        *(torch.tensor(column, dtype=torch.float64) for column in columns[1:]),
        torch.arange(COUNT),
    )
    assert tuple(drawn) == DRAWN
    got = {name: value.numpy() for name, value in drawn.items()}
    for seed, (index, note, velocity, wildness) in enumerate(asked):
        rng = CounterRng(seed)
        if index < 0:
            known = instrument.known.labels
            index = int(known[rng.below(len(known))])
        response = instrument.manifest.responses[index]
        model_db = played_db = None
        if velocity is not None:
            model_db, played_db = response.loudness_at(velocity, note)
        wanted = draw(
            instrument.known,
            index,
            response,
            note=note if response.pitched else None,
            loudness_db=model_db,
            wildness=wildness,
            rng=rng,
        )
        controls = response.controls_at(
            wanted.loudness_db, wanted.note, brighter=wanted.brighter, longer=wanted.longer
        )
        away = wanted.higher if note is None else note - 60
        goes_on = instrument.known.steady[wanted.model] is not None
        own = instrument.known.controls[wanted.model].decay_s
        own_length_s = float(instrument.known.lengths_s[wanted.model])
        told = {
            "label": index,
            "note": np.nan if controls.note is None else controls.note,
            "loudness_db": wanted.loudness_db,
            "brightness_hz": controls.brightness_hz,
            "decay_s": own if goes_on else controls.decay_s,
            "tilt": wanted.tilt,
            "gain_db": (wanted.loudness_db if played_db is None else played_db) + wanted.louder_db,
            "length_s": own_length_s if goes_on else wanted.length_s,
            "reference_hz": 43.07 * 2 ** (np.clip(away, -48, 48) / 12)
            if wanted.note is None
            else note_to_hz(wanted.note),
            "model": wanted.model,
            "key": rng.stream(Purpose.NOISE).bits(),
        }
        for name, value in told.items():
            # Logarithms and sums of two libraries may differ in their last bits, all else is equal.
            assert got[name][seed] == pytest.approx(value, rel=1e-12, abs=1e-12, nan_ok=True), name
            for player in ("nn~", "ONNX"):  # one module for both
                differs("what is drawn of a sound", player, numbers_db(got[name][seed], value))
        # Latents are float32, in which the network takes them.
        np.testing.assert_allclose(got["z"][seed], wanted.z, rtol=1e-6, atol=1e-6)
        knots = rng.stream(Purpose.DEVIATION).normals(DEVIATION_MOMENTS, 2 * DEVIATION_BANDS)
        knots *= TAKE_DEVIATION * wildness
        np.testing.assert_allclose(got["knots"][seed], knots, rtol=1e-12, atol=1e-14)
        warp = warped(rng.stream(Purpose.WARP).normals(WARP_PIECES), WARP * wildness)
        warp = np.linspace(0.0, 1.0, WARP_PIECES + 1) if goes_on else warp
        np.testing.assert_allclose(got["warp"][seed], warp, rtol=1e-12, atol=1e-14)
