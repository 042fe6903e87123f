"""What all sampler formats share: a rendered sample map, and how its files are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import messina
from messina.export.sample_map import Program, SampleMap
from messina.export.wave_file import Loop
from messina.text import file_stems, printable

__all__ = ["CHOKE_RELEASE_S", "RELEASE_S", "SAMPLES", "Pack", "Sample", "program_files"]

SAMPLES: Final = "samples"
"""Folder of the sounds, beside the files that map them."""

RELEASE_S: Final = 0.3
"""How long what ends with the key takes to be gone."""
CHOKE_RELEASE_S: Final = 0.06
"""The same of what another sound cuts off."""


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A rendered take: its file, length and loop."""

    path: Path
    samples: int
    seconds: float
    peak: float
    loop: Loop | None


@dataclass(frozen=True, kw_only=True)
class Pack:
    """A sample map with all of its takes rendered."""

    name: str
    sample_map: SampleMap
    rendered: Mapping[str, Sample]  # by stem
    license_name: str = ""

    def title(self, program: Program) -> str:
        """What a player shows: the instrument, and which part of it where there are several."""
        name = printable(self.name)
        return name if len(self.sample_map.programs) == 1 else f"{name} {program.name}"

    @property
    def origin(self) -> str:
        """A line about where the sounds come from."""
        return f"made with Messina {messina.__version__}, seed {self.sample_map.config.seed}"


def program_files(pack: Pack) -> Iterator[tuple[Program, str]]:
    """Each program with the stem of the file that holds it."""
    titles = [pack.title(program) for program in pack.sample_map.programs]
    yield from zip(
        pack.sample_map.programs, file_stems(titles, otherwise="instrument"), strict=True
    )
