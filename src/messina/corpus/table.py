"""The corpus as a table the user can read and correct: `corpus.csv` in the folder.

    file             use  label  note  velocity  …  held_out  reason
    Snare-Soft.wav   yes  Snare        45           no
    noise.wav        -                                        silent

`use` is yes, no (the user's wish) or - (it cannot be used; the reason says why). What may be
corrected is use, label, note (60, 60.5 or C4; empty: no pitch), velocity, sustained (whether it
sounds for as long as its key is down) and held_out. Measured columns and `source` (what each value
comes from, and how sure a note is) are for reading. Further columns are the user's own and stay.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from messina.atomic import replacing
from messina.corpus.sound import DescribedSound, LeftOut, Sound
from messina.corpus.spreadsheet import (
    check_cells,
    check_columns,
    encoded,
    escaped,
    lines_of,
    number_in,
    unescaped,
)
from messina.corpus.tokens import parse_note_name
from messina.errors import CorpusError
from messina.text import printable

__all__ = [
    "COLUMNS",
    "NOT_WANTED",
    "TABLE_NAME",
    "Row",
    "Table",
    "correct_table",
    "read_cells",
    "read_table",
    "stream_table",
    "write_table",
]

TABLE_NAME: Final = "corpus.csv"
NOT_WANTED: Final = f"use is no in {TABLE_NAME}"
"""Why a sound is not used that the table excludes."""

Cells: TypeAlias = Mapping[str, str]
"""Of a line, by column."""

COLUMNS: Final = (
    "file", "use", "label", "note", "velocity", "pitch_hz", "loudness_db", "brightness_hz",
    "decay_s", "length_s", "sustained", "held_out", "source", "reason",
)  # fmt: skip

_YES: Final = frozenset({"yes", "y", "true", "1", "x", "ja", "oui", "si", "sí"})
_NO: Final = frozenset({"no", "n", "false", "0", "nein", "non"})


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table. A value counts only where its column is in the table."""

    name: str
    columns: frozenset[str]
    use: bool | None = None
    label: str | None = None
    note: float | None = None
    velocity: float | None = None
    sustained: bool | None = None
    held_out: bool | None = None
    extras: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Table:
    """The rows of a `corpus.csv`, its columns, and where it is from."""

    rows: Mapping[str, Row]
    """By the name of the sound."""
    extra_columns: tuple[str, ...] = ()


def read_table(path: Path) -> Table:
    """The table in a file; raises CorpusError with the line and column of an odd cell."""
    lines = lines_of(path)
    header = next(lines, (0, []))[1]
    columns = [cell.strip().lower() for cell in header]
    if "file" not in columns:
        raise CorpusError(
            f"{path.name}: no column 'file' in its first line; columns are {', '.join(COLUMNS)}"
        )
    check_columns(columns, path.name)
    extra = tuple(
        cell.strip() for cell in header if cell.strip() and cell.strip().lower() not in COLUMNS
    )
    rows: dict[str, Row] = {}
    for line, cells in lines:
        check_cells(cells, columns, f"{path.name}, line {line}")
        values = dict(zip(columns, map(unescaped, cells), strict=False))
        row = _row(values, _Place(f"{path.name}, line {line}"), extra)
        if row.name in rows:
            raise CorpusError(f"{path.name}, line {line}: {row.name} is already in the table")
        rows[row.name] = row
    return Table(rows=rows, extra_columns=extra)


@dataclass(frozen=True)
class _Place:
    """Where a cell is, for messages: a line of a file, or a sound."""

    where: str

    def refuse(self, column: str, got: str, allowed: str) -> CorpusError:
        return CorpusError(f"{self.where}, column {column}: {got!r}; {allowed}")


def _row(values: Mapping[str, str], place: _Place, extra: Iterable[str]) -> Row:
    name = values["file"].strip()
    if not name:
        raise place.refuse("file", name, "the name of a sound is needed")
    return Row(
        name=name,
        columns=frozenset(values),
        use=_yes_or_no(values, "use", place),
        label=" ".join(values.get("label", "").split()) or None,
        note=_note(values, place),
        velocity=_velocity(values, place),
        sustained=_yes_or_no(values, "sustained", place),
        held_out=_yes_or_no(values, "held_out", place),
        extras={column: values.get(column.lower(), "") for column in extra},
    )


def _yes_or_no(values: Mapping[str, str], column: str, place: _Place) -> bool | None:
    text = values.get(column, "").strip().lower()
    if text in ("", "-"):
        return None
    if text in _YES or text in _NO:
        return text in _YES
    raise place.refuse(column, values[column], "yes, no or nothing is possible")


def _note(values: Mapping[str, str], place: _Place) -> float | None:
    text = values.get("note", "").strip()
    if text in ("", "-"):
        return None
    named = parse_note_name(text)
    number = float(named) if named is not None else number_in(text)
    if number is None or not 0 <= number <= 127:
        allowed = "0 to 127, a name such as C#4 (C4 is 60), or nothing for no pitch is possible"
        raise place.refuse("note", text, allowed)
    return number


def _velocity(values: Mapping[str, str], place: _Place) -> float | None:
    text = values.get("velocity", "").strip()
    if text in ("", "-"):
        return None
    number = number_in(text)
    if number is None or not 1 <= number <= 127:
        raise place.refuse("velocity", text, "1 to 127 or nothing is possible")
    return number


def write_table(
    path: Path,
    sounds: Sequence[Sound],
    left_out: Sequence[LeftOut],
    *,
    previous: Table | None = None,
) -> None:
    """Write the table whole or not at all; extra columns of a previous one are kept."""
    extra = previous.extra_columns if previous else ()
    rows = [_sound_cells(sound) for sound in sounds]
    for omitted in left_out:
        wished = previous.rows.get(omitted.name) if previous else None
        cells = {"file": omitted.name, "use": "-", "reason": omitted.reason}
        if wished is not None and wished.use is False:
            cells |= {"use": "no", **_wished_cells(wished)}
        rows.append(cells)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([*COLUMNS, *map(escaped, extra)])
    for row in sorted(rows, key=lambda row: row["file"]):
        known = previous.rows.get(row["file"]) if previous else None
        own = [escaped(known.extras.get(column, "") if known else "") for column in extra]
        writer.writerow([*(row.get(column, "") for column in COLUMNS), *own])
    with replacing(path) as aside:
        aside.write_bytes(encoded(text.getvalue()))


def stream_table(path: Path, sounds: Iterable[DescribedSound], left_out: Iterable[LeftOut]) -> None:
    """Writes a table of any number of sounds, in the order they come, a line at a time."""
    with replacing(path) as aside, aside.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for sound in sounds:
            writer.writerow(_sound_cells(sound))
        for omitted in left_out:
            cells = {"file": escaped(omitted.name), "use": "-", "reason": escaped(omitted.reason)}
            writer.writerow(cells)


def read_cells(path: Path) -> list[dict[str, str]]:
    """The lines of a table as they stand, by column. Raises CorpusError as `read_table` does."""
    read_table(path)
    lines = lines_of(path)
    columns = [cell.strip().lower() for cell in next(lines, (0, []))[1]]
    return [dict(zip(columns, map(unescaped, cells), strict=False)) for _, cells in lines]


def correct_table(
    path: Path,
    corrections: Mapping[str, Mapping[str, str]],
    *,
    amend: Callable[[Cells, Cells], Cells] | None = None,
) -> list[dict[str, str]]:
    """Writes other cells into lines of a table, by the name of the sound and the column.

    Whole or not at all, and only what can be read again.

    amend: of a line and what is to be written into it, what is written into it.

    Returns the lines that were corrected. Raises CorpusError.
    """
    (_, header), *lines = [*lines_of(path)] or [(0, [])]
    columns = [cell.strip().lower() for cell in header]
    left = dict(corrections)
    corrected: list[dict[str, str]] = []
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    for _, cells in lines:
        row = dict(zip(columns, map(unescaped, cells), strict=False))
        name = row.get("file", "").strip()
        wanted = left.pop(name, None)
        if wanted is not None:
            row |= wanted if amend is None else amend(row, wanted)
            if odd := sorted(row.keys() - set(columns)):
                raise CorpusError(
                    f"{path.name}: no column {odd[0]!r}; there are {', '.join(columns)}"
                )
            _row({**row, "file": "x"}, _Place(printable(name)), ())  # refuses what is odd
            cells = [escaped(row.get(column, "")) for column in columns]
            corrected.append(row)
        writer.writerow(cells)
    if left:
        raise CorpusError(f"{printable(min(left))}: not among the sounds; read them again")
    with replacing(path, check=read_table) as aside:
        aside.write_bytes(encoded(text.getvalue()))
    return corrected


def _wished_cells(row: Row) -> dict[str, str]:
    """What was said of a sound that is not used, for the day that it is."""
    cells = {
        "label": row.label and escaped(row.label),
        "note": None if row.note is None else f"{row.note:.2f}".removesuffix(".00"),
        "velocity": None if row.velocity is None else f"{row.velocity:g}",
        "sustained": _answer(row.sustained),
        "held_out": _answer(row.held_out),
    }
    return {column: cell for column, cell in cells.items() if cell}


def _answer(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"


def _sound_cells(sound: DescribedSound) -> dict[str, str]:
    return {
        "file": escaped(sound.name),
        "use": "yes",
        "label": escaped(sound.label),
        "note": "" if sound.note is None else f"{sound.note:.2f}".removesuffix(".00"),
        "velocity": "" if sound.velocity is None else f"{sound.velocity:g}",
        "pitch_hz": "" if sound.pitch_hz is None else f"{sound.pitch_hz:.2f}",
        "loudness_db": f"{sound.loudness_db:.1f}",
        "brightness_hz": f"{sound.brightness_hz:.0f}",
        "decay_s": f"{sound.decay_s:.3f}",
        "length_s": f"{sound.length_s:.3f}",
        "sustained": "no" if sound.steady is None else "yes",
        "held_out": "yes" if sound.held_out else "no",
        "source": escaped(sound.source),
        "reason": escaped("; ".join(sound.remarks)),
    }
