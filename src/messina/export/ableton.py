"""Presets for Ableton Live 12: a Drum Rack of the drums, a Sampler of each pitched label.

The folder is a Live project, so that presets find their sounds by paths that begin at the project
(relative path type 3): it can lie anywhere, and holds a folder "Ableton Project Info". Each pad
has a Sampler of its own with all its layers; layers of one velocity alternate by Live 12's round
robin. Levels are in the sounds, so velocity changes none. Sampler has no one-shots, so drums have a
release of a minute, which ends long after them.
"""

from __future__ import annotations

import gzip
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from messina.export.ableton_devices import (
    DRUM_BRANCH,
    DRUM_RACK,
    MIXER,
    SAMPLER,
    elements,
    with_values,
)
from messina.export.sample_map import Layer, Program, Take, Zone
from messina.export.sampler import RELEASE_S, Pack, Sample, program_files
from messina.text import printable

__all__ = ["SOUNDS", "named_in_presets", "write_presets"]

SOUNDS: Final = Path("Samples", "Imported")
"""Where a Live project keeps what was brought into it."""

_PROJECT: Final = "Ableton Project Info"
_PROJECT_NOTE: Final = (
    "This folder makes the one above it a project of Ableton Live: its presets find their sounds\n"
    "in Samples/Imported by that. Keep all of it together.\n"
)
_VERSION: Final = {
    "MajorVersion": "5",
    "MinorVersion": "12.0_12120",
    "SchemaChangeCount": "2",
    "Creator": "Ableton Live 12.1.5",
    "Revision": "",
}
"""The format the presets are in: that of Live 12.1."""
_PROTECTION: Final = "3073"
_IN_PROJECT, _BUILT_IN = "3", "7"  # relative path types
_BUILT_INS: Final = {
    "MultiSampler": "Devices/Instruments/Sampler",
    "DrumGroupDevice": "Devices/Instruments/Drum Rack",
}
_PAD_NOTE: Final = 60
_ONE_SHOT_RELEASE_MS: Final = 60_000
_FORWARD, _OFF = 1, 3  # loop modes


def write_presets(pack: Pack, folder: Path) -> None:
    """The .adg and .adv files of a pack whose sounds lie in folder/SOUNDS."""
    (folder / _PROJECT).mkdir()
    (folder / _PROJECT / "README.txt").write_text(_PROJECT_NOTE, encoding="utf-8", newline="\n")
    for program, stem in program_files(pack):
        root = ET.Element("Ableton", _VERSION)
        if program.pitched:
            root.append(_sampler(pack, program.zones, pack.title(program), pitched=True))
        else:
            root.append(_drum_rack(pack, program))
        ET.indent(root, "\t")
        document = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
        ending = ".adv" if program.pitched else ".adg"
        (folder / f"{stem}{ending}").write_bytes(gzip.compress(document, mtime=0))


def named_in_presets(folder: Path) -> set[str]:
    """The sounds that the presets of a folder name."""
    named: set[str] = set()
    for path in (*folder.glob("*.adg"), *folder.glob("*.adv")):
        root = ET.fromstring(gzip.decompress(path.read_bytes()))  # noqa: S314 - our own
        references = (part.find("SampleRef/FileRef/RelativePath") for part in _parts_of(root))
        named |= {"" if each is None else each.get("Value", "") for each in references}
    return named


def _parts_of(root: ET.Element) -> Iterator[ET.Element]:
    return root.iter("MultiSamplePart")


def _drum_rack(pack: Pack, program: Program) -> ET.Element:
    preset = ET.Element("GroupDevicePreset")
    ET.SubElement(preset, "OverwriteProtectionNumber", Value=_PROTECTION)
    names = {"UserName": pack.title(program), "Annotation": pack.origin}
    ET.SubElement(preset, "Device").append(with_values(elements(DRUM_RACK), names))
    _add_preset_reference(preset, "DrumGroupDevice")
    branches = ET.SubElement(preset, "BranchPresets")
    for number, zone in enumerate(program.zones):
        branches.append(_pad(pack, zone, number))
    ET.SubElement(preset, "ReturnBranchPresets")
    return preset


def _pad(pack: Pack, zone: Zone, number: int) -> ET.Element:
    name = printable(zone.label)
    values = {
        "Name": name,
        "ZoneSettings/ReceivingNote": 128 - zone.key,
        "ZoneSettings/SendingNote": _PAD_NOTE,
        "ZoneSettings/ChokeGroup": zone.choke or 0,
    }
    branch = with_values(elements(DRUM_BRANCH), values)
    branch.set("Id", str(number))
    for place, device in (
        ("DevicePresets", _sampler(pack, (zone,), name, pitched=False)),
        ("MixerPreset", elements(MIXER)),
    ):
        parent = branch.find(place)
        assert parent is not None
        parent.append(_device_preset(device))
    return branch


def _device_preset(device: ET.Element) -> ET.Element:
    device.set("Id", "0")
    preset = ET.Element("AbletonDevicePreset", Id="0")
    ET.SubElement(preset, "OverwriteProtectionNumber", Value=_PROTECTION)
    ET.SubElement(preset, "Device").append(device)
    _add_preset_reference(preset, device.tag)
    return preset


def _add_preset_reference(preset: ET.Element, device: str) -> None:
    """Where a preset is from: the device as it comes."""
    reference = ET.SubElement(ET.SubElement(preset, "PresetRef"), "AbletonDefaultPresetRef", Id="0")
    path = _BUILT_INS.get(device, "")
    _add_file(reference, path, kind=_BUILT_IN if path else "0", type_="2", size=0)
    ET.SubElement(reference, "DeviceId", Name=device)


def _sampler(pack: Pack, zones: tuple[Zone, ...], name: str, *, pitched: bool) -> ET.Element:
    alternates = any(len(layer.takes) > 1 for zone in zones for layer in zone.layers)
    release_ms = round(1000 * RELEASE_S) if pitched else _ONE_SHOT_RELEASE_MS
    envelope = "VolumeAndPan/Envelope"
    values = {
        "UserName": name,
        "Annotation": pack.origin,
        "Player/MultiSampleMap/RoundRobin": str(alternates).lower(),
        f"{envelope}/ReleaseTime": release_ms,
        f"{envelope}/ReleaseSlope": 1 if pitched else 0,  # even, so that a drum hardly fades
    }
    device = with_values(elements(SAMPLER), values)
    parts = device.find("Player/MultiSampleMap/SampleParts")
    assert parts is not None
    for zone in zones:
        for layer, take in zone.takes():
            parts.append(_part(len(parts), zone, layer, take, pack.rendered))
    return device


def _part(
    number: int, zone: Zone, layer: Layer, take: Take, rendered: Mapping[str, Sample]
) -> ET.Element:
    """A sound on its keys and velocities; on a pad all keys are the one that the pad sends."""
    sample = rendered[take.stem]
    flags = {"HasImportedSlicePoints": "false", "NeedsAnalysisData": "true"}
    part = ET.Element("MultiSamplePart", {"Id": str(number), **flags})
    values = {"LomId": 0, "Name": take.stem, "Selection": "false", "IsActive": "true"}
    _add_values(part, {**values, "Solo": "false"})
    _add_range(part, "KeyRange", *((zone.low, zone.high) if zone.pitched else (0, 127)))
    _add_range(part, "VelocityRange", layer.low, layer.high)
    _add_range(part, "SelectorRange", 0, 127)
    root = {"RootKey": zone.key if zone.pitched else _PAD_NOTE, "Detune": 0, "TuneScale": 100}
    _add_values(part, {**root, "Panorama": 0, "Volume": 1, "Link": "false"})
    _add_values(part, {"SampleStart": 0, "SampleEnd": sample.samples})
    if sample.loop is None:
        _add_loop(part, "SustainLoop", 0, sample.samples, 0)
    else:
        _add_loop(part, "SustainLoop", sample.loop.first, sample.loop.last + 1, _FORWARD)
    _add_loop(part, "ReleaseLoop", 0, sample.samples, _OFF)
    reference = ET.SubElement(part, "SampleRef")
    size = sample.path.stat().st_size
    path = (SOUNDS / f"{take.stem}.wav").as_posix()
    _add_file(reference, path, kind=_IN_PROJECT, type_="1", size=size)
    ET.SubElement(reference, "LastModDate", Value="0")
    ET.SubElement(reference, "SourceContext")
    rate = round(sample.samples / sample.seconds)
    facts = {"SampleUsageHint": 0, "DefaultDuration": sample.samples, "DefaultSampleRate": rate}
    _add_values(reference, facts)
    slicing = {"SlicingThreshold": 100, "SlicingBeatGrid": 4, "SlicingRegions": 8}
    _add_values(part, {**slicing, "SlicingStyle": 0})
    part.append(elements(_WARP))
    for name in ("SlicePoints", "ManualSlicePoints", "BeatSlicePoints", "RegionSlicePoints"):
        ET.SubElement(part, name)
    _add_values(part, {"UseDynamicBeatSlices": "true", "UseDynamicRegionSlices": "true"})
    return part


_WARP: Final = """
SampleWarpProperties
 WarpMarkers
 WarpMode = 0
 GranularityTones = 30
 GranularityTexture = 65
 FluctuationTexture = 25
 ComplexProFormants = 100
 ComplexProEnvelope = 128
 TransientResolution = 6
 TransientLoopMode = 2
 TransientEnvelope = 100
 IsWarped = false
 Onsets
  UserOnsets
  HasUserOnsets = false
 TimeSignature
  TimeSignatures
   RemoteableTimeSignature Id=0
    Numerator = 4
    Denominator = 4
    Time = 0
 BeatGrid
  FixedNumerator = 1
  FixedDenominator = 16
  GridIntervalPixel = 20
  Ntoles = 2
  SnapToGrid = true
  Fixed = false
"""


def _add_values(parent: ET.Element, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        ET.SubElement(parent, name, Value=str(value))


def _add_range(parent: ET.Element, name: str, low: int, high: int) -> None:
    """A range without crossfades."""
    ends = {"Min": low, "Max": high, "CrossfadeMin": low, "CrossfadeMax": high}
    _add_values(ET.SubElement(parent, name), ends)


def _add_loop(parent: ET.Element, name: str, start: int, end: int, mode: int) -> None:
    values = {"Start": start, "End": end, "Mode": mode, "Crossfade": 0, "Detune": 0}
    _add_values(ET.SubElement(parent, name), values)


def _add_file(parent: ET.Element, path: str, *, kind: str, type_: str, size: int) -> None:
    values = {
        "RelativePathType": kind,
        "RelativePath": path,
        "Path": path,
        "Type": type_,
        "LivePackName": "",
        "LivePackId": "",
        "OriginalFileSize": size,
        "OriginalCrc": 0,
    }
    _add_values(ET.SubElement(parent, "FileRef"), values)
