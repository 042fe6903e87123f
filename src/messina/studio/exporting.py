"""A download of an export."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from messina.atomic import replacing

__all__ = ["packed"]


def packed(made: Path) -> Path:
    """A zip beside an export, which it replaces; it is read again before it is there."""
    target = made.with_name(f"{made.name}.zip")
    files = [made] if made.is_file() else sorted(p for p in made.rglob("*") if p.is_file())
    with (
        replacing(target, check=_check) as aside,
        zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        for path in files:
            archive.write(path, path.relative_to(made.parent).as_posix())
    if made.is_dir():
        shutil.rmtree(made)
    else:
        made.unlink()
    return target


def _check(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None, "a zip that was just written is damaged"
