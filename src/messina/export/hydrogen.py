"""Hydrogen drumkits (.h2drumkit): drumkit.xml and its samples in a gzipped tar.

Levels are in the sounds, so velocity chooses a layer and changes no level (applyVelocity false).
Alternations are layers of the same velocities, with the selection ROUND_ROBIN.

Hydrogen 1 takes 16 layers in each component of an instrument and silently leaves out the rest. More
are spread over several components. All components of an instrument sound at once, each with the
layer nearest to the velocity, so every component gets silent layers for the velocities of the
others. Whose turn it is Hydrogen remembers by the lower velocity of the layer, for all components
together: silent layers begin a little beside the others, or they would stop the alternation.
Ref: drumkit.xsd; H2Core::Note::getSample and InstrumentComponent of Hydrogen 1.2, for the limits.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import soundfile

from messina.errors import ControlError
from messina.export.sample_map import Layer, Program, SampleMap, Zone
from messina.export.sampler import CHOKE_RELEASE_S, RELEASE_S, Pack
from messina.text import file_stems, printable
from messina.units import KEYS, SAMPLE_RATE

__all__ = ["CANNOT_CARRY", "named_in_drumkit", "pads_only", "write_drumkit"]

CANNOT_CARRY: Final = (
    "notes: each pad is one sound at one pitch",
    "loops: what sustains plays once",
)

_NAMESPACE: Final = "http://www.hydrogen-music.org/drumkit"
_MOST_LAYERS: Final = 16
_MOST_ALTERNATIONS: Final = _MOST_LAYERS - 2
_BESIDE: Final = 0.001  # of the velocity range; neighbouring velocities are 0.008 apart
_NO_LICENSE: Final = "undefined license"  # what Hydrogen says itself where nobody has said
_SILENCE: Final = "silence.wav"


class _Row(NamedTuple):
    """A layer of Hydrogen's: a file for velocities from low to high, 0 … 1."""

    file: str
    low: float
    high: float


def pads_only(sample_map: SampleMap) -> SampleMap:
    """The map with one pad a label: the drums, and of pitched labels their middle note.

    Raises ControlError when there is no drum, or when there are more alternations than can be.
    """
    if sample_map.config.round_robin > _MOST_ALTERNATIONS:
        raise ControlError(
            f"Hydrogen alternates between {_MOST_ALTERNATIONS} sounds at most, not "
            f"{sample_map.config.round_robin}: ask for fewer (`round_robin={_MOST_ALTERNATIONS}`)"
        )
    drums = [
        zone for program in sample_map.programs if not program.pitched for zone in program.zones
    ]
    if not drums:
        raise ControlError(
            "Hydrogen plays drum pads, and all labels of this instrument are played in notes; "
            "`format='sfz'` and `format='decent'` make instruments of them"
        )
    taken = {zone.key for zone in drums}
    free = (key for key in [*range(60, KEYS), *range(60)] if key not in taken)
    for program in sample_map.programs:
        if program.pitched and (key := next(free, None)) is not None:
            middle = program.zones[len(program.zones) // 2]
            drums.append(replace(middle, key=key, low=key, high=key))
    return SampleMap(
        programs=(Program(name="drums", stem="drums", pitched=False, zones=tuple(drums)),),
        config=sample_map.config,
    )


def write_drumkit(pack: Pack, path: Path) -> None:
    """Writes a pack, mapped by `pads_only`, as a .h2drumkit."""
    (program,) = pack.sample_map.programs
    (folder,) = file_stems([pack.name], otherwise="drumkit")
    parts = _split(program.zones[0].layers)
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", 1, raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        _add(tar, f"{folder}/drumkit.xml", _document(pack, program, parts))
        if len(parts) > 1:
            _add(tar, f"{folder}/{_SILENCE}", _silent_file())
        for take in pack.sample_map.takes():
            sample = pack.rendered[take.stem].path
            _add(tar, f"{folder}/{sample.name}", sample.read_bytes())


def named_in_drumkit(path: Path) -> set[str]:
    """The files that a kit's document names and its archive holds."""
    with tarfile.open(path) as tar:
        contents = {Path(entry.name).name: _read(tar, entry) for entry in tar}
    document = ET.fromstring(contents["drumkit.xml"])  # noqa: S314 - our own
    named = {element.text or "" for element in document.iter(f"{{{_NAMESPACE}}}filename")}
    return {name for name in named if contents.get(name)} - {_SILENCE}


def _read(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(entry)
    return b"" if file is None else file.read()


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    """A file without owner or date, so that the same kit has the same bytes."""
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    entry.mode = 0o644
    tar.addfile(entry, io.BytesIO(data))


def _silent_file() -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros((64, 2), np.float32), 44_100, "PCM_16", format="WAV")
    return buffer.getvalue()


def _split(layers: Sequence[Layer]) -> list[range]:
    """Which velocity layers go into which component; every zone of a map has as many."""
    each = len(layers[0].takes)
    if each * len(layers) <= _MOST_LAYERS:
        return [range(len(layers))]
    parts, start = [], 0
    while start < len(layers):
        silent = 2 if start else 1
        if start and (len(layers) - start) * each + 1 <= _MOST_LAYERS:
            silent = 1  # the last: nothing is above it
        stop = min(len(layers), start + (_MOST_LAYERS - silent) // each)
        parts.append(range(start, stop))
        start = stop
    return parts


def _rows(layers: Sequence[Layer], part: range) -> Iterator[_Row]:
    """The layers of one component, silent where others sound."""
    bounds = [0.0, *((layer.high + 0.5) / 127 for layer in layers[:-1]), 1.0]
    first, last = bounds[part.start], bounds[part.stop]
    if part.start > 0:
        yield _Row(_SILENCE, _BESIDE, first)
    for index in part:
        for take in layers[index].takes:
            yield _Row(f"{take.stem}.wav", bounds[index], bounds[index + 1])
    if part.stop < len(layers):
        yield _Row(_SILENCE, last - _BESIDE, 1.0)


def _document(pack: Pack, program: Program, parts: Sequence[range]) -> bytes:
    root = ET.Element("drumkit_info", xmlns=_NAMESPACE)
    facts = {
        "name": printable(pack.name),
        "author": "",
        "info": pack.origin,
        "license": printable(pack.license_name) or _NO_LICENSE,
        "image": "",
        "imageLicense": _NO_LICENSE,
    }
    _add_texts(root, facts)
    components = ET.SubElement(root, "componentList")
    for index in range(len(parts)):
        component = ET.SubElement(components, "drumkitComponent")
        name = "Main" if len(parts) == 1 else f"Velocities {index + 1}"
        _add_texts(component, {"id": index, "name": name, "volume": 1})
    instruments = ET.SubElement(root, "instrumentList")
    for index, zone in enumerate(program.zones):
        _add_instrument(instruments, index, zone, parts)
    ET.indent(root, " ")
    document: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return document


def _add_texts(parent: ET.Element, texts: Mapping[str, str | int]) -> None:
    for name, text in texts.items():
        ET.SubElement(parent, name).text = str(text)


def _add_instrument(parent: ET.Element, index: int, zone: Zone, parts: Sequence[range]) -> None:
    instrument = ET.SubElement(parent, "instrument")
    alternate = len(zone.layers[0].takes) > 1
    facts: dict[str, str | int] = {
        "id": index,
        "name": printable(zone.label),
        "volume": 1,
        "isMuted": "false",
        "isSoloed": "false",
        "pan": 0,
        "pitchOffset": 0,
        "randomPitchFactor": 0,
        "gain": 1,
        "applyVelocity": "false",
        "filterActive": "false",
        "filterCutoff": 1,
        "filterResonance": 0,
        "Attack": 0,
        "Decay": 0,
        "Sustain": 1,
        "Release": round((RELEASE_S if zone.pitched else CHOKE_RELEASE_S) * SAMPLE_RATE),
        "muteGroup": -1 if zone.choke is None else zone.choke,
        "midiOutChannel": -1,
        "midiOutNote": zone.key,
        "isStopNote": "false",
        "sampleSelectionAlgo": "ROUND_ROBIN" if alternate else "VELOCITY",
        "isHihat": -1,
        "lower_cc": 0,
        "higher_cc": 127,
        **{f"FX{n}Level": 0 for n in range(1, 5)},
    }
    _add_texts(instrument, facts)
    for component_id, part in enumerate(parts):
        component = ET.SubElement(instrument, "instrumentComponent")
        _add_texts(component, {"component_id": component_id, "gain": 1})
        for row in _rows(zone.layers, part):
            layer = ET.SubElement(component, "layer")
            limits = {"min": f"{row.low:.6f}", "max": f"{row.high:.6f}"}
            _add_texts(layer, {"filename": row.file, **limits, "gain": 1, "pitch": 0})
