"""A pack as a SoundFont 2: one .sf2, a preset for the drums and one for each pitched label.

Levels are in the sounds, so the modulators by which every SoundFont makes soft hits softer and
darker are set to nothing. Drums have a release so long that they end before it is heard; what has
a pitch ends with the key, and loops until then if it sustains. Hi-hats cut each other off by an
exclusive class. The two channels of a sound are two samples, linked, one at each side.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

import messina
from messina.errors import ControlError, MessinaError
from messina.export.sample_map import Program, Take, Zone
from messina.export.sampler import RELEASE_S, Pack, Sample
from messina.export.soundfont_file import (
    LEFT,
    MONO,
    RIGHT,
    Channel,
    Instrument,
    Modulator,
    Preset,
    read_soundfont,
    write_soundfont,
)
from messina.export.soundfont_file import Zone as Split
from messina.text import file_stems

__all__ = ["check_soundfont", "write_pack"]

_PAN, _RELEASE, _KEYS, _VELOCITIES, _SAMPLE, _MODES, _EXCLUSIVE = 17, 38, 43, 44, 53, 54, 57
_LONGEST_RELEASE: Final = 8_000  # timecents: 100 s for 100 dB
_LOOPED: Final = 1
_SIDES: Final = {0: (-500, LEFT), 1: (500, RIGHT)}
_DRUM_BANK: Final = 128
_MOST_PROGRAMS: Final = 128 * 128

# The default modulators of velocity (Ref: 8.4.1 and 8.4.2), with an amount of nothing.
_TO_LEVEL: Final = Modulator(source=0x0502, destination=48, amount=0)
_TO_CUTOFF: Final = Modulator(source=0x0102, destination=8, amount=0)


def write_pack(pack: Pack, path: Path) -> None:
    """The .sf2 of a pack. Raises ControlError when it is more than a font can hold."""
    if len(pack.sample_map.programs) > _MOST_PROGRAMS:
        raise ControlError(
            f"a SoundFont holds {_MOST_PROGRAMS} presets, not "
            f"{len(pack.sample_map.programs)}; learn the folder in parts, some of its labels each"
        )
    channels: list[Channel] = []
    numbers: dict[str, list[int]] = {}
    bits = 16
    for zone, take in _takes(pack):
        sample = pack.rendered[take.stem]
        added, wide = _channels(zone, take, sample, len(channels))
        numbers[take.stem] = list(range(len(channels), len(channels) + len(added)))
        channels += added
        bits = max(bits, wide)
    programs = pack.sample_map.programs
    titles = [_shown(pack.title(program)) for program in programs]
    instruments = [
        Instrument(name=title, zones=list(_splits(program, pack, numbers)))
        for program, title in zip(programs, titles, strict=True)
    ]
    write_soundfont(path, _info(pack), channels, instruments, _presets(pack, titles), bits=bits)


def check_soundfont(pack: Pack, path: Path) -> None:
    """Reads a font again: every rendered sound is in it, sample by sample. Raises MessinaError."""
    samples = read_soundfont(path)
    for take in pack.sample_map.takes():
        with pack.rendered[take.stem].path.open("rb") as file:
            audio = soundfile.read(file, dtype="int32", always_2d=True)[0]
        for column in audio.T:
            _, high, low = next(samples)
            found = np.frombuffer(high, "<i2").astype(np.int32) << 16
            if low:
                found |= np.frombuffer(low, np.uint8).astype(np.int32) << 8
            if not np.array_equal(found, column):
                raise MessinaError(f"{take.stem} is not what was rendered")
    if next(samples, None) is not None:
        raise MessinaError("it holds more than was rendered")


def _takes(pack: Pack) -> Iterator[tuple[Zone, Take]]:
    for program in pack.sample_map.programs:
        for zone in program.zones:
            yield from ((zone, take) for _, take in zone.takes())


def _channels(zone: Zone, take: Take, sample: Sample, number: int) -> tuple[list[Channel], int]:
    """A sample for each channel of a take's file, and the bits it has."""
    with sample.path.open("rb") as file:
        info = soundfile.info(file)
    loop = None if sample.loop is None else (sample.loop.first, sample.loop.last + 1)
    both = info.channels == 2
    return [
        Channel(
            path=sample.path,
            channel=side,
            samples=sample.samples,
            name=f"{take.stem[:11]}_{number + side:05d}{'LR'[side] if both else ''}",
            sample_rate=info.samplerate,
            key=zone.key,
            loop=loop,
            kind=_SIDES[side][1] if both else MONO,
            link=number + 1 - side if both else 0,
        )
        for side in range(info.channels)
    ], 24 if info.subtype == "PCM_24" else 16


def _splits(program: Program, pack: Pack, numbers: dict[str, list[int]]) -> Iterator[Split]:
    """A zone for what all have in common, and one for each channel of each layer."""
    release = round(1200 * math.log2(RELEASE_S)) if program.pitched else _LONGEST_RELEASE
    yield Split(generators=[(_RELEASE, release)], modulators=[_TO_LEVEL, _TO_CUTOFF])
    for zone in program.zones:
        for layer, take in zone.takes():
            for side, sample in enumerate(numbers[take.stem]):
                generators: list[tuple[int, int | tuple[int, int]]] = [
                    (_KEYS, (zone.low, zone.high)),
                    (_VELOCITIES, (layer.low, layer.high)),
                ]
                if len(numbers[take.stem]) == 2:
                    generators.append((_PAN, _SIDES[side][0]))
                if pack.rendered[take.stem].loop is not None:
                    generators.append((_MODES, _LOOPED))
                if zone.choke is not None:
                    generators.append((_EXCLUSIVE, zone.choke))
                yield Split(generators=[*generators, (_SAMPLE, sample)])


def _presets(pack: Pack, titles: list[str]) -> list[Preset]:
    """Drums in the bank of drums, what has a pitch in those from 0 on; in the order of both."""
    presets, pitched = [], 0
    for i, (program, title) in enumerate(zip(pack.sample_map.programs, titles, strict=True)):
        bank, number = divmod(pitched, 128) if program.pitched else (_DRUM_BANK, 0)
        pitched += program.pitched
        presets.append(Preset(name=title, bank=bank, number=number, instrument=i))
    return sorted(presets, key=lambda preset: (preset.bank, preset.number))


def _shown(title: str) -> str:
    """In the letters that a font has."""
    (stem,) = file_stems([title], otherwise="instrument")
    return stem.replace("_", " ").strip()


def _info(pack: Pack) -> dict[str, str]:
    info = {"INAM": _shown(pack.name)}
    if pack.license_name:
        info["ICOP"] = pack.license_name
    return {**info, "ICMT": pack.origin, "ISFT": f"Messina {messina.__version__}"}
