from __future__ import annotations

import configparser
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from messina.cli import install_shortcut
from messina.cli.install_shortcut import File, files_for, link_step
from messina.cli.main import main

AWKWARD = ['/opt/my tools/$HOME/100%/it`s "it"\\messina', "studio"]


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of a Linux desktop."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path


def made(folder: Path) -> set[str]:
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_the_menu_gets_an_entry_and_its_icon_and_loses_both(
    desktop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["install-shortcut"]) == 0
    entry = desktop / "applications" / "messina.desktop"
    assert capsys.readouterr().out.strip() == str(entry)
    assert made(desktop) == {
        "applications/messina.desktop",
        "icons/hicolor/scalable/apps/messina.svg",
    }
    assert main(["install-shortcut"]) == 0  # again, over its own
    assert main(["install-shortcut", "--remove"]) == 0
    assert made(desktop) == set()
    assert main(["install-shortcut", "--remove"]) == 1
    assert "there is no shortcut to remove" in capsys.readouterr().err


def test_a_dry_run_says_where_and_writes_nothing(
    desktop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["install-shortcut", "--dry-run"]) == 0
    told = capsys.readouterr().out.split()
    assert main(["install-shortcut"]) == 0
    assert {str(desktop / name) for name in made(desktop)} == set(told)


@pytest.mark.parametrize("words", [[], ["--remove"]])
def test_what_messina_did_not_write_is_left_alone(
    words: list[str], desktop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = desktop / "applications" / "messina.desktop"
    entry.parent.mkdir()
    entry.write_text("[Desktop Entry]\nName=Messina, the strait\n")
    assert main(["install-shortcut", *words]) == 1
    assert "was not made by Messina" in capsys.readouterr().err
    assert entry.read_text().endswith("the strait\n")
    assert made(desktop) == {"applications/messina.desktop"}


def unquoted(value: str) -> list[str]:
    """The words of an Exec key: unescaped as a value, then unquoted, then field codes."""
    value = re.sub(r"\\\\", lambda _: "\\", value)
    words = re.findall(r'"((?:[^"\\]|\\.)*)"', value)
    return [re.sub(r"\\(.)", r"\1", word).replace("%%", "%") for word in words]


def test_an_entry_runs_what_it_should_however_its_path_is_spelt(tmp_path: Path) -> None:
    entry, _ = files_for("linux", tmp_path, {}, AWKWARD)
    read = configparser.ConfigParser(interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string(entry.data.decode())
    keys = read["Desktop Entry"]
    assert unquoted(keys["Exec"]) == AWKWARD
    assert (keys["Type"], keys["Terminal"]) == ("Application", "true")
    assert tmp_path in entry.path.parents


@pytest.mark.skipif(os.name == "nt", reason="a script of sh")
def test_a_command_of_macos_runs_what_it_should(tmp_path: Path) -> None:
    program = tmp_path / "my $tools" / "messina"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\necho "ran with $*"\n')
    program.chmod(0o755)
    (file,) = files_for("darwin", tmp_path, {}, [str(program), "studio"])
    assert file.path == tmp_path / "Applications" / "Messina.command"
    file.path.parent.mkdir()
    install_shortcut._write(file)
    done = subprocess.run([str(file.path)], capture_output=True, text=True, check=True)
    assert done.stdout == "ran with studio\n"


def test_windows_is_asked_for_a_link_and_paths_are_no_part_of_the_script(tmp_path: Path) -> None:
    (file,) = files_for("win32", tmp_path, {"APPDATA": str(tmp_path / "R")}, AWKWARD)
    assert file == File(path=tmp_path / "R" / "Microsoft/Windows/Start Menu/Programs/Messina.lnk")
    step, surroundings = link_step(file.path, AWKWARD)
    assert step[0] == "powershell"
    assert surroundings == {
        "MESSINA_LINK": str(file.path),
        "MESSINA_TARGET": AWKWARD[0],
        "MESSINA_ARGUMENTS": "studio",
    }
    assert not any("my tools" in word for word in step)
