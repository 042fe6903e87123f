"""Presets for Ableton Live, held against the structure of published ones: Live has no command.

Written there: presets are gzipped XML; a Drum Rack's pads answer to 128 minus a key, and each holds
devices of its own; a Sampler's parts have ranges of keys and velocities, loop mode 1 is forward, 3
off; relative path type 3 begins at the project, the folder that holds "Ableton Project Info".
"""

from __future__ import annotations

import gzip
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import soundfile

from export.handmade import KIT, ORGAN, TONES, Label, make_instrument
from export.packing_up import pack_up

PART = [
    "LomId",
    "Name",
    "Selection",
    "IsActive",
    "Solo",
    "KeyRange",
    "VelocityRange",
    "SelectorRange",
    "RootKey",
    "Detune",
    "TuneScale",
    "Panorama",
    "Volume",
    "Link",
    "SampleStart",
    "SampleEnd",
    "SustainLoop",
    "ReleaseLoop",
    "SampleRef",
    "SlicingThreshold",
    "SlicingBeatGrid",
    "SlicingRegions",
    "SlicingStyle",
    "SampleWarpProperties",
    "SlicePoints",
    "ManualSlicePoints",
    "BeatSlicePoints",
    "RegionSlicePoints",
    "UseDynamicBeatSlices",
    "UseDynamicRegionSlices",
]
FILE = [
    "RelativePathType",
    "RelativePath",
    "Path",
    "Type",
    "LivePackName",
    "LivePackId",
    "OriginalFileSize",
    "OriginalCrc",
]
SAMPLER = [
    "Player",
    "Pitch",
    "Filter",
    "Shaper",
    "VolumeAndPan",
    "AuxEnv",
    "Lfo",
    "AuxLfos.0",
    "AuxLfos.1",
    "KeyDst",
    "VelDst",
    "RelVelDst",
    "MidiCtrl.0",
    "MidiCtrl.1",
    "MidiCtrl.2",
    "MidiCtrl.3",
    "MidiCtrl.4",
    "MidiCtrl.5",
    "Globals",
    "ViewSettings",
    "SimplerSlicing",
]


def opened(path: Path) -> ET.Element:
    root = ET.fromstring(gzip.decompress(path.read_bytes()))
    assert (root.tag, root.get("MajorVersion")) == ("Ableton", "5")
    for sampler in root.iter("MultiSampler"):
        tags = [child.tag for child in sampler]
        assert tags[tags.index("Player") :] == SAMPLER
        assert value(sampler, "VolumeAndPan/VolumeVelScale/Manual") == "0"
        parts = sampler.findall("Player/MultiSampleMap/SampleParts/MultiSamplePart")
        assert [part.get("Id") for part in parts] == [str(i) for i in range(len(parts))]
        for part in parts:
            assert [child.tag for child in part] == PART
            assert [child.tag for child in part.findall("SampleRef/FileRef/*")] == FILE
    for parameter in root.iter():
        tags = [child.tag for child in parameter]
        if "Manual" in tags:
            assert tags[:2] == ["LomId", "Manual"]
            assert "AutomationTarget" in tags
    return root


def value(element: ET.Element, path: str) -> str:
    found = element.find(path)
    assert found is not None, path
    return found.get("Value", "")


def parts_for(sampler: ET.Element, key: int, velocity: int) -> list[ET.Element]:
    def within(part: ET.Element, name: str, number: int) -> bool:
        return int(value(part, f"{name}/Min")) <= number <= int(value(part, f"{name}/Max"))

    parts = sampler.iter("MultiSamplePart")
    return [p for p in parts if within(p, "KeyRange", key) and within(p, "VelocityRange", velocity)]


def sound_of(part: ET.Element, preset: Path) -> Path:
    """The file that Live takes: by its path from the project that the preset lies in."""
    reference = "SampleRef/FileRef"
    assert value(part, f"{reference}/RelativePathType") == "3"
    assert (preset.parent / "Ableton Project Info").is_dir()
    path = preset.parent / value(part, f"{reference}/RelativePath")
    assert path.stat().st_size == int(value(part, f"{reference}/OriginalFileSize"))
    return path


@pytest.mark.parametrize("labels", [TONES, ORGAN])
def test_every_key_and_velocity_of_a_sampler_finds_its_alternations(
    labels: tuple[Label, ...], tmp_path: Path
) -> None:
    sample_map = pack_up(make_instrument(labels), tmp_path / "x", "ableton", round_robin=3)
    preset = tmp_path / "x" / "Test.adv"
    (sampler,) = opened(preset)
    assert value(sampler, "Player/MultiSampleMap/RoundRobin") == "true"
    for zone in sample_map.programs[0].zones:
        for key in range(zone.low, zone.high + 1):
            for velocity in (1, 64, 65, 127):
                found = parts_for(sampler, key, velocity)
                assert len({sound_of(part, preset) for part in found}) == len(found) == 3
                assert {value(part, "RootKey") for part in found} == {str(zone.key)}


def test_pads_answer_to_their_keys_with_all_layers_and_hats_choke(tmp_path: Path) -> None:
    sample_map = pack_up(
        make_instrument(KIT), tmp_path / "x", "ableton", velocities=3, round_robin=2
    )
    preset = tmp_path / "x" / "Test.adg"
    pads = opened(preset).findall("GroupDevicePreset/BranchPresets/DrumBranchPreset")
    by_key = {128 - int(value(pad, "ZoneSettings/ReceivingNote")): pad for pad in pads}
    assert set(by_key) == {zone.key for zone in sample_map.programs[0].zones}
    for zone in sample_map.programs[0].zones:
        pad = by_key[zone.key]
        sent = int(value(pad, "ZoneSettings/SendingNote"))
        assert value(pad, "Name") == zone.label
        assert value(pad, "ZoneSettings/ChokeGroup") == str(zone.choke or 0)
        for layer in zone.layers:
            found = parts_for(pad, sent, layer.low)
            assert {value(part, "RootKey") for part in found} == {str(sent)}
            assert [sound_of(part, preset).stem for part in found] == [t.stem for t in layer.takes]


def test_sounds_loop_where_they_sustain_and_end_where_their_files_do(tmp_path: Path) -> None:
    pack_up(make_instrument((*KIT[:1], *ORGAN)), tmp_path / "x", "ableton", rate=48_000)
    for name, mode in (("Test_drums.adg", "0"), ("Test_organ.adv", "1")):
        preset = tmp_path / "x" / name
        for part in opened(preset).iter("MultiSamplePart"):
            info = soundfile.info(sound_of(part, preset))
            assert value(part, "SampleEnd") == str(info.frames)
            assert value(part, "SampleRef/DefaultSampleRate") == "48000"
            assert value(part, "SustainLoop/Mode") == mode
            loop = (value(part, "SustainLoop/Start"), value(part, "SustainLoop/End"))
            assert 0 <= int(loop[0]) < int(loop[1]) <= info.frames


def test_one_sound_a_layer_does_not_alternate_and_no_path_is_of_this_machine(
    tmp_path: Path,
) -> None:
    pack_up(make_instrument(KIT[:2]), tmp_path / "x", "ableton", round_robin=1)
    root = opened(tmp_path / "x" / "Test.adg")
    flags = {flag.get("Value") for flag in root.iter("RoundRobin")}
    assert flags == {"false"}
    assert str(tmp_path) not in ET.tostring(root, encoding="unicode")
