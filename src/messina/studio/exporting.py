"""What an instrument can be exported as, and a download of it."""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from messina.atomic import replacing

__all__ = ["TARGETS", "Target", "packed"]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A format of `messina export`."""

    name: str
    shown: str
    suffix: str = ""
    """Of a single file; a folder where there is none."""


TARGETS: Final = {
    target.name: target
    for target in (
        Target(name="sfz", shown="SFZ"),
        Target(name="decent", shown="DecentSampler"),
        Target(name="hydrogen", shown="Hydrogen", suffix=".h2drumkit"),
        Target(name="wav", shown="WAV files"),
        Target(name="web", shown="Page in one file", suffix=".html"),
        Target(name="onnx", shown="ONNX models"),
        Target(name="nn", shown="nn~ for Max and Pd", suffix=".ts"),
    )
}


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
