"""Hydrogen kits: against the schema, and heard through Hydrogen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from export.handmade import KIT, TONES, Label, make_instrument
from export.hydrogen_host import SCHEMA, TICKS_PER_S, Hit, Hydrogen, find_hydrogen, unpacked
from export.packing_up import pack_up
from messina.errors import ControlError
from messina.export.sample_map import Layer, SampleMap

needs_hydrogen = pytest.mark.skipif(find_hydrogen() is None, reason="no h2cli here")
needs_schema = pytest.mark.skipif(not SCHEMA.is_file(), reason="no drumkit.xsd here")

RATE = 44_100


@needs_schema
@pytest.mark.parametrize(("velocities", "round_robin"), [(1, 1), (4, 6), (3, 14), (16, 1)])
def test_kits_are_valid_and_no_component_has_more_layers_than_hydrogen_takes(
    velocities: int, round_robin: int, tmp_path: Path
) -> None:
    etree = pytest.importorskip("lxml.etree")
    labels = (Label(name="Kick <&> 🥁" + "x" * 300),)
    out = tmp_path / "kit.h2drumkit"
    numbers = {"velocities": velocities, "round_robin": round_robin}
    pack_up(make_instrument(labels), out, "hydrogen", name="Kit: <1>", **numbers)
    folder = unpacked(out, tmp_path / "unpacked")
    tree = etree.parse(folder / "drumkit.xml")
    etree.XMLSchema(etree.parse(SCHEMA)).assertValid(tree)
    space = {"h2": "http://www.hydrogen-music.org/drumkit"}
    components = tree.findall(".//h2:instrumentComponent", space)
    sounding = set()
    for component in components:
        files = [layer.findtext("h2:filename", None, space) for layer in component[2:]]
        assert len(files) <= 16
        assert all((folder / file).is_file() for file in files)
        sounding |= set(files) - {"silence.wav"}
    assert len(sounding) == velocities * round_robin


@pytest.fixture
def hydrogen(tmp_path: Path) -> Hydrogen:
    return Hydrogen(tmp_path / "home")


@needs_hydrogen
@pytest.mark.parametrize(("velocities", "round_robin"), [(2, 3), (4, 6)])
def test_hydrogen_installs_the_kit_and_plays_layers_and_alternations_in_turn(
    velocities: int, round_robin: int, hydrogen: Hydrogen, tmp_path: Path
) -> None:
    out = tmp_path / "kit.h2drumkit"
    numbers = {"velocities": velocities, "round_robin": round_robin}
    sample_map = pack_up(make_instrument(KIT[:2]), out, "hydrogen", name="My Kit 🥁", **numbers)
    assert "is valid" in hydrogen.run("-c", str(out))
    hydrogen.run("-i", str(out))
    kit = hydrogen.home / ".hydrogen" / "data" / "drumkits" / "My_Kit"
    layers = sample_map.programs[0].zones[1].layers
    turns = [layer for _ in range(round_robin) for layer in layers]
    hits = [Hit(n * 3 * TICKS_PER_S, 1, layer.velocity / 127) for n, layer in enumerate(turns)]
    audio = hydrogen.play(kit, hits)
    heard = {layer.low: set[str]() for layer in layers}
    for n, layer in enumerate(turns):
        heard[layer.low].add(_take_heard(audio[n * 3 * RATE :], kit, layer))
    assert all(len(takes) == round_robin for takes in heard.values())


def _take_heard(audio: np.ndarray, kit: Path, layer: Layer) -> str:
    """The take that was played, at its own level, to the steps of 16 bits."""
    errors = {}
    for take in layer.takes:
        sample, _ = soundfile.read(kit / f"{take.stem}.wav", dtype="float32")
        errors[take.stem] = np.abs(audio[:4410] - sample[:4410]).max() / np.abs(sample).max()
    best = min(errors, key=lambda stem: errors[stem])
    assert errors[best] < 0.01, errors
    return best


@needs_hydrogen
def test_in_hydrogen_a_closed_hat_cuts_off_an_open_one(hydrogen: Hydrogen, tmp_path: Path) -> None:
    out = tmp_path / "kit.h2drumkit"
    sample_map = pack_up(make_instrument(KIT), out, "hydrogen", velocities=1, round_robin=1)
    kit = unpacked(out, tmp_path / "unpacked")
    index = {zone.label: i for i, zone in enumerate(sample_map.programs[0].zones)}
    hits = {
        name: Hit(at, index[name], 0.8)
        for name, at in (("hihat open", 0), ("hihat closed", 24), ("kick", 24))
    }

    def left_of_open(other: str) -> float:
        both = hydrogen.play(kit, [hits["hihat open"], hits[other]])
        alone = hydrogen.play(kit, [hits[other]])
        after = slice(int(0.4 * RATE), int(0.6 * RATE))  # 150 ms after the second hit
        return float(np.sqrt(np.square(both[after] - alone[after]).mean()))

    assert left_of_open("hihat closed") < 0.02 * left_of_open("kick")


def test_pitched_labels_of_a_kit_become_one_pad_at_their_middle_note(tmp_path: Path) -> None:
    sample_map = _sample_map((*KIT, *TONES), tmp_path)
    assert [zone.label for zone in sample_map.programs[0].zones][-1] == "chime"
    (take,) = {t.note for t in sample_map.takes() if t.label == "chime"}
    assert take == 64
    keys = [zone.key for zone in sample_map.programs[0].zones]
    assert len(set(keys)) == len(keys)


def _sample_map(labels: tuple[Label, ...], tmp_path: Path) -> SampleMap:
    return pack_up(make_instrument(labels), tmp_path / "k.h2drumkit", "hydrogen", round_robin=1)


def test_an_instrument_of_notes_only_is_refused_with_what_would_do(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="`format='sfz'` and `format='decent'` make instruments"):
        _sample_map(TONES, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_more_alternations_than_hydrogen_plays_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="between 14 sounds at most, not 15"):
        pack_up(make_instrument(KIT), tmp_path / "k.h2drumkit", "hydrogen", round_robin=15)
