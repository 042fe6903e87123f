"""Notes of two channels are bent apart, and made softer apart, in the page's player."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from conformance.node import ENGINE, answers
from export.handmade import KIT, TONES, make_instrument
from messina.units import SAMPLE_RATE, note_to_hz
from play.browsing import cents

_HEARD = """
    import { readFileSync } from "node:fs";
    import { readFile } from "ENGINE/file.js";
    import { makeInstrument } from "ENGINE/instrument.js";
    import { Kernel } from "ENGINE/kernel.js";
    import { Mixer, QUANTUM } from "ENGINE/mixer.js";
    import { packNetwork } from "ENGINE/packing.js";
    import { takeOf } from "ENGINE/playing.js";
    import { DEFAULTS } from "ENGINE/ranges.js";
    function answer({ data, wasm, notes, told, quanta }) {
        const file = readFile(Uint8Array.from(Buffer.from(data, "base64")).buffer);
        const instrument = makeInstrument("it", file);
        const mixer = new Mixer(new Kernel(readFileSync(wasm)), {
            voices: 4, patient: true, onError(error) { throw new Error(error); },
        });
        mixer.accept({ type: "network", instrument: "it", packed: packNetwork(file) }, 0);
        for (const message of told) mixer.accept({ instrument: "it", frame: null, ...message }, 0);
        notes.forEach((note, id) => {
            const controls = { ...DEFAULTS, wildness: 0 };
            const { take } = takeOf(instrument, note, controls, 0, () => 0);
            mixer.accept({ type: "on", id, take, frame: 0 }, 0);
        });
        const left = new Float32Array(quanta * QUANTUM);
        for (let frame = 0; frame < left.length; frame += QUANTUM) {
            mixer.render(left.subarray(frame, frame + QUANTUM), new Float32Array(QUANTUM), frame);
        }
        return Buffer.from(left.buffer).toString("base64");
    }
"""
LOW, HIGH = 57.0, 69.0


def played(
    path: Path, notes: list[dict[str, Any]], told: list[dict[str, Any]]
) -> NDArray[np.float32]:
    """The left channel of notes of an instrument's file, after messages."""
    given = {
        "data": base64.b64encode(path.read_bytes()).decode(),
        "wasm": str(ENGINE / "kernel" / "kernel.wasm"),
        "quanta": 250,
    }
    answer = answers(_HEARD, given | {"notes": notes, "told": told})
    return np.frombuffer(base64.b64decode(answer), np.float32)


@pytest.fixture
def heard(tmp_path: Path) -> Any:
    """Plays the notes LOW on channel 1 and HIGH on channel 2, after messages."""
    path = tmp_path / "it.messina"
    make_instrument(TONES, takes_db=0.0).save(path)
    notes = [
        {"label": "chime", "note": note, "velocity": 60, "channel": channel}
        for channel, note in enumerate((LOW, HIGH), 1)
    ]

    return lambda *told: played(path, notes, list(told))


def pitch_near(sound: NDArray[np.float32], wanted_hz: float) -> float:
    """Hz of the partial nearest to a frequency, by the turn of its phase from window to window."""
    n = np.arange(8_192)
    turns = sound[8_000 : 8_000 + 16_384] * np.exp(
        -2j * np.pi * wanted_hz * np.arange(16_384) / SAMPLE_RATE
    )
    first, later = (turns.reshape(2, -1) * np.hanning(len(n))).sum(axis=1)
    return wanted_hz + float(np.angle(later / first)) / (2 * np.pi * 8_192) * SAMPLE_RATE


def level_at(sound: NDArray[np.float32], hz: float) -> float:
    n = np.arange(16_384)
    turn = np.exp(-2j * np.pi * hz * n / SAMPLE_RATE) * np.hanning(len(n))
    return float(20 * np.log10(np.abs((sound[8_000 : 8_000 + len(n)] * turn).sum())))


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.0), (-0.5, 1.0), (3.7, -2.2), (12.0, -1.0)])
def test_two_notes_on_two_channels_are_bent_apart(heard: Any, low: float, high: float) -> None:
    sound = heard(
        {"type": "touch", "channel": 1, "gesture": {"semitones": low}},
        {"type": "touch", "channel": 2, "gesture": {"semitones": high}},
        {"type": "touch", "channel": 3, "gesture": {"semitones": 5.0}},
    )
    for note, bent in ((LOW, low), (HIGH, high)):
        wanted_hz = float(note_to_hz(note + bent))
        assert abs(cents(pitch_near(sound, wanted_hz), wanted_hz)) < 2, note


def test_a_bend_of_all_is_beside_those_of_channels(heard: Any) -> None:
    sound = heard(
        {"type": "bend", "semitones": 0.5},
        {"type": "touch", "channel": 2, "gesture": {"semitones": 1.25}},
    )
    for note, bent in ((LOW, 0.5), (HIGH, 1.75)):
        wanted_hz = float(note_to_hz(note + bent))
        assert abs(cents(pitch_near(sound, wanted_hz), wanted_hz)) < 2, note


@pytest.mark.parametrize("note", [60.0, 67.0])
def test_noise_without_a_pitch_is_not_bent_however_far_it_is_moved(
    tmp_path: Path, note: float
) -> None:
    path = tmp_path / "kit.messina"
    make_instrument(KIT, takes_db=0.0).save(path)
    hat = [{"label": "hihat closed", "note": note, "velocity": 60, "channel": 1}]
    bend = {"type": "touch", "channel": 1, "gesture": {"semitones": 5.0}}
    still, bent = played(path, hat, []), played(path, hat, [bend])
    # Its oscillators are 80 dB down, and are bent; noise read faster would be another altogether.
    assert np.abs(bent - still).max() < 0.01 * np.abs(still).max()


def test_a_channel_is_made_softer_by_itself(heard: Any) -> None:
    loud, softer = heard(), heard({"type": "touch", "channel": 1, "gesture": {"louder": -12.0}})
    # The octave of LOW is HIGH: what is told apart is the fundamental of each.
    low, third = float(note_to_hz(LOW)), 3 * float(note_to_hz(HIGH))
    assert level_at(softer, low) - level_at(loud, low) == pytest.approx(-12.0, abs=0.1)
    assert level_at(softer, third) == pytest.approx(level_at(loud, third), abs=0.5)
