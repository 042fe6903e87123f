"""MPC programs, held against the structure of published ones: an MPC has no command.

What is written of it below: layers tile velocities from 0 to 127, the hardest first; pads and
instruments are numbered from 1; a drum program has all 128 of them; a root note is one above
MIDI's; what a layer plays ends at SliceEnd, in samples; names have neither folder nor ending.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import soundfile

from export.handmade import KIT, ORGAN, TONES, make_instrument
from export.packing_up import pack_up
from messina.errors import ControlError

Facts = dict[str, str]


def opened(path: Path) -> ET.Element:
    root = ET.parse(path).getroot()
    assert root.tag == "MPCVObject"
    assert root.findtext("Version/File_Version") == "2.1"
    (program,) = root.findall("Program")
    return program


def facts_of(element: ET.Element) -> Facts:
    return {child.tag: child.text or "" for child in element if len(child) == 0}


def filled(instrument: ET.Element) -> list[Facts]:
    layers = [facts_of(layer) for layer in instrument.findall("Layers/Layer")]
    return [layer for layer in layers if layer["SampleName"]]


def instruments_of(program: ET.Element) -> list[ET.Element]:
    found = program.findall("Instruments/Instrument")
    assert [each.get("number") for each in found] == [str(i + 1) for i in range(len(found))]
    return found


def test_each_drum_has_a_pad_that_answers_to_its_key_and_plays_to_the_end(tmp_path: Path) -> None:
    sample_map = pack_up(make_instrument(KIT), tmp_path / "x", "mpc", velocities=4)
    program = opened(tmp_path / "x" / "Test.xpm")
    pads = instruments_of(program)
    keys = [int(note.findtext("Note") or -1) for note in program.findall("PadNoteMap/PadNote")]
    assert program.get("type") == "Drum"
    assert len(pads) == 128
    assert sorted(keys) == list(range(128))
    by_key = dict(zip(keys, pads, strict=True))
    for zone in sample_map.programs[0].zones:
        facts = facts_of(by_key.pop(zone.key))
        assert (facts["TriggerMode"], facts["OneShot"]) == ("0", "True")
        assert facts["MuteGroup"] == str(zone.choke or 0)
        assert float(facts["VelocitySensitivity"]) == 0
    assert not any(filled(pad) for pad in by_key.values())


@pytest.mark.parametrize(("velocities", "slots"), [(1, 4), (4, 4), (5, 8), (8, 8)])
def test_layers_tile_all_velocities_the_hardest_first(
    velocities: int, slots: int, tmp_path: Path
) -> None:
    pack_up(make_instrument(KIT[:1]), tmp_path / "x", "mpc", velocities=velocities, round_robin=2)
    pad = instruments_of(opened(tmp_path / "x" / "Test.xpm"))[0]
    assert len(pad.findall("Layers/Layer")) == slots
    layers = filled(pad)
    assert len(layers) == velocities
    played = [v for x in layers[::-1] for v in range(int(x["VelStart"]), int(x["VelEnd"]) + 1)]
    assert played == list(range(128))
    assert [facts_of(pad)["ZonePlay"]] == ["1"]


def test_keygroups_are_the_zones_in_tune_and_loop_what_sustains(tmp_path: Path) -> None:
    sample_map = pack_up(make_instrument((*TONES, *ORGAN)), tmp_path / "x", "mpc")
    for program, loops in zip(sample_map.programs, ("0", "1"), strict=True):
        written = opened(tmp_path / "x" / f"Test_{program.name}.xpm")
        groups = instruments_of(written)
        assert written.get("type") == "Keygroup"
        assert written.findtext("KeygroupNumKeygroups") == str(len(program.zones))
        for zone, group in zip(program.zones, groups, strict=True):
            facts = facts_of(group)
            assert (int(facts["LowNote"]), int(facts["HighNote"])) == (zone.low, zone.high)
            assert facts["TriggerMode"] == "2"
            for layer in filled(group):
                audio = soundfile.info(tmp_path / "x" / f"{layer['SampleName']}.wav")
                assert int(layer["RootNote"]) == zone.key + 1
                assert layer["SliceLoop"] == loops
                assert 0 <= int(layer["SliceLoopStart"]) < int(layer["SliceEnd"]) <= audio.frames


def test_more_layers_than_an_mpc_has_are_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="8 velocity layers at most, not 9: ask for fewer"):
        pack_up(make_instrument(KIT), tmp_path / "x", "mpc", velocities=9)
    assert list(tmp_path.iterdir()) == []
