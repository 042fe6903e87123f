"""What goes into a sampler pack: which sounds, on which keys, for which velocities, how often.

    SampleMap       all of it
    └── Program     what a player loads at once: the drums, or one pitched label
        └── Zone    a range of keys around the one its sounds are made for
            └── Layer   a range of velocities, made at one of them
                └── Take    one sound: one file; a layer's takes alternate

One map for all formats. Seeds depend on what a take is, not on how many there are: more round
robins add files and change none.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Protocol

from messina.errors import ControlError
from messina.instrument.drum_map import assign_keys, is_hi_hat
from messina.ranges import RANGES
from messina.text import file_stems, printable
from messina.units import KEYS, note_name

__all__ = [
    "Layer",
    "PackConfig",
    "Playable",
    "Program",
    "SampleMap",
    "Take",
    "Zone",
    "make_sample_map",
    "one_sound_a_layer",
    "velocity_ranges",
]

_HI_HATS: Final = 1
"""The choke group of the hi-hats; other labels have none."""

_MOST_FILES: Final = 50_000


class Playable(Protocol):
    """What a sample map has to know of a label; an instrument's responses have it."""

    @property
    def label(self) -> str:
        """The kind of sound."""

    @property
    def note_low(self) -> float | None:
        """Lowest learnt MIDI note; None without a pitch."""

    @property
    def note_high(self) -> float | None:
        """Highest learnt MIDI note; None without a pitch."""


@dataclass(frozen=True, kw_only=True)
class PackConfig:
    """How many sounds a pack has. Raises ValueError when a number is out of bounds."""

    velocities: int = 4
    round_robin: int = 3
    note_step: int = 3
    """Semitones between two sampled notes; keys between are played from the nearest."""
    low: int | None = None
    high: int | None = None
    """The lowest and highest key of pitched labels; as in the corpus where not given."""
    wildness: float = 0.5
    """Takes of one drum should be that drum: less than the spread of the corpus."""
    seed: int = 0

    def __post_init__(self) -> None:
        bounds = {"velocities": 127, "round_robin": 100, "note_step": 48}
        for name, most in bounds.items():
            if not 1 <= getattr(self, name) <= most:
                raise ValueError(f"{name} is {getattr(self, name)}, not 1 … {most}")
        for key in (self.low, self.high):
            if key is not None and not 0 <= key < KEYS:
                raise ValueError(f"a key is {key}, not 0 … 127")
        low, high = RANGES["wildness"]
        if not low <= self.wildness <= high:
            raise ValueError(f"wildness is {self.wildness:g}, not {low:g} … {high:g}")


@dataclass(frozen=True, kw_only=True)
class Take:
    """One sound to be rendered for a pack."""

    stem: str
    """Name of its file, without the ending; no two the same."""
    folder: str
    """Name of a folder for all takes of its label."""
    label: str
    note: int | None  # None: a sound without pitch
    velocity: int
    alternation: int  # 1, 2, …
    seed: int


@dataclass(frozen=True, kw_only=True)
class Layer:
    """A velocity layer: a range of velocities, and the takes that alternate in it."""

    low: int
    high: int  # velocities, both included
    takes: tuple[Take, ...]

    @property
    def velocity(self) -> int:
        """The velocity its takes are rendered at."""
        return self.takes[0].velocity


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A key zone: a range of keys around a root, with its velocity layers."""

    label: str
    key: int
    """The key on which the sounds are played as they are."""
    low: int
    high: int  # keys, both included
    pitched: bool
    choke: int | None
    """Zones with the same number cut each other off."""
    layers: tuple[Layer, ...]

    def takes(self) -> Iterator[tuple[Layer, Take]]:
        """All takes, each with its layer."""
        for layer in self.layers:
            yield from ((layer, take) for take in layer.takes)


@dataclass(frozen=True, kw_only=True)
class Program:
    """The zones of one preset."""

    name: str
    stem: str
    pitched: bool
    zones: tuple[Zone, ...]


@dataclass(frozen=True, kw_only=True)
class SampleMap:
    """All programs of a pack."""

    programs: tuple[Program, ...]
    config: PackConfig

    def takes(self) -> Iterator[Take]:
        """All takes of all programs."""
        for program in self.programs:
            for zone in program.zones:
                yield from (take for _, take in zone.takes())


def make_sample_map(responses: Sequence[Playable], config: PackConfig) -> SampleMap:
    """The map of an instrument with these labels. Raises ControlError when it cannot be had."""
    drums = [r for r in responses if r.note_low is None]
    pitched = [r for r in responses if r.note_low is not None]
    if len(drums) > KEYS:
        raise ControlError(
            f"{len(drums)} labels without pitch do not fit {KEYS} keys; "
            "learn the folder in parts, some labels each (`Corpus.with_labels`), or rename files "
            "so that fewer labels remain"
        )
    stems = _stems([response.label for response in responses])
    programs = []
    if drums:
        programs.append(_drum_program([r.label for r in drums], stems, config))
    programs += [_pitched_program(response, stems, config) for response in pitched]
    sample_map = SampleMap(programs=tuple(programs), config=config)
    count = sum(1 for _ in sample_map.takes())
    if count > _MOST_FILES:
        raise ControlError(
            f"that would be {count} files, more than {_MOST_FILES}; ask for fewer velocities, "
            "alternations or notes (`velocities`, `round_robin`, `note_step`)"
        )
    return sample_map


def one_sound_a_layer(sample_map: SampleMap) -> SampleMap:
    """The map with the first alternation of each layer alone, for players without round robin."""
    programs = [
        replace(program, zones=tuple(_first_takes(zone) for zone in program.zones))
        for program in sample_map.programs
    ]
    return SampleMap(programs=tuple(programs), config=replace(sample_map.config, round_robin=1))


def _first_takes(zone: Zone) -> Zone:
    return replace(zone, layers=tuple(replace(x, takes=x.takes[:1]) for x in zone.layers))


def _stems(labels: Sequence[str]) -> dict[str, str]:
    """A stem for each label that stays its own when a note, velocity and number follow it."""
    stems = file_stems(labels)
    return {
        label: f"{stem}-" if re.search(r"_\d{3}$", stem) else stem
        for label, stem in zip(labels, stems, strict=True)
    }


def _drum_program(labels: Sequence[str], stems: dict[str, str], config: PackConfig) -> Program:
    zones = [
        Zone(
            label=label,
            key=key,
            low=key,
            high=key,
            pitched=False,
            choke=_HI_HATS if is_hi_hat(label) else None,
            layers=_layers(label, None, stems[label], config),
        )
        for label, key in sorted(assign_keys(labels).items(), key=lambda item: item[1])
    ]
    return Program(name="drums", stem="drums", pitched=False, zones=tuple(zones))


def _pitched_program(response: Playable, stems: dict[str, str], config: PackConfig) -> Program:
    label, stem = response.label, stems[response.label]
    low, high = _key_range(response, config)
    zones = []
    for first in range(low, high + 1, config.note_step):
        last = min(first + config.note_step - 1, high)
        key = (first + last) // 2
        zones.append(
            Zone(
                label=label,
                key=key,
                low=first,
                high=last,
                pitched=True,
                choke=None,
                layers=_layers(label, key, stem, config),
            )
        )
    return Program(name=printable(label), stem=stem, pitched=True, zones=tuple(zones))


def _key_range(response: Playable, config: PackConfig) -> tuple[int, int]:
    assert response.note_low is not None
    assert response.note_high is not None
    low = round(response.note_low) if config.low is None else config.low
    high = round(response.note_high) if config.high is None else config.high
    if low > high:
        raise ControlError(
            f"{response.label}: the lowest key asked for is {low} ({note_name(low)}), "
            f"the highest {high} ({note_name(high)}); the sounds learnt are from "
            f"{response.note_low:g} to {response.note_high:g}; "
            "the lowest may not be above the highest"
        )
    return low, high


def _layers(label: str, note: int | None, stem: str, config: PackConfig) -> tuple[Layer, ...]:
    return tuple(
        Layer(low=low, high=high, takes=_takes(label, note, stem, _made_at(low, high), config))
        for low, high in velocity_ranges(config.velocities)
    )


def velocity_ranges(count: int) -> list[tuple[int, int]]:
    """1 … 127 in so many even parts, both ends included.

    >>> velocity_ranges(2)
    [(1, 64), (65, 127)]
    """
    edges = [round(i * 127 / count) for i in range(count + 1)]
    return [(low + 1, high) for low, high in pairwise(edges)]


def _made_at(low: int, high: int) -> int:
    """The velocity a layer is made at: three quarters up, for hard hits are what a layer is for."""
    return low + round(0.75 * (high - low))


def _takes(
    label: str, note: int | None, stem: str, velocity: int, config: PackConfig
) -> tuple[Take, ...]:
    where = stem if note is None else f"{stem}_{note:03d}"
    return tuple(
        Take(
            stem=f"{where}_v{velocity:03d}_rr{alternation:02d}",
            folder=stem,
            label=label,
            note=note,
            velocity=velocity,
            alternation=alternation,
            seed=_seed(config.seed, label, note, velocity, alternation),
        )
        for alternation in range(1, config.round_robin + 1)
    )


def _seed(*what: object) -> int:
    """32 bits that follow from what a take is."""
    text = "\0".join(map(str, what)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=4).digest(), "little")
