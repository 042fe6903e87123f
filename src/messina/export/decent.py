"""DecentSampler presets (.dspreset), one for each program, with the sounds in a folder beside them.

Levels are in the sounds (ampVelTrack 0). What has a pitch ends with the key. DecentSampler has no
one-shots, so drums are given a release so long and straight that it ends before it is heard.
Hi-hats cut each other off by tags. The panel has knobs for attack and release, where they mean
something, tone and room; as they stand at first nothing is changed.
Ref: DecentSampler Developers Guide, "The <ui> element", "The <groups> element", "The <effects>
element", "Appendix B: The <binding> element".
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from messina.export.sample_map import Layer, Program, Take, Zone
from messina.export.sampler import CHOKE_RELEASE_S, RELEASE_S, SAMPLES, Pack, Sample, program_files

__all__ = ["named_in_presets", "write_decent"]

_ONE_SHOT_RELEASE_S: Final = 60
_OPEN_HZ: Final = 22_000
_PANEL: Final = {"width": "812", "height": "375", "layoutMode": "relative", "bgMode": "top_left"}
_KNOB_SIZE: Final = 110

_Attributes = dict[str, str]


def write_decent(pack: Pack, folder: Path) -> None:
    """The .dspreset files of a pack whose sounds lie in folder/SAMPLES."""
    for program, stem in program_files(pack):
        tree = ET.ElementTree(_preset(pack, program))
        ET.indent(tree)
        tree.write(folder / f"{stem}.dspreset", encoding="UTF-8", xml_declaration=True)


def named_in_presets(folder: Path) -> set[str]:
    """The files that the .dspreset files of a folder name."""
    presets = [ET.parse(path) for path in folder.glob("*.dspreset")]  # noqa: S314 - our own
    return {sample.get("path", "") for preset in presets for sample in preset.iter("sample")}


def _preset(pack: Pack, program: Program) -> ET.Element:
    root = ET.Element("DecentSampler", minVersion="1.0.0")
    root.append(ET.Comment(f" {pack.title(program)}, {pack.origin} ".replace("--", "- -")))
    _add_panel(root, pack.title(program), pitched=program.pitched)
    envelope = {"attack": "0", "decay": "0", "sustain": "1", "release": str(RELEASE_S)}
    groups = ET.SubElement(root, "groups", envelope)
    for zone in program.zones:
        for layer in zone.layers:
            _add_group(groups, zone, layer, pack.rendered)
    effects = ET.SubElement(root, "effects")
    ET.SubElement(effects, "effect", type="lowpass", frequency=str(_OPEN_HZ), resonance="0.7")
    ET.SubElement(effects, "effect", type="reverb", wetLevel="0", roomSize="0.7", damping="0.3")
    return root


class _Knob(NamedTuple):
    label: str
    highest: float
    value: float
    binding: _Attributes


def _amp(parameter: str) -> _Attributes:
    return {"type": "amp", "level": "instrument", "position": "0", "parameter": parameter}


def _effect(position: int, parameter: str) -> _Attributes:
    place = {"type": "effect", "level": "instrument", "position": str(position)}
    return {**place, "parameter": parameter}


_TONE: Final = {
    **_effect(0, "FX_FILTER_FREQUENCY"),
    "translation": "table",  # even steps to the ear
    "translationTable": ";".join(
        f"{share:g},{_OPEN_HZ * 2 ** (8 * (share - 1)):.0f}" for share in (0, 0.25, 0.5, 0.75, 1)
    ),
}
_KNOBS: Final = (
    _Knob("Tone", 1.0, 1.0, _TONE),
    _Knob("Room", 1.0, 0.0, _effect(1, "FX_REVERB_WET_LEVEL")),
)
_KNOBS_OF_NOTES: Final = (
    _Knob("Attack", 2.0, 0.0, _amp("ENV_ATTACK")),
    _Knob("Release", 8.0, RELEASE_S, _amp("ENV_RELEASE")),
)


def _add_panel(root: ET.Element, title: str, *, pitched: bool) -> None:
    tab = ET.SubElement(ET.SubElement(root, "ui", _PANEL), "tab", name="main")
    place = {"x": "30", "y": "20", "width": "752", "height": "40"}
    ET.SubElement(tab, "label", {**place, "text": title, "textSize": "24", "hAlign": "left"})
    for index, knob in enumerate((*(_KNOBS_OF_NOTES if pitched else ()), *_KNOBS)):
        attributes = {
            "x": str(30 + index * _KNOB_SIZE),
            "y": "120",
            "width": str(_KNOB_SIZE),
            "label": knob.label,
            "type": "float",
            "minValue": "0",
            "maxValue": f"{knob.highest:g}",
            "value": f"{knob.value:g}",
            "textSize": "16",
        }
        ET.SubElement(ET.SubElement(tab, "labeled-knob", attributes), "binding", knob.binding)


def _add_group(
    groups: ET.Element, zone: Zone, layer: Layer, rendered: Mapping[str, Sample]
) -> None:
    attributes = {"ampVelTrack": "0"}
    if len(layer.takes) > 1:
        attributes |= {"seqMode": "round_robin", "seqLength": str(len(layer.takes))}
    group = ET.SubElement(groups, "group", attributes)
    for take in layer.takes:
        sample = _where(zone, layer, take)
        sample |= _ending(zone, rendered[take.stem])
        if zone.choke is not None:
            tag = f"choke{zone.choke}"
            sample |= {"tags": tag, "silencedByTags": tag, "silencingMode": "fast"}
            sample |= {"silencingDecay": str(CHOKE_RELEASE_S)}
        ET.SubElement(group, "sample", sample)


def _where(zone: Zone, layer: Layer, take: Take) -> _Attributes:
    numbers = {
        "rootNote": zone.key,
        "loNote": zone.low,
        "hiNote": zone.high,
        "loVel": layer.low,
        "hiVel": layer.high,
    }
    if len(layer.takes) > 1:
        numbers["seqPosition"] = take.alternation
    attributes = {name: str(number) for name, number in numbers.items()}
    return {"path": f"{SAMPLES}/{take.stem}.wav", **attributes}


def _ending(zone: Zone, rendered: Sample) -> _Attributes:
    """A loop, and a release where it is not that of all."""
    if rendered.loop is not None:
        first, last = (str(place) for place in rendered.loop)
        return {"loopEnabled": "true", "loopStart": first, "loopEnd": last}
    ending = {"loopEnabled": "false"}
    if not zone.pitched:
        ending |= {"release": str(_ONE_SHOT_RELEASE_S), "releaseCurve": "0"}
    return ending
