"""SFZ, the open text format of sfizz, ARIA, Sforzando and many others.

One .sfz file for each program, with its sounds in a folder beside it. Levels are in the sounds, so
velocity does not change them again (amp_veltrack=0). Drums play to their end whatever the key does;
what has a pitch ends with the key, and loops until then if it sustains.
Ref: the SFZ format, version 1 (rgc:audio, 2004), with seq_length, seq_position and off_by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from messina.export.sample_map import Layer, Program, Zone
from messina.export.sampler import (
    CHOKE_RELEASE_S,
    RELEASE_S,
    SAMPLES,
    Pack,
    Sample,
    program_files,
)

__all__ = ["named_in_sfz", "write_sfz"]


_DEFAULT_PATH: Final = re.compile(r"^default_path=(\S+)$", re.MULTILINE)
_SAMPLE: Final = re.compile(r"\bsample=(\S+)")


def write_sfz(pack: Pack, folder: Path) -> None:
    """The .sfz files of a pack whose sounds lie in folder/SAMPLES."""
    for program, stem in program_files(pack):
        lines = _lines(pack, program)
        (folder / f"{stem}.sfz").write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def named_in_sfz(folder: Path) -> set[str]:
    """The files that the .sfz files of a folder name."""
    named: set[str] = set()
    for path in folder.glob("*.sfz"):
        text = path.read_text(encoding="utf-8")
        (base,) = _DEFAULT_PATH.findall(text)
        named |= {f"{base}{sample}" for sample in _SAMPLE.findall(text)}
    return named


def _lines(pack: Pack, program: Program) -> Iterator[str]:
    yield f"// {pack.title(program)}"
    yield f"// {pack.origin}"
    yield "<control>"
    yield f"default_path={SAMPLES}/"
    yield "<global>"
    yield "amp_veltrack=0"
    for zone in program.zones:
        for layer in zone.layers:
            yield from _group(zone, layer, pack.rendered)


def _group(zone: Zone, layer: Layer, rendered: Mapping[str, Sample]) -> Iterator[str]:
    yield ""
    yield "<group>"
    yield f"lokey={zone.low} hikey={zone.high} pitch_keycenter={zone.key}"
    yield f"lovel={layer.low} hivel={layer.high}"
    if len(layer.takes) > 1:
        yield f"seq_length={len(layer.takes)}"
    if zone.choke is not None:
        yield f"group={zone.choke} off_by={zone.choke} off_mode=normal"
    for take in layer.takes:
        loop = rendered[take.stem].loop
        opcodes = [f"sample={take.stem}.wav"]
        if len(layer.takes) > 1:
            opcodes.append(f"seq_position={take.alternation}")
        if loop is not None:
            opcodes.append("loop_mode=loop_continuous")
            opcodes.append(f"loop_start={loop.first} loop_end={loop.last}")
        else:
            opcodes.append(f"loop_mode={'no_loop' if zone.pitched else 'one_shot'}")
        if zone.pitched or loop is not None:
            opcodes.append(f"ampeg_release={RELEASE_S}")
        elif zone.choke is not None:
            opcodes.append(f"ampeg_release={CHOKE_RELEASE_S}")
        yield f"<region> {' '.join(opcodes)}"
