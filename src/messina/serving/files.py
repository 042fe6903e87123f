"""The files of a page, by exact route: a request is looked up, never joined to a path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["Item", "file_item", "files_of"]

_TYPES: Final[Mapping[str, str]] = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
}


@dataclass(frozen=True, kw_only=True)
class Item:
    """A response body with its type."""

    kind: str  # MIME type
    data: bytes
    packs: bool = False
    """Whether it is worth packing by gzip."""


def files_of(root: Path) -> dict[str, Path]:
    """Every file of a page in a folder by its route, such as `/main.js`."""
    files = (path for path in root.rglob("*") if path.suffix in _TYPES and path.is_file())
    return {f"/{path.relative_to(root).as_posix()}": path for path in sorted(files)}


def file_item(path: Path) -> Item:
    """A file of a page as it is now."""
    return Item(kind=_TYPES[path.suffix], data=path.read_bytes(), packs=True)
