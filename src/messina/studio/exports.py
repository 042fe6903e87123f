"""Where exports go: packed into a download, or shown in the file manager of the system."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from messina.atomic import replacing
from messina.errors import MessinaError

__all__ = ["packed", "reveal"]


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


def reveal(folder: Path) -> None:
    """Opens a folder for the person at this machine. Raises MessinaError where that fails.

    Paths are words of their own, never read by a shell.
    """
    if not folder.is_dir():
        raise MessinaError("its folder is gone")
    if sys.platform == "win32":  # where a program of a name is first looked for where we are
        os.startfile(folder)  # noqa: S606
        return
    program = "open" if sys.platform == "darwin" else "xdg-open"
    if shutil.which(program) is None:
        raise MessinaError(f"no file manager is found here ({program}); the folder is {folder}")
    subprocess.Popen(
        [program, str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
