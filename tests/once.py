"""What is made once in a run of the tests, however many processes share them out."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from messina.errors import MessinaError
from messina.locking import alone_on


def folder_of_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What all of its processes share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def made_once(
    tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]
) -> Path:
    """The folder of this name, filled by whoever asks first; nobody may change what is in it."""
    run = folder_of_run(tmp_path_factory)
    folder, made = run / name, run / f"{name} is made"
    while not made.exists():
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(alone_on(folder))
            except MessinaError:  # another makes it
                time.sleep(0.1)
                continue
            if not made.exists():
                shutil.rmtree(folder, ignore_errors=True)  # of one who could not end it
                folder.mkdir()
                make(folder)
                made.touch()
    return folder
