"""DecentSampler presets (.dspreset), one for each program, with the sounds in a folder beside them.

Levels are in the sounds (ampVelTrack 0). DecentSampler has no one-shots, so what rings out is given
a release so long and straight that it ends before it is heard. Hi-hats cut each other off by tags.
Ref: DecentSampler Developers Guide, "The <groups> element".
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from messina.export.plan import Layer, Program, Take, Zone
from messina.export.sampler import SAMPLES, Pack, Sample, program_files

__all__ = ["CANNOT_CARRY", "write_decent"]

CANNOT_CARRY: Final = ("sounds that are new on every hit: its takes alternate",)

_ONE_SHOT_RELEASE_S: Final = 60
_LOOP_RELEASE_S: Final = 0.3
_CHOKE_DECAY_S: Final = 0.06

_Attributes = dict[str, str]


def write_decent(pack: Pack, folder: Path) -> None:
    """The .dspreset files of a pack whose sounds lie in folder/SAMPLES."""
    for program, stem in program_files(pack):
        tree = ET.ElementTree(_preset(pack, program))
        ET.indent(tree)
        tree.write(folder / f"{stem}.dspreset", encoding="UTF-8", xml_declaration=True)


def _preset(pack: Pack, program: Program) -> ET.Element:
    root = ET.Element("DecentSampler", minVersion="1.0.0")
    root.append(ET.Comment(f" {pack.title(program)}, {pack.origin} ".replace("--", "- -")))
    groups = ET.SubElement(root, "groups", {"attack": "0", "decay": "0", "sustain": "1"})
    for zone in program.zones:
        for layer in zone.layers:
            _add_group(groups, zone, layer, pack.rendered)
    return root


def _add_group(
    groups: ET.Element, zone: Zone, layer: Layer, rendered: Mapping[str, Sample]
) -> None:
    attributes = {"ampVelTrack": "0"}
    if len(layer.takes) > 1:
        attributes |= {"seqMode": "round_robin", "seqLength": str(len(layer.takes))}
    group = ET.SubElement(groups, "group", attributes)
    for take in layer.takes:
        sample = _where(zone, layer, take)
        sample |= _envelope(rendered[take.stem])
        if zone.choke is not None:
            tag = f"choke{zone.choke}"
            sample |= {"tags": tag, "silencedByTags": tag, "silencingMode": "fast"}
            sample |= {"silencingDecay": str(_CHOKE_DECAY_S)}
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


def _envelope(rendered: Sample) -> _Attributes:
    if rendered.loop is None:
        return {"release": str(_ONE_SHOT_RELEASE_S), "releaseCurve": "0", "loopEnabled": "false"}
    return {
        "release": str(_LOOP_RELEASE_S),
        "loopEnabled": "true",
        "loopStart": str(rendered.loop.first),
        "loopEnd": str(rendered.loop.last),
    }
