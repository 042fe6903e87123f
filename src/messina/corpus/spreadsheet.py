"""Tables as spreadsheets write them: lines, cells, numbers, and cells that are no formulas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from messina.errors import CorpusError

__all__ = [
    "check_cells",
    "check_columns",
    "encoded",
    "escaped",
    "lines_of",
    "number_in",
    "unescaped",
]

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)")
"""As people write one: 1e2 and 1_000, which programs take for numbers, are slips here."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'")
"""A spreadsheet takes a cell that starts like this for a formula; an apostrophe makes it text."""


def check_columns(columns: Sequence[str], where: str) -> None:
    """Raises CorpusError where two columns have one name."""
    doubled = sorted({name for name in columns if name and columns.count(name) > 1})
    if doubled:
        raise CorpusError(f"{where}: column {doubled[0]!r} is there twice")


def check_cells(cells: Sequence[str], columns: Sequence[str], where: str) -> None:
    """Raises CorpusError where a line has more cells than there are columns."""
    if any(cell.strip() for cell in cells[len(columns) :]):
        raise CorpusError(
            f"{where}: {len(cells)} cells for {len(columns)} columns; "
            "put text that has a comma into quotes"
        )


def lines_of(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Lines of a table that are not empty, with their numbers; commas, semicolons or tabs.

    Raises CorpusError for what is no such text.
    """
    text = _decode(path)
    first = text.split("\n", 1)[0].strip()
    skipped = 0
    if first.lower().startswith("sep=") and len(first) == 5:  # Excel's own first line
        text, skipped, separator = text.split("\n", 1)[-1], 1, first[4]
    else:
        separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num + skipped, cells
    except csv.Error as error:
        raise CorpusError(
            f"{path.name}, line {reader.line_num + skipped}: not a table ({error})"
        ) from error


def _decode(path: Path) -> str:
    if path.is_dir():
        raise CorpusError(f"{path}: a folder, not a table; a .csv file is wanted")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror or error})") from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]  # what Excel writes
    if b"\0" not in data or encodings == ["utf-16"]:
        for encoding in encodings:
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise CorpusError(f"{path.name}: not a text file; save it as CSV (UTF-8), or delete it")


def number_in(text: str) -> float | None:
    """The number that a cell holds, or None.

    >>> number_in("60"), number_in("-0,5"), number_in("1e2")
    (60.0, -0.5, None)
    """
    found = _NUMBER.fullmatch(text.strip())
    return float(text.replace(",", ".")) if found else None  # decimal commas


def encoded(text: str) -> bytes:
    """A table's text in UTF-8, with the byte order mark that Excel needs for other than ASCII."""
    # only with this mark does Excel read other than English letters
    return text.encode("utf-8" if text.isascii() else "utf-8-sig")


def escaped(text: str) -> str:
    """A cell that no spreadsheet takes for a formula.

    >>> escaped("=1+1"), escaped("snare")
    ("'=1+1", 'snare')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def unescaped(text: str) -> str:
    """The cell's own text: inverse of `escaped`."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text
