"""MPC programs (.xpm), one for the drums and one for each pitched label, their sounds beside them.

A drum program has 128 pads and a table of the keys they answer to: the drums come first, in the
order of their keys. A keygroup program has a keygroup for each zone. Either has a few layers, and
the velocity says which of them sounds; there is no place for alternations besides. Levels are in
the sounds, so velocity changes none. A root note is written one higher than MIDI counts it.
The format is not documented: the structure is that of programs that Akai and others have published.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from messina.errors import ControlError
from messina.export.sample_map import Layer, Program, SampleMap, Take, Zone, one_sound_a_layer
from messina.export.sampler import RELEASE_S, Pack, Sample, program_files
from messina.units import KEYS

__all__ = ["few_layers", "named_in_programs", "write_programs"]

_OLD_LAYERS, _MOST_LAYERS = 4, 8
"""Firmware before 3.4 has four."""
_ONE_SHOT, _NOTE_ON = 0, 2
_BY_VELOCITY: Final = 1
_SHORTEST_S, _LONGEST_S = 0.001, 100.0
"""Of an envelope; its knob runs from one to the other by equal ratios."""
_UNITY: Final = "0.707946"


def few_layers(sample_map: SampleMap) -> SampleMap:
    """The map with one sound a layer. Raises ControlError for more layers than an MPC has."""
    if sample_map.config.velocities > _MOST_LAYERS:
        raise ControlError(
            f"an MPC has {_MOST_LAYERS} velocity layers at most, not "
            f"{sample_map.config.velocities}: ask for fewer (`velocities={_MOST_LAYERS}`)"
        )
    return one_sound_a_layer(sample_map)


def write_programs(pack: Pack, folder: Path) -> None:
    """The .xpm files of a pack whose sounds lie in the folder itself."""
    for program, stem in program_files(pack):
        tree = ET.ElementTree(_document(pack, program, stem))
        ET.indent(tree)
        tree.write(folder / f"{stem}.xpm", encoding="UTF-8", xml_declaration=True)


def named_in_programs(folder: Path) -> set[str]:
    """The files that the .xpm files of a folder name."""
    programs = [ET.parse(path) for path in folder.glob("*.xpm")]  # noqa: S314 - our own
    names = (name.text for program in programs for name in program.iter("SampleName"))
    return {f"{name}.wav" for name in names if name}


def _document(pack: Pack, program: Program, stem: str) -> ET.Element:
    root = ET.Element("MPCVObject")
    version = {
        "File_Version": "2.1",
        "Application": "MPC-V",
        "Application_Version": "2.11.6.6",
        "Platform": "Linux",
    }
    _texts(ET.SubElement(root, "Version"), version)
    kind = "Keygroup" if program.pitched else "Drum"
    body = ET.SubElement(root, "Program", type=kind)
    _texts(body, {"ProgramName": stem})
    levels = {"Volume": _UNITY, "Mute": "False", "Pan": "0.500000"}
    _texts(body, {**levels, "TuneCoarse": 0, "TuneFine": 0, "Mono": "False"})
    _texts(body, {"Program_Polyphony": 32})
    instruments = ET.SubElement(body, "Instruments")
    for number, zone in enumerate(program.zones, start=1):
        _add_instrument(instruments, number, zone, pack.rendered)
    if program.pitched:
        _add_pads(body, range(KEYS))
        facts = {"KeygroupNumKeygroups": len(program.zones), "KeygroupPitchBendRange": "0.160000"}
        _texts(body, {**facts, "KeygroupWheelToLfo": "0.000000"})
    else:
        for number in range(len(program.zones) + 1, KEYS + 1):
            _add_instrument(instruments, number, None, pack.rendered)
        drums = [zone.key for zone in program.zones]
        _add_pads(body, [*drums, *(key for key in range(KEYS) if key not in drums)])
    return root


def _add_pads(body: ET.Element, keys: Iterable[int]) -> None:
    """Which key each pad answers to, from the first pad on."""
    table = ET.SubElement(body, "PadNoteMap")
    for pad, key in enumerate(keys, start=1):
        _texts(ET.SubElement(table, "PadNote", number=str(pad)), {"Note": key})


def _add_instrument(
    instruments: ET.Element, number: int, zone: Zone | None, rendered: Mapping[str, Sample]
) -> None:
    """A pad or keygroup; an empty one where there is no zone."""
    one_shot = zone is None or not zone.pitched
    group = 0 if zone is None or zone.choke is None else zone.choke
    instrument = ET.SubElement(instruments, "Instrument", number=str(number))
    facts = {
        "Volume": "1.000000",
        "Mute": "False",
        "Pan": "0.500000",
        "TuneCoarse": 0,
        "TuneFine": 0,
        "Mono": "False",
        "Polyphony": 0,
        "LowNote": 0 if one_shot or zone is None else zone.low,
        "HighNote": 127 if one_shot or zone is None else zone.high,
        "IgnoreBaseNote": "False",
        "ZonePlay": _BY_VELOCITY,
        "MuteGroup": group,
        "TriggerMode": _ONE_SHOT if one_shot else _NOTE_ON,
        "FilterType": 0,
        "Cutoff": "1.000000",
        "VolumeAttack": "0.000000",
        "VolumeHold": "0.000000",
        "VolumeDecay": "0.000000",
        "VolumeSustain": "1.000000",
        "VolumeRelease": "0.000000" if one_shot else f"{_knob(RELEASE_S):.6f}",
        "VelocitySensitivity": "0.000000",
    }
    if one_shot:
        facts["OneShot"] = "True"
    _texts(instrument, facts)
    layers = ET.SubElement(instrument, "Layers")
    filled = () if zone is None else zone.layers
    slots = _OLD_LAYERS if len(filled) <= _OLD_LAYERS else _MOST_LAYERS
    for slot in range(slots):
        element = ET.SubElement(layers, "Layer", number=str(slot + 1))
        if zone is not None and slot < len(filled):
            layer = filled[-1 - slot]  # the hardest first
            (take,) = layer.takes
            _texts(element, _layer(zone, layer, take, rendered[take.stem]))
        else:
            _texts(element, {"Active": "False", "SampleName": "", "SampleFile": "", "RootNote": 0})


def _layer(zone: Zone, layer: Layer, take: Take, sample: Sample) -> dict[str, object]:
    loop = sample.loop
    return {
        "Active": "True",
        "Volume": "1.000000",
        "Pan": "0.500000",
        "Pitch": "0.000000",
        "TuneCoarse": 0,
        "TuneFine": 0,
        "VelStart": 0 if layer.low == 1 else layer.low,
        "VelEnd": layer.high,
        "SampleStart": 0,
        "SampleEnd": 0,
        "LoopStart": 0,
        "LoopEnd": 0,
        "LoopCrossfadeLength": 0,
        "LoopTune": 0,
        "RootNote": zone.key + 1 if zone.pitched else 0,
        "KeyTrack": "False",
        "SampleName": take.stem,
        "SampleFile": "",
        "SliceIndex": 129,
        "Direction": 0,
        "Offset": 0,
        "SliceStart": 0,
        "SliceEnd": sample.samples if loop is None else loop.last + 1,
        "SliceLoop": 0 if loop is None else 1,
        "SliceLoopStart": 0 if loop is None else loop.first,
        "SliceLoopCrossFadeLength": 0,
    }


def _knob(seconds: float) -> float:
    return math.log(seconds / _SHORTEST_S) / math.log(_LONGEST_S / _SHORTEST_S)


def _texts(parent: ET.Element, texts: Mapping[str, object]) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, name).text = str(text)
