"""Drums lie on the same keys in both players, and on those that General MIDI has them on."""

from __future__ import annotations

from conformance.node import answers
from messina.instrument.drum_map import assign_keys, general_midi_keys, is_hi_hat

_KEYS = """
    import { assignKeys, generalMidiKeys, isHiHat } from "ENGINE/groove/drums.js";
    function answer(kits) {
        return kits.map((labels) => [
            [...assignKeys(labels)], labels.map(generalMidiKeys), labels.map(isHiHat),
        ]);
    }
"""

PERCUSSION = (
    "PearlKick", "PearlTom1", "hihat open", "OHH", "low tom", "Tom 3", "floortom", "Ride Bell",
    "lo bongo", "high toms", "ft", "snare rim", "Zap", "pedal hat", "808 cp", "Crash-Left",
    "cymbal",
)  # fmt: skip
KITS: dict[str, tuple[str, ...]] = {
    "percussion": PERCUSSION,
    "of one kind": ("kick a", "kick b", "snare a", "snare b", "kick c", "zap"),
    "no drums": ("zip", "zap", "zop"),
    "many": tuple(f"sound {i}" for i in range(120)) + PERCUSSION[:8],
}


def test_labels_lie_on_the_same_keys() -> None:
    got = answers(_KEYS, [list(kit) for kit in KITS.values()])
    for (name, kit), (keys, drums, hats) in zip(KITS.items(), got, strict=True):
        assert dict(keys) == assign_keys(kit), name
        assert [key for _, key in keys] == list(assign_keys(kit).values()), name
        assert [tuple(own) for own in drums] == [general_midi_keys(label) for label in kit]
        assert hats == [is_hi_hat(label) for label in kit]


_PADS = """
    import { playedBy } from "ENGINE/../sounds/keys.js";
    import { roleOf } from "ENGINE/../sounds/roles.js";
    function answer({ labels, pads }) {
        const instrument = { labels: labels.map((name) => ({ name, pitched: false })) };
        const slots = pads.map((kind) => ({ kind, note: null }));
        const order = [...labels].sort((a, b) => roleOf(a) - roleOf(b));
        return [[...playedBy(instrument, slots)], order];
    }
"""


def test_a_clip_of_general_midi_plays_its_drums_in_the_page() -> None:
    labels = ["ride", "hat pedal", "Kick", "crash", "snare", "hat closed", "hat open", "zap"]
    pads = ["Kick", "snare", "hat closed", "hat open", "ride", "zap", "snare"]
    keys, order = answers(_PADS, {"labels": labels, "pads": pads})
    played = {key: what.get("label", pads[what.get("slot", 0)]) for key, what in keys}
    wanted = {36: "Kick", 38: "snare", 42: "hat closed", 46: "hat open", 49: "crash", 51: "ride"}
    assert {key: played[key] for key in wanted} == wanted
    assert played[44] == "hat pedal"
    assert played[88] == "zap"
    assert played[89] == "snare"  # the second pad of that drum
    assert order[:4] == ["Kick", "snare", "hat closed", "hat open"]
