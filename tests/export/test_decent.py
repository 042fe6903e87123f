"""DecentSampler presets, held against the documented structure: the program itself has no command.

Ref: DecentSampler Developers Guide, "The <groups> element"; the tables below are its attributes.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
import soundfile

from export.handmade import KIT, ORGAN, TONES, Label, make_instrument
from export.packing_up import pack_up

ENVELOPE = {"attack", "decay", "sustain", "release", "releaseCurve"}
ROUND_ROBIN = {"seqMode", "seqLength", "seqPosition"}
GROUPS = {"volume", "globalTuning"} | ENVELOPE | ROUND_ROBIN
GROUP = {"enabled", "volume", "ampVelTrack", "groupTuning"} | ENVELOPE | ROUND_ROBIN
SAMPLE = (
    {"path", "rootNote", "loNote", "hiNote", "loVel", "hiVel", "start", "end", "tuning", "volume"}
    | {"pan", "pitchKeyTrack", "trigger", "tags", "playbackMode"}
    | {"loopStart", "loopEnd", "loopCrossfade", "loopCrossfadeMode", "loopEnabled"}
    | {"silencedByTags", "silencingMode", "silencingDecay"}
    | ENVELOPE
    | ROUND_ROBIN
)


def preset(folder: Path, stem: str = "Test") -> ET.Element:
    root = ET.parse(folder / f"{stem}.dspreset").getroot()
    assert root.tag == "DecentSampler"
    (groups,) = root.findall("groups")
    assert set(groups.attrib) <= GROUPS
    for group in groups:
        assert group.tag == "group"
        assert set(group.attrib) <= GROUP
        for sample in group:
            assert sample.tag == "sample"
            assert set(sample.attrib) <= SAMPLE
    return groups


@pytest.mark.parametrize("labels", [KIT, TONES, ORGAN])
def test_every_key_and_velocity_finds_its_alternations_and_their_files(
    labels: tuple[Label, ...], tmp_path: Path
) -> None:
    sample_map = pack_up(make_instrument(labels), tmp_path / "x", "decent", round_robin=3)
    groups = preset(tmp_path / "x")
    for program in sample_map.programs:
        for zone in program.zones:
            for key in range(zone.low, zone.high + 1):
                for velocity in (1, 64, 65, 127):
                    found = [s for g in groups for s in g if _answers(s, key, velocity)]
                    assert [s.get("seqPosition") for s in found] == ["1", "2", "3"]
                    assert {s.get("rootNote") for s in found} == {str(zone.key)}
                    for sample in found:
                        assert (tmp_path / "x" / sample.get("path", "")).is_file()


def _answers(sample: ET.Element, key: int, velocity: int) -> bool:
    low, high, soft, loud = (
        int(sample.get(name, "")) for name in ("loNote", "hiNote", "loVel", "hiVel")
    )
    return low <= key <= high and soft <= velocity <= loud


def test_levels_are_those_of_the_files_and_alternations_have_their_mode(tmp_path: Path) -> None:
    pack_up(make_instrument(KIT), tmp_path / "x", "decent", round_robin=3)
    for group in preset(tmp_path / "x"):
        assert group.get("ampVelTrack") == "0"
        assert group.get("seqMode") == "round_robin"
        assert group.get("seqLength") == "3"
        assert not any("volume" in sample.attrib for sample in group)


def test_a_single_alternation_needs_no_mode(tmp_path: Path) -> None:
    pack_up(make_instrument(KIT), tmp_path / "x", "decent", round_robin=1)
    assert not any("seqMode" in group.attrib for group in preset(tmp_path / "x"))


def test_hi_hats_silence_each_other_and_nothing_else_does(tmp_path: Path) -> None:
    pack_up(make_instrument(KIT), tmp_path / "x", "decent")
    for group in preset(tmp_path / "x"):
        for sample in group:
            hat = sample.get("rootNote") in ("42", "46")
            assert (sample.get("silencedByTags") is not None) == hat
            assert sample.get("silencedByTags") == sample.get("tags")


def test_a_drum_is_not_cut_by_the_key(tmp_path: Path) -> None:
    pack_up(make_instrument(KIT), tmp_path / "rings", "decent")
    for group in preset(tmp_path / "rings"):
        for sample in group:
            info = soundfile.info(tmp_path / "rings" / sample.get("path", ""))
            assert sample.get("loopEnabled") == "false"
            assert sample.get("releaseCurve") == "0"
            # Linear from the key's release on: at the file's end it has cost half a dB at most.
            lost_db = 20 * np.log10(1 - info.duration / float(sample.get("release", "0")))
            assert lost_db > -0.5


def test_a_note_ends_with_its_key_and_is_looped_where_it_sustains(tmp_path: Path) -> None:
    pack_up(make_instrument(TONES), tmp_path / "rings", "decent")
    groups = preset(tmp_path / "rings")
    assert float(groups.get("release", "")) < 1
    for group in groups:
        for sample in group:
            assert "release" not in sample.attrib
            assert sample.get("loopEnabled") == "false"
    pack_up(make_instrument(ORGAN, takes_db=0.1), tmp_path / "sustains", "decent")
    for group in preset(tmp_path / "sustains"):
        for sample in group:
            info = soundfile.info(tmp_path / "sustains" / sample.get("path", ""))
            first, last = int(sample.get("loopStart", "")), int(sample.get("loopEnd", ""))
            assert sample.get("loopEnabled") == "true"
            assert 0 < first < last < info.frames
            assert "release" not in sample.attrib


@pytest.mark.parametrize(
    ("labels", "knobs"),
    [(TONES, ["Attack", "Release", "Tone", "Room"]), (KIT, ["Tone", "Room"])],
)
def test_the_panel_has_knobs_that_move_what_is_there_and_change_nothing_at_first(
    labels: tuple[Label, ...], knobs: list[str], tmp_path: Path
) -> None:
    pack_up(make_instrument(labels), tmp_path / "x", "decent")
    root = ET.parse(tmp_path / "x" / "Test.dspreset").getroot()
    assert [part.tag for part in root] == ["ui", "groups", "effects"]
    panel = {knob.get("label", ""): knob for knob in root.iter("labeled-knob")}
    assert list(panel) == knobs
    groups, effects = root[1], list(root[2])
    for label, knob in panel.items():
        (binding,) = knob
        value = float(knob.get("value", ""))
        assert float(knob.get("minValue", "")) <= value <= float(knob.get("maxValue", ""))
        parameter = binding.get("parameter", "")
        if binding.get("type") == "amp":
            own = groups.get(parameter.removeprefix("ENV_").lower(), "")
            assert value == float(own), label
            continue
        effect = effects[int(binding.get("position", ""))]
        if parameter == "FX_FILTER_FREQUENCY":
            table = dict(row.split(",") for row in binding.get("translationTable", "").split(";"))
            assert effect.get("frequency") == table[f"{value:g}"] == "22000"
        else:
            assert parameter == "FX_REVERB_WET_LEVEL"
            assert float(effect.get("wetLevel", "")) == value == 0.0


def test_odd_names_stay_well_formed(tmp_path: Path) -> None:
    name = "Kit <&\"'--> 🥁 \x07"
    pack_up(make_instrument(KIT), tmp_path / "x", "decent", name=name)
    (file,) = (tmp_path / "x").glob("*.dspreset")
    preset(tmp_path / "x", file.stem)
