"""Which files of a folder are looked at."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from messina.corpus.folders import find_files

posix = pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of POSIX systems")


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def _names(folder: Path) -> list[str]:
    return [name for name, _ in find_files(folder)[0]]


def test_audio_is_found_at_any_depth_in_natural_order(tmp_path: Path) -> None:
    _touch(tmp_path, "kick 10.wav", "kick 2.wav", "a/b/c/Snare.AIFF", "a/tom.Flac", "🥁 big.mp3")
    assert _names(tmp_path) == [
        "a/b/c/Snare.AIFF",
        "a/tom.Flac",
        "kick 2.wav",
        "kick 10.wav",
        "🥁 big.mp3",
    ]


def test_numbers_of_any_length_count_as_numbers_and_what_is_shorter_comes_first(
    tmp_path: Path,
) -> None:
    in_order = [
        # a space is less than a point, which is less than a letter
        "0.wav", "07.wav", "8.wav", "kick 2 b.wav", "kick 2.wav", "kick 2b.wav", "kick 3 1.wav",
        "kick 3 12.wav", "kick 010.wav", "kick 99999999999999999999.wav",
        "kick 100000000000000000000.wav", "kick b.wav", "kick.wav", "é 2.wav", "é 10.wav",
    ]  # fmt: skip
    _touch(tmp_path, *reversed(in_order))
    assert _names(tmp_path) == in_order


def test_other_and_hidden_files_are_passed_over(tmp_path: Path) -> None:
    _touch(
        tmp_path,
        "notes.txt", "README.md", "kit.pdf", "loop.mid", "kick.wav.asd", "corpus.csv", "no_ending",
        "._kick.wav", ".hidden.wav", ".git/a.wav", "__MACOSX/b.wav", ".DS_Store",
    )  # fmt: skip
    assert find_files(tmp_path) == ([], [])


@posix
def test_loops_of_links_end_and_linked_folders_count_once(tmp_path: Path) -> None:
    _touch(tmp_path, "sub/kick.wav")
    (tmp_path / "sub" / "loop").symlink_to(tmp_path)
    (tmp_path / "twin").symlink_to(tmp_path / "sub")
    found = _names(tmp_path)
    assert len(found) == 1


@posix
def test_a_link_to_nothing_and_a_pipe_are_named(tmp_path: Path) -> None:
    (tmp_path / "gone.wav").symlink_to(tmp_path / "nowhere.wav")
    os.mkfifo(tmp_path / "pipe.wav")
    _, left_out = find_files(tmp_path)
    reasons = {lost.name: lost.reason for lost in left_out}
    assert reasons["gone.wav"].startswith("a link to nothing")
    assert reasons["pipe.wav"].startswith("not a file")


@posix
@pytest.mark.skipif(
    getattr(os, "geteuid", lambda: 1)() == 0, reason="the superuser may open everything"
)
def test_a_folder_that_may_not_be_opened_is_named(tmp_path: Path) -> None:
    _touch(tmp_path, "locked/kick.wav", "snare.wav")
    (tmp_path / "locked").chmod(0)
    try:
        files, left_out = find_files(tmp_path)
    finally:
        (tmp_path / "locked").chmod(0o700)
    assert [name for name, _ in files] == ["snare.wav"]
    assert left_out[0].name == "locked"


@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="macOS refuses such names")
def test_names_that_are_no_text_are_spelt_out(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/kick\xff.wav", "wb") as file:  # noqa: PTH123
        file.write(b"x")
    assert _names(tmp_path) == ["kick\\xff.wav"]


def test_accents_are_composed_whatever_the_system_does(tmp_path: Path) -> None:
    _touch(tmp_path, "cafe\N{COMBINING ACUTE ACCENT}.wav")
    assert _names(tmp_path) == ["caf\N{LATIN SMALL LETTER E WITH ACUTE}.wav"]
