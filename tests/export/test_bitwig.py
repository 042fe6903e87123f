"""Bitwig multisamples, held against the description of the format: Bitwig has no command.

Ref: Bitwig and PreSonus, ".multisample"; the tables below are the elements of its schema, in order.
"""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import pytest
import soundfile

from export.handmade import KIT, ORGAN, TONES, Label, make_instrument
from export.packing_up import pack_up

RANGE = {"low", "high", "low-fade", "high-fade"}
CHILDREN = {
    "key": RANGE | {"root", "track", "tune"},
    "velocity": RANGE,
    "select": RANGE,
    "loop": {"mode", "start", "stop", "fade"},
}
SAMPLE = {"file", "sample-start", "sample-stop", "gain", "group", "reverse", "zone-logic"}
ROOT = ["generator", "category", "creator", "description", "keywords"]


def opened(path: Path) -> tuple[list[ET.Element], zipfile.ZipFile]:
    """The samples of a multisample, whose document is as the schema has it, and its zip."""
    archive = zipfile.ZipFile(path)
    assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
    root = ET.fromstring(archive.read("multisample.xml"))
    assert (root.tag, set(root.attrib)) == ("multisample", {"name"})
    groups = [child for child in root if child.tag == "group"]
    samples = [child for child in root if child.tag == "sample"]
    assert [child.tag for child in root] == [
        *ROOT,
        *["group"] * len(groups),
        *["sample"] * len(samples),
    ]
    for sample in samples:
        assert set(sample.attrib) <= SAMPLE
        assert 0 <= int(sample.get("group", "")) < len(groups)
        assert [child.tag for child in sample] == list(CHILDREN)
        for child in sample:
            assert set(child.attrib) <= CHILDREN[child.tag]
    return samples, archive


def answering(samples: list[ET.Element], key: int, velocity: int) -> list[ET.Element]:
    def within(sample: ET.Element, name: str, value: int) -> bool:
        part = sample.find(name)
        assert part is not None
        return int(part.get("low", "")) <= value <= int(part.get("high", ""))

    return [s for s in samples if within(s, "key", key) and within(s, "velocity", velocity)]


@pytest.mark.parametrize("labels", [KIT, TONES, ORGAN])
def test_every_key_and_velocity_finds_its_alternations_and_their_sounds(
    labels: tuple[Label, ...], tmp_path: Path
) -> None:
    sample_map = pack_up(make_instrument(labels), tmp_path / "x", "bitwig", round_robin=3)
    samples, archive = opened(tmp_path / "x" / "Test.multisample")
    (program,) = sample_map.programs
    for zone in program.zones:
        for key in range(zone.low, zone.high + 1):
            for velocity in (1, 64, 65, 127):
                found = answering(samples, key, velocity)
                assert len(found) == 3
                assert {sample.get("zone-logic") for sample in found} == {"round-robin"}
                assert {sample.find("key").get("root") for sample in found} == {str(zone.key)}
                for sample in found:
                    data = archive.read(sample.get("file", ""))
                    frames = soundfile.info(io.BytesIO(data)).frames
                    assert float(sample.get("sample-stop", "")) == frames


def test_what_does_not_alternate_always_plays(tmp_path: Path) -> None:
    pack_up(make_instrument(KIT[:1]), tmp_path / "x", "bitwig", round_robin=1)
    samples, _ = opened(tmp_path / "x" / "Test.multisample")
    assert {sample.get("zone-logic") for sample in samples} == {"always-play"}


def test_what_sustains_loops_up_to_the_sample_behind_the_loop(tmp_path: Path) -> None:
    pack_up(make_instrument((*KIT[:1], *ORGAN)), tmp_path / "x", "bitwig")
    held, archive = opened(tmp_path / "x" / "Test_organ.multisample")
    for sample in held:
        loop = sample.find("loop")
        audio, _ = soundfile.read(io.BytesIO(archive.read(sample.get("file", ""))))
        first, stop = float(loop.get("start", "")), float(loop.get("stop", ""))
        assert loop.get("mode") == "loop"
        assert 0 < first < stop < len(audio)
        # What is behind the loop is what it begins with.
        again = audio[int(first) : int(first) + 60]
        assert audio[int(stop) : int(stop) + 60] == pytest.approx(again, abs=1e-6)
    drums, _ = opened(tmp_path / "x" / "Test_drums.multisample")
    assert {sample.find("loop").get("mode") for sample in drums} == {"off"}


def test_the_sounds_are_within_and_nothing_is_beside(tmp_path: Path) -> None:
    pack_up(make_instrument(KIT), tmp_path / "x", "bitwig", velocities=1)
    made = sorted(path.name for path in (tmp_path / "x").rglob("*"))
    assert made == ["Test.multisample", "messina.json"]
