from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from messina.atomic import place_aside, replacing
from messina.errors import InstrumentError, MessinaError


def test_a_file_appears_whole_with_the_folders_it_needs(tmp_path: Path) -> None:
    target = tmp_path / "new" / "deep" / "a.txt"
    with replacing(target) as aside:
        aside.write_text("all of it")
        assert not target.exists()
    assert target.read_text() == "all of it"
    assert list(target.parent.iterdir()) == [target]


def test_a_failure_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(UnicodeEncodeError), replacing(target) as aside:
        aside.write_text("half \ud800", encoding="utf-8")
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_name_as_long_as_the_file_system_allows_works(tmp_path: Path) -> None:
    target = tmp_path / ("n" * 251 + ".wav")
    with replacing(target) as aside:
        aside.write_bytes(b"x")
    assert target.read_bytes() == b"x"


def test_what_the_system_refuses_names_the_file_that_was_wanted(tmp_path: Path) -> None:
    (tmp_path / "kick.wav").write_bytes(b"")
    target = tmp_path / "kick.wav" / "a.txt"
    with pytest.raises(OSError, match=r"kick\.wav") as refused, replacing(target) as aside:
        aside.write_text("never")
    assert refused.value.filename == str(target)
    with pytest.raises(OSError, match="No space left") as full, replacing(tmp_path / "b.txt"):
        raise OSError(28, "No space left on device")
    assert full.value.filename == str(tmp_path / "b.txt")


def refuse(path: Path) -> None:
    raise InstrumentError(f"{path}: damaged ({path.read_text()})")


def test_what_its_reader_refuses_replaces_nothing_and_says_why(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(MessinaError) as refused, replacing(target, check=refuse) as aside:
        aside.write_text("new")
    said = str(refused.value)
    assert said.startswith(f"{target}: not written")
    assert "damaged (new)" in said
    assert ".messina-" not in said
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_what_its_reader_takes_is_kept(tmp_path: Path) -> None:
    with replacing(tmp_path / "a.txt", check=Path.read_text) as aside:
        aside.write_text("new")
    assert (tmp_path / "a.txt").read_text() == "new"


WRITER = """
import sys, time
from pathlib import Path
from messina.atomic import place_aside, replacing
with replacing(Path(sys.argv[1])) as aside:
    aside.write_text("half")
    print(flush=True)
    time.sleep(60)
"""


def writing(path: Path) -> subprocess.Popen[str]:
    """A process that is in the middle of writing this file."""
    words = [sys.executable, "-c", WRITER, str(path)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process


@pytest.mark.skipif(sys.platform == "win32", reason="processes are not looked up there")
def test_what_a_killed_process_left_is_cleared_by_the_next_that_writes_there(
    tmp_path: Path,
) -> None:
    killed, busy = writing(tmp_path / "killed.txt"), writing(tmp_path / "busy.txt")
    try:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert len(list(tmp_path.iterdir())) == 2
        own = tmp_path / ".messina-mine.txt"  # not named as ours are
        foreign = tmp_path / f".messina-00000000-{killed.pid}-0123abcd.txt"  # of another machine
        own.write_text("")
        foreign.write_text("")
        with replacing(tmp_path / "new.txt") as aside:
            aside.write_text("new")
        left = {path.name for path in tmp_path.iterdir()} - {own.name, foreign.name, "new.txt"}
        assert len(left) == 1  # what the other is still writing
        assert f"-{busy.pid}-" in left.pop()
    finally:
        busy.kill()
        busy.wait()


def test_through_a_symbolic_link_what_it_points_to_is_replaced(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "real.txt").write_text("old")
    link = tmp_path / "link.txt"
    link.symlink_to(elsewhere / "real.txt")
    with replacing(link) as aside:
        aside.write_text("new")
    assert link.is_symlink()
    assert (elsewhere / "real.txt").read_text() == "new"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_or_device_is_refused_by_name_and_stays(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.wav"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="pipe or a device") as refused, replacing(pipe) as aside:
        aside.write_text("never")
    assert refused.value.filename == str(pipe)
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


FOLDER = """
import os, signal, sys
from pathlib import Path
from messina.atomic import place_aside
aside = place_aside(Path(sys.argv[1]))
(aside / "samples").mkdir(parents=True)
(aside / "samples" / "a.wav").write_bytes(b"half")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="processes are not looked up there")
def test_a_folder_that_a_killed_process_was_filling_is_cleared_too(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", FOLDER, str(tmp_path / "pack")], check=False)
    assert len(list(tmp_path.iterdir())) == 1
    place_aside(tmp_path / "pack")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("system", "refusals", "works"), [("win32", 2, True), ("linux", 1, False)])
def test_what_somebody_has_open_is_replaced_on_windows_once_it_is_not(
    system: str, refusals: int, works: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    replace, asked = Path.replace, []

    def refusing(self: Path, other: Path) -> Path:
        asked.append(other)
        if len(asked) <= refusals:
            raise PermissionError(13, "Access is denied")
        return replace(self, other)

    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(Path, "replace", refusing)
    monkeypatch.setattr("messina.atomic._PAUSE_S", 0.0)
    ends = contextlib.nullcontext() if works else pytest.raises(PermissionError, match=r"a\.txt")
    with ends, replacing(target) as aside:
        aside.write_text("new")
    assert target.read_text() == ("new" if works else "old")
    assert len(asked) == (refusals + 1 if works else 1)
    assert list(tmp_path.iterdir()) == [target]
