"""A key of MIDI plays the same label everywhere: drums where General MIDI has them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from conformance.node import answers
from conformance.test_sound_map import reread
from differences import Differs
from export.handmade import KIT, TONES, Label, make_instrument
from messina.export.sample_map import PackConfig, make_sample_map
from messina.instrument import Instrument
from messina.instrument.drum_map import assign_keys, general_midi_keys, is_hi_hat
from messina.play.live_player import LivePlayer

_NAMES = """
    import { generalMidiKeys, isHiHat } from "ENGINE/groove/drums.js";
    const answer = (labels) => [labels.map(generalMidiKeys), labels.map(isHiHat)];
"""

PERCUSSION = (
    "PearlKick", "PearlTom1", "hihat open", "OHH", "low tom", "Tom 3", "floortom", "Ride Bell",
    "lo bongo", "high toms", "ft", "snare rim", "Zap", "pedal hat", "808 cp", "Crash-Left",
    "cymbal",
)  # fmt: skip


def test_drums_are_told_by_the_same_names() -> None:
    keys, hats = answers(_NAMES, list(PERCUSSION))
    assert [tuple(own) for own in keys] == [general_midi_keys(label) for label in PERCUSSION]
    assert hats == [is_hi_hat(label) for label in PERCUSSION]


MANY = tuple(Label(name=name) for name in PERCUSSION)
TWO_SCALES = (Label(name="organ", notes=(48.0, 72.0)), *TONES)
INSTRUMENTS: dict[str, tuple[Label, ...]] = {
    "kit": KIT,
    "percussion": MANY,
    "no drums": tuple(Label(name=name) for name in ("zip", "zap", "zop")),
    "scales": TWO_SCALES,
    "both": (*KIT, *TWO_SCALES),
}

_PLAYED = """
    import { readFile } from "ENGINE/file.js";
    import { makeInstrument } from "ENGINE/instrument.js";
    import { playedBy } from "ENGINE/../sounds/keys.js";
    import { freshSlots } from "ENGINE/../sounds/slots.js";
    import { Midi } from "ENGINE/../midi/midi.js";
    import { MidiPorts } from "ENGINE/../midi/ports.js";
    function answer(data) {
        const bytes = Uint8Array.from(Buffer.from(data, "base64"));
        const instrument = makeInstrument("kit", readFile(bytes.buffer));
        const slots = freshSlots(instrument, null);
        const played = playedBy(instrument, slots);
        const surfaces = {};
        for (const surface of ["pads", "keys"]) {
            const struck = [];
            const state = { surface, slot: 0, slots, midi: { input: "all", learnt: {} } };
            const performer = {
                strike: (slot, { note = slots[slot].note }) =>
                    struck.push([slots[slot].kind, note]),
                strikeLabel: (label, { note }) => struck.push([label, note ?? null]),
                release() {},
            };
            const session = { state };
            const app = { instrument, session, performer, controls: new Map(), wake() {} };
            const midi = new Midi(app, new MidiPorts());
            surfaces[surface] = instrument.keys.map((_, key) => {
                struck.length = 0;
                midi.receive([0x90, key, 100]);
                return struck[0] ?? null;
            });
        }
        return { keys: instrument.keys, surfaces, pitched: instrument.pitched };
    }
"""


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_a_key_plays_the_same_label_everywhere(name: str, tmp_path: Path, differs: Differs) -> None:
    instrument, data = reread(make_instrument(INSTRUMENTS[name]), tmp_path / "it.messina")
    labels, responses = instrument.labels, instrument.manifest.responses
    table = [None if index < 0 else labels[index] for index in instrument.keys]
    drums = {label for label, own in zip(labels, responses, strict=True) if not own.pitched}

    by_hand = {key: label for label, key in assign_keys(sorted(drums, key=labels.index)).items()}
    others = next((response.label for response in responses if response.pitched), None)
    assert table == [by_hand.get(key, others) for key in range(128)]

    page = answers(_PLAYED, data)
    assert page["keys"] == table
    surface = page["surfaces"]["keys" if page["pitched"] else "pads"]
    for key, label in enumerate(table):
        if label is None:  # free: pads that have no key of their own may lie there
            continue
        assert surface[key][0] == label, key
        assert surface[key][1] == (None if label in drums else key), key

    differs("keys", "page", -np.inf)
    live = LivePlayer(instrument)._played
    assert {key: played.label for key, played in live.items()} == {
        key: label for key, label in enumerate(table) if label is not None
    }
    assert all(played.note == (key if played.pitched else None) for key, played in live.items())

    differs("keys", "live", -np.inf)
    for program in make_sample_map(responses, PackConfig(velocities=1, round_robin=1)).programs:
        for zone in program.zones:
            if not program.pitched:
                assert (zone.low, zone.high, table[zone.key]) == (zone.key, zone.key, zone.label)
            elif zone.label == others:  # other scales are programs of their own
                inside = range(zone.low, zone.high + 1)
                assert {table[key] for key in inside} <= {others, *drums}


def test_a_key_plays_the_same_label_in_nn(differs: Differs) -> None:
    pytest.importorskip("torch")
    from messina.export.nn_tilde import NnTilde

    for labels in INSTRUMENTS.values():
        instrument: Instrument = make_instrument(labels)
        model = NnTilde(instrument, seed=0)
        assert np.array_equal(model.label_of_key.numpy(), instrument.keys)
        differs("keys", "nn~", -np.inf)


_PADS = """
    import { playedBy } from "ENGINE/../sounds/keys.js";
    import { roleOf } from "ENGINE/../sounds/roles.js";
    function answer({ labels, keys, pads }) {
        const instrument = { labels: labels.map((name) => ({ name, pitched: false })), keys };
        const slots = pads.map((kind) => ({ kind, note: null }));
        const order = [...labels].sort((a, b) => roleOf(a) - roleOf(b));
        return [[...playedBy(instrument, slots)], order];
    }
"""


def test_a_clip_of_general_midi_plays_its_drums_in_the_page() -> None:
    labels = ["ride", "hat pedal", "Kick", "crash", "snare", "hat closed", "hat open", "zap"]
    pads = ["Kick", "snare", "hat closed", "hat open", "ride", "zap", "snare"]
    table: list[str | None] = [None] * 128
    for label, key in assign_keys(labels).items():
        table[key] = label
    keys, order = answers(_PADS, {"labels": labels, "keys": table, "pads": pads})
    played = {key: what.get("label", pads[what.get("slot", 0)]) for key, what in keys}
    wanted = {36: "Kick", 38: "snare", 42: "hat closed", 46: "hat open", 49: "crash", 51: "ride"}
    assert {key: played[key] for key in wanted} == wanted
    assert played[44] == "hat pedal"
    assert played[88] == "zap"
    assert played[89] == "snare"  # the second pad of that drum
    assert order[:4] == ["Kick", "snare", "hat closed", "hat open"]
