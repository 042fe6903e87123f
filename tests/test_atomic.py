from __future__ import annotations

from pathlib import Path

import pytest

from messina.atomic import replacing


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
