from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from messina.errors import MessinaError
from messina.locking import alone_on

HOLDS = """
import sys, time
from pathlib import Path
from messina.locking import alone_on
with alone_on(Path(sys.argv[1])):
    print("locked", flush=True)
    time.sleep(60)
"""


def test_who_comes_second_is_told_and_by_whom(tmp_path: Path) -> None:
    file = tmp_path / "kit.messina"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(file)], stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout is not None
        first.stdout.readline()
        with pytest.raises(MessinaError) as told, alone_on(file):
            pass
        first.kill()
    assert f"{file} is being written by another run of Messina" in str(told.value)
    if sys.platform != "win32":  # where what is locked cannot always be read
        assert f"process {first.pid}" in str(told.value)
    with alone_on(file):  # killed, it locks nobody out
        pass


def test_other_files_are_free_and_nothing_is_left(tmp_path: Path) -> None:
    with alone_on(tmp_path / "a.messina"), alone_on(tmp_path / "b.messina"):
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


def test_a_lock_file_that_lies_about_locks_nobody_out(tmp_path: Path) -> None:
    (tmp_path / ".kit.messina.lock").write_text("1")
    with alone_on(tmp_path / "kit.messina"):
        pass


def test_where_nothing_can_be_locked_the_work_goes_on(tmp_path: Path) -> None:
    with alone_on(tmp_path / "no such folder" / "kit.messina"):
        pass


def test_an_error_within_lets_go(tmp_path: Path) -> None:
    file = tmp_path / "kit.messina"
    with pytest.raises(ZeroDivisionError), alone_on(file):
        raise ZeroDivisionError
    with alone_on(file):
        pass
