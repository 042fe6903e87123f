"""Several projects' sounds as one project: each in a folder of its own, with what was corrected."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from messina.corpus.table import TABLE_NAME, correct_table, read_cells
from messina.errors import MessinaError
from messina.studio.home import safe_folder
from messina.text import printable

__all__ = [
    "EDITABLE",
    "Corrections",
    "copy_sounds",
    "corrections_of",
    "folders_for",
    "merged_corrections",
    "with_sources",
]

EDITABLE: Final = ("use", "label", "note", "velocity", "sustained", "held_out")
"""Columns of the table that people correct."""

Corrections = dict[str, dict[str, str]]

_SAME: Final = "the same sound as "
_CORRECTABLE: Final = ("label", "note", "velocity")
"""Columns of which `source` says who wrote them."""


def folders_for(names: Sequence[str]) -> list[str]:
    """A folder for each, safe on every system, no two the same.

    >>> folders_for(["kit", "Kit", "a/b"])
    ['kit', 'Kit 2', 'a_b']
    """
    taken: set[str] = set()
    folders = []
    for name in names:
        folder, count = safe_folder(name), 1
        while folder.lower() in taken:
            count += 1
            folder = f"{safe_folder(name)} {count}"
        taken.add(folder.lower())
        folders.append(folder)
    return folders


def copy_sounds(source: Path, target: Path) -> None:
    """All sounds below a folder: second names of the same files, where that is possible.

    Files here are replaced, never written into. Raises OSError.
    """
    skip = shutil.ignore_patterns(TABLE_NAME, ".*")
    shutil.copytree(source, target, ignore=skip, copy_function=_linked)


def _linked(source: str, target: str) -> str:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


def corrections_of(sounds: Path, folder: str) -> Corrections:
    """What the table of a project's sounds says, of the same sounds in a folder."""
    path = sounds / TABLE_NAME
    rows = read_cells(path) if path.is_file() else []
    return {
        f"{folder}/{row['file']}": {
            name: row[name] for name in (*EDITABLE, "source") if name in row
        }
        for row in rows
        if row.get("use") in ("yes", "no")
    }


def with_sources(row: Mapping[str, str], cells: Mapping[str, str]) -> dict[str, str]:
    """Corrections of a row, with the table noted as the source of each corrected cell.

    >>> with_sources({"label": "b", "source": "label: name; note: sound (likely)"}, {"label": "c"})
    {'label': 'c', 'source': 'label: table; note: sound (likely)'}
    """
    if "source" not in row:
        return dict(cells)
    changed = [name for name in _CORRECTABLE if name in cells and cells[name] != row.get(name)]
    return {**cells, "source": _corrected_in_table(row["source"], changed)}


def merged_corrections(table: Path, wanted: Corrections) -> list[str]:
    """Writes what is wanted of the sounds that are in a table. Raises CorpusError.

    A sound that is there twice is kept once: what was corrected in either of them is kept; where
    both were corrected, and differ, that of the kept one stays, and a sentence of each is returned.
    """
    known = {row["file"]: row for row in read_cells(table)}
    usable = {name for name, row in known.items() if row.get("use") in ("yes", "no")}
    if not usable:
        raise MessinaError("none of the sounds can be used")
    both = {name: dict(cells) for name, cells in wanted.items() if name in usable}
    remarks = []
    for name, cells in wanted.items():
        kept = known.get(name, {}).get("reason", "").removeprefix(_SAME)
        if name in usable or kept not in usable:
            continue
        own = both.setdefault(kept, {})
        for column, value in _corrected(cells).items():
            if column in _corrected(own) and own[column] != value:
                remarks.append(
                    f"{printable(name)} is {printable(kept)} again, which keeps its {column}: "
                    f"{printable(own[column]) or 'none'} (the other: {printable(value) or 'none'})"
                )
            else:
                own[column] = value
                if column in _CORRECTABLE:
                    own["source"] = _corrected_in_table(own.get("source", ""), [column])
    correct_table(table, both)
    return remarks


def _corrected(cells: Mapping[str, str]) -> dict[str, str]:
    """Those of a line's cells that a person wrote."""
    sources = _sources(cells.get("source", ""))
    found = {
        name: cells[name] for name in _CORRECTABLE if sources.get(name) == "table" and name in cells
    }
    return found | ({"use": "no"} if cells.get("use") == "no" else {})


def _corrected_in_table(source: str, columns: Sequence[str]) -> str:
    """The sources of a line's values, of which these are now the table."""
    sources = {**_sources(source), **dict.fromkeys(columns, "table")}
    return "; ".join(f"{what}: {where}" for what, where in sources.items())


def _sources(source: str) -> dict[str, str]:
    """Where a line's values come from, by column."""
    return {part.partition(": ")[0]: part.partition(": ")[2] for part in source.split("; ") if part}
