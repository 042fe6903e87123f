"""Bitwig multisamples (.multisample), one for each program: a zip of sounds and a map of them.

The open format of Bitwig Studio and Studio One maps sounds to keys and velocities, alternates
between them, and loops them. How they are played – envelopes, choking – is the sampler's own
matter: velocity and release are to be set there.
Ref: Bitwig and PreSonus, ".multisample", the description of the format and its schema.
"""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path
from typing import Final

import messina
from messina.export.sample_map import Layer, Program, Zone
from messina.export.sampler import Pack, Sample, program_files
from messina.text import printable

__all__ = ["CANNOT_CARRY", "named_in_multisamples", "write_multisamples"]

CANNOT_CARRY: Final = (
    "that drums play to their end whatever the key does: give the sampler a long release",
    "hi-hats that cut each other off",
    "that levels are in the sounds: turn the sampler's velocity to level down to nothing",
)

_MAP: Final = "multisample.xml"
_OLDEST: Final = (1980, 1, 1, 0, 0, 0)
"""A zip's date: none, so that the same pack has the same bytes."""


def write_multisamples(pack: Pack, folder: Path) -> None:
    """The .multisample files of a pack, each with its sounds, stored as they are."""
    for program, stem in program_files(pack):
        with zipfile.ZipFile(folder / f"{stem}.multisample", "w", zipfile.ZIP_STORED) as archive:
            _add(archive, _MAP, _document(pack, program))
            for zone in program.zones:
                for _, take in zone.takes():
                    sample = pack.rendered[take.stem].path
                    _add(archive, sample.name, sample.read_bytes())


def named_in_multisamples(folder: Path) -> set[str]:
    """The files that the maps of a folder name and their zips hold, whole."""
    found: set[str] = set()
    for path in folder.glob("*.multisample"):
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            document = ET.fromstring(archive.read(_MAP))  # noqa: S314 - our own
            named = {sample.get("file", "") for sample in document.iter("sample")}
            found |= named.intersection(archive.namelist()) - {damaged}
    return found


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _OLDEST)
    entry.external_attr = 0o644 << 16
    entry.create_system = 3  # wherever it is made
    archive.writestr(entry, data)


def _document(pack: Pack, program: Program) -> bytes:
    root = ET.Element("multisample", name=pack.title(program))
    licensed = f", {printable(pack.license_name)}" if pack.license_name else ""
    texts = {
        "generator": f"Messina {messina.__version__}",
        "category": "Keys" if program.pitched else "Drums",
        "creator": "",
        "description": f"{pack.origin}{licensed}",
    }
    for name, text in texts.items():
        ET.SubElement(root, name).text = text
    ET.SubElement(root, "keywords")
    for zone in program.zones:  # groups only tidy the sampler's list
        ET.SubElement(root, "group", name=printable(f"{zone.label} {zone.key}"))
    for group, zone in enumerate(program.zones):
        for layer, take in zone.takes():
            _add_sample(root, group, zone, layer, pack.rendered[take.stem])
    ET.indent(root)
    buffer = io.BytesIO()
    ET.ElementTree(root).write(buffer, encoding="UTF-8", xml_declaration=True)
    return buffer.getvalue()


def _add_sample(root: ET.Element, group: int, zone: Zone, layer: Layer, rendered: Sample) -> None:
    attributes = {
        "file": rendered.path.name,
        "gain": "0.0",
        "sample-start": "0.0",
        "sample-stop": f"{rendered.samples}.0",
        "group": str(group),
        "zone-logic": "round-robin" if len(layer.takes) > 1 else "always-play",
    }
    sample = ET.SubElement(root, "sample", attributes)
    keys = {"low": zone.low, "high": zone.high, "root": zone.key}
    ET.SubElement(sample, "key", {name: str(key) for name, key in keys.items()}, track="1.0")
    ET.SubElement(sample, "velocity", low=str(layer.low), high=str(layer.high))
    ET.SubElement(sample, "select")
    if rendered.loop is None:
        ET.SubElement(sample, "loop", mode="off")
    else:
        first, stop = (f"{place}.0" for place in (rendered.loop.first, rendered.loop.last + 1))
        ET.SubElement(sample, "loop", mode="loop", start=first, stop=stop)
