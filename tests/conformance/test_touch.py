"""Touch is the same in the page as in Python: its laws, what channels say, and what is heard."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from conformance.node import ENGINE, answers
from export.handmade import ORGAN, all_sustained, brighter_when_louder, make_instrument
from messina.controllers import CURVES, curved, release_pace
from messina.frames.layout import BODY_SIZE
from messina.instrument import Instrument
from messina.instrument.touch import TouchLaw, touch_law
from messina.sequences.gestures import CHANNELS, Gestures
from play.test_touch import BLOCK, ON, SETTLED, centroid_hz, from_block, heard, rms_db

_LAW = """
    import { readFileSync } from "node:fs";
    import { readFile } from "ENGINE/file.js";
    import { makeInstrument } from "ENGINE/instrument.js";
    import { Kernel } from "ENGINE/kernel.js";
    import { ROW_PLACES } from "ENGINE/layout.js";
    import { Measuring } from "ENGINE/measuring.js";
    import { Mixer, QUANTUM } from "ENGINE/mixer.js";
    import { packNetwork } from "ENGINE/packing.js";
    import { takeOf } from "ENGINE/playing.js";
    import { DEFAULTS } from "ENGINE/ranges.js";
    import { fillLouder, pressedDb } from "ENGINE/touch.js";
    function answer({ data, wasm, asked, note, told, quanta }) {
        const file = readFile(Uint8Array.from(Buffer.from(data, "base64")).buffer);
        const instrument = makeInstrument("it", file);
        const packed = packNetwork(file);
        const law = new Measuring(new Kernel(readFileSync(wasm))).law(instrument, packed, 0);
        const row = new Float32Array(ROW_PLACES[ROW_PLACES.length - 1] + 1);
        const rows = asked.map(([velocity, louder, brighter]) => {
            fillLouder(law, velocity, louder, brighter, row);
            return [...ROW_PLACES].map((place) => row[place]);
        });
        const mixer = new Mixer(new Kernel(readFileSync(wasm)), {
            voices: 4, patient: true, onError(error) { throw new Error(error); },
        });
        mixer.accept({ type: "network", instrument: "it", packed }, 0);
        mixer.accept({ type: "law", instrument: "it", label: 0, law }, 0);
        const controls = { ...DEFAULTS, wildness: 0 };
        const { take } = takeOf(instrument, note, controls, 0, () => 0);
        mixer.accept({ type: "on", id: 1, take, frame: 0 }, 0);
        for (const message of told) mixer.accept({ instrument: "it", ...message }, 0);
        const left = new Float32Array(quanta * QUANTUM);
        for (let frame = 0; frame < left.length; frame += QUANTUM)
            mixer.render(left.subarray(frame, frame + QUANTUM), new Float32Array(QUANTUM), frame);
        return {
            rows, pressed: asked.map(([velocity]) => pressedDb(law, velocity, 0.7)),
            tilts: law.tilts, sound: Buffer.from(left.buffer).toString("base64"),
        };
    }
"""
ASKED = [
    [velocity, louder, brighter]
    for velocity in (1.0, 40.0, 64.0, 127.0)
    for louder, brighter in ((-30.0, 0.0), (0.0, 1.0), (7.0, -0.5), (20.0, 0.3))
]


@pytest.fixture(scope="module")
def organ() -> Instrument:
    return all_sustained(brighter_when_louder(make_instrument(ORGAN, takes_db=0.0)))


@pytest.fixture(scope="module")
def law(organ: Instrument) -> TouchLaw:
    return touch_law(organ, "organ")


def in_the_page(organ: Instrument, folder: Path, *told: dict[str, Any], velocity: int = 60) -> Any:
    organ.save(folder / "it.messina")
    return answers(
        _LAW,
        {
            "data": base64.b64encode((folder / "it.messina").read_bytes()).decode(),
            "wasm": str(ENGINE / "kernel" / "kernel.wasm"),
            "asked": ASKED,
            "note": {
                "label": "organ",
                "note": 60,
                "velocity": velocity,
                "channel": 1,
                "sustained": True,
            },
            "told": list(told),
            "quanta": 300,
        },
    )


def sound_of(answer: Any) -> NDArray[np.float64]:
    sound = np.frombuffer(base64.b64decode(answer["sound"]), np.float32).astype(np.float64)
    return sound[:, None].repeat(2, axis=1)


def test_the_law_is_the_same(organ: Instrument, law: TouchLaw, tmp_path: Path) -> None:
    answer = in_the_page(organ, tmp_path)
    assert answer["tilts"] == pytest.approx(law.tilts, abs=1e-3)
    for (velocity, louder, brighter), row in zip(ASKED, answer["rows"], strict=True):
        wanted = law.louder(velocity, louder, brighter)
        assert len(row) == BODY_SIZE
        # 0.1 dB: networks agree to float32, and levels near silence count little.
        np.testing.assert_allclose(row, wanted, atol=0.012)
    pressed = [law.pressed_db(velocity, 0.7) for velocity, _, _ in ASKED]
    assert answer["pressed"] == pytest.approx(pressed, abs=1e-6)


@pytest.mark.parametrize(
    ("gesture", "messages"),
    [
        ({"pressure": 1.0}, [(0, (0xD1, 127))]),
        ({"louder": -8.0296}, [(0, (0xB1, 11, 80))]),
        ({"brighter": 1.0}, [(0, (0xB1, 74, 127))]),
    ],
)
def test_what_is_heard_of_touch_is_the_same(
    organ: Instrument, tmp_path: Path, gesture: dict[str, float], messages: Any
) -> None:
    there = from_block(heard(organ, [*messages, (0, (ON | 1, 60, 60))]), SETTLED)
    told = {"type": "touch", "channel": 1, "gesture": gesture, "frame": None}
    here = sound_of(in_the_page(organ, tmp_path, told))[SETTLED * BLOCK :]
    plain = sound_of(in_the_page(organ, tmp_path))[SETTLED * BLOCK :]
    still = from_block(heard(organ, [(0, (ON | 1, 60, 60))]), SETTLED)
    assert rms_db(here) - rms_db(plain) == pytest.approx(rms_db(there) - rms_db(still), abs=0.3)
    assert centroid_hz(here) == pytest.approx(centroid_hz(there), rel=0.02)


def test_pressure_in_the_page_moves_along_what_velocity_does(
    organ: Instrument, law: TouchLaw, tmp_path: Path
) -> None:
    press = {"type": "press", "id": 1, "pressure": 1.0, "frame": 1}
    pressed = sound_of(in_the_page(organ, tmp_path, press))[SETTLED * BLOCK :]
    struck = sound_of(in_the_page(organ, tmp_path, velocity=127))[SETTLED * BLOCK :]
    assert rms_db(pressed) == pytest.approx(rms_db(struck), abs=0.5)
    assert centroid_hz(pressed) == pytest.approx(centroid_hz(struck), rel=0.03)


_GESTURES = """
    import { curved, Gestures, releasePace } from "ENGINE/../midi/gestures.js";
    function answer({ messages, curves, velocities }) {
        const gestures = new Gestures();
        for (const [kind, ...rest] of messages) gestures[kind](...rest);
        return {
            channels: Array.from({ length: 16 }, (_, channel) => gestures.of(channel)),
            curves: curves.map((curve) => velocities.map((v) => curved(v, curve))),
            paces: velocities.map((v) => releasePace(v)),
        };
    }
"""


@pytest.mark.parametrize("seed", range(6))
def test_channels_say_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    numbers = (1, 2, 6, 7, 11, 38, 64, 74, 98, 99, 100, 101, 121)
    messages: list[tuple[Any, ...]] = []
    for _ in range(200):
        channel = int(rng.choice((0, 1, 2, 3, 13, 14, 15)))
        kind = str(rng.choice(("control", "control", "bend", "press", "zone")))
        if kind == "zone":
            told = ((101, 0), (100, int(rng.choice((0, 6)))), (6, int(rng.integers(0, 16))))
            messages += [("control", channel, *pair) for pair in told]
        elif kind == "bend":
            messages.append((kind, channel, int(rng.integers(0, 16_384))))
        elif kind == "press":
            messages.append((kind, channel, int(rng.integers(0, 128))))
        else:
            messages.append((kind, channel, int(rng.choice(numbers)), int(rng.integers(0, 128))))
    gestures = Gestures()
    for kind, *rest in messages:
        getattr(gestures, kind)(*rest)
    velocities = [1, 20, 64, 100, 127]
    given = {"messages": messages, "curves": list(CURVES), "velocities": velocities}
    answer = answers(_GESTURES, given)
    for channel in range(CHANNELS):
        own = gestures.of(channel)
        wanted = {
            "semitones": own.semitones,
            "pressure": own.pressure,
            "louder": own.louder_db,
            "brighter": own.brighter,
            "vibrato": own.vibrato,
        }
        assert answer["channels"][channel] == pytest.approx(wanted)
    assert answer["curves"] == [pytest.approx([curved(v, c) for v in velocities]) for c in CURVES]
    assert answer["paces"] == pytest.approx([release_pace(v) for v in velocities])
