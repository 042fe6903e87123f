"""A tidy folder of WAV files, one folder a label, with a table that says what each of them is."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from messina.corpus.spreadsheet import escaped
from messina.export.sample_map import Layer, Take, Zone
from messina.export.sampler import Pack
from messina.units import amplitude_to_db

__all__ = ["CANNOT_CARRY", "TABLE", "named_in_table", "write_table"]

CANNOT_CARRY: Final = ("which key plays which sound (sounds.csv says it, but no sampler reads it)",)

TABLE: Final = "sounds.csv"
_COLUMNS: Final = (
    "file", "label", "note", "velocity", "alternation", "seed", "seconds", "peak_db",
    "key", "key_low", "key_high", "velocity_low", "velocity_high", "loop_first", "loop_last",
)  # fmt: skip


def write_table(pack: Pack, folder: Path) -> None:
    """The table of a pack whose sounds lie in the folder."""
    with (folder / TABLE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows(_rows(pack, folder))


def named_in_table(folder: Path) -> set[str]:
    """The files that the folder's table names."""
    with (folder / TABLE).open(encoding="utf-8", newline="") as file:
        return {row["file"] for row in csv.DictReader(file)}


def _rows(pack: Pack, folder: Path) -> Iterator[tuple[object, ...]]:
    for program in pack.sample_map.programs:
        for zone in program.zones:
            yield from (_row(pack, folder, zone, *each) for each in zone.takes())


def _row(pack: Pack, folder: Path, zone: Zone, layer: Layer, take: Take) -> tuple[object, ...]:
    sound = pack.rendered[take.stem]
    loop = ("", "") if sound.loop is None else tuple(sound.loop)
    return (
        sound.path.relative_to(folder).as_posix(),
        escaped(take.label),
        "" if take.note is None else take.note,
        take.velocity,
        take.alternation,
        take.seed,
        round(sound.seconds, 3),
        round(float(amplitude_to_db(sound.peak)), 2),
        zone.key,
        zone.low,
        zone.high,
        layer.low,
        layer.high,
        *loop,
    )
