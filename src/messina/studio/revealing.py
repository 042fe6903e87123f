"""A folder in the file manager of the system."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from messina.errors import MessinaError

__all__ = ["reveal"]


def reveal(folder: Path) -> None:
    """Opens a folder for the person at this machine. Raises MessinaError where that fails.

    Paths are words of their own, never read by a shell.
    """
    program = {"darwin": "open", "win32": "explorer"}.get(sys.platform, "xdg-open")
    if not folder.is_dir():
        raise MessinaError("its folder is gone")
    if shutil.which(program) is None:
        raise MessinaError(f"no file manager is found here ({program}); the folder is {folder}")
    subprocess.Popen(
        [program, str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
