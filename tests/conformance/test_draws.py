"""The same seed draws the same numbers and the same sounds in both players."""

from __future__ import annotations

import base64
from pathlib import Path

import msgspec
import numpy as np
import pytest

from conformance.node import answers
from differences import Differs, numbers_db
from export.handmade import KIT, TONES, Label, make_instrument
from messina.counter_rng import CounterRng, Purpose
from messina.instrument import Instrument
from messina.instrument.sampling import Drawn, draw, draw_near
from messina.sequences.round_robin import RoundRobin
from messina.sequences.voice_assignment import AssignedSound

_NUMBERS = """
    import { CounterRng, PURPOSE } from "ENGINE/counter-rng.js";
    function answer(keys) {
        return [PURPOSE, keys.map((key) => {
            const rng = new CounterRng(...key);
            return [
                rng.bits(), rng.uniform(-2, 3), rng.normal(), rng.exponential(4), rng.below(1000),
                rng.choice([0.2, 0, 1.5, 1e-9]), rng.pick([5, 6, 7]), ...rng.sample(4, 9),
                rng.stream(PURPOSE.DEVIATION, 2).bits(), ...rng.normals(5),
            ];
        })];
    }
"""


def test_numbers_of_a_seed_are_the_same(differs: Differs) -> None:
    keys = [[0], [7], [2**32 - 1], [2**53 - 1, 3], [2**40 + 5, 0, 9], *([k] for k in range(200))]
    purposes, got = answers(_NUMBERS, keys)
    wanted = []
    for key in keys:
        rng = CounterRng(*key)
        wanted.append(
            [
                rng.bits(),
                rng.uniform(-2, 3),
                rng.normal(),
                rng.exponential(4),
                rng.below(1000),
                rng.choice([0.2, 0, 1.5, 1e-9]),
                rng.pick([5, 6, 7]),
                *rng.sample(4, 9),
                rng.stream(Purpose.DEVIATION, 2).bits(),
                *rng.normals(5),
            ]
        )
    # Logarithms and cosines of two libraries may differ by a last bit, all else is equal.
    np.testing.assert_allclose(np.array(got), np.array(wanted), rtol=1e-14)
    drawn, expected = np.array(got), np.array(wanted)
    differs("whole and even numbers", "page", numbers_db(drawn[:, :2], expected[:, :2]))
    differs("normal numbers", "page", numbers_db(drawn[:, -5:], expected[:, -5:]))
    assert purposes == {purpose.name: purpose.value for purpose in Purpose}


_SOUNDS = """
    import { readFile } from "ENGINE/file.js";
    import { makeInstrument } from "ENGINE/instrument.js";
    import { newSound, soundNear } from "ENGINE/sampling.js";
    function answer({ data, wishes, near }) {
        const bytes = Uint8Array.from(Buffer.from(data, "base64"));
        const kit = makeInstrument("kit", readFile(bytes.buffer));
        const told = (s) => [
            s.label, s.model, s.note ?? -1, s.loudness, s.brightness, s.decay, s.length, ...s.z,
        ];
        return [
            wishes.map((wish) => told(newSound(kit, wish))),
            near.map(([index, wildness, seed]) => told(soundNear(kit, index, { wildness, seed }))),
        ];
    }
"""


def told(drawn: Drawn, index: int, instrument: Instrument) -> list[float]:
    response = instrument.manifest.responses[index]
    controls = response.controls_at(
        drawn.loudness_db, drawn.note, brighter=drawn.brighter, longer=drawn.longer
    )
    note = -1.0 if drawn.note is None else drawn.note
    numbers = [note, drawn.loudness_db, controls.brightness_hz, controls.decay_s, drawn.length_s]
    return [index, drawn.model, *numbers, *drawn.z.tolist()]


@pytest.mark.parametrize("labels", [KIT, (*KIT, *TONES)], ids=["kit", "kit and tones"])
def test_sounds_of_a_seed_are_the_same(
    labels: tuple[Label, ...], tmp_path: Path, differs: Differs
) -> None:
    instrument = make_instrument(labels)
    path = tmp_path / "kit.messina"
    instrument.save(path)
    instrument = Instrument.load(path)
    wishes, wanted = [], []
    for seed in range(120):
        index = seed % len(instrument.labels)
        response = instrument.manifest.responses[index]
        velocity = None if seed % 3 == 0 else 1.0 + seed
        note = 50.0 + seed % 20 if seed % 2 and response.pitched else None
        wildness = (0.0, 0.7, 1.0, 2.0)[seed % 4]
        wishes.append(
            {
                "label": instrument.labels[index],
                "note": note,
                "velocity": velocity,
                "wildness": wildness,
                "seed": seed,
            }
        )
        model_db = None if velocity is None else response.loudness_at(velocity, note)[0]
        drawn = draw(
            instrument.known,
            index,
            response,
            note=note,
            loudness_db=model_db,
            wildness=wildness,
            rng=CounterRng(seed),
        )
        wanted.append(told(drawn, index, instrument))
    near, wanted_near = [], []
    for seed in range(40):
        sound = seed % len(instrument.known.labels)
        index = int(instrument.known.labels[sound])
        near.append([sound, 0.5, seed])
        drawn = draw_near(
            instrument.known,
            sound,
            instrument.manifest.responses[index],
            wildness=0.5,
            rng=CounterRng(seed),
        )
        wanted_near.append(told(drawn, index, instrument))
    data = base64.b64encode(path.read_bytes()).decode()
    got, got_near = answers(_SOUNDS, {"data": data, "wishes": wishes, "near": near})
    # The latent is float32 in Python, which is what the network takes in both.
    np.testing.assert_allclose(np.array(got), np.array(wanted), rtol=1e-6, atol=1e-6)
    differs("what is drawn of a sound", "page", numbers_db(got, wanted))
    differs("what is drawn near a sound", "page", numbers_db(got_near, wanted_near))
    np.testing.assert_allclose(np.array(got_near), np.array(wanted_near), rtol=1e-6, atol=1e-6)


_TAKES = """
    import { RoundRobin } from "ENGINE/groove/round-robin.js";
    function answer({ responses, sounds, hits, most }) {
        const robin = new RoundRobin({ responses, sounds }, { most });
        return hits.map(([played, velocity, seed, sound]) => {
            const { take, gain } = robin.strike(played, velocity, { seed, sound });
            return [take.seed, take.velocity, gain];
        });
    }
"""


@pytest.mark.parametrize("most_s", [540.0, 6.0])
def test_takes_of_hits_are_the_same(most_s: float, differs: Differs) -> None:
    instrument = make_instrument((*KIT, *TONES))
    rng, hits, wanted = np.random.default_rng(1), [], []
    robin = RoundRobin(instrument, most_s=most_s)
    kept = [sound for sound in instrument.manifest.sounds if sound.role != "held out"]
    for count in range(1_500):
        sound = int(rng.integers(len(kept))) if rng.random() < 0.5 else None
        label = str(rng.choice(instrument.labels)) if sound is None else kept[sound].label
        response = next(r for r in instrument.manifest.responses if r.label == label)
        note = int(rng.integers(50, 60)) if response.pitched else None
        played = AssignedSound(label=label, note=note, pitched=response.pitched, group=label)
        velocity = float(rng.uniform(1, 127))
        seed = CounterRng(3, Purpose.STRIKE, count).bits()
        strike = robin.strike(played, velocity, seed=seed, sound=sound)
        theirs = {"label": label, "note": note, "pitched": response.pitched}
        hits.append([theirs, velocity, seed, sound])
        wanted.append([strike.kept.seed, strike.kept.velocity, strike.gain_db])
    given = {
        "responses": msgspec.to_builtins(instrument.manifest.responses),
        "sounds": msgspec.to_builtins(kept),
        "hits": hits,
        "most": most_s,
    }
    got = np.array(answers(_TAKES, given))
    np.testing.assert_allclose(got, np.array(wanted), atol=1e-9)
    differs("which take a hit strikes", "page", numbers_db(got, wanted))
    assert len({row[0] for row in wanted}) < 1_450  # or takes would never return
